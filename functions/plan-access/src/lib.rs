//! Purpose: compare what the user should have in the target with what they have, and decide one
//! action, with its reason.
//! Effects: takes the lease, together with the plan; or records that nothing is left to do. An
//! execution that finds the lease held waits for it.
//! Idempotency: the same facts give the same plan; taking a lease that is already ours renews it.
//! Failures: `LeaseHeld`, `UnmanagedProfile`, `ProfileFailed`, `ProfileBusy`, `InvalidMapping`,
//! `Renamed`, `PlanAccess.GroupRenamed`, `PlanAccess.DomainGone`, `PlanAccess.NoFreeName`,
//! `PlanAccess.TooManyReplans`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `release-lease`; ten minutes without a renewal.
//! Time budget: directory, mappings, ledger, one write, and one or two profiles; rarely up to ten pages of
//! profiles and fifty of them.

mod decide;
mod error;
mod names;

use crate::decide::{Facts, Found, Whose};
use crate::error::PlanError;
use aws::clients::Clients;
use aws::entitled::Snapshot;
use aws::executions::Executions;
use aws::studio::Domain;
use aws::tables::{Claim, GrantAndLease, Lease, LedgerError, Remembered, Turns};
use aws_types::SdkConfig;
use contract::assignment::Assignment;
use contract::entitlement::{Entitlement, Look};
use contract::grant::Grant;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::payload::Turn;
use contract::plan::Plan;
use contract::settings::{BadSetting, Env};
use futures_util::future::join;
use serde::{Deserialize, Serialize};
use step::Step;
use time::{Duration, OffsetDateTime};

/// The step and its clients.
#[derive(Debug)]
pub struct PlanAccess {
    clients: Clients,
    executions: Executions,
    turns: Turns,
    remembered: Remembered,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// Number of earlier plans of this execution for this target.
    pub plans: u32,
    /// Number of earlier attempts at this plan.
    #[serde(default)]
    pub attempt: u32,
    /// ARN of this execution.
    pub execution_arn: String,
    /// Start of this execution, or of its redrive. The change that started it happened before.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// What `ResolveIdentity` found out about the user.
    #[serde(default)]
    pub look: Option<Look>,
    /// `AssumeRole` found that Studio has no such domain.
    #[serde(default)]
    pub domain_gone: bool,
    /// `AssumeRole` found that others wait for Studio to create their profiles.
    #[serde(default)]
    pub crowded: bool,
    /// The application that a group is assigned to, if the installation assigns groups.
    #[serde(default)]
    pub application_arn: Option<String>,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// The user's name in the directory. Who has another name by the time of the effect gets nothing.
    pub user_name: Option<String>,
    /// Start of the reads behind the plan. The plan covers every change before it.
    #[serde(with = "time::serde::rfc3339")]
    pub read_at: OffsetDateTime,
    /// The turn that a creation has to wait for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// The state of the group's assignment, if it is known. Otherwise `EnsureAssignment` finds out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Assignment>,
}

/// Maximum number of plans in one execution. After that, the facts are changing faster than the
/// execution acts.
const MAX_PLANS: u32 = 5;

/// Age up to which the look of `ResolveIdentity` is enough for a plan.
const LOOK_AGE: Duration = Duration::minutes(1);

impl Step for PlanAccess {
    const NAME: &'static str = "plan-access";
    type Input = Input;
    type Output = Output;
    type Error = PlanError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            clients: Clients::open(sdk, env)?,
            executions: Executions::open(sdk, env)?,
            turns: Turns::open(sdk, env)?,
            remembered: Remembered::open(sdk, env)?,
        })
    }

    async fn run(&self, input: Input) -> Result<Output, PlanError> {
        let Input { job, plans, domain_gone, .. } = &input;
        if *plans >= MAX_PLANS {
            return Err(PlanError::TooManyReplans(*plans));
        }
        let Clients { entitled, ledger, .. } = &self.clients;
        let read_at = ledger.now();
        // While another execution is at work, only the ledger is read again, not the directory.
        if (input.attempt > 0 || *plans > 0) && self.is_covered(&input).await? {
            let plan = decide::covered();
            return Ok(Output { plan, user_name: None, read_at, turn: None, assignment: None });
        }
        let (now, read_at) = match seen(&input, read_at) {
            Some(seen) => seen,
            None => (entitled.now(job).await?, read_at),
        };
        // Read after the directory: an execution that takes the lease later also reads the directory
        // later, and one that took it earlier is seen here.
        let GrantAndLease { grant, lease } = self.grant_and_lease(&input).await?;
        self.wait_for(job, &lease).await?;
        let now = entitled.with_own_group(now, job, grant.as_ref()).await?;
        let found = if *domain_gone && self.is_gone(job).await? {
            Found::DomainGone
        } else {
            let found = self.look(job, &now, grant.as_ref()).await?;
            self.look_further(job, &now, grant.as_ref(), *plans, found).await?
        };
        let user_name = now.user.user_name.clone();
        let is_loss = !found.is_spoilt();
        let plan = decide::decide(Facts { now, grant, found, at: read_at })?;
        let is_on_hold = plan.may_delete() && self.is_on_hold(job).await?;
        let plan = if is_on_hold { plan.on_hold(is_loss) } else { plan };
        let unchanged = async {
            if matches!(plan, Plan::Keep { .. }) {
                ledger.cover(job, &lease, read_at.into()).await
            } else {
                ledger.take(job, &input.execution_arn, &lease).await
            }
        };
        let (unchanged, assignment) = join(unchanged, self.assignment(&input, &plan)).await;
        if !unchanged? {
            return Err(PlanError::Overtaken);
        }
        let turn = if input.crowded && matches!(plan, Plan::Create { .. }) {
            Some(self.turns.take(&job.target).await.map_err(PlanError::Turn)?)
        } else {
            None
        };
        Ok(Output { plan, user_name, read_at, turn, assignment: assignment? })
    }
}

