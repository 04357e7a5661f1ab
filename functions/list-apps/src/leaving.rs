//! Pure functions that decide the next move of a removal: first the role, then apps, then spaces by
//! policy, then the profile.

use crate::decide::{MAX_ROUNDS, Next, Seen, count, first_of, is_withdrawn, too_long};
use crate::{Leaving, ListError, Output};
use aws::studio::{App, AppOwner, Space, StudioError};
use contract::failure::Named;

/// Decides the next move.
pub(crate) fn next(
    plan: &Leaving,
    seen: &Seen,
    apps: Vec<App>,
    spaces: Vec<Space>,
) -> Result<Output, ListError> {
    let kept =
        spaces.iter().filter(|space| !space.deleting && !plan.removal.may_delete(space.shared)).count();
    // A space that stays keeps the profile too. Then destroying the other spaces gains nothing.
    let stays = !plan.removal_reason.may_delete() || kept > 0;
    // Other users work in a shared space that stays, under the domain's role [3.13]: do not stop
    // its app.
    let apps = apps.into_iter().filter(|app| !(stays && is_shared(app, &spaces)));
    let (going, live): (Vec<App>, Vec<App>) = apps.partition(|app| app.deleting);
    let leaving = spaces.iter().filter(|space| space.deleting).count();
    let there = live.len() + going.len() + spaces.len();
    let is_last = seen.rounds >= MAX_ROUNDS;
    let restarted = !live.is_empty() && !live.iter().any(|app| seen.is_old(app));
    let (next, reason) = match (is_withdrawn(plan, seen), stays) {
        (_, false) if there == 0 => (Next::DeleteProfile, "no app runs and no space is owned".to_owned()),
        (false, _) => (Next::WithdrawRole, format!("{}: withdraw the role first", what(&live, &spaces))),
        // A user who keeps starting apps has a role that allows nothing, so the removal can end.
        (true, true) if restarted && is_last => {
            (Next::Stay, format!("{} without any permission", count(live.len(), "restarted app")))
        }
        (true, _) if !live.is_empty() => {
            (Next::DeleteApps, format!("{} still running", count(live.len(), "app")))
        }
        (true, _) if !going.is_empty() || leaving > 0 => (
            Next::Wait,
            format!("{} and {} being deleted", count(going.len(), "app"), count(leaving, "space")),
        ),
        (true, true) => (Next::Stay, format!("the role is withdrawn, {}", what(&live, &spaces))),
        (true, false) => (
            Next::DeleteSpaces,
            format!("the removal policy allows the deletion of {}", count(spaces.len(), "owned space")),
        ),
    };
    // `WithdrawRole` returns here when Studio refuses the change, and `DeleteProfile` when Studio
    // finds something that no list shows.
    let may_come_back = next != Next::Stay;
    if may_come_back && is_last {
        return Err(too_long(&plan.profile_name, seen.rounds, live.iter().chain(&going), &spaces));
    }
    let all = spaces.len();
    let spaces = if next == Next::DeleteSpaces { first_of(spaces, seen.rounds) } else { spaces };
    let (apps, complete) = (first_of(live, seen.rounds), spaces.len() == all);
    Ok(Output { next, reason, apps, left: Vec::new(), spaces, complete, stays })
}

/// Decides the next move if the list cannot be read: first the role goes, whatever runs. The next
/// listing decides the rest, and fails if it cannot be read either.
pub(crate) fn unlisted(plan: &Leaving, seen: &Seen, error: StudioError) -> Result<Output, ListError> {
    if is_withdrawn(plan, seen) || seen.rounds > 0 {
        return Err(error.into());
    }
    let reason = format!("apps and spaces could not be listed ({}): withdraw the role first", error.name());
    let (apps, left, spaces) = (Vec::new(), Vec::new(), Vec::new());
    Ok(Output { next: Next::WithdrawRole, reason, apps, left, spaces, complete: false, stays: false })
}

fn is_shared(app: &App, spaces: &[Space]) -> bool {
    match &app.owner {
        AppOwner::UserProfileName(_) => false,
        AppOwner::SpaceName(name) => {
            spaces.iter().any(|space| space.shared && space.name.eq_ignore_ascii_case(name))
        }
    }
}

