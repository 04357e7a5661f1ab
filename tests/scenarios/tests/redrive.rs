//! An execution that ended badly can be redriven at any time: whatever it knew is read again before anything is done because of it.

use crate::played::{caught, invocations};
use asl::{HistoryEvent, HistoryKind, RedriveRefused, Status, TaskCall};
use fake_aws::services::studio::{Place, ProfileRow, Status as StudioStatus};
use fake_aws::{Clock, run_virtual};
use futures_util::future::{AbortHandle, Abortable, Either, select};
use harness::deployment::{ACCESS, Deployment, Injection, Injector};
use harness::report::{Entry, Execution};
use harness::scenario::{Scenario, SpaceOpen};
use harness::setting::{self, GRANTS, HUB, HUB_REGION};
use serde_json::json;
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

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
      executionRoleArn: "arn:aws:iam::222233334444:role/studio/Admins", graceDays: 0 }
  - { group: studio-scientists, target: 222233334444/eu-west-1/d-research, priority: 20, removal: delete,
      executionRoleArn: "arn:aws:iam::222233334444:role/studio/Scientists", graceDays: 0 }
timeline: []
"#;

fn on_deployment<T>(doing: impl AsyncFnOnce(&mut Deployment) -> T) -> T {
    let scenario = Scenario::parse(SCENE, "the scene of this file").unwrap();
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let mut deployment = Deployment::build(&scenario, 7, Clock::virtual_from(epoch)).await.unwrap();
        doing(&mut deployment).await
    })
}

fn place() -> Place {
    setting::place(RESEARCH).unwrap()
}

fn joins(deployment: &Deployment, group: &str) {
    deployment.aws.directory(|store| store.add_member(group, ANA)).unwrap();
}

fn leaves(deployment: &Deployment, group: &str) {
    deployment.aws.directory(|store| store.remove_member(group, ANA)).unwrap();
}

async fn passes(deployment: &Deployment, time: Duration) {
    deployment.aws.clock().sleep(time).await;
}

async fn look(deployment: &Deployment, title: &str) -> Execution {
    deployment.execute(title, json!({"userId": ANA})).await.unwrap()
}

fn profiles(deployment: &Deployment) -> Vec<ProfileRow> {
    let now = deployment.aws.clock().now();
    deployment.aws.studio(|studio| studio.snapshot(now)).profiles
}

