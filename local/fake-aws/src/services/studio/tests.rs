//! Tests of Studio, call by call: one account, one domain in single sign-on mode, and a clock that
//! the test advances.

mod apps;
mod arrivals;
mod lists;
mod people;
mod profiles;
mod requests;
mod spaces;
mod tags;

use super::{Home, NewDomain, NewProfile, NewSpace, Place, Studio};
use crate::service::{Call, Caller, Refusal};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const DOMAIN: &str = "d-abcdef123456";

/// Studio and its caller.
struct Stand {
    studio: Studio,
    now: SystemTime,
    account: String,
    region: String,
}

impl Stand {
    fn new() -> Self {
        let now = UNIX_EPOCH + Duration::from_hours(500_000);
        let mut studio = Studio::default();
        studio.add_domain(NewDomain::sso(place()), now).unwrap();
        Self { studio, now, account: ACCOUNT.to_owned(), region: REGION.to_owned() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "every body is written where it is used")]
    fn call(&mut self, operation: &str, body: Value) -> Result<Value, Refusal> {
        let caller = Caller { account: self.account.clone(), arn: String::new(), label: String::new() };
        let call = Call { caller: &caller, region: &self.region, operation, body: &body, now: self.now };
        self.studio.handle(&call)
    }

    /// Calls and expects a refusal. Returns its code and text.
    fn refused(&mut self, operation: &str, body: Value) -> (String, String) {
        let refusal = self.call(operation, body).unwrap_err();
        assert_eq!(refusal.status, 400);
        (refusal.code, refusal.message)
    }

    fn code(&mut self, operation: &str, body: Value) -> String {
        self.refused(operation, body).0
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn create(&mut self, name: &str, user: &str) -> Result<Value, Refusal> {
        self.call("CreateUserProfile", creation(name, user))
    }

    fn describe(&mut self, name: &str) -> Result<Value, Refusal> {
        self.call("DescribeUserProfile", named(name))
    }

    fn status(&mut self, name: &str) -> Value {
        self.describe(name).unwrap()["Status"].clone()
    }

    fn profile(&mut self, name: &str) {
        self.studio.add_profile(&place(), NewProfile::named(name), self.now).unwrap();
    }

    fn space(&mut self, name: &str, owner: &str) {
        self.studio.add_space(&place(), NewSpace::private(name, owner), self.now).unwrap();
    }

    /// Starts an app and waits until it runs.
    fn running(&mut self, home: Home, app_type: &str) {
        self.studio.start_app(&place(), home, (app_type, "default"), self.now).unwrap();
        self.wait(60);
    }
}

fn place() -> Place {
    Place::new(ACCOUNT, REGION, DOMAIN)
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/studio/{name}")
}

fn named(name: &str) -> Value {
    json!({ "DomainId": DOMAIN, "UserProfileName": name })
}

fn creation(name: &str, user: &str) -> Value {
    json!({
        "DomainId": DOMAIN,
        "UserProfileName": name,
        "SingleSignOnUserIdentifier": "UserName",
        "SingleSignOnUserValue": user,
        "UserSettings": { "ExecutionRole": role("Reader") },
    })
}

fn of_profile(name: &str) -> Home {
    Home::Profile(name.to_owned())
}

fn of_space(name: &str) -> Home {
    Home::Space(name.to_owned())
}

#[test]
fn answers_listed_operations_and_refuses_others_by_name() {
    let mut stand = Stand::new();
    for operation in super::OPERATIONS {
        let refusal = stand.call(operation, json!({})).err();
        assert!(refusal.is_none_or(|refusal| refusal.code == "ValidationException"), "{operation}");
    }
    let refusal = stand.call("DeleteDomain", json!({})).unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (501, "NotEmulated"));
    assert!(refusal.message.contains("sagemaker:DeleteDomain"));
}

#[test]
fn a_domain_tells_its_mode_its_application_and_its_default_role() {
    let mut stand = Stand::new();
    let answer = stand.call("DescribeDomain", json!({ "DomainId": DOMAIN })).unwrap();
    assert_eq!(answer["AuthMode"], "SSO");
    assert_eq!(answer["Status"], "InService");
    assert_eq!(answer["DomainArn"], format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{DOMAIN}"));
    assert_eq!(
        answer["DefaultUserSettings"]["ExecutionRole"],
        format!("arn:aws:iam::{ACCOUNT}:role/StudioDefault")
    );
    assert!(answer["SingleSignOnApplicationArn"].as_str().unwrap().contains(":application/"));
    assert!(answer["HomeEfsFileSystemId"].as_str().unwrap().starts_with("fs-"));
    assert_eq!(answer["CreationTime"], 1_800_000_000.0);

    let iam = Place::new(ACCOUNT, REGION, "d-iam");
    stand.studio.add_domain(NewDomain::iam(iam), stand.now).unwrap();
    let answer = stand.call("DescribeDomain", json!({ "DomainId": "d-iam" })).unwrap();
    assert_eq!(answer["AuthMode"], "IAM");
    assert!(answer.get("SingleSignOnApplicationArn").is_none());
}

#[test]
fn a_domain_of_another_account_or_region_is_not_found() {
    for (account, region) in [("444455556666", REGION), (ACCOUNT, "us-east-1")] {
        let mut stand = Stand::new();
        (stand.account, stand.region) = (account.to_owned(), region.to_owned());
        for (operation, body) in [
            ("DescribeDomain", json!({ "DomainId": DOMAIN })),
            ("DescribeUserProfile", named("alice")),
            ("CreateUserProfile", creation("alice", "alice")),
        ] {
            assert_eq!(stand.code(operation, body), "ResourceNotFound", "{operation}");
        }
        let lists = stand.call("ListUserProfiles", json!({ "DomainIdEquals": DOMAIN })).unwrap();
        assert_eq!(lists["UserProfiles"], json!([]));
    }
}