fn what(apps: &[App], spaces: &[Space]) -> String {
    let names: Vec<&str> = spaces.iter().take(10).map(|space| space.name.as_str()).collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    format!("{} and {}{names} found", count(apps.len(), "app"), count(spaces.len(), "owned space"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
    use contract::ids::ProfileName;
    use contract::mapping::RemovalPolicy;
    use contract::plan::RemovalReason;
    use time::macros::datetime;

    fn plan(removal: RemovalPolicy, suspended: bool) -> Leaving {
        let removal_reason = RemovalReason::Left;
        Leaving { profile_name: ProfileName::new("ana").unwrap(), removal, suspended, removal_reason }
    }

    fn app(deleting: bool) -> App {
        App {
            owner: AppOwner::SpaceName("s".into()),
            app_type: "JupyterLab".into(),
            app_name: "default".into(),
            deleting,
            started_at: None,
        }
    }

    fn space(shared: bool, deleting: bool) -> Space {
        Space { name: "s".into(), shared, deleting, busy: deleting }
    }

    fn go(plan: &Leaving, apps: Vec<App>, spaces: Vec<Space>) -> Next {
        next(plan, &Seen::default(), apps, spaces).unwrap().next
    }

    #[test]
    fn the_role_goes_before_anything_that_has_to_be_waited_for() {
        use RemovalPolicy as P;
        for policy in [P::Keep, P::Delete, P::DeleteShared] {
            for (apps, spaces) in [
                (vec![app(false)], vec![]),
                (vec![app(true)], vec![]),
                (vec![], vec![space(false, false)]),
                (vec![], vec![space(true, true)]),
            ] {
                assert_eq!(go(&plan(policy, false), apps, spaces), Next::WithdrawRole, "{policy:?}");
            }
        }
    }

    #[test]
    fn apps_go_before_spaces() {
        use RemovalPolicy as P;
        for policy in [P::Keep, P::Delete, P::DeleteShared] {
            let gone = plan(policy, true);
            let apps = vec![app(false), app(true)];
            assert_eq!(go(&gone, apps, vec![space(false, false)]), Next::DeleteApps);
            assert_eq!(go(&gone, vec![app(true)], vec![space(false, false)]), Next::Wait);
        }
    }

    #[test]
    fn a_profile_without_apps_and_spaces_goes_straight_away() {
        use RemovalPolicy as P;
        for (policy, suspended) in [(P::Keep, false), (P::Delete, true), (P::DeleteShared, false)] {
            assert_eq!(go(&plan(policy, suspended), vec![], vec![]), Next::DeleteProfile);
        }
    }

    #[test]
    fn nothing_is_deleted_for_a_deleted_row_or_a_renamed_user() {
        let renamed = RemovalReason::Renamed { bound_to: "ana".into(), now: "ana.silva".into() };
        for removal_reason in [RemovalReason::RowGone, renamed] {
            for (suspended, expected) in [(false, Next::WithdrawRole), (true, Next::Stay)] {
                let plan = Leaving {
                    removal_reason: removal_reason.clone(),
                    ..plan(RemovalPolicy::DeleteShared, suspended)
                };
                assert_eq!(go(&plan, vec![], vec![]), expected);
                assert_eq!(go(&plan, vec![], vec![space(true, false)]), expected);
            }
        }
    }

    #[test]
    fn a_space_is_destroyed_only_where_the_policy_says_so() {
        use RemovalPolicy as P;
        for (policy, shared, expected) in [
            (P::Keep, false, Next::Stay),
            (P::Keep, true, Next::Stay),
            (P::Delete, false, Next::DeleteSpaces),
            (P::Delete, true, Next::Stay),
            (P::DeleteShared, true, Next::DeleteSpaces),
        ] {
            assert_eq!(
                go(&plan(policy, true), vec![], vec![space(shared, false)]),
                expected,
                "{policy:?} {shared}"
            );
        }
    }

    #[test]
    fn one_space_that_stays_keeps_the_others() {
        let spaces = vec![space(false, false), space(true, false)];
        assert_eq!(go(&plan(RemovalPolicy::Delete, true), vec![], spaces), Next::Stay);
    }

    #[test]
    fn an_app_in_a_shared_space_that_stays_is_not_stopped() {
        use RemovalPolicy as P;
        for (policy, expected) in
            [(P::Keep, Next::Stay), (P::Delete, Next::Stay), (P::DeleteShared, Next::DeleteApps)]
        {
            let output =
                next(&plan(policy, true), &Seen::default(), vec![app(false)], vec![space(true, false)])
                    .unwrap();
            assert_eq!(
                (output.next, output.apps.is_empty()),
                (expected, expected == Next::Stay),
                "{policy:?}"
            );
        }
    }

    #[test]
    fn a_space_on_its_way_out_is_waited_for() {
        assert_eq!(go(&plan(RemovalPolicy::Delete, true), vec![], vec![space(false, true)]), Next::Wait);
    }

    #[test]
    fn the_rounds_have_an_end_that_says_what_is_left() {
        let last = Seen { rounds: MAX_ROUNDS, ..Seen::default() };
        let error = next(&plan(RemovalPolicy::Keep, true), &last, vec![app(false)], vec![]).unwrap_err();
        assert_eq!(error.name(), "ListApps.Timeout");
        assert!(error.to_string().contains("JupyterLab default of s"), "{error}");
        // Studio refuses to delete the profile although nothing is listed, or the role although no
        // app is.
        assert!(next(&plan(RemovalPolicy::Keep, false), &last, vec![], vec![]).is_err());
        assert!(next(&plan(RemovalPolicy::Keep, false), &last, vec![], vec![space(false, false)]).is_err());
    }

    #[test]
    fn a_round_deletes_few_of_many_so_that_no_history_overflows() {
        let plan = plan(RemovalPolicy::Delete, true);
        let at = |rounds| {
            let seen = Seen { rounds, ..Seen::default() };
            let apps = next(&plan, &seen, vec![app(false); 300], vec![]).unwrap().apps.len();
            (apps, next(&plan, &seen, vec![], vec![space(false, false); 300]).unwrap().spaces.len())
        };
        assert_eq!((0..MAX_ROUNDS).map(|rounds| at(rounds).0).sum::<usize>(), 224);
        assert_eq!(at(0), (15, 15));
        let stays = next(&plan, &Seen::default(), vec![], vec![space(true, false); 300]).unwrap();
        assert_eq!(stays.spaces.len(), 300, "all that stay are recorded");
    }

    #[test]
    fn a_suspension_ends_although_apps_are_started_again_and_again() {
        let since = datetime!(2026-11-23 10:00 UTC);
        let last =
            Seen { rounds: MAX_ROUNDS, role_since: Some(since), ended: vec![app(false)], ..Seen::default() };
        let kept = vec![space(false, false)];
        let output = next(&plan(RemovalPolicy::Keep, true), &last, vec![app(false)], kept.clone()).unwrap();
        assert_eq!(output.next, Next::Stay);
        // An app that may still run under the former role blocks the end.
        let never_stopped = Seen { ended: Vec::new(), ..last };
        assert!(next(&plan(RemovalPolicy::Keep, true), &never_stopped, vec![app(false)], kept).is_err());
    }
}