/// Ana's role by its last name; nothing if she has no profile.
fn role(deployment: &Deployment) -> Option<String> {
    let mut roles = profiles(deployment).into_iter().map(|profile| profile.role.unwrap_or_default());
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

impl Injector for StopAt {
    fn inject(&self, _: &TaskCall, _: &str) -> Injection {
        Injection::Play
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
async fn stopped_at(deployment: &Deployment, number: usize) -> Option<Execution> {
    let (handle, registration) = AbortHandle::new_pair();
    let injector = StopAt { state: number, entered: Cell::new(0), handle };
    let running = deployment.execute_with("stopped", json!({"userId": ANA}), &injector);
    if Abortable::new(running, registration).await.is_ok() {
        return None;
    }
    deployment.take_stopped().pop()
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

    /// The emulated AWS before the execution starts, its reason included.
    async fn begins(self, deployment: &Deployment) {
        match self {
            Self::Giving => {}
            Self::Changing => {
                joins(deployment, SCIENTISTS);
                look(deployment, "before").await;
            }
            Self::Removing => {
                joins(deployment, ADMINS);
                look(deployment, "before").await;
                let [target, name, of_user] = [RESEARCH, "models", "ana"].map(str::to_owned);
                let space = SpaceOpen { target, name, of_user, shared: false };
                setting::open_space(&deployment.aws, &space).unwrap();
                leaves(deployment, ADMINS);
                return;
            }
        }
        joins(deployment, ADMINS);
    }

    /// The directory changes its mind, and no event tells of it.
    fn turns_round(self, deployment: &Deployment) {
        match self {
            Self::Giving | Self::Changing => leaves(deployment, ADMINS),
            Self::Removing => joins(deployment, ADMINS),
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
async fn redriven(deployment: &Deployment, past: Execution, expected: Option<&str>, what: &str) {
    let ended = deployment.redrive(past).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{what}: {:?}", ended.cause);
    assert_eq!(role(deployment).as_deref(), expected, "{what}");
    let writes =
        || deployment.aws.calls().iter().filter(|call| WRITES.contains(&call.operation.as_str())).count();
    let before = writes();
    assert_eq!(look(deployment, "afterwards").await.status, Status::Succeeded);
    assert_eq!(writes(), before, "{what}: something was left to do");
    assert_eq!(role(deployment).as_deref(), expected, "{what}");
}

/// The operations that change Studio.
const WRITES: [&str; 5] =
    ["CreateUserProfile", "UpdateUserProfile", "DeleteUserProfile", "DeleteApp", "DeleteSpace"];

/// Stops an execution in each of its states in turn, lets something happen, and redrives it.
fn wherever_it_was_stopped(work: Work, turned_round: bool, meanwhile: &impl AsyncFn(&Deployment)) {
    for state in 0.. {
        let is_over = on_deployment(async |deployment| {
            work.begins(deployment).await;
            let Some(past) = stopped_at(deployment, state).await else { return true };
            meanwhile(deployment).await;
            redriven(
                deployment,
                past,
                work.end(turned_round),
                &format!("{work:?}, stopped in state {state}"),
            )
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
fn an_execution_stopped_in_any_state_is_redriven_to_its_end() {
    for work in Work::ALL {
        wherever_it_was_stopped(work, false, &async |deployment: &Deployment| {
            passes(deployment, Duration::from_mins(3)).await;
        });
    }
}

#[test]
fn redriven_days_later_it_does_what_the_directory_says_then() {
    for work in Work::ALL {
        wherever_it_was_stopped(work, true, &async |deployment: &Deployment| {
            passes(deployment, Duration::from_hours(10 * 24)).await;
            work.turns_round(deployment);
        });
    }
}

#[test]
fn a_redrive_follows_the_directory_not_another_execution() {
    for work in Work::ALL {
        for is_seen in [true, false] {
            wherever_it_was_stopped(work, true, &async |deployment: &Deployment| {
                passes(deployment, Duration::from_mins(20)).await;
                look(deployment, "meanwhile").await;
                passes(deployment, Duration::from_hours(24)).await;
                work.turns_round(deployment);
                if is_seen {
                    look(deployment, "turned round").await;
                }
                passes(deployment, Duration::from_hours(24)).await;
            });
        }
    }
}

/// An execution for Ana that failed because the domain was not ready.
async fn failed(deployment: &Deployment) -> Execution {
    joins(deployment, ADMINS);
    deployment.aws.studio(|studio| studio.set_domain_status(&place(), StudioStatus::Failed)).unwrap();
    let failed = look(deployment, "failed").await;
    assert_eq!(failed.error.as_deref(), Some("Summarize.DomainsFailed"));
    failed
}

fn mended(deployment: &Deployment) {
    deployment.aws.studio(|studio| studio.set_domain_status(&place(), StudioStatus::InService)).unwrap();
}

#[test]
fn a_redrive_finishes_a_failed_target_once_the_cause_is_gone() {
    on_deployment(async |deployment| {
        let past = failed(deployment).await;
        mended(deployment);
        let ended = deployment.redrive(past).await.unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.cause);
        assert_eq!(ended.output.as_ref().unwrap()["results"][0]["action"], "create");
        assert_eq!(caught(&ended).last(), Some(&("Summarize.Redriven", "ResolveIdentity")));
        assert_eq!(role(deployment).as_deref(), Some("Admins"));
        assert_eq!(deployment.redrive(ended).await.unwrap_err(), RedriveRefused::Succeeded);
    });
}

#[test]
fn a_redrive_checks_again_and_fails_while_the_cause_remains() {
    on_deployment(async |deployment| {
        let mut execution = failed(deployment).await;
        for redrives in 1..=3 {
            execution = deployment.redrive(execution).await.unwrap();
            assert_eq!(execution.error.as_deref(), Some("Summarize.DomainsFailed"));
            assert_eq!(
                invocations(&execution, "assume-role").len(),
                (redrives + 1) * assumed_once(&execution)
            );
            assert_eq!(invocations(&execution, "summarize").len(), 1 + 2 * redrives);
        }
        mended(deployment);
        assert_eq!(deployment.redrive(execution).await.unwrap().status, Status::Succeeded);
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
    on_deployment(async |deployment| {
        joins(deployment, ADMINS);
        let row = |role: &str| {
            let row = json!({"group": "studio-admins", "target": RESEARCH, "executionRoleArn": role});
            row.as_object().cloned().unwrap()
        };
        setting::put_mapping(&deployment.aws, &row("no ARN at all")).await.unwrap();
        let failed = look(deployment, "misspelt").await;
        assert_eq!(failed.error.as_deref(), Some("Summarize.DomainsFailed"));
        setting::put_mapping(&deployment.aws, &row("arn:aws:iam::222233334444:role/studio/Admins"))
            .await
            .unwrap();
        let ended = deployment.redrive(failed).await.unwrap();
        assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.cause);
        assert_eq!(role(deployment).as_deref(), Some("Admins"));
    });
}

#[test]
fn a_redriven_execution_waits_again_for_the_lease() {
    on_deployment(async |deployment| {
        joins(deployment, ADMINS);
        deployment.aws.studio(|studio| studio.switches.timing.create_profile = Duration::from_mins(5));
        let second = async {
            passes(deployment, Duration::from_secs(20)).await;
            let waiting = timeout(deployment, Duration::from_mins(2), look(deployment, "waiting")).await;
            assert!(waiting.is_none(), "it waits");
            let past = deployment.take_stopped().pop().unwrap();
            deployment.redrive(past).await.unwrap()
        };
        let (first, second) = futures_util::future::join(look(deployment, "first"), second).await;
        assert_eq!((first.status, second.status), (Status::Succeeded, Status::Succeeded));
        assert!(second.began + second.took > first.began + first.took);
        assert_eq!(role(deployment).as_deref(), Some("Admins"));
    });
}

/// Stops what runs after a while, if it still does.
async fn timeout<T>(deployment: &Deployment, after: Duration, running: impl Future<Output = T>) -> Option<T> {
    match select(pin!(running), pin!(passes(deployment, after))).await {
        Either::Left((ended, _)) => Some(ended),
        Either::Right(((), _)) => None,
    }
}

#[test]
fn a_redrive_after_an_update_is_refused_and_changes_nothing() {
    on_deployment(async |deployment| {
        Work::Changing.begins(deployment).await;
        let past = stopped_at(deployment, 6).await.unwrap();
        let before = (profiles(deployment), deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap());
        let other = format!("\"version\": {}", contract::job::INPUT_VERSION - 1);
        let this = format!("\"version\": {}", contract::job::INPUT_VERSION);
        assert!(ACCESS.contains(&this));
        deployment.update(&ACCESS.replace(&this, &other));
        let ended = deployment.redrive(past).await.unwrap();
        assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("UnsupportedInputVersion")));
        assert_eq!(
            (profiles(deployment), deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap()),
            before
        );
        deployment.update(ACCESS);
        let fresh = look(deployment, "a new execution").await;
        assert_eq!(fresh.status, Status::Succeeded, "{:?}", fresh.cause);
        assert_eq!(role(deployment).as_deref(), Some("Admins"));
    });
}
