//! SSO Admin: the assignments of groups and users to Identity Center applications.
//!
//! Answers [`OPERATIONS`] for the applications of [`SsoAdmin::add_application`]. Not modelled: the
//! check that a principal is in the directory, and the time that a write takes to propagate ([4.5]:
//! inject a `ConflictException`). Chosen here, because no source describes it: creating an
//! assignment that already exists succeeds.

use crate::service::{Answer, Call, Refusal, not_emulated};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 3] =
    ["CreateApplicationAssignment", "DescribeApplicationAssignment", "GetApplicationAssignmentConfiguration"];

/// A group or user that is assigned to an application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    /// `GROUP` or `USER`.
    pub kind: String,
    /// Plain id [4.4], as the request gave it.
    pub id: String,
}

/// The applications by ARN, each with its assigned principals.
#[derive(Debug, Clone, Default)]
pub struct SsoAdmin {
    /// If true, every call is denied. The service is available only to the management account and a
    /// delegated administrator [4.10].
    pub denied: bool,
    applications: BTreeMap<String, BTreeSet<Principal>>,
    open: BTreeSet<String>,
}

impl SsoAdmin {
    /// Adds an application without assignments.
    pub fn add_application(&mut self, arn: &str) {
        self.applications.entry(arn.to_owned()).or_default();
    }

    /// Makes the application require no assignment: every user may use it [4.8].
    pub fn ask_for_no_assignment(&mut self, arn: &str) {
        self.open.insert(arn.to_owned());
    }

    /// Returns all assignments as pairs of application ARN and principal.
    pub fn assignments(&self) -> impl Iterator<Item = (&str, &Principal)> {
        let each = self.applications.iter();
        each.flat_map(|(arn, all)| all.iter().map(move |principal| (arn.as_str(), principal)))
    }

    /// Answers a call.
    pub fn handle(&mut self, call: &Call<'_>) -> Answer {
        if !OPERATIONS.contains(&call.operation) {
            return Err(not_emulated("sso", call.operation));
        }
        if self.denied {
            let text =
                format!("User: {} is not authorized to perform: sso:{}", call.caller.arn, call.operation);
            return Err(Refusal::new("AccessDeniedException", text));
        }
        let arn = application(call.body)?;
        let absent = |what: &str| Refusal::new("ResourceNotFoundException", format!("{what} not found."));
        let assigned = self.applications.get_mut(arn).ok_or_else(|| absent("Application"))?;
        if call.operation == "GetApplicationAssignmentConfiguration" {
            return Ok(json!({"AssignmentRequired": !self.open.contains(arn)}));
        }
        let principal = principal(call.body)?;
        if call.operation == "CreateApplicationAssignment" {
            assigned.insert(principal);
            return Ok(json!({}));
        }
        if !assigned.contains(&principal) {
            return Err(absent("Application assignment"));
        }
        Ok(json!({"ApplicationArn": arn, "PrincipalId": principal.id, "PrincipalType": principal.kind}))
    }
}

/// Reads the application's ARN, which must have the form
/// `arn:<partition>:sso::<account>:application/(sso)ins-<16>/apl-<16>` [4.4].
fn application(body: &Value) -> Result<&str, Refusal> {
    let arn = body["ApplicationArn"].as_str().unwrap_or_default();
    let path = arn.split_once(":application/").map(|(_, path)| path).unwrap_or_default();
    let fits = |part: &str, heads: &[&str]| {
        heads.iter().any(|head| part.strip_prefix(head).is_some_and(|id| id.len() == 16))
    };
    match path.split_once('/') {
        Some((instance, app)) if fits(instance, &["ssoins-", "ins-"]) && fits(app, &["apl-"]) => Ok(arn),
        Some(_) | None => Err(invalid("ApplicationArn")),
    }
}

fn principal(body: &Value) -> Result<Principal, Refusal> {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (kind, id) = (text("PrincipalType"), text("PrincipalId"));
    if !["GROUP", "USER"].contains(&kind.as_str()) {
        return Err(invalid("PrincipalType"));
    }
    // A plain id is required, not an ARN [4.4].
    if id.is_empty() || id.len() > 47 || id.contains([':', '/']) {
        return Err(invalid("PrincipalId"));
    }
    Ok(Principal { kind, id })
}

fn invalid(member: &str) -> Refusal {
    Refusal::new("ValidationException", format!("Value at '{member}' failed to satisfy constraint"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;
    use std::time::UNIX_EPOCH;

    const APPLICATION: &str =
        "arn:aws:sso::111122223333:application/ssoins-0123456789abcdef/apl-0123456789abcdef";
    const GROUP: &str = "906716eb24-14f83478-10b1-7052-28a4-9f0d9d6a0a01";

    fn ask(sso: &mut SsoAdmin, operation: &str, arn: &str, id: &str) -> Result<Value, String> {
        let caller = Caller { account: "111122223333".into(), arn: "arn".into(), label: "test".into() };
        let body = json!({"ApplicationArn": arn, "PrincipalId": id, "PrincipalType": "GROUP"});
        let call = Call { caller: &caller, region: "us-east-1", operation, body: &body, now: UNIX_EPOCH };
        sso.handle(&call).map_err(|refusal| refusal.code)
    }

    #[test]
    fn an_assignment_is_there_once_it_was_made() {
        let mut sso = SsoAdmin::default();
        sso.add_application(APPLICATION);
        let absent = ask(&mut sso, "DescribeApplicationAssignment", APPLICATION, GROUP);
        assert_eq!(absent, Err("ResourceNotFoundException".into()));
        assert!(ask(&mut sso, "CreateApplicationAssignment", APPLICATION, GROUP).is_ok());
        assert!(ask(&mut sso, "CreateApplicationAssignment", APPLICATION, GROUP).is_ok());
        assert!(ask(&mut sso, "DescribeApplicationAssignment", APPLICATION, GROUP).is_ok());
        assert_eq!(sso.assignments().count(), 1);
    }

    #[test]
    fn an_application_requires_assignment_until_switched_off() {
        let mut sso = SsoAdmin::default();
        sso.add_application(APPLICATION);
        let look = |sso: &mut SsoAdmin| {
            ask(sso, "GetApplicationAssignmentConfiguration", APPLICATION, "")
                .map(|answer| answer["AssignmentRequired"].clone())
        };
        assert_eq!(look(&mut sso), Ok(true.into()));
        sso.ask_for_no_assignment(APPLICATION);
        assert_eq!(look(&mut sso), Ok(false.into()));
    }

    #[test]
    fn what_the_real_service_refuses_is_refused() {
        let mut sso = SsoAdmin::default();
        sso.add_application(APPLICATION);
        let create = "CreateApplicationAssignment";
        let other = APPLICATION.replace("apl-0", "apl-1");
        for (operation, arn, id, code) in [
            (create, other.as_str(), GROUP, "ResourceNotFoundException"),
            (create, "arn:aws:sso::111122223333:application/x/y", GROUP, "ValidationException"),
            (create, APPLICATION, "arn:aws:identitystore:::group/1", "ValidationException"),
            ("DeleteApplicationAssignment", APPLICATION, GROUP, "NotEmulated"),
        ] {
            assert_eq!(ask(&mut sso, operation, arn, id), Err(code.into()), "{operation} {arn} {id}");
        }
        sso.denied = true;
        assert_eq!(ask(&mut sso, create, APPLICATION, GROUP), Err("AccessDeniedException".into()));
    }
}
