//! An execution that ended badly can be redriven at any time: whatever it knew is read again before anything is done because of it.

use crate::played::{caught, invocations};
use engine::{HistoryEvent, HistoryKind, RedriveRefused, Status, TaskCall};
use futures_util::future::{AbortHandle, Abortable, Either, select};
use local::report::{Entry, Execution};
use local::scenario::{Scenario, SpaceOpen};
use local::setting::{self, GRANTS, HUB, HUB_REGION};
use local::stage::{ACCESS, Cue, Director, Stage};
use serde_json::json;
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;
use world::services::studio::{Place, ProfileRow, Status as StudioStatus};
use world::{Clock, run_virtual};

const ANA: &str = "04c8e458-a021-702e-f9d1-000000000001";
const ADMINS: &str = "14f83478-a061-708f-8de4-000000000001";
const SCIENTISTS: &str = "14f83478-a061-708f-8de4-000000000002";
const RESEARCH: &str = "222233334444/eu-west-1/d-research";

/// Two groups in one domain, of which the admins come first; Ana is in none.
const SCENE: &str = r#"
name: Redrive
directory:
  groups:
    - { id: 14f83478-a061-708f-8de4-000000000001, name: studio-admins }
    - { id: 14f83478-a061-708f-8de4-000000000002, name: studio-scientists }
  users:
    - { id: 04c8e458-a021-702e-f9d1-000000000001, name: ana }
domains:
  - { target: 222233334444/eu-west-1/d-research }
mappings:
  - { group: studio-admins, target: 222233334444/eu-west-1/d-research, priority: 10, removal: delete,
      executionRoleArn: "arn:aws:iam::222233334444:role/studio/Admins" }
  - { group: studio-scientists, target: 222233334444/eu-west-1/d-research, priority: 20, removal: delete,
      executionRoleArn: "arn:aws:iam::222233334444:role/studio/Scientists" }
timeline: []
"#;

fn on_stage<T>(doing: impl AsyncFnOnce(&mut Stage) -> T) -> T {
    let scenario = Scenario::parse(SCENE, "the scene of this file").unwrap();
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let mut stage = Stage::build(&scenario, 7, Clock::virtual_from(epoch)).await.unwrap();
        doing(&mut stage).await
    })
}

fn place() -> Place {
    setting::place(RESEARCH).unwrap()
}

fn joins(stage: &Stage, group: &str) {
    stage.world.directory(|store| store.add_member(group, ANA)).unwrap();
}

fn leaves(stage: &Stage, group: &str) {
    stage.world.directory(|store| store.remove_member(group, ANA)).unwrap();
}

async fn passes(stage: &Stage, time: Duration) {
    stage.world.clock().sleep(time).await;
}

async fn look(stage: &Stage, title: &str) -> Execution {
    stage.execute(title, json!({"userId": ANA})).await.unwrap()
}

fn profiles(stage: &Stage) -> Vec<ProfileRow> {
    let now = stage.world.clock().now();
    stage.world.studio(|studio| studio.snapshot(now)).profiles
}

/// Ana's role by its last name; nothing if she has no profile.
fn role(stage: &Stage) -> Option<String> {
    let mut roles = profiles(stage).into_iter().map(|profile| profile.role.unwrap_or_default());
    let role = roles.next()?;
    assert_eq!(roles.next(), None, "one profile at most");
    role.rsplit('/').next().map(str::to_owned)
}

/// Stops an execution when it enters its state of this number.
struct StopAt {
    state: usize,
    entered: Cell<usize>,
    handle: AbortHandle,
}

impl Director for StopAt {
    fn cue(&self, _: &TaskCall, _: &str) -> Cue {
        Cue::Play
    }

    fn recorded(&self, event: &HistoryEvent) {
        if let HistoryKind::StateEntered { .. } = event.kind {
            if self.entered.get() == self.state {
                self.handle.abort();
            }
            self.entered.set(self.entered.get() + 1);
        }
    }
}

/// Starts an execution and stops it in its state of this number; nothing if it has come to its end before.
async fn stopped_at(stage: &Stage, number: usize) -> Option<Execution> {
    let (handle, registration) = AbortHandle::new_pair();
    let director = StopAt { state: number, entered: Cell::new(0), handle };
    let running = stage.execute_with("stopped", json!({"userId": ANA}), &director);
    if Abortable::new(running, registration).await.is_ok() {
        return None;
    }
    stage.take_stopped().pop()
}

/// What an execution has to do when it is stopped.
#[derive(Debug, Clone, Copy)]
enum Work {
    Giving,
    Changing,
    Removing,
}

impl Work {
    const ALL: [Self; 3] = [Self::Giving, Self::Changing, Self::Removing];

