//! What the decisions have in common: the moves, how many rounds there are, and how a list that does not get shorter is told.

use crate::ListError;
use aws::studio::{App, AppOwner, Space};
use contract::ids::ProfileName;
use serde::Serialize;
use time::OffsetDateTime;

/// Forty rounds half a minute apart and forty more three minutes apart: two hours and twenty minutes. Users saw apps take twenty minutes, and a
/// leaver's session, in which apps can be started again, ends within two hours [1.41].
pub(crate) const MAX_ROUNDS: u32 = 80;

/// What the state machine does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Delete the listed apps.
    DeleteApps,
    /// Something is on its way out: list again later.
    Wait,
    /// Delete the listed spaces, and the data in them.
    DeleteSpaces,
    /// Put a role in place that allows nothing, then delete the listed apps.
    WithdrawRole,
    /// The role is withdrawn and the profile stays: nothing more to do.
    Stay,
    /// Nothing is left: delete the profile.
    DeleteProfile,
    /// No app runs any more because of which Studio refused the role: set it.
    UpdateProfile,
    /// No app has to stop (any more) for the sake of the role: write down what the user has.
    RecordGrant,
}

/// What this execution has seen and done before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// How often it has listed.
    pub(crate) rounds: u32,
    /// Since when the profile has the role that it should have.
    pub(crate) role_since: Option<OffsetDateTime>,
    /// Apps that were told to stop since then.
    pub(crate) ended: Vec<App>,
    /// Studio refused the role because apps run.
    pub(crate) role_refused: bool,
}

impl Seen {
    /// Returns whether an app may run under another role: it was started before the profile had this one, and not stopped since. What
    /// Studio does not tell is taken for old. The time alone would not do: an app that is started again may keep its first one [3.49].
    pub(crate) fn is_old(&self, app: &App) -> bool {
        let restarted = !app.deleting && self.ended.iter().any(|ended| is_same(ended, app));
        match (app.started_at, self.role_since) {
            (_, None) => true,
            (None, Some(_)) => !restarted,
            (Some(started), Some(since)) => !restarted && started <= since,
        }
    }
}

fn is_same(one: &App, other: &App) -> bool {
    (&one.owner, &one.app_type, &one.app_name) == (&other.owner, &other.app_type, &other.app_name)
}

/// So many rounds, and these are still there.
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

pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn name(app: &App) -> String {
    let (AppOwner::UserProfileName(owner) | AppOwner::SpaceName(owner)) = &app.owner;
    format!("{} {} of {owner}", app.app_type, app.app_name)
}
