//! State of a sweep between two calls, and the executions of `access` that it starts.
//!
//! A sweep only finds the users who differ from the ledger. `access` checks each of them, and only
//! `access` changes anything.

use crate::ids::UserId;
use crate::job::Job;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;

/// A phase of a sweep's work, in the order of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Lists the directory's groups and keeps the mapped ones.
    Resolve,
    /// Compares each mapped group's members with the ledger, and lists users beside it.
    Groups,
    /// Lists the rest of the users and keeps the disabled ones.
    Users,
    /// Starts `access` for users who lack something.
    Starts,
    /// Finds grants whose group is no longer mapped.
    Ledger,
    /// Checks whether the removals may start.
    Judge,
    /// Starts `access` for users who would lose something.
    Removals,
    /// Starts `access` for suspended leavers whose days of grace are over.
    Purge,
    /// Reports the result; no work is left.
    Close,
}

impl Phase {
    /// Returns whether a successor execution may begin with this phase.
    pub fn goes_on_elsewhere(self) -> bool {
        match self {
            // Each page of removals reads the result of the check or the approval again.
            Self::Resolve
            | Self::Groups
            | Self::Users
            | Self::Starts
            | Self::Ledger
            | Self::Removals
            | Self::Purge => true,
            // These two follow at once in the same execution, whatever the length of its history.
            Self::Judge | Self::Close => false,
        }
    }
}

/// Position in the list of all users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Listing {
    /// Nothing is read yet.
    #[default]
    Begin,
    /// The next page is the one that this token leads to.
    At(String),
    /// The whole list is read.
    Done,
}

/// Position of a sweep, passed from call to call and from an execution to its successor.
///
/// It holds no list, so it stays small at any scale. The input of a successor is accepted only if
/// the ledger holds exactly its text: see [`Progress::text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Progress {
    /// The [`key`] of the execution that started the sweep. The ledger keeps the sweep's notes
    /// under it.
    pub sweep: String,
    /// Id of the group that the sweep is restricted to; `None` for a sweep of all users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The sweep whose removals are started: this one, or the one that was approved.
    pub list: String,
    /// The [`list_id`] of the removals that a limit holds back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
    /// The reason from the input. Free text that decides nothing.
    pub reason: String,
    /// Whether the schedule started the sweep. Only `start-sweep` sets it, for an event of the
    /// schedule that was not used before.
    pub scheduled: bool,
    /// The next phase.
    pub phase: Phase,
    /// Position in the phase: a page's token, or the last key that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Position in the list of users.
    #[serde(default)]
    pub users: Listing,
    /// Number of pages in a row that have started nobody, because executions wait for the directory.
    #[serde(default)]
    pub waits: u32,
    /// The counts so far.
    pub found: Found,
}

impl Progress {
    /// Returns the text that an execution writes to the ledger and that its successor's input must
    /// equal.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers serialize")
    }

    /// Returns the name of the execution that continues from here if the history of this one grows
    /// too long.
    pub fn successor(&self) -> String {
        // A page that waits stays where it is, and its successor must not have the name that it has itself.
        let place = format!("{:?} {:?} {:?} {}", self.phase, self.after, self.users, self.waits);
        format!("sweep-{}-goes-on-{}", &digest(&self.sweep)[..12], &digest(&place)[..24])
    }
}

/// Counts of a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Found {
    /// Mapped groups of the directory.
    pub groups: u64,
    /// Memberships in these groups.
    pub members: u64,
    /// Held grants in the whole ledger.
    pub held: u64,
    /// Number of users who lacked something, so that `access` was started.
    pub started: u64,
    /// Number of users who had something to lose, so that `access` was started.
    pub removals: u64,
    /// Profiles whose users had lost the role before and whose days of grace are over, so that `access`
    /// was started.
    #[serde(default)]
    pub due: u64,
    /// Removals that a limit holds back until somebody approves the list.
    #[serde(default)]
    pub held_back: u64,
    /// Mapping rows that match no group of the directory. Only a sweep of all users counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_unmatched: Option<u64>,
    /// Groups that would follow the naming convention without their `@domain`. Only a sweep of all
    /// users counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_near_convention: Option<u64>,
}

/// Result of one step of the sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The sweep's new position; `None` if another sweep does the work.
    pub progress: Option<Progress>,
    /// Executions of `access` to start now.
    pub starts: Vec<StartAccess>,
    /// Seconds to wait after the starts.
    pub wait: u64,
    /// Name of the execution that continues from here if the history of this one grows too long.
    pub successor: String,
    /// Sentences about rows and groups that nearly match, on the last page only.
    pub unmatched: Vec<String>,
    /// One grant in each domain. Before removals are refused, Studio is asked whether the grant's
    /// profile still exists.
    pub ask: Vec<Job>,
}

/// An execution of `access` to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartAccess {
    /// Name of the execution. A user has the same name each time in one sweep, so repeating a start
    /// has no effect.
    pub name: String,
    /// Input of the execution.
    pub input: Value,
}

/// Beginning of the names of the executions that sweeps start.
const STARTED: &str = "sweep-";

/// Returns whether a sweep has started an execution of this name. It may be somebody else's choice of a
/// name, so nothing but time may depend on it.
pub fn is_started_by_sweep(execution: &str) -> bool {
    execution.starts_with(STARTED)
}

/// Returns the key of a sweep: the name of the execution that started it, a slash and its start
/// time.
///
/// A name can be used again after 90 days [5.6], and the new sweep must not find the notes of the
/// old one. No name contains a slash [5.5].
pub fn key(execution: &str, since: OffsetDateTime) -> String {
    let since = since.to_offset(UtcOffset::UTC).format(&Rfc3339);
    format!("{execution}/{}", since.expect("the format names only parts that every time has"))
}

/// Returns what an approval names a list of removals by: the key of the sweep that found them, `#`, and
/// a hash of the removals. They are in the order of the ledger, so the same removals give the same id.
pub fn list_id<'a>(sweep: &str, removals: impl Iterator<Item = &'a str>) -> String {
    let removals = removals.collect::<Vec<_>>().join("\n");
    format!("{sweep}#{}", &digest(&removals)[..24])
}

/// Returns the key of the sweep in a [`list_id`].
pub fn sweep_of_list(list: &str) -> Option<&str> {
    // Neither the name of an execution nor a time contains the character [5.5].
    list.split_once('#').map(|(sweep, _)| sweep)
}

impl Page {
    /// Returns a page that starts `access` for these users.
    ///
    /// An execution of `access` that gives something reads its user twice, and the directory answers
    /// 20 such calls a second [2.11]. The wait is half of the time that they need, and the next page waits
    /// while they wait for the directory.
    pub fn new(progress: Progress, users: &[UserId]) -> Self {
        let starts = users.iter().map(|user| StartAccess::of(&progress, "userId", user.as_str())).collect();
        Self {
            wait: (users.len() as u64).div_ceil(20),
            starts,
            successor: progress.successor(),
            unmatched: Vec::new(),
            ask: Vec::new(),
            progress: Some(progress),
        }
    }
}

impl StartAccess {
    /// Returns the execution for one user. `member` is the field that names the user: `userId` or
    /// `userName`.
    pub fn of(progress: &Progress, member: &str, who: &str) -> Self {
        let name = format!("{STARTED}{}-{}", &digest(&progress.sweep)[..12], &digest(who)[..24]);
        let reason = format!("sweep: {}", progress.reason);
        let mut input = serde_json::json!({member: who, "reason": reason});
        if progress.list != progress.sweep {
            input["approval"] = progress.list.clone().into();
        }
        Self { name, input }
    }
}

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

#[cfg(test)]
mod tests;