    /// The world before the execution starts, its reason included.
    async fn begins(self, stage: &Stage) {
        match self {
            Self::Giving => {}
            Self::Changing => {
                joins(stage, SCIENTISTS);
                look(stage, "before").await;
            }
            Self::Removing => {
                joins(stage, ADMINS);
                look(stage, "before").await;
                let [target, name, of_user] = [RESEARCH, "models", "ana"].map(str::to_owned);
                let space = SpaceOpen { target, name, of_user, shared: false };
                setting::open_space(&stage.world, &space).unwrap();
                leaves(stage, ADMINS);
                return;
            }
        }
        joins(stage, ADMINS);
    }

    /// The directory changes its mind, and no event tells of it.
    fn turns_round(self, stage: &Stage) {
        match self {
            Self::Giving | Self::Changing => leaves(stage, ADMINS),
            Self::Removing => joins(stage, ADMINS),
        }
    }

    /// What Ana should have in the end.
    fn end(self, turned_round: bool) -> Option<&'static str> {
        match (self, turned_round) {
            (Self::Giving, true) | (Self::Removing, false) => None,
            (Self::Changing, true) => Some("Scientists"),
            (Self::Giving | Self::Changing, false) | (Self::Removing, true) => Some("Admins"),
        }
    }
}

/// Redrives, and holds what came of it against the directory; then nothing is left to do.
async fn redriven(stage: &Stage, past: Execution, expected: Option<&str>, what: &str) {
    let ended = stage.redrive(past).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{what}: {:?}", ended.cause);
    assert_eq!(role(stage).as_deref(), expected, "{what}");
    let writes =
        || stage.world.calls().iter().filter(|call| WRITES.contains(&call.operation.as_str())).count();
    let before = writes();
    assert_eq!(look(stage, "afterwards").await.status, Status::Succeeded);
    assert_eq!(writes(), before, "{what}: something was left to do");
    assert_eq!(role(stage).as_deref(), expected, "{what}");
}

/// The operations that change Studio.
const WRITES: [&str; 5] =
    ["CreateUserProfile", "UpdateUserProfile", "DeleteUserProfile", "DeleteApp", "DeleteSpace"];

/// Stops an execution in each of its states in turn, lets something happen, and redrives it.
fn wherever_it_was_stopped(work: Work, turned_round: bool, meanwhile: &impl AsyncFn(&Stage)) {
    for state in 0.. {
        let is_over = on_stage(async |stage| {
            work.begins(stage).await;
            let Some(past) = stopped_at(stage, state).await else { return true };
            meanwhile(stage).await;
            redriven(stage, past, work.end(turned_round), &format!("{work:?}, stopped in state {state}"))
                .await;
            false
        });
        if is_over {
            assert!(state > 12, "{work:?} has more states than {state}");
            return;
        }
    }
}

#[test]
fn an_execution_that_was_stopped_anywhere_is_redriven_to_its_end() {
    for work in Work::ALL {
        wherever_it_was_stopped(work, false, &async |stage: &Stage| {
            passes(stage, Duration::from_mins(3)).await;
        });
    }
}

#[test]
fn redriven_days_later_it_does_what_the_directory_says_then() {
    for work in Work::ALL {
        wherever_it_was_stopped(work, true, &async |stage: &Stage| {
            passes(stage, Duration::from_hours(10 * 24)).await;
            work.turns_round(stage);
        });
    }
}

#[test]
fn redriven_after_others_have_done_its_work_it_follows_the_directory_and_not_their_look() {
    for work in Work::ALL {
        for is_seen in [true, false] {
            wherever_it_was_stopped(work, true, &async |stage: &Stage| {
                passes(stage, Duration::from_mins(20)).await;
                look(stage, "meanwhile").await;
                passes(stage, Duration::from_hours(24)).await;
                work.turns_round(stage);
                if is_seen {
                    look(stage, "turned round").await;
                }
                passes(stage, Duration::from_hours(24)).await;
            });
        }
    }
}

/// An execution for Ana that failed because the domain was not ready.
async fn failed(stage: &Stage) -> Execution {
    joins(stage, ADMINS);
    stage.world.studio(|studio| studio.set_domain_status(&place(), StudioStatus::Failed)).unwrap();
    let failed = look(stage, "failed").await;
    assert_eq!(failed.error.as_deref(), Some("Conclude.TargetsFailed"));
    failed
}

fn mended(stage: &Stage) {
    stage.world.studio(|studio| studio.set_domain_status(&place(), StudioStatus::InService)).unwrap();
}

#[test]
fn a_target_that_failed_is_done_by_a_redrive_once_the_cause_is_gone() {
    on_stage(async |stage| {
        let past = failed(stage).await;
        mended(stage);
        let ended = stage.redrive(past).await.unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.cause);
        assert_eq!(ended.output.as_ref().unwrap()["results"][0]["action"], "create");
        assert_eq!(caught(&ended).last(), Some(&("Conclude.LookAgain", "ResolveIdentity")));
        assert_eq!(role(stage).as_deref(), Some("Admins"));
        assert_eq!(stage.redrive(ended).await.unwrap_err(), RedriveRefused::Succeeded);
    });
}