/// Returns what `ResolveIdentity` has seen and when, if that is enough for this plan: the user is
/// entitled to something, the look is of this execution or redrive and a minute old at most, and it
/// is the first plan. A plan that takes something away looks itself.
fn seen(input: &Input, now: OffsetDateTime) -> Option<(Snapshot, OffsetDateTime)> {
    let Input { job, plans, attempt, since, look, domain_gone, .. } = input;
    let Look { at, entitlement } = look.clone()?;
    let is_new = *plans == 0 && *attempt == 0 && at >= *since && now - at < LOOK_AGE;
    let entitlement = entitlement.filter(|_| is_new && !domain_gone)?;
    Some((Snapshot::seen(job.user.clone(), entitlement), at))
}

impl PlanAccess {
    /// Returns the state of the assignment of the group that gives access, if it is known.
    async fn assignment(&self, input: &Input, plan: &Plan) -> Result<Option<Assignment>, PlanError> {
        match (&input.application_arn, plan.entitlement()) {
            (Some(application), Some(Entitlement { membership, .. })) => {
                let known = self.remembered.assignment(application, &membership.group_id).await;
                known.map_err(PlanError::Assignment)
            }
            (None, _) | (_, None) => Ok(None),
        }
    }

    /// Returns whether an operator holds what the user has.
    async fn is_on_hold(&self, job: &Job) -> Result<bool, LedgerError> {
        let controls = self.clients.ledger.controls()?;
        Ok(controls.is_on_hold(&job.user.user_id).await?)
    }

    /// Reads the grant and the lease, and opens the session in the Studio account meanwhile.
    async fn grant_and_lease(
        &self,
        Input { job, domain_gone, .. }: &Input,
    ) -> Result<GrantAndLease, LedgerError> {
        let Clients { ledger, studio, .. } = &self.clients;
        let items = ledger.grant_and_lease(&job.user.user_id, &job.target);
        if *domain_gone {
            return items.await;
        }
        // The session stays open in `studio`. Whoever needs it sees why it could not be opened.
        let (items, _opened) = join(items, studio.domain(job)).await;
        items
    }

    /// Returns whether another execution has done the work. Fails if it still does.
    async fn is_covered(&self, Input { job, since, .. }: &Input) -> Result<bool, PlanError> {
        let GrantAndLease { lease, .. } =
            self.clients.ledger.grant_and_lease(&job.user.user_id, &job.target).await?;
        if lease.covers((*since).into()) {
            return Ok(true);
        }
        self.wait_for(job, &lease).await?;
        Ok(false)
    }

    /// Fails if another execution holds the lease. One that has ended without giving it back (it was
    /// aborted, or failed in a way that no state caught) is not waited for.
    async fn wait_for(&self, job: &Job, lease: &Lease) -> Result<(), PlanError> {
        match lease.claim(job, self.clients.ledger.now().into()) {
            Claim::Free => Ok(()),
            Claim::Held(holder) => Err(PlanError::LeaseHeld(holder.owner.clone())),
            Claim::FreeIfEnded(holder) => {
                let ended = self.executions.has_ended(&holder.execution_arn).await;
                if ended.map_err(PlanError::Holder)? {
                    Ok(())
                } else {
                    Err(PlanError::LeaseHeld(holder.owner.clone()))
                }
            }
        }
    }

    /// Asks Studio again whether it has the domain: two negative answers are required to close
    /// grants.
    async fn is_gone(&self, job: &Job) -> Result<bool, PlanError> {
        let domain = self.clients.studio.domain(job).await?;
        Ok(domain.facts().await?.is_none())
    }

