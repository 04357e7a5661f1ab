//! Pure functions that decide the next move after a change of role. Apps that still run under
//! another role are stopped, so that they start again under the new one, or they are left running
//! and reported. Spaces and the home directory are not affected.

use crate::decide::{MAX_ROUNDS, Next, Seen, count, first_of, too_long};
use crate::{ListError, Output};
use aws::studio::{App, Space};
use contract::mapping::RunningApps;
use contract::payload::GrantPlan;

/// Decides the next move.
pub(crate) fn next(
    plan: &GrantPlan,
    seen: &Seen,
    apps: Vec<App>,
    spaces: Vec<Space>,
) -> Result<Output, ListError> {
    let old = apps.into_iter().filter(|app| seen.is_old(app));
    let (going, live): (Vec<App>, Vec<App>) = old.partition(|app| app.deleting);
    let (next, reason, apps, left) = match (plan.entitlement.running_apps, live.len(), going.len()) {
        (RunningApps::Restart | RunningApps::Keep, 0, 0) if seen.role_refused => {
            (Next::UpdateProfile, "no running app prevents the new role".to_owned(), live, Vec::new())
        }
        (RunningApps::Restart | RunningApps::Keep, 0, 0) => {
            (Next::RecordGrant, "no app runs under another role".to_owned(), live, Vec::new())
        }
        (RunningApps::Keep, running, _) => {
            let reason = format!("{} may still run under another role", count(running, "app"));
            (Next::RecordGrant, reason, Vec::new(), live)
        }
        (RunningApps::Restart, 0, leaving) => {
            (Next::Wait, format!("{} being deleted", count(leaving, "app")), live, Vec::new())
        }
        (RunningApps::Restart, running, _) => {
            let reason = format!("{} still running under another role", count(running, "app"));
            (Next::DeleteApps, reason, live, Vec::new())
        }
    };
    if next != Next::RecordGrant && seen.rounds >= MAX_ROUNDS {
        return Err(too_long(&plan.profile_name, seen.rounds, apps.iter().chain(&going), &[]));
    }
    let apps = first_of(apps, seen.rounds);
    Ok(Output { next, reason, apps, left, spaces, complete: true, stays: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws::studio::AppOwner;
    use contract::failure::Named;
    use serde_json::json;
    use time::OffsetDateTime;
    use time::macros::datetime;

    const SINCE: OffsetDateTime = datetime!(2026-11-23 10:00 UTC);

    fn plan(running_apps: &str) -> GrantPlan {
        let plan = json!({"profileName": "ana", "entitlement": {"groupId": "g-1", "groupName": "admins", "membershipId": "m-1",
            "executionRoleArn": "arn:aws:iam::111122223333:role/studio/admins", "priority": 1, "removal": "keep", "settings": {},
            "runningApps": running_apps}});
        serde_json::from_value(plan).unwrap()
    }

    fn app(started_at: Option<OffsetDateTime>, deleting: bool) -> App {
        let owner = AppOwner::SpaceName("lab".into());
        App { owner, app_type: "JupyterLab".into(), app_name: "default".into(), deleting, started_at }
    }

    fn seen(role_since: Option<OffsetDateTime>, rounds: u32) -> Seen {
        Seen { rounds, role_since, ..Seen::default() }
    }

    fn go(policy: &str, apps: &[App]) -> (Next, usize, usize) {
        let Output { next, apps, left, spaces, .. } =
            super::next(&plan(policy), &seen(Some(SINCE), 0), apps.to_vec(), Vec::new()).unwrap();
        assert!(spaces.is_empty(), "no space is ever in question");
        (next, apps.len(), left.len())
    }

    #[test]
    fn apps_from_before_the_change_are_stopped_and_waited_for() {
        let (old, going) = (app(Some(SINCE), false), app(Some(SINCE), true));
        assert_eq!(go("restart", &[old.clone(), going.clone()]), (Next::DeleteApps, 1, 0));
        assert_eq!(go("restart", &[going]), (Next::Wait, 0, 0));
        assert_eq!(go("restart", &[]), (Next::RecordGrant, 0, 0));
    }

    #[test]
    fn apps_that_were_started_after_the_change_are_nobodys_business() {
        let new = app(Some(datetime!(2026-11-23 10:00:01 UTC)), false);
        assert_eq!(go("restart", std::slice::from_ref(&new)), (Next::RecordGrant, 0, 0));
        assert_eq!(go("keep", &[new]), (Next::RecordGrant, 0, 0));
    }

    #[test]
    fn an_app_is_old_where_a_time_is_not_told() {
        assert_eq!(go("restart", &[app(None, false)]).0, Next::DeleteApps);
        let new = app(Some(datetime!(2026-11-23 11:00 UTC)), false);
        assert_eq!(next(&plan("restart"), &seen(None, 0), vec![new], vec![]).unwrap().next, Next::DeleteApps);
    }

    #[test]
    fn a_restarted_app_with_its_old_time_is_stopped_only_once() {
        let (running, stopping) = (app(Some(SINCE), false), app(Some(SINCE), true));
        let stopped = Seen { ended: vec![running.clone()], ..seen(Some(SINCE), 1) };
        let go =
            |seen: &Seen, app: &App| next(&plan("restart"), seen, vec![app.clone()], vec![]).unwrap().next;
        assert_eq!(go(&seen(Some(SINCE), 0), &running), Next::DeleteApps);
        assert_eq!(go(&stopped, &stopping), Next::Wait);
        assert_eq!(go(&stopped, &running), Next::RecordGrant);
        // Until the role is set, an app that is started again gets the former role.
        assert_eq!(go(&Seen { role_since: None, ..stopped }, &running), Next::DeleteApps);
    }

    #[test]
    fn a_refused_role_is_set_once_no_app_runs() {
        let refused = |rounds| Seen { role_refused: true, ..seen(None, rounds) };
        assert_eq!(next(&plan("restart"), &refused(1), vec![], vec![]).unwrap().next, Next::UpdateProfile);
        assert!(next(&plan("restart"), &refused(MAX_ROUNDS), vec![], vec![]).is_err());
    }

    #[test]
    fn apps_that_may_run_on_are_told_and_not_stopped() {
        let (old, going) = (app(Some(SINCE), false), app(Some(SINCE), true));
        assert_eq!(go("keep", &[old, going]), (Next::RecordGrant, 0, 1));
    }

    #[test]
    fn the_rounds_have_an_end_that_says_what_is_left() {
        let error = next(&plan("restart"), &seen(Some(SINCE), MAX_ROUNDS), vec![app(None, false)], vec![])
            .unwrap_err();
        assert_eq!(error.name(), "ListApps.Timeout");
        assert!(error.to_string().contains("JupyterLab default of lab"), "{error}");
        assert!(next(&plan("restart"), &seen(Some(SINCE), MAX_ROUNDS), vec![], vec![]).is_ok());
    }
}
