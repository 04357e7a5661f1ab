//! Plays a scenario: step after step, executions beside each other where the steps say so.

use crate::expect;
use crate::report::{DeadLetter, Execution, Report};
use crate::scenario::{Act, BadScenario, Change, Member, Scenario, Step};
use crate::setting::{self, GRANTS, HUB, HUB_REGION};
use crate::stage::Stage;
use engine::StartRefused;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use world::Clock;
use world::services::identity_store::UserStatus;
use world::services::studio::Snapshot;

/// Told of each thing as it ends, so that a person sees progress.
pub trait Audience {
    /// A step that starts no execution.
    fn happened(&self, title: &str, at: Duration);
    /// An execution that has ended.
    fn ended(&self, execution: &Execution);
    /// An event that could not start one.
    fn undeliverable(&self, letter: &DeadLetter);
}

/// An audience that is not there.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Audience for Nobody {
    fn happened(&self, _: &str, _: Duration) {}
    fn ended(&self, _: &Execution) {}
    fn undeliverable(&self, _: &DeadLetter) {}
}

type Running<'a> = FuturesUnordered<LocalBoxFuture<'a, (usize, Result<Execution, DeadLetter>)>>;

/// A scenario being played.
pub struct Play<'a> {
    scenario: &'a Scenario,
    stage: &'a Stage,
    audience: &'a dyn Audience,
    began: SystemTime,
    running: Running<'a>,
    inputs: BTreeMap<String, (String, Value)>,
    executions: Vec<Execution>,
    dead_letters: Vec<DeadLetter>,
    disappointments: RefCell<Vec<String>>,
}

/// Plays the whole scenario on a new stage.
pub async fn play(
    scenario: &Scenario,
    seed: u64,
    clock: Clock,
    audience: &dyn Audience,
) -> Result<Report, BadScenario> {
    let stage = Stage::build(scenario, seed, clock).await?;
    let mut play = Play::on(&stage, scenario, audience);
    play.steps(&scenario.timeline).await?;
    play.report(seed).await
}

impl<'a> Play<'a> {
    /// Nothing played yet.
    pub fn on(stage: &'a Stage, scenario: &'a Scenario, audience: &'a dyn Audience) -> Self {
        Self {
            scenario,
            stage,
            audience,
            began: stage.world.clock().now(),
            running: FuturesUnordered::new(),
            inputs: BTreeMap::new(),
            executions: Vec::new(),
            dead_letters: Vec::new(),
            disappointments: RefCell::default(),
        }
    }

    /// Plays these steps, and waits for every execution to end.
    pub async fn steps(&mut self, steps: &'a [Step]) -> Result<(), BadScenario> {
        for (index, step) in steps.iter().enumerate() {
            match step.at {
                Some(at) => self.until(self.began + at.0).await,
                None => self.calm().await,
            }
            let place = || step.say.clone().unwrap_or_else(|| format!("step {} of the timeline", index + 1));
            let act = step.act().map_err(|why| BadScenario::at(place(), why))?;
            self.step(index, step, act).await.map_err(|error| match error {
                BadScenario::Impossible { place: part, why } => {
                    BadScenario::at(place(), format!("{part}: {why}"))
                }
                other @ (BadScenario::Unreadable { .. } | BadScenario::Malformed { .. }) => other,
            })?;
        }
        self.calm().await;
        Ok(())
    }

    async fn step(&mut self, index: usize, step: &'a Step, act: Act<'a>) -> Result<(), BadScenario> {
        let world = &self.stage.world;
        match act {
            Act::Join(member) => {
                let event = self.membership(member, true)?;
                self.start(index, step, format!("{} joins {}", member.user, member.group), event);
                return Ok(());
            }
            Act::Leave(member) => {
                let event = self.membership(member, false)?;
                self.start(index, step, format!("{} leaves {}", member.user, member.group), event);
                return Ok(());
            }
            Act::Input(input) => {
                self.start(index, step, "an input".to_owned(), input.clone());
                return Ok(());
            }
            Act::Repeat(id) => {
                let known = self.inputs.get(id).cloned();
                let (title, input) =
                    known.ok_or_else(|| BadScenario::at(id, "no earlier step has this id"))?;
                self.start(index, step, format!("{title}, once more"), input);
                return Ok(());
            }
            Act::Directory(change) => self.change(&change)?,
            Act::PutMapping(row) => setting::put_mapping(world, row).await?,
            Act::DeleteMapping(key) => setting::delete_mapping(world, key).await?,
            Act::StartApp(app) => setting::start_app(world, app)?,
            Act::OpenSpace(space) => setting::open_space(world, space)?,
            Act::SignIn(sign_in) => setting::sign_in(world, sign_in)?,
            Act::Studio(wanted) => setting::behaviour(world, wanted),
            Act::TagProfile(tagged) => setting::tag_profile(world, tagged)?,
            Act::DeleteDomain(target) => setting::delete_domain(world, target)?,
            Act::Fault(fault) => setting::inject(world, fault)?,
            Act::Wait(span) => self.until(world.clock().now() + span.0).await,
        }
        let title = step.say.as_deref().unwrap_or("a change");
        let at = self.stage.world.clock().now().duration_since(self.began).unwrap_or_default();
        self.audience.happened(title, at);
        Ok(())
    }

