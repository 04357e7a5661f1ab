//! Calls that are made one after the other: those that run side by side count once.

use fake_aws::CallRecord;
use std::time::SystemTime;

/// Returns the length of the longest chain of calls before Studio is asked to create, update or
/// delete a profile: each is sent when the one before it is answered. `None`: Studio is not asked.
pub(super) fn before_the_change(calls: &[&CallRecord]) -> Option<usize> {
    let changes = calls.iter().filter(|call| {
        ["CreateUserProfile", "UpdateUserProfile", "DeleteUserProfile"].contains(&call.operation.as_str())
    });
    let change = changes.map(|call| call.sent).min()?;
    let mut before: Vec<&CallRecord> = calls.iter().copied().filter(|call| call.sent < change).collect();
    before.sort_by_key(|call| call.sent);
    let mut chains: Vec<(SystemTime, usize)> = Vec::new();
    for call in before {
        let ended = chains.iter().filter(|(answered, _)| *answered <= call.sent);
        let longest = ended.map(|(_, length)| *length).max().unwrap_or_default();
        chains.push((call.sent + call.duration, longest + 1));
    }
    Some(chains.into_iter().map(|(_, length)| length).max().unwrap_or_default())
}
