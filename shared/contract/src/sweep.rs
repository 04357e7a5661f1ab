//! The sweep: what starts one, where it stands between two calls, and what it makes of a group. A sweep only finds who differs and has
//! `access` look at them; it is never itself the reason why somebody loses something.

mod request;

pub use request::{Asked, BadAsk, Request, Scheduled, key, parse};

use crate::entitlement::{Membership, Rules, standing};
use crate::grant::{Grant, GrantStatus};
use crate::group;
use crate::ids::{GroupId, RoleArn, UserId};
use crate::job::Job;
use crate::target::Target;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

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
    /// Whether the schedule started the sweep. Only `open-sweep` sets it, for an event of the
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
    /// Its name: the same person in the same sweep always has the same, so that a start that is repeated is the same start.
    pub name: String,
    /// Its input.
    pub input: Value,
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
    /// An execution for one person, named by `member`: `userId` or `userName`.
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

/// A mapped group: what it gives where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gives {
    /// The role.
    pub role: RoleArn,
    /// Its priority.
    pub priority: u32,
}

/// The mapped groups with their names, the rules, and what they make of each group: worked out once for each, because a sweep asks a hundred
/// thousand times.
#[derive(Debug)]
pub struct Mapped {
    /// The mapped groups' names, by id.
    pub names: BTreeMap<GroupId, String>,
    /// Their ids as the directory writes them, by the key that all forms share.
    forms: BTreeMap<String, GroupId>,
    rules: Rules,
    given: RefCell<BTreeMap<GroupId, Given>>,
}

/// What a group gives, by target.
pub type Given = Rc<BTreeMap<Target, Gives>>;

impl Mapped {
    /// Nothing is worked out yet.
    pub fn new(names: BTreeMap<GroupId, String>, rules: Rules) -> Self {
        let forms = names.keys().map(|id| (group::key_of(id.as_str()), id.clone())).collect();
        Self { names, forms, rules, given: RefCell::default() }
    }

    /// A mapped group as the directory writes its id, by any form of the id.
    pub fn known(&self, id: &str) -> Option<&GroupId> {
        self.forms.get(&group::key_of(id))
    }

    fn name(&self, group: &GroupId) -> &str {
        self.names.get(group).map_or("", String::as_str)
    }

    /// What a group gives, by target. A row that cannot be read gives nothing here, and takes nothing either: see [`Mapped::is_mapped`].
    pub fn gives(&self, group: &GroupId) -> Given {
        if let Some(known) = self.given.borrow().get(group) {
            return Rc::clone(known);
        }
        let mut all: BTreeMap<Target, Gives> = BTreeMap::new();
        for (_, mapping) in standing(&[as_member(group, self.name(group))], &self.rules).claims {
            let given = Gives { role: mapping.execution_role_arn, priority: mapping.priority };
            let worse = all.get(&mapping.target).is_some_and(|known| known.priority <= given.priority);
            if !worse {
                all.insert(mapping.target, given);
            }
        }
        let given = Rc::new(all);
        self.given.borrow_mut().insert(group.clone(), Rc::clone(&given));
        given
    }

    /// Whether a group of the directory is mapped to a target: an unreadable row that could be about it counts, because not knowing is not
    /// "no".
    pub fn is_mapped(&self, group: &GroupId, target: &Target) -> bool {
        let Some(name) = self.names.get(group) else { return false };
        let standing = standing(&[as_member(group, name)], &self.rules);
        standing.targets().contains(target) || standing.adrift().next().is_some()
    }

    /// Compares one member's grant in a target with what the group gives there.
    pub fn against(&self, group: &GroupId, given: &Gives, grant: Option<&Grant>) -> Against {
        let Some(grant) = grant.filter(|grant| grant.status == GrantStatus::Active) else {
            return Against::Differs;
        };
        if group::is_same_group(&grant.group_id, group.as_str()) {
            return if grant.role_arn == given.role { Against::Right } else { Against::Differs };
        }
        let Some(id) = self.known(&grant.group_id) else { return Against::Differs };
        let others = self.gives(id);
        let Some(there) = others.get(&grant.target) else { return Against::Differs };
        let ours = (given.priority, self.name(group), group);
        if (there.priority, self.name(id), id) <= ours && grant.role_arn == there.role {
            Against::Elsewhere
        } else {
            Against::Differs
        }
    }
}

/// Whether a group is mapped anywhere, readable or not.
pub fn is_mapped_at_all(group: &GroupId, name: &str, rules: &Rules) -> bool {
    let standing = standing(&[as_member(group, name)], rules);
    !standing.claims.is_empty() || !standing.bad.is_empty()
}

fn as_member(group: &GroupId, name: &str) -> Membership {
    Membership { group_id: group.clone(), group_name: name.to_owned(), membership_id: String::new() }
}

/// What a member of a mapped group has in one of its targets, held against what the group gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// As it should be, and through this group.
    Right,
    /// Something at least as good, through another group. Should that other group be lost, this one keeps the person.
    Elsewhere,
    /// The ledger says less than the group gives.
    Differs,
}

#[cfg(test)]
mod tests;