    /// Starts an execution; it runs while the play goes on.
    fn start(&mut self, index: usize, step: &Step, title: String, input: Value) {
        let title = step.say.clone().unwrap_or(title);
        if let Some(id) = &step.id {
            self.inputs.insert(id.clone(), (title.clone(), input.clone()));
        }
        let stage = self.stage;
        let bytes = input.to_string().len();
        let performance = async move {
            let ended = stage.execute(&title, input).await;
            (
                index,
                ended.map_err(|refused: StartRefused| DeadLetter { title, why: refused.to_string(), bytes }),
            )
        };
        self.running.push(performance.boxed_local());
    }

    /// Lets everything run until a moment.
    async fn until(&mut self, moment: SystemTime) {
        let clock = self.stage.world.clock().clone();
        let left = moment.duration_since(clock.now()).unwrap_or_default();
        let mut alarm = std::pin::pin!(clock.sleep(left));
        while !self.running.is_empty() {
            let ended = match select(self.running.next(), alarm.as_mut()).await {
                Either::Left((Some(ended), _)) => ended,
                Either::Left((None, _)) | Either::Right(_) => return,
            };
            self.settle(ended);
        }
        alarm.await;
    }

    /// Lets everything run to its end.
    async fn calm(&mut self) {
        while let Some(ended) = self.running.next().await {
            self.settle(ended);
        }
    }

    fn settle(&mut self, (index, ended): (usize, Result<Execution, DeadLetter>)) {
        let expected = self.scenario.timeline.get(index).and_then(|step| step.expect.as_ref());
        let found = expected.map(|expected| expect::of_step(expected, &ended)).unwrap_or_default();
        self.disappointments.borrow_mut().extend(found);
        match ended {
            Ok(execution) => {
                self.audience.ended(&execution);
                self.executions.push(execution);
            }
            Err(letter) => {
                self.audience.undeliverable(&letter);
                self.dead_letters.push(letter);
            }
        }
    }

    /// What the run leaves behind, held against what was expected.
    pub async fn report(self, seed: u64) -> Result<Report, BadScenario> {
        let world = &self.stage.world;
        let items = world.scan(HUB, HUB_REGION, GRANTS).await;
        let items = items.map_err(|refusal| BadScenario::at(GRANTS, refusal.message))?;
        let now = world.clock().now();
        let studio = world.studio(|studio| studio.snapshot(now));
        let assignments = self.assignments(&studio);
        let mut report = Report {
            scenario: self.scenario.name.clone(),
            seed,
            executions: self.executions,
            dead_letters: self.dead_letters,
            calls: world.calls(),
            studio,
            assignments,
            grants: items.iter().filter(|item| starts(item, "sk", "target#")).map(plain).collect(),
            history: items
                .iter()
                .filter(|item| starts(item, "pk", "history#"))
                .map(|item| plain(&item["grant"]["M"]))
                .collect(),
            disappointments: self.disappointments.into_inner(),
        };
        if let Some(expected) = &self.scenario.expect {
            let found = expect::of_end(expected, &report);
            report.disappointments.extend(found);
        }
        Ok(report)
    }

    /// Which groups are assigned to which domain's application, as people call them.
    fn assignments(&self, studio: &Snapshot) -> BTreeMap<String, Vec<String>> {
        let groups = &self.scenario.directory.groups;
        let named = |id: &str| {
            let group = groups.iter().find(|group| group.id.eq_ignore_ascii_case(id));
            group.map_or_else(|| id.to_owned(), |group| group.name.clone())
        };
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        self.stage.world.applications(|applications| {
            for (arn, principal) in applications.assignments() {
                let domain = studio.domains.iter().find(|row| row.application_arn.as_deref() == Some(arn));
                let place = domain.map(|row| &row.place);
                let target = place.map(|at| format!("{}/{}/{}", at.account, at.region, at.domain_id));
                all.entry(target.unwrap_or_else(|| arn.to_owned())).or_default().push(named(&principal.id));
            }
        });
        for groups in all.values_mut() {
            groups.sort();
        }
        all
    }

