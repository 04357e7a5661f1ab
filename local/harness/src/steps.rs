//! The list of steps. The harness opens them, the roles in Studio accounts trust them, and tests
//! compare the template and the state machines with them.

use step::Step;

/// The account whose resources a step uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// The hub account: directory, tables and executions.
    Hub,
    /// A Studio account, through the role there.
    Studio,
}

/// A generic operation on each step.
pub trait Visitor {
    /// Visits one step.
    fn step<S: Step + 'static>(&mut self, account: Account);
}

/// Visits every step that a state invokes.
pub fn each(visitor: &mut impl Visitor) {
    visitor.step::<assume_role::AssumeRole>(Account::Studio);
    visitor.step::<summarize::Summarize>(Account::Hub);
    visitor.step::<create_profile::CreateProfile>(Account::Studio);
    visitor.step::<delete_app::DeleteApp>(Account::Studio);
    visitor.step::<delete_profile::DeleteProfile>(Account::Studio);
    visitor.step::<delete_space::DeleteSpace>(Account::Studio);
    visitor.step::<ensure_assignment::EnsureAssignment>(Account::Hub);
    visitor.step::<list_apps::ListApps>(Account::Studio);
    visitor.step::<plan_access::PlanAccess>(Account::Studio);
    visitor.step::<poll_profile::PollProfile>(Account::Studio);
    visitor.step::<record_grant::RecordGrant>(Account::Hub);
    visitor.step::<record_removal::RecordRemoval>(Account::Hub);
    visitor.step::<release_lease::ReleaseLease>(Account::Hub);
    visitor.step::<resolve_identity::ResolveIdentity>(Account::Hub);
    visitor.step::<update_profile::UpdateProfile>(Account::Studio);
    visitor.step::<withdraw_role::WithdrawRole>(Account::Studio);
    visitor.step::<finish_sweep::FinishSweep>(Account::Hub);
    visitor.step::<check_removals::CheckRemovals>(Account::Hub);
    visitor.step::<start_sweep::StartSweep>(Account::Hub);
    visitor.step::<sweep_page::SweepPage>(Account::Hub);
}

/// Returns the names of all steps with their accounts.
pub fn names() -> Vec<(&'static str, Account)> {
    struct Names(Vec<(&'static str, Account)>);
    impl Visitor for Names {
        fn step<S: Step + 'static>(&mut self, account: Account) {
            self.0.push((S::NAME, account));
        }
    }
    let mut names = Names(Vec::new());
    each(&mut names);
    names.0
}

/// Returns the names of the steps that work in a Studio account. The role there trusts only these.
pub fn in_studio() -> impl Iterator<Item = &'static str> {
    names().into_iter().filter(|(_, account)| *account == Account::Studio).map(|(name, _)| name)
}
