//! The sweep between two calls: where it stands, and whom it starts `access` for. A sweep only finds the users who differ;
//! `access` looks at each of them, and only it changes anything.

use crate::ids::UserId;
use crate::job::Job;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;

/// A page of a sweep's work. The order is the order of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// List the directory's groups and keep the mapped ones.
    Resolve,
    /// Hold each mapped group's members against the ledger, and list users beside it.
    Groups,
    /// List the rest of the users and keep the disabled ones.
    Users,
    /// Start `access` for those who lack something.
    Starts,
    /// Find grants whose group is not mapped any more.
    Ledger,
    /// The removals wait for their judgement.
    Judge,
    /// Start `access` for those who would lose something.
    Removals,
    /// All is done.
    Close,
}

impl Phase {
    /// Whether a successor may begin with this phase.
    pub fn goes_on_elsewhere(self) -> bool {
        match self {
            // Each page of removals reads the judgement or the approval again.
            Self::Resolve | Self::Groups | Self::Users | Self::Starts | Self::Ledger | Self::Removals => true,
            // Both follow at once in the same execution, whatever the length of its history.
            Self::Judge | Self::Close => false,
        }
    }
}

/// How far the list of all users was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Listing {
    /// Not at all.
    #[default]
    Begin,
    /// Up to the page that this token leads to.
    At(String),
    /// To its end.
    Done,
}

/// Where a sweep stands, between two calls and from one execution to its successor. It holds no list, so it stays small at any scale.
/// A successor is only believed if this very text stands in the ledger: see [`Progress::text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Progress {
    /// The [`key`] of the execution that opened the sweep; the sweep's notes in the ledger are kept
    /// under it.
    pub sweep: String,
    /// The group it is confined to, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The sweep whose removals are started: itself, or the one that was approved.
    pub list: String,
    /// The reason that was given. Free text: nothing is decided by it.
    pub reason: String,
    /// Whether the schedule started the sweep. Only `start-sweep` sets it, for an event of the
    /// schedule that was not used before.
    pub scheduled: bool,
    /// What comes next.
    pub phase: Phase,
    /// Where the phase goes on: a page's token, or the last key that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How far the users are listed.
    #[serde(default)]
    pub users: Listing,
    /// What was found so far.
    pub found: Found,
}

impl Progress {
    /// The text that a predecessor leaves in the ledger, and that a successor's input has to equal.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers serialize")
    }

    /// Name of the execution that goes on from here, should the history of this one grow too long.
    pub fn successor(&self) -> String {
        let place = format!("{:?} {:?} {:?}", self.phase, self.after, self.users);
        format!("sweep-{}-goes-on-{}", &digest(&self.sweep)[..12], &digest(&place)[..24])
    }
}

/// What a sweep has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Found {
    /// Groups of the directory that are mapped.
    pub groups: u64,
    /// Memberships in them.
    pub members: u64,
    /// Held grants in the whole ledger.
    pub held: u64,
    /// People for whom `access` was started because they lack something.
    pub started: u64,
    /// People for whom `access` was started because they should lose something.
    pub removals: u64,
    /// Mapping rows that match no group of the directory. Only a sweep of everyone counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_unmatched: Option<u64>,
    /// Groups that would follow the naming convention but for an `@domain`. Only a sweep of everyone
    /// counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_near_convention: Option<u64>,
}

/// What a step of the sweep answers: whom `access` is started for now, how long to wait after that, and where the sweep stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// Where the sweep stands; nothing if another sweep does the work.
    pub progress: Option<Progress>,
    /// Executions of `access` to start.
    pub starts: Vec<StartAccess>,
    /// Seconds to wait after the starts.
    pub wait: u64,
    /// Name of the execution that goes on from here, should this one's history grow too long.
    pub successor: String,
    /// Rows and groups that nearly match: a few sentences, on the last page only.
    pub unmatched: Vec<String>,
    /// A grant in each domain of which Studio is asked whether it is still there, before removals are refused.
    pub ask: Vec<Job>,
}

/// One execution of `access` to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartAccess {
    /// Its name: the same user in the same sweep always has the same, so that a start that is repeated is the same start.
    pub name: String,
    /// Its input.
    pub input: Value,
}

/// The key of a sweep: the name of the execution that opened it and the time of its start, because a
/// name comes back after 90 days [5.6] and must not find the notes of its namesake. No name contains
/// a slash [5.5].
pub fn key(execution: &str, since: OffsetDateTime) -> String {
    let since = since.to_offset(UtcOffset::UTC).format(&Rfc3339);
    format!("{execution}/{}", since.expect("the format names only parts that every time has"))
}

impl Page {
    /// A page with these people to look at. Each execution of `access` asks for its user up to four times, and the directory answers 20
    /// such calls a second [2.11]: the wait keeps the sweep from crowding out the events.
    pub fn new(progress: Progress, users: &[UserId]) -> Self {
        let starts = users.iter().map(|user| StartAccess::of(&progress, "userId", user.as_str())).collect();
        Self {
            wait: (users.len() as u64 * 4).div_ceil(20),
            starts,
            successor: progress.successor(),
            unmatched: Vec::new(),
            ask: Vec::new(),
            progress: Some(progress),
        }
    }
}

impl StartAccess {
    /// An execution for one user, named by `member`: `userId` or `userName`.
    pub fn of(progress: &Progress, member: &str, who: &str) -> Self {
        let name = format!("sweep-{}-{}", &digest(&progress.sweep)[..12], &digest(who)[..24]);
        let reason = format!("sweep: {}", progress.reason);
        Self { name, input: serde_json::json!({member: who, "reason": reason}) }
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
