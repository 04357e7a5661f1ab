//! Parts that both decisions share: the moves, the number of rounds, and the error for a list that
//! does not get shorter.

use crate::{Leaving, ListError};
use aws::studio::{App, AppOwner, Space};
use contract::ids::ProfileName;
use contract::payload::Withdrawal;
use serde::Serialize;
use time::OffsetDateTime;

/// Maximum number of rounds: six rounds half a minute apart, nine a minute apart and the others three
/// minutes apart, two hours and twenty minutes. Users have seen apps take twenty minutes, and a leaver's session,
/// in which apps can be started again, ends within two hours [1.41].
pub(crate) const MAX_ROUNDS: u32 = 58;

/// The next move of the state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Delete the listed apps.
    DeleteApps,
    /// Apps or spaces are being deleted: list again later.
    Wait,
    /// Delete the listed spaces, and the data in them.
    DeleteSpaces,
    /// Set a role that allows nothing, then delete the listed apps.
    WithdrawRole,
    /// The role is withdrawn and the profile stays: nothing more to do.
    Stay,
    /// Nothing is left: delete the profile.
    DeleteProfile,
    /// The apps that made Studio refuse the role have stopped: set the role.
    UpdateProfile,
    /// No app must stop for the new role (any more): record the grant.
    RecordGrant,
}

/// What this execution has seen and done before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Number of earlier listings.
    pub(crate) rounds: u32,
    /// Time since when the profile has the wanted role.
    pub(crate) role_since: Option<OffsetDateTime>,
    /// Apps whose deletion was requested since then.
    pub(crate) ended: Vec<App>,
    /// Studio refused the role because apps run.
    pub(crate) role_refused: bool,
    /// Progress of the withdrawal.
    pub(crate) withdrawal: Option<Withdrawal>,
}

impl Seen {
    /// Returns whether an app may run under another role: it was started before the profile had
    /// this one, and not stopped since. An app without a start time counts as old. The time alone
    /// is not enough: an app that is started again may keep its first role [3.49].
    pub(crate) fn is_old(&self, app: &App) -> bool {
        let restarted = !app.deleting && self.ended.iter().any(|ended| is_same(ended, app));
        match (app.started_at, self.role_since) {
            (_, None) => true,
            (None, Some(_)) => !restarted,
            (Some(started), Some(since)) => !restarted && started <= since,
        }
    }
}

/// Returns whether the profile has the role that allows nothing, or can only be deleted. The state
/// machine returns here after a withdrawal that has begun only when Studio has finished it.
pub(crate) fn is_withdrawn(plan: &Leaving, seen: &Seen) -> bool {
    plan.suspended
        || match seen.withdrawal {
            Some(Withdrawal::Begun | Withdrawal::Stuck) => true,
            Some(Withdrawal::AppsRun) | None => false,
        }
}

fn is_same(one: &App, other: &App) -> bool {
    (&one.owner, &one.app_type, &one.app_name) == (&other.owner, &other.app_type, &other.app_name)
}

/// Returns the error for too many rounds, with the remaining apps and spaces.
pub(crate) fn too_long<'a>(
    profile: &ProfileName,
    rounds: u32,
    apps: impl Iterator<Item = &'a App>,
    spaces: &[Space],
) -> ListError {
    let left = apps.map(name).chain(spaces.iter().map(|space| format!("space {}", space.name)));
    let left = left.take(20).collect::<Vec<_>>().join(", ");
    let left = if left.is_empty() { "nothing that Studio lists".to_owned() } else { left };
    ListError::Timeout { profile: profile.to_string(), rounds, left }
}

/// Returns the apps or spaces to delete in one round: many at first, few when only restarted ones can
/// be left. Each costs the execution seven events of its history (docs/decisions/024).
pub(crate) fn first_of<T>(mut all: Vec<T>, rounds: u32) -> Vec<T> {
    all.truncate(match rounds {
        0 | 1 => 15,
        2..15 => 5,
        15.. => 3,
    });
    all
}

pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn name(app: &App) -> String {
    let (AppOwner::UserProfileName(owner) | AppOwner::SpaceName(owner)) = &app.owner;
    format!("{} {} of {owner}", app.app_type, app.app_name)
}
