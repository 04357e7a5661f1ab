//! A company of any size: people, mapped groups, and a ledger that is right, empty, or wrong about a few.

use crate::deployed::user_id;
use anyhow::{Context as _, Result};
use fake_aws::FakeAws;
use harness::scenario::{Domain, Group, Scenario, User};
use harness::setting;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a sweep meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Everybody has what they should have.
    Right,
    /// Nobody has anything yet.
    Backfill,
    /// One in a hundred differs: some have nothing, some another role, a few have left.
    Differ,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "everybody right already",
            Self::Backfill => "first backfill",
            Self::Differ => "1 % differ",
        })
    }
}

/// How large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// People in the directory.
    pub users: usize,
    /// Mapped groups. Every user is in one of them, one in ten in two.
    pub groups: usize,
}

/// Groups that no mapping knows stand beside the mapped ones, one for five.
const STRANGERS: usize = 5;
/// Groups that share a Studio domain.
const GROUPS_PER_DOMAIN: usize = 50;
/// Studio accounts, over which the domains are spread.
const ACCOUNTS: usize = 4;
/// One user of so many is disabled. They are still in their group, and have nothing.
const DISABLED: usize = 200;
/// Fewer removals than the removal limit stops.
const LEAVERS: usize = 40;

/// What a user's grant says, and what is the matter with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GrantState {
    Right,
    Nothing,
    OtherRole,
    HasLeft,
    Disabled,
}

/// A company and what a sweep of it must find.
#[derive(Debug)]
pub struct Company {
    /// Directory and mappings.
    pub scenario: Scenario,
    /// The ledger's rows.
    grants: Vec<Map<String, Value>>,
    /// Everybody for whom `access` has to be started, by user id.
    pub expected: BTreeSet<String>,
    /// The number of these in each Studio account.
    pub(crate) in_account: BTreeMap<usize, usize>,
    /// Members of each mapped group.
    pub members: Vec<usize>,
    /// All groups of the directory.
    pub groups: usize,
}

fn group(number: usize) -> Group {
    Group { id: format!("{number:08x}-0000-4000-8000-a3a2b99e9d89"), name: format!("studio-{number}") }
}

fn account(group: usize) -> usize {
    444_455_556_666 + group / GROUPS_PER_DOMAIN % ACCOUNTS
}

fn target(group: usize) -> String {
    format!("{}/us-east-1/d-{:010}", account(group), group / GROUPS_PER_DOMAIN)
}

fn role(number: usize, named: &str) -> String {
    format!("arn:aws:iam::{}:role/studio/{named}", account(number))
}

impl Company {
    /// Invents one.
    pub fn found(size: Size, case: Case) -> Result<Self> {
        let header = json!({"name": "a large company", "directory": {}});
        let scenario: Scenario = serde_json::from_value(header).context("a scenario without anything")?;
        let groups = size.groups + size.groups.div_ceil(STRANGERS);
        let mut company = Self {
            scenario,
            grants: Vec::new(),
            expected: BTreeSet::new(),
            in_account: BTreeMap::new(),
            members: vec![0; size.groups],
            groups,
        };
        company.scenario.directory.groups = (0..groups).map(group).collect();
        company.scenario.mappings = (0..size.groups).map(mapping).collect();
        for number in 0..size.users {
            company.hire(number, size, state(number, size.users, case));
        }
        Ok(company)
    }

    fn hire(&mut self, number: usize, size: Size, state: GrantState) {
        let home = number % size.groups;
        // The other group is in the same domain and has the higher priority number: it gives nothing that the first does not.
        let other = (home + 1).min(size.groups - 1);
        let two = number.is_multiple_of(10) && other != home && target(other) == target(home);
        let mut groups: Vec<usize> = if two { vec![home, other] } else { vec![home] };
        if state == GrantState::HasLeft {
            groups.clear();
        }
        for group in &groups {
            self.members[*group] += 1;
        }
        let id = user_id(number);
        match state {
            GrantState::Right | GrantState::Disabled => {}
            GrantState::Nothing | GrantState::OtherRole | GrantState::HasLeft => {
                self.expected.insert(id.clone());
                *self.in_account.entry(account(home)).or_default() += 1;
            }
        }
        match state {
            GrantState::Right | GrantState::HasLeft => self.grants.push(grant(&id, home, &group(home).name)),
            GrantState::OtherRole => self.grants.push(grant(&id, home, "yesterday")),
            GrantState::Nothing | GrantState::Disabled => {}
        }
        self.scenario.directory.users.push(User {
            name: format!("user{number}"),
            groups: groups.into_iter().map(|number| group(number).name).collect(),
            disabled: state == GrantState::Disabled,
            id,
        });
    }

    /// Opens the domains in Studio.
    pub(crate) fn open_studio(&mut self) {
        let targets: BTreeSet<String> = (0..self.members.len()).map(target).collect();
        let open = |target| Domain { target, iam_mode: false, status: None, no_application: false };
        self.scenario.domains.extend(targets.into_iter().map(open));
    }

    /// Returns whether this role is due to the user of this name.
    pub(crate) fn is_due(&self, user_name: &str, role_arn: &str) -> bool {
        let number: Option<usize> = user_name.strip_prefix("user").and_then(|number| number.parse().ok());
        number.is_some_and(|number| {
            let home = number % self.members.len();
            role(home, &group(home).name) == role_arn
        })
    }

    /// Writes the ledger into the company's emulated AWS.
    pub async fn open_books(&self, aws: &FakeAws) -> Result<()> {
        for grant in &self.grants {
            setting::put_row(aws, setting::GRANTS, grant).await?;
        }
        Ok(())
    }
}

fn state(number: usize, users: usize, case: Case) -> GrantState {
    // Leavers are spread over everybody, and fewer than the removal limit stops.
    let leaves = 100 * (users / 100).div_ceil(LEAVERS).max(4);
    match case {
        Case::Right | Case::Backfill | Case::Differ if number % DISABLED == DISABLED - 1 => {
            GrantState::Disabled
        }
        Case::Right => GrantState::Right,
        Case::Differ if !number.is_multiple_of(100) => GrantState::Right,
        Case::Differ if number.is_multiple_of(leaves) => GrantState::HasLeft,
        Case::Differ if number.is_multiple_of(200) => GrantState::OtherRole,
        Case::Differ | Case::Backfill => GrantState::Nothing,
    }
}

fn mapping(number: usize) -> Map<String, Value> {
    let Group { name, .. } = group(number);
    let row = [
        ("group", json!(name)),
        ("target", json!(target(number))),
        ("executionRoleArn", json!(role(number, &name))),
        ("priority", json!(number % GROUPS_PER_DOMAIN + 1)),
    ];
    row.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn grant(user: &str, number: usize, named: &str) -> Map<String, Value> {
    let target = target(number);
    let Group { id, name } = group(number);
    let (account, domain) = (account(number).to_string(), target.rsplit('/').next().unwrap_or_default());
    let row = json!({
        "pk": format!("user#{user}"), "sk": format!("target#{target}"),
        "storeId": "d-906716eb24", "userId": user, "status": "active", "profileName": format!("p-{user}"),
        "target": {"account": account, "region": "us-east-1", "domainId": domain},
        "userName": format!("user-{user}"), "roleArn": role(number, named), "groupName": name, "groupId": id,
        "membershipId": user, "removal": "keep", "execution": format!("sweep-{user}"), "reason": "sweep: schedule",
        "updatedAt": "2026-03-02T08:00:00Z", "version": 2, "homeEfsUid": "200005",
    });
    row.as_object().cloned().unwrap_or_default()
}
