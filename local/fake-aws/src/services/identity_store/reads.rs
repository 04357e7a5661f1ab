//! The operations, all of which are reads.

use super::super::studio::{Pages, Request, invalid};
use super::ids::{ATTRIBUTE_PATH, ATTRIBUTE_VALUE, EXTERNAL, RESOURCE_ID, STORE_ID, TOKEN, key_of};
use super::{Group, IdentityStore, Membership, User, not_found};
use crate::service::{Answer, Call, Refusal};
use serde_json::{Value, json};

impl IdentityStore {
    pub(super) fn describe_user(&self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["IdentityStoreId", "UserId", "Extensions"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let id = request.text("UserId", &RESOURCE_ID);
        request.list("Extensions", 1, 10);
        request.close()?;
        self.check_store(call, store)?;
        let user = self.user(id)?;
        let mut answer = json!({
            "IdentityStoreId": self.store_id,
            "UserId": user.id,
            "UserArn": self.arn("user", &user.id),
            "Revision": user.revision.to_string(),
            "UserName": user.name,
            "UserStatus": user.status.as_str(),
        });
        if let Some(name) = &user.display_name {
            answer["DisplayName"] = json!(name);
        }
        if let Some(email) = &user.email {
            answer["Emails"] = json!([{ "Value": email, "Type": "work", "Primary": true }]);
        }
        Ok(answer)
    }

    pub(super) fn describe_group(&self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["IdentityStoreId", "GroupId"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let id = request.text("GroupId", &RESOURCE_ID);
        request.close()?;
        self.check_store(call, store)?;
        let group = self.group(id)?;
        Ok(json!({
            "IdentityStoreId": self.store_id,
            "GroupId": group.id,
            "GroupArn": self.arn("group", &group.id),
            "Revision": group.revision.to_string(),
            "DisplayName": group.display_name,
        }))
    }

    pub(super) fn describe_group_membership(&self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["IdentityStoreId", "MembershipId"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let id = request.text("MembershipId", &RESOURCE_ID);
        request.close()?;
        self.check_store(call, store)?;
        let found = self.memberships.get(&key_of(id, "membership")?);
        found.map(|found| self.shown(found)).ok_or_else(|| not_found("GROUP_MEMBERSHIP", id))
    }

    pub(super) fn get_user_id(&self, call: &Call) -> Answer {
        let (path, value) = self.alternate(call, "USER")?;
        let wanted = value.to_lowercase();
        let has = |user: &&User| user.email.as_ref().is_some_and(|email| email.to_lowercase() == wanted);
        let user = match path {
            "userName" => self.names.get(&wanted).and_then(|key| self.users.get(key)),
            "emails.value" => self.users.values().find(has),
            other => return Err(bad_path(other)),
        };
        let user = user.ok_or_else(|| absent("USER"))?;
        Ok(
            json!({ "IdentityStoreId": self.store_id, "UserId": user.id, "UserArn": self.arn("user", &user.id) }),
        )
    }

    pub(super) fn get_group_id(&self, call: &Call) -> Answer {
        let (path, value) = self.alternate(call, "GROUP")?;
        if path != "displayName" {
            return Err(bad_path(path));
        }
        let wanted = value.to_lowercase();
        let group = self.groups.values().find(|group| group.display_name.to_lowercase() == wanted);
        let group = group.ok_or_else(|| absent("GROUP"))?;
        let arn = self.arn("group", &group.id);
        Ok(json!({ "IdentityStoreId": self.store_id, "GroupId": group.id, "GroupArn": arn }))
    }

    pub(super) fn list_group_memberships_for_member(&self, call: &Call) -> Answer {
        let mut request =
            Request::open(call.body, &["IdentityStoreId", "MemberId", "MaxResults", "NextToken"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let member = member(&mut request);
        let page = page(&mut request);
        request.close()?;
        self.check_store(call, store)?;
        let user = self.user(member)?.id.to_lowercase();
        self.listed(call, &user, page, self.keys_of(&user))
    }

    pub(super) fn list_group_memberships(&self, call: &Call) -> Answer {
        let mut request =
            Request::open(call.body, &["IdentityStoreId", "GroupId", "MaxResults", "NextToken"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let id = request.text("GroupId", &RESOURCE_ID);
        let page = page(&mut request);
        request.close()?;
        self.check_store(call, store)?;
        let group = self.group(id)?.id.to_lowercase();
        let ours = self.members.range((group.clone(), String::new())..);
        let ours = ours.take_while(|(of, _)| *of == group);
        self.listed(call, &group, page, ours.map(|(_, key)| key))
    }

    pub(super) fn list_groups(&self, call: &Call) -> Answer {
        let pages = self.whole(call)?;
        let (groups, token) = pages.cut_map(&self.groups);
        let shown = |group: &Group| {
            json!({ "IdentityStoreId": self.store_id, "GroupId": group.id, "GroupArn": self.arn("group", &group.id),
                "DisplayName": group.display_name })
        };
        let groups: Vec<Value> = groups.into_iter().map(shown).collect();
        Ok(with_token(json!({ "Groups": groups }), token))
    }

    pub(super) fn list_users(&self, call: &Call) -> Answer {
        let pages = self.whole(call)?;
        let (users, token) = pages.cut_map(&self.users);
        let shown = |user: &User| {
            json!({ "IdentityStoreId": self.store_id, "UserId": user.id, "UserArn": self.arn("user", &user.id),
                "UserName": user.name, "UserStatus": user.status.as_str() })
        };
        let users: Vec<Value> = users.into_iter().map(shown).collect();
        Ok(with_token(json!({ "Users": users }), token))
    }

    /// Opens the page of a list that has no filter.
    fn whole(&self, call: &Call) -> Result<Pages, Refusal> {
        let mut request = Request::open(call.body, &["IdentityStoreId", "MaxResults", "NextToken"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let page = page(&mut request);
        request.close()?;
        self.check_store(call, store)?;
        Pages::open(call, &[], page, false)
    }

    pub(super) fn is_member_in_groups(&self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["IdentityStoreId", "MemberId", "GroupIds"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        let member = member(&mut request);
        request.require("GroupIds");
        let ids = request.texts("GroupIds", (1, 100), &RESOURCE_ID);
        request.close()?;
        self.check_store(call, store)?;
        let user = self.user(member)?;
        let mut results = Vec::with_capacity(ids.len());
        for id in ids {
            let group = self.group(id)?;
            let is_member = self.membership(&group.id, &user.id).is_some();
            results.push(json!({ "GroupId": group.id, "MemberId": { "UserId": user.id }, "MembershipExists": is_member }));
        }
        Ok(json!({ "Results": results }))
    }

    pub(super) fn user(&self, id: &str) -> Result<&User, Refusal> {
        self.users.get(&key_of(id, "user")?).ok_or_else(|| not_found("USER", id))
    }

    pub(super) fn group(&self, id: &str) -> Result<&Group, Refusal> {
        self.groups.get(&key_of(id, "group")?).ok_or_else(|| not_found("GROUP", id))
    }

    /// Returns the membership of a user in a group, regardless of the case of their ids.
    pub(super) fn membership(&self, group: &str, user: &str) -> Option<&Membership> {
        let key = self.pairs.get(&(user.to_lowercase(), group.to_lowercase()))?;
        self.memberships.get(key)
    }

    /// Returns the keys of a user's memberships.
    pub(super) fn keys_of(&self, user: &str) -> impl Iterator<Item = &String> {
        let from_there = self.pairs.range((user.to_owned(), String::new())..);
        from_there.take_while(move |((of, _), _)| of == user).map(|(_, key)| key)
    }

    fn listed<'a>(
        &self,
        call: &Call,
        about: &str,
        page: (usize, Option<&str>),
        keys: impl Iterator<Item = &'a String>,
    ) -> Answer {
        let pages = Pages::open(call, &[Some(about)], page, false)?;
        let (keys, token) = pages.cut(keys.map(|key| (key.clone(), key)).collect());
        let found = keys.into_iter().filter_map(|key| self.memberships.get(key));
        let memberships: Vec<Value> = found.map(|membership| self.shown(membership)).collect();
        let mut answer = json!({ "GroupMemberships": memberships });
        if let Some(token) = token {
            answer["NextToken"] = json!(token);
        }
        Ok(answer)
    }

    fn shown(&self, membership: &Membership) -> Value {
        let group = self.groups.get(&membership.group).map_or(&membership.group, |group| &group.id);
        let user = self.users.get(&membership.user).map_or(&membership.user, |user| &user.id);
        json!({
            "IdentityStoreId": self.store_id,
            "MembershipId": membership.id,
            "MembershipArn": self.arn("membership", &membership.id),
            "GroupId": group,
            "MemberId": { "UserId": user },
        })
    }

    /// Returns the attribute and value by which a user or group is looked up [2.7]. No user or
    /// group has an external id here, so a lookup by external id finds nothing.
    fn alternate<'a>(&self, call: &Call<'a>, kind: &str) -> Result<(&'a str, &'a str), Refusal> {
        let mut request = Request::open(call.body, &["IdentityStoreId", "AlternateIdentifier"]);
        let store = request.text("IdentityStoreId", &STORE_ID);
        request.require("AlternateIdentifier");
        let found = request.structure("AlternateIdentifier", &["UniqueAttribute", "ExternalId"], |either| {
            let attribute =
                either.structure("UniqueAttribute", &["AttributePath", "AttributeValue"], |attribute| {
                    let path = attribute.text("AttributePath", &ATTRIBUTE_PATH);
                    (path, attribute.text("AttributeValue", &ATTRIBUTE_VALUE))
                });
            let external = either.structure("ExternalId", &["Issuer", "Id"], |external| {
                external.text("Issuer", &EXTERNAL);
                external.text("Id", &EXTERNAL);
            });
            (attribute, external)
        });
        request.close()?;
        self.check_store(call, store)?;
        match found {
            Some((Some(attribute), None)) => Ok(attribute),
            Some((None, Some(()))) => Err(absent(kind)),
            Some((Some(_), Some(())) | (None, None)) | None => {
                Err(invalid("AlternateIdentifier must have exactly one of UniqueAttribute and ExternalId"))
            }
        }
    }
}

fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["NextToken"] = json!(token);
    }
    answer
}

/// Reads the member of a request. Only users can be members.
fn member<'a>(request: &mut Request<'a>) -> &'a str {
    request.require("MemberId");
    let user = request.structure("MemberId", &["UserId"], |member| member.text("UserId", &RESOURCE_ID));
    user.unwrap_or_default()
}

/// Reads the page size (1 to 100, by default 100 [2.5]) and the token.
fn page<'a>(request: &mut Request<'a>) -> (usize, Option<&'a str>) {
    (request.number("MaxResults", 1, 100).unwrap_or(100), request.optional("NextToken", &TOKEN))
}

/// Returns the refusal of a lookup by attribute that finds nothing. There is no id to name.
fn absent(kind: &str) -> Refusal {
    Refusal::new("ResourceNotFoundException", format!("{kind} not found.")).with("ResourceType", kind)
}

fn bad_path(path: &str) -> Refusal {
    invalid(format!("The attribute path {path} is not supported here"))
}
