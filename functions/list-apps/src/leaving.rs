//! The next move in taking a leaver's access away: pure. Apps first, then spaces by policy, then the profile.

use crate::decide::{MOST_ROUNDS, Next, count, too_long};
use crate::{Leaving, ListError, Output};
use gateway::studio::{App, Space};

/// The next move.
pub(crate) fn next(
    plan: &Leaving,
    rounds: u32,
    apps: Vec<App>,
    spaces: Vec<Space>,
) -> Result<Output, ListError> {
    let (going, live): (Vec<App>, Vec<App>) = apps.into_iter().partition(|app| app.deleting);
    let leaving = spaces.iter().filter(|space| space.deleting).count();
    let kept = spaces.iter().filter(|space| !space.deleting && !plan.removal.lets_go(space.shared)).count();
    let (next, because) = if !live.is_empty() {
        (Next::DeleteApps, format!("{} still running", count(live.len(), "app")))
    } else if !going.is_empty() || leaving > 0 {
        (
            Next::Wait,
            format!("{} and {} on their way out", count(going.len(), "app"), count(leaving, "space")),
        )
    } else if spaces.is_empty() {
        (Next::DeleteProfile, "no app runs and no space is owned".to_owned())
    } else if kept == 0 {
        (Next::DeleteSpaces, format!("the removal policy lets {} go", count(spaces.len(), "owned space")))
    } else if plan.suspended {
        (
            Next::Stay,
            format!("{} still there, and the role was withdrawn before", count(spaces.len(), "owned space")),
        )
    } else {
        // If one space has to stay, the profile has to: then nothing is gained by destroying the others.
        (Next::WithdrawRole, format!("{} data that the removal policy keeps", hold(&spaces)))
    };
    // Deleting the profile leads back here too, when Studio finds something that the lists do not show.
    let may_come_back = match next {
        Next::DeleteApps | Next::Wait | Next::DeleteSpaces | Next::DeleteProfile => true,
        Next::WithdrawRole | Next::Stay | Next::RecordGrant => false,
    };
    if may_come_back && rounds >= MOST_ROUNDS {
        return Err(too_long(&plan.profile_name, rounds, live.iter().chain(&going), &spaces));
    }
    Ok(Output { next, because, apps: live, left: Vec::new(), spaces })
}

fn hold(spaces: &[Space]) -> String {
    let names: Vec<&str> = spaces.iter().take(10).map(|space| space.name.as_str()).collect();
    format!(
        "{} ({}) hold{}",
        count(spaces.len(), "space"),
        names.join(", "),
        if spaces.len() == 1 { "s" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
    use contract::ids::ProfileName;
    use contract::mapping::RemovalPolicy;
    use gateway::studio::AppOwner;

    fn plan(removal: RemovalPolicy, suspended: bool) -> Leaving {
        Leaving { profile_name: ProfileName::new("ana").unwrap(), removal, suspended }
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
        Space { name: "s".into(), shared, deleting }
    }

    fn go(plan: &Leaving, apps: Vec<App>, spaces: Vec<Space>) -> Next {
        next(plan, 0, apps, spaces).unwrap().next
    }

    #[test]
    fn apps_go_before_anything_else() {
        use RemovalPolicy as P;
        for policy in [P::Keep, P::Delete, P::DeleteShared] {
            assert_eq!(
                go(&plan(policy, false), vec![app(false), app(true)], vec![space(false, false)]),
                Next::DeleteApps
            );
            assert_eq!(go(&plan(policy, false), vec![app(true)], vec![space(false, false)]), Next::Wait);
        }
    }

    #[test]
    fn a_profile_without_spaces_goes_under_every_policy() {
        use RemovalPolicy as P;
        for policy in [P::Keep, P::Delete, P::DeleteShared] {
            assert_eq!(go(&plan(policy, false), vec![], vec![]), Next::DeleteProfile);
        }
    }

    #[test]
    fn a_space_is_destroyed_only_where_the_policy_says_so() {
        use RemovalPolicy as P;
        for (policy, shared, expected) in [
            (P::Keep, false, Next::WithdrawRole),
            (P::Keep, true, Next::WithdrawRole),
            (P::Delete, false, Next::DeleteSpaces),
            (P::Delete, true, Next::WithdrawRole),
            (P::DeleteShared, true, Next::DeleteSpaces),
        ] {
            assert_eq!(
                go(&plan(policy, false), vec![], vec![space(shared, false)]),
                expected,
                "{policy:?} {shared}"
            );
        }
    }

    #[test]
    fn one_space_that_stays_keeps_the_others() {
        let spaces = vec![space(false, false), space(true, false)];
        assert_eq!(go(&plan(RemovalPolicy::Delete, false), vec![], spaces), Next::WithdrawRole);
    }

    #[test]
    fn a_withdrawn_role_is_not_withdrawn_again() {
        assert_eq!(go(&plan(RemovalPolicy::Keep, true), vec![], vec![space(false, false)]), Next::Stay);
        assert_eq!(go(&plan(RemovalPolicy::Keep, true), vec![], vec![]), Next::DeleteProfile);
    }

    #[test]
    fn a_space_on_its_way_out_is_waited_for() {
        assert_eq!(go(&plan(RemovalPolicy::Delete, false), vec![], vec![space(false, true)]), Next::Wait);
    }

    #[test]
    fn the_rounds_have_an_end_that_says_what_is_left() {
        let error =
            next(&plan(RemovalPolicy::Keep, false), MOST_ROUNDS, vec![app(false)], vec![]).unwrap_err();
        assert_eq!(error.name(), "ListApps.TookTooLong");
        assert!(error.to_string().contains("JupyterLab default of s"), "{error}");
        // Studio refuses to delete the profile although nothing is listed.
        assert!(next(&plan(RemovalPolicy::Keep, false), MOST_ROUNDS, vec![], vec![]).is_err());
    }
}
