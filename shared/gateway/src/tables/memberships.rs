//! Whose membership it was: an event that ends one names neither the user nor the group, and afterwards the directory cannot tell [1.17].

use super::ledger::{Ledger, MOST_PAGES, read, text};
use super::{failed, item};
use crate::fault::{Class, Fault};
use contract::grant::Grant;
use contract::ids::{MembershipId, UserId};
use std::collections::BTreeSet;

const QUERY: &str = "dynamodb:Query Grants (ByMembership)";

impl Ledger {
    /// The user to whom something was granted by this membership, in any of its forms, as the index tells: it may lag behind by a moment, and it
    /// knows only of memberships that decided. Nothing unless it is one user.
    pub async fn of_membership(&self, forms: &[MembershipId]) -> Result<Option<UserId>, Fault> {
        let mut users = BTreeSet::new();
        for form in forms {
            users.extend(self.granted_by(form).await?);
        }
        let only = users.pop_first();
        Ok(only.filter(|_| users.is_empty()))
    }

    async fn granted_by(&self, membership: &MembershipId) -> Result<BTreeSet<UserId>, Fault> {
        let mut users = BTreeSet::new();
        let mut start = None;
        for _ in 0..MOST_PAGES {
            let call = self.client.query().table_name(&self.table).index_name("ByMembership");
            let call = call
                .key_condition_expression("membershipId = :membership")
                .expression_attribute_values(":membership", text(membership.to_string()))
                .set_exclusive_start_key(start);
            let page = call.send().await.map_err(|error| failed(QUERY, &error))?;
            for found in page.items() {
                let grant: Grant = read(QUERY, item::to_json(found))?;
                users.insert(grant.user_id);
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(users);
            }
        }
        Err(Fault::found(QUERY, Class::Unexpected, "the grants of the membership do not end"))
    }
}
