//! Security Token Service and the part of IAM behind it: roles, the principals that they trust, and
//! the account and role of each access key. The key that signed a request is what separates the
//! accounts of the emulated AWS.
//!
//! Operations: `AssumeRole`, `GetCallerIdentity`. Not modelled: the permissions of a role's
//! policies, and the caller's own permission to assume a role. A session policy is checked for form
//! but not enforced.

mod keys;
mod request;

pub use keys::{Key, SECRET_MARK, Session};

use crate::random::Random;
use crate::service::{Answer, Call, Refusal, not_emulated};
use crate::sign::hex;
use request::{Asked, MAX_CHAINED};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 2] = ["AssumeRole", "GetCallerIdentity"];

/// A role with its trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// ARN, for example `arn:aws:iam::111122223333:role/studio/Reader`.
    pub arn: String,
    /// Trusted principals: exact role ARNs, or account roots such as
    /// `arn:aws:iam::111122223333:root`.
    pub trusts: Vec<String>,
    /// External id that a caller has to send, if any [7.4].
    pub external_id: Option<String>,
    /// If true, the trust policy allows `sts:SetSourceIdentity` [7.5].
    pub allows_source_identity: bool,
    /// Time from which the role can be assumed. A new role cannot be assumed at once: before this
    /// time its callers are denied.
    pub assumable_from: Option<SystemTime>,
}

impl Role {
    /// Creates a role that trusts these principals, without further conditions.
    pub fn trusting(arn: &str, principals: &[&str]) -> Self {
        Self {
            arn: arn.to_owned(),
            trusts: principals.iter().map(|&principal| principal.to_owned()).collect(),
            external_id: None,
            allows_source_identity: false,
            assumable_from: None,
        }
    }

    fn admits(&self, caller: &Session, asked: &Asked, now: SystemTime) -> bool {
        let root = format!(":iam::{}:root", caller.account);
        let trusted = |principal: &String| *principal == caller.role_arn || principal.ends_with(&root);
        self.trusts.iter().any(trusted)
            && self.assumable_from.is_none_or(|from| from <= now)
            && self.external_id.as_deref().is_none_or(|id| asked.external_id.as_deref() == Some(id))
    }
}

/// The roles and keys of every account.
#[derive(Debug)]
pub struct Sts {
    random: Random,
    roles: BTreeMap<String, Role>,
    keys: BTreeMap<String, Key>,
}

impl Sts {
    /// Creates a service without roles and keys. New keys are drawn from `random`.
    pub fn new(random: Random) -> Self {
        Self { random, roles: BTreeMap::new(), keys: BTreeMap::new() }
    }

    /// Creates or replaces a role.
    pub fn put_role(&mut self, role: Role) {
        self.roles.insert(role.arn.clone(), role);
    }

    /// Deletes and returns a role. Sessions made from it stay valid until they expire.
    pub fn remove_role(&mut self, arn: &str) -> Option<Role> {
        self.roles.remove(arn)
    }

    /// Answers a call signed with this access key, which identifies the calling session.
    pub fn handle(&mut self, call: &Call, access_key: &str) -> Answer {
        match call.operation {
            "AssumeRole" => self.assume_role(call, access_key),
            "GetCallerIdentity" => Ok(identity(call)),
            other => Err(not_emulated("sts", other)),
        }
    }

    fn assume_role(&mut self, call: &Call, access_key: &str) -> Answer {
        let asked = Asked::read(call.body)?;
        if asked.duration > MAX_CHAINED {
            let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return Err(Refusal::new("ValidationError", text));
        }
        let key = self.keys.get(access_key).ok_or_else(|| denied(call, "sts:AssumeRole", &asked))?;
        let caller = &key.session;
        let role = self.roles.get(&asked.role_arn).filter(|role| role.admits(caller, &asked, call.now));
        let role = role.ok_or_else(|| denied(call, "sts:AssumeRole", &asked))?;
        let source_identity = match (&caller.source_identity, &asked.source_identity) {
            (Some(set), Some(new)) if set != new => Err(denied(call, "sts:SetSourceIdentity", &asked)),
            (Some(source), _) | (None, Some(source)) if role.allows_source_identity => {
                Ok(Some(source.clone()))
            }
            (None, None) => Ok(None),
            (Some(_), _) | (None, Some(_)) => Err(denied(call, "sts:SetSourceIdentity", &asked)),
        }?;
        let session = Session {
            source_identity,
            ..Session::of(&asked.role_arn, &asked.session_name, &call.caller.label)
        };
        Ok(self.hand_out(session, call.now, asked.duration))
    }

    fn hand_out(
        &mut self,
        session: Session,
        now: SystemTime,
        lasting: std::time::Duration,
    ) -> serde_json::Value {
        let expires = now + lasting;
        let (access_key, key) = self.issue(session, Some(expires));
        let expiration = OffsetDateTime::from(expires).format(&Rfc3339);
        let mut answer = json!({
            "AssumedRoleUser": { "AssumedRoleId": user_id(&key.session.arn), "Arn": key.session.arn },
            "Credentials": {
                "AccessKeyId": access_key,
                "SecretAccessKey": key.secret,
                "SessionToken": key.token,
                "Expiration": expiration.expect("a time of this era has an ISO form"),
            },
            "PackedPolicySize": 0,
        });
        if let Some(source) = key.session.source_identity {
            answer["SourceIdentity"] = source.into();
        }
        answer
    }
}

fn identity(call: &Call) -> serde_json::Value {
    json!({ "UserId": user_id(&call.caller.arn), "Account": call.caller.account, "Arn": call.caller.arn })
}

/// Returns the user id `AROA...:session-name`. The part before the colon is the same for every
/// session of one role.
fn user_id(session_arn: &str) -> String {
    let (role, name) = session_arn.rsplit_once('/').unwrap_or((session_arn, ""));
    format!("AROA{}:{name}", &hex(&Sha256::digest(role)).to_uppercase()[..17])
}

/// Returns the refusal for a missing role, an untrusted caller and a wrong external id. STS does
/// not reveal which of them applies.
fn denied(call: &Call, action: &str, asked: &Asked) -> Refusal {
    let text = format!(
        "User: {} is not authorized to perform: {action} on resource: {}",
        call.caller.arn, asked.role_arn
    );
    Refusal { status: 403, ..Refusal::new("AccessDenied", text) }
}