    /// Finds the user's profile: first under the granted name, which stays for the life of the
    /// grant, then under the names derived from the user name. Makes no calls for a user who
    /// neither should have nor ever had access.
    async fn look(&self, job: &Job, now: &Snapshot, grant: Option<&Grant>) -> Result<Found, PlanError> {
        let held = grant.filter(|grant| grant.status.is_held());
        let names = match (&now.entitlement, &now.user.user_name) {
            // Include the name of a grant that ended: an interrupted creation may have succeeded
            // after all.
            (None, _) => match grant {
                Some(grant) => vec![grant.profile_name.clone()],
                None => return Ok(Found::NotLookedFor),
            },
            (Some(_), None) => return Err(PlanError::NoUserName),
            (Some(_), Some(user_name)) => {
                let granted = held.map(|grant| grant.profile_name.clone());
                let mut names = names::candidates(user_name, &now.user.user_id);
                names.retain(|name| Some(name) != granted.as_ref());
                granted.into_iter().chain(names).collect::<Vec<ProfileName>>()
            }
        };
        let domain = self.clients.studio.domain(job).await?;
        self.first_fit(&domain, now, grant, &names).await
    }

    /// Finds a profile of any name that holds the directory user, where one may be taken over or
    /// where a creation may have been refused because of it [3.8]. Only called in these cases,
    /// because it costs many calls.
    async fn look_further(
        &self,
        job: &Job,
        now: &Snapshot,
        grant: Option<&Grant>,
        plans: u32,
        found: Found,
    ) -> Result<Found, PlanError> {
        let worth_it = now.entitlement.as_ref().is_some_and(|entitlement| entitlement.adopt || plans > 0);
        let (Found::Free(_) | Found::AllTaken, true, Some(user_name)) =
            (&found, worth_it, &now.user.user_name)
        else {
            return Ok(found);
        };
        let domain = self.clients.studio.domain(job).await?;
        let Some((name, profile)) = domain.holder(user_name).await? else {
            return Ok(found);
        };
        Ok(match decide::whose(now, grant, &name, &profile) {
            Whose::Ours => Found::Ours(name, Box::new(profile)),
            Whose::UnmanagedProfile => Found::UnmanagedProfile(name, Box::new(profile)),
            // Another user had this user name before and still has a profile: Studio refuses the
            // creation until that profile is gone.
            Whose::Others => found,
        })
    }

    /// Returns our own profile under any of the names, or else the first name that is free. Skips
    /// profiles of other users. Reads a second name even if the first is free, because a profile
    /// created while the first was taken has the second.
    async fn first_fit(
        &self,
        domain: &Domain,
        now: &Snapshot,
        grant: Option<&Grant>,
        names: &[ProfileName],
    ) -> Result<Found, PlanError> {
        let held = grant.is_some_and(|grant| grant.status.is_held());
        let mut free: Option<ProfileName> = None;
        for (index, name) in names.iter().enumerate() {
            let Some(profile) = domain.profile(name).await? else {
                free.get_or_insert_with(|| name.clone());
                // The last name, with the long hash, only matters if all names before it belong to
                // others.
                if held || index + 2 >= names.len() {
                    break;
                }
                continue;
            };
            match decide::whose(now, grant, name, &profile) {
                Whose::Ours => return Ok(Found::Ours(name.clone(), Box::new(profile))),
                Whose::UnmanagedProfile => {
                    return Ok(Found::UnmanagedProfile(name.clone(), Box::new(profile)));
                }
                Whose::Others => {}
            }
        }
        Ok(free.map_or(Found::AllTaken, Found::Free))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const START: &str = "2026-11-23T10:00:00Z";

    fn is_enough(changes: &Value, now: &str) -> bool {
        let mut input = json!({
            "plans": 0, "attempt": 0, "executionArn": "arn", "since": START,
            "job": {"execution": "e", "user": {"storeId": "d-1", "userId": "u-1", "status": "enabled"},
                "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}, "cause": {"reason": "r"}},
            "look": {"at": "2026-11-23T10:00:01Z", "entitlement": {"groupId": "g-1", "groupName": "admins", "membershipId": "m-1",
                "priority": 100, "removal": "keep", "settings": {}, "executionRoleArn": "arn:aws:iam::111122223333:role/studio/admins"}},
        });
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        let input: Input = serde_json::from_value(input).unwrap();
        let now = OffsetDateTime::parse(now, &time::format_description::well_known::Rfc3339).unwrap();
        seen(&input, now).is_some()
    }

    #[test]
    fn a_first_grant_may_reuse_a_check_from_the_last_minute() {
        let soon = "2026-11-23T10:00:03Z";
        assert!(is_enough(&json!({}), soon));
        assert!(is_enough(&json!({}), "2026-11-23T10:01:00Z"));
        for (why, changes, now) in [
            ("too old", json!({}), "2026-11-23T10:01:01Z"),
            ("the plan was out of date", json!({"plans": 1}), soon),
            ("another execution was at work", json!({"attempt": 1}), soon),
            ("from before a redrive", json!({"since": "2026-11-23T10:00:02Z"}), soon),
            ("a domain that is gone", json!({"domainGone": true}), soon),
            ("nothing is given", json!({"look": {"at": START, "entitlement": null}}), soon),
            ("nobody has looked", json!({"look": null}), soon),
        ] {
            assert!(!is_enough(&changes, now), "{why}");
        }
    }
}