#[test]
fn a_redrive_looks_once_more_and_fails_by_name_if_the_cause_is_still_there() {
    on_stage(async |stage| {
        let mut execution = failed(stage).await;
        for redrives in 1..=3 {
            execution = stage.redrive(execution).await.unwrap();
            assert_eq!(execution.error.as_deref(), Some("Conclude.TargetsFailed"));
            assert_eq!(
                invocations(&execution, "assume-role").len(),
                (redrives + 1) * assumed_once(&execution)
            );
            assert_eq!(invocations(&execution, "conclude").len(), 1 + 2 * redrives);
        }
        mended(stage);
        assert_eq!(stage.redrive(execution).await.unwrap().status, Status::Succeeded);
    });
}

/// How often the role was assumed before the first redrive.
fn assumed_once(execution: &Execution) -> usize {
    let redriven = |entry: &Entry| {
        matches!(entry, Entry::Event(HistoryEvent { kind: HistoryKind::ExecutionRedriven { .. }, .. }))
    };
    let first = execution.entries.iter().position(redriven).unwrap();
    let is_it = |entry: &&Entry| matches!(entry, Entry::Invoked(it) if it.function == "assume-role");
    execution.entries[..first].iter().filter(is_it).count()
}

#[test]
fn a_mapping_that_could_not_be_read_is_read_again() {
    on_stage(async |stage| {
        joins(stage, ADMINS);
        let row = |role: &str| {
            let row = json!({"group": "studio-admins", "target": RESEARCH, "executionRoleArn": role});
            row.as_object().cloned().unwrap()
        };
        setting::put_mapping(&stage.world, &row("no ARN at all")).await.unwrap();
        let failed = look(stage, "misspelt").await;
        assert_eq!(failed.error.as_deref(), Some("Conclude.TargetsFailed"));
        setting::put_mapping(&stage.world, &row("arn:aws:iam::222233334444:role/studio/Admins"))
            .await
            .unwrap();
        let ended = stage.redrive(failed).await.unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.cause);
        assert_eq!(role(stage).as_deref(), Some("Admins"));
    });
}

#[test]
fn who_was_stopped_while_waiting_for_a_lease_waits_again_when_redriven() {
    on_stage(async |stage| {
        joins(stage, ADMINS);
        stage.world.studio(|studio| studio.switches.timing.create_profile = Duration::from_mins(5));
        let second = async {
            passes(stage, Duration::from_secs(20)).await;
            // Its third state is the one that acquires the lease.
            let waiting = timeout(stage, Duration::from_mins(2), look(stage, "waiting")).await;
            assert!(waiting.is_none(), "it waits");
            let past = stage.take_stopped().pop().unwrap();
            stage.redrive(past).await.unwrap()
        };
        let (first, second) = futures_util::future::join(look(stage, "first"), second).await;
        assert_eq!((first.status, second.status), (Status::Succeeded, Status::Succeeded));
        assert!(second.began + second.took > first.began + first.took);
        assert_eq!(role(stage).as_deref(), Some("Admins"));
    });
}

/// Stops what runs after a while, if it still does.
async fn timeout<T>(stage: &Stage, after: Duration, running: impl Future<Output = T>) -> Option<T> {
    match select(pin!(running), pin!(passes(stage, after))).await {
        Either::Left((ended, _)) => Some(ended),
        Either::Right(((), _)) => None,
    }
}

#[test]
fn after_an_update_a_redriven_execution_is_refused_by_name_and_changes_nothing() {
    on_stage(async |stage| {
        Work::Changing.begins(stage).await;
        let past = stopped_at(stage, 6).await.unwrap();
        let before = (profiles(stage), stage.world.scan(HUB, HUB_REGION, GRANTS).await.unwrap());
        let other = format!("\"version\": {}", contract::job::INPUT_VERSION - 1);
        let this = format!("\"version\": {}", contract::job::INPUT_VERSION);
        assert!(ACCESS.contains(&this));
        stage.update(&ACCESS.replace(&this, &other));
        let ended = stage.redrive(past).await.unwrap();
        assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("InputOutdated")));
        assert_eq!((profiles(stage), stage.world.scan(HUB, HUB_REGION, GRANTS).await.unwrap()), before);
        stage.update(ACCESS);
        let fresh = look(stage, "a new execution").await;
        assert_eq!(fresh.status, Status::Succeeded, "{:?}", fresh.cause);
        assert_eq!(role(stage).as_deref(), Some("Admins"));
    });
}
