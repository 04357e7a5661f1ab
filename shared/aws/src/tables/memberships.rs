//! Finds the user of a membership, and the groups that ever gave something. An event that ends a membership names neither user nor group,
//! and afterwards the directory no longer knows them [1.17].

use super::ledger::Ledger;
use super::table::{List, failed, grant_of, pages, text};
use crate::error::AwsError;
use contract::ids::{GroupId, MembershipId, UserId};
use std::collections::BTreeSet;

const OF_GROUP: &str = "dynamodb:Query Grants (ByGroup)";

const GRANTS: List = List {
    operation: "dynamodb:Query Grants (ByMembership)",
    endless: "the grants of the membership do not end",
    max_pages: 1000,
};

impl Ledger {
    /// Finds the user with a grant for this membership, in any of its forms. Returns `None` unless
    /// it is exactly one user.
    ///
    /// The index that it reads may lag behind by a moment, and it has only memberships that gave
    /// access.
    pub async fn of_membership(&self, forms: &[MembershipId]) -> Result<Option<UserId>, AwsError> {
        let mut users = BTreeSet::new();
        for form in forms {
            users.extend(self.granted_by(form).await?);
        }
        let only = users.pop_first();
        Ok(only.filter(|_| users.is_empty()))
    }

    /// Returns whether anybody was ever granted something for a group, in any of its forms. The index
    /// may lag behind by a moment.
    pub async fn has_grants_for(&self, forms: &[GroupId]) -> Result<bool, AwsError> {
        for form in forms {
            let query = self.table.client.query().table_name(&self.table.name).index_name("ByGroup");
            let call = query
                .key_condition_expression("groupId = :group")
                .expression_attribute_values(":group", text(form.as_str()))
                .limit(1);
            let answer = call.send().await.map_err(|error| failed(OF_GROUP, &error))?;
            if answer.count() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn granted_by(&self, membership: &MembershipId) -> Result<BTreeSet<UserId>, AwsError> {
        let query = || self.table.client.query().table_name(&self.table.name).index_name("ByMembership");
        let ask = |start| {
            query()
                .key_condition_expression("membershipId = :membership")
                .expression_attribute_values(":membership", text(membership.as_str()))
                .set_exclusive_start_key(start)
                .send()
        };
        let found = pages(&GRANTS, None, ask).await?;
        found.iter().map(|item| Ok(grant_of(GRANTS.operation, item)?.user_id)).collect()
    }
}
