//! What the decisions have in common: the moves, how many rounds there are, and how a list that does not get shorter is told.

use crate::ListError;
use contract::ids::ProfileName;
use gateway::studio::{App, AppOwner, Space};
use serde::Serialize;

/// Rounds half a minute apart: forty minutes. Users saw apps take twenty.
pub(crate) const MOST_ROUNDS: u32 = 80;

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
    /// Put a role in place that allows nothing; the profile stays for its spaces' sake.
    WithdrawRole,
    /// The role was withdrawn before, and the spaces are still there: nothing to do.
    Stay,
    /// Nothing is left: delete the profile.
    DeleteProfile,
    /// No app has to stop (any more) for the sake of the role: write down what the person has.
    RecordGrant,
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
    ListError::TookTooLong { profile: profile.to_string(), rounds, left }
}

pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn name(app: &App) -> String {
    let (AppOwner::UserProfileName(owner) | AppOwner::SpaceName(owner)) = &app.owner;
    format!("{} {} of {owner}", app.app_type, app.app_name)
}
