//! Reads the history: the users who had access to a target on a day, with role and reason. Each
//! line is a grant as it was written.

use crate::grant::Grant;
use crate::ids::UserId;
use std::collections::BTreeMap;

/// Returns the grants that are held after the last of these lines.
///
/// `lines` are those of one target, in the order of time. The last line of each user counts, unless
/// its profile is gone. It has the role, the group, the time, and the trigger of the execution that
/// wrote it.
pub fn held(lines: Vec<Grant>) -> BTreeMap<UserId, Grant> {
    let mut last: BTreeMap<UserId, Grant> = BTreeMap::new();
    for line in lines {
        last.insert(line.user_id.clone(), line);
    }
    last.retain(|_, line| line.status.is_held());
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(user: &str, status: &str, role: &str, version: u64) -> Grant {
        serde_json::from_value(json!({"storeId": "d-1", "userId": user, "status": status, "profileName": "p", "userName": "n",
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}, "removal": "keep",
            "roleArn": format!("arn:aws:iam::111122223333:role/studio/{role}"), "groupName": "g", "groupId": "g-1",
            "membershipId": "m-1", "execution": "e", "reason": "r", "updatedAt": "t", "version": version}))
        .unwrap()
    }

    #[test]
    fn the_last_line_counts_and_a_removed_user_holds_nothing() {
        let lines = vec![
            line("u-1", "creating", "admins", 1),
            line("u-2", "active", "readers", 1),
            line("u-1", "active", "admins", 2),
            line("u-1", "active", "readers", 3),
            line("u-2", "removed", "readers", 2),
        ];
        let held = held(lines);
        let roles: Vec<_> = held.iter().map(|(user, line)| (user.as_str(), line.role_arn.as_str())).collect();
        assert_eq!(roles, [("u-1", "arn:aws:iam::111122223333:role/studio/readers")]);
    }
}