    fn user_id(&self, name: &str) -> Result<String, BadScenario> {
        let user = self.scenario.directory.users.iter().find(|user| user.name == name);
        user.map(|user| user.id.clone()).ok_or_else(|| BadScenario::at(name, "there is no user of that name"))
    }

    fn group_id(&self, name: &str) -> Result<String, BadScenario> {
        let group = self.scenario.directory.groups.iter().find(|group| group.name == name);
        group
            .map(|group| group.id.clone())
            .ok_or_else(|| BadScenario::at(name, "there is no group of that name"))
    }

    /// Changes the directory, and gives the event that tells of it.
    fn membership(&self, member: &Member, joins: bool) -> Result<Value, BadScenario> {
        let (user, group) = (self.user_id(&member.user)?, self.group_id(&member.group)?);
        let store = &self.scenario.directory.store_id;
        let (name, parameters) = if joins {
            self.change(&Change::Add(member))?;
            (
                "AddMemberToGroup",
                json!({"identityStoreId": store, "groupId": group, "member": {"memberId": user}}),
            )
        } else {
            self.change(&Change::Remove(member))?;
            ("RemoveMemberFromGroup", json!({"identityStoreId": store, "groupId": group, "memberId": user}))
        };
        let number = self.inputs.len() + self.executions.len() + self.running.len();
        Ok(envelope(name, &parameters, self.stage.world.clock().now(), number))
    }

    fn change(&self, change: &Change) -> Result<(), BadScenario> {
        let id = |name: &str| self.user_id(name);
        let world = &self.stage.world;
        let done = match change {
            Change::Add(member) => {
                let (group, user) = (self.group_id(&member.group)?, id(&member.user)?);
                world.directory(|store| store.add_member(&group, &user)).map(|_| ())
            }
            Change::Remove(member) => {
                let (group, user) = (self.group_id(&member.group)?, id(&member.user)?);
                world.directory(|store| store.remove_member(&group, &user)).map(|_| ())
            }
            Change::DeleteUser(name) => {
                let user = id(name)?;
                world.directory(|store| store.delete_user(&user))
            }
            Change::DisableUser(name) => {
                let user = id(name)?;
                world.directory(|store| store.set_status(&user, UserStatus::Disabled))
            }
            Change::EnableUser(name) => {
                let user = id(name)?;
                world.directory(|store| store.set_status(&user, UserStatus::Enabled))
            }
            Change::DeleteGroup(name) => {
                let group = self.group_id(name)?;
                world.directory(|store| store.delete_group(&group))
            }
            Change::RenameUser(rename) => {
                let user = id(&rename.user)?;
                world.directory(|store| store.rename_user(&user, &rename.to))
            }
        };
        done.map_err(|why| BadScenario::at("the directory", why.to_string()))
    }
}

/// The record that CloudTrail would write, in the envelope in which EventBridge would deliver it.
pub fn envelope(name: &str, parameters: &Value, at: SystemTime, number: usize) -> Value {
    let time = crate::report::moment(at);
    let id = format!("c2c0873b-5c49-404c-add7-{number:012}");
    json!({"version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail", "source": "aws.sso-directory",
        "account": HUB, "time": time, "region": HUB_REGION, "resources": [],
        "detail": {"eventVersion": "1.08", "userIdentity": {"type": "Unknown", "accountId": HUB}, "eventTime": time,
            "eventSource": "sso-directory.amazonaws.com", "eventName": name, "awsRegion": HUB_REGION, "sourceIPAddress": "",
            "userAgent": "Okta SCIM Client 1.0.0", "requestParameters": parameters, "responseElements": null,
            "eventID": id, "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": HUB, "eventCategory": "Management"}})
}

/// Whether a key of an item begins like this: the ledger's table holds grants, leases and history.
fn starts(item: &Value, key: &str, with: &str) -> bool {
    item[key]["S"].as_str().is_some_and(|text| text.starts_with(with))
}

/// An item of `DynamoDB` as plain JSON.
fn plain(value: &Value) -> Value {
    let Some(item) = value.as_object() else { return value.clone() };
    Value::Object(item.iter().map(|(name, value)| (name.clone(), untyped(value))).collect::<Map<_, _>>())
}

fn untyped(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|one| one.iter().next()) else {
        return value.clone();
    };
    match (kind.as_str(), inner) {
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_else(|_| inner.clone()),
        ("M", _) => plain(inner),
        ("L", Value::Array(list)) => list.iter().map(untyped).collect(),
        ("NULL", _) => Value::Null,
        _ => inner.clone(),
    }
}
