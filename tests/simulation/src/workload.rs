//! What people do, done to the emulated AWS and to the model at once, so that both always tell the same.

use crate::controls::{set_hold, set_pause};
use crate::invariants::Invariants;
use crate::model::{Group, Model, Target, User};
use crate::names::{group_id, group_name, new_name, target_name, user_id, user_name};
use crate::operations::{Meanwhile, Operation, mapping_row};
use fake_aws::services::identity_store::UserStatus;
use fake_aws::services::studio::{Home, NewSpace, Place, ProfileRow};
use harness::deployment::Deployment;
use harness::setting;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::SystemTime;

/// The deployment, what should be so on it, and who watches.
pub(crate) struct Workload<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) invariants: Invariants,
    pub(crate) model: RefCell<Model>,
}

impl<'a> Workload<'a> {
    pub(crate) fn new(deployment: &'a Deployment, invariants: Invariants) -> Self {
        let workload = Self { deployment, invariants, model: RefCell::default() };
        workload.becomes();
        workload
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.deployment.aws.clock().now()
    }

    /// From now on this is how it is.
    fn becomes(&self) {
        self.invariants.becomes(self.now(), &self.model.borrow());
    }

    /// Carries out an operation. What cannot be (leaving a group that one is not in) does not happen: so a shrunk history makes sense as well.
    pub(crate) async fn happens(&self, operation: &Operation) {
        match operation {
            Operation::Map(group, target, row) => {
                let Value::Object(item) = mapping_row(*group, *target, *row) else { return };
                setting::put_mapping(&self.deployment.aws, &item).await.expect("a row can be written");
                self.model.borrow_mut().maps(*group, *target, *row);
                self.becomes();
            }
            Operation::Unmap(group, target) => {
                let key = json!({"group": group_name(*group), "target": target_name(*target)});
                let Value::Object(key) = key else { return };
                setting::delete_row(&self.deployment.aws, setting::MAPPINGS, &key)
                    .await
                    .expect("a row can be deleted");
                self.model.borrow_mut().rows.remove(&(*group, *target));
                self.becomes();
            }
            Operation::Pause => self.is_paused(true).await,
            Operation::Resume => self.is_paused(false).await,
            Operation::Hold(user) => self.is_held(*user, true).await,
            Operation::Lift(user) => self.is_held(*user, false).await,
            Operation::Rename(user) => self.is_renamed(*user),
            Operation::SignIn(user, target) => self.signs_in(*user, *target),
            Operation::Fault(rule) => self.deployment.aws.inject(rule.clone()),
            Operation::OpenSpace(user, target) => self.opens_space(*user, *target),
            Operation::StartApp(user, target) => self.starts_app(*user, *target),
            Operation::Join(user, group) => self.joins(*user, *group),
            Operation::Leave(user, group) => self.leaves(*user, *group),
            Operation::Disable(user) => self.is_set(*user, UserStatus::Disabled),
            Operation::Enable(user) => self.is_set(*user, UserStatus::Enabled),
            Operation::Delete(user) => self.is_deleted(*user),
            // These two are executions: started by the runner.
            Operation::Look(_) | Operation::Stop => {}
        }
    }

    /// An operator pauses everything, or resumes.
    pub(crate) async fn is_paused(&self, paused: bool) {
        set_pause(&self.deployment.aws, paused).await;
        self.invariants.pauses(self.now(), paused);
    }

    /// An operator holds what a user has, or lifts the hold.
    pub(crate) async fn is_held(&self, user: User, held: bool) {
        set_hold(&self.deployment.aws, user, held).await;
        self.invariants.holds(self.now(), user, held);
    }

    /// Does what somebody does while an execution is at work.
    pub(crate) fn meanwhile(&self, operation: Meanwhile) {
        match operation {
            Meanwhile::Turn(user, group) => {
                let member = self.model.borrow().members.contains(&(user, group));
                if member { self.leaves(user, group) } else { self.joins(user, group) }
            }
            Meanwhile::StartApp(user, target) => self.starts_app(user, target),
            Meanwhile::SignIn(user, target) => self.signs_in(user, target),
        }
    }

    fn joins(&self, user: User, group: Group) {
        let (group_id, user_id) = (group_id(group), user_id(user));
        if self.deployment.aws.directory(|store| store.add_member(&group_id, &user_id)).is_ok() {
            self.model.borrow_mut().members.insert((user, group));
            self.becomes();
        }
    }

    fn leaves(&self, user: User, group: Group) {
        let (group_id, user_id) = (group_id(group), user_id(user));
        if self.deployment.aws.directory(|store| store.remove_member(&group_id, &user_id)).is_ok() {
            self.model.borrow_mut().members.remove(&(user, group));
            self.becomes();
        }
    }

    fn is_set(&self, user: User, status: UserStatus) {
        if self.deployment.aws.directory(|store| store.set_status(&user_id(user), status)).is_ok() {
            let out = &mut self.model.borrow_mut().out;
            match status {
                UserStatus::Disabled => out.insert(user),
                UserStatus::Enabled => out.remove(&user),
            };
        }
        self.becomes();
    }

    fn is_deleted(&self, user: User) {
        if self.deployment.aws.directory(|store| store.delete_user(&user_id(user))).is_ok() {
            let mut model = self.model.borrow_mut();
            model.members.retain(|(member, _)| *member != user);
            model.out.insert(user);
        }
        self.becomes();
    }

    fn is_renamed(&self, user: User) {
        if self.deployment.aws.directory(|store| store.rename_user(&user_id(user), &new_name(user))).is_ok() {
            self.model.borrow_mut().renamed.insert(user);
            self.becomes();
        }
    }

    /// Studio makes a profile of its own for somebody who has none.
    fn signs_in(&self, user: User, target: Target) {
        let mut model = self.model.borrow_mut();
        let name = if model.renamed.contains(&user) { new_name(user) } else { user_name(user) };
        let has_one = self.profile_name(user, target).is_some();
        let (place, now) = (place(target), self.now());
        if has_one {
            return;
        }
        if let Ok(made) = self.deployment.aws.studio(|studio| studio.sign_in(&place, &name, now)) {
            model.unmanaged.insert((user, target));
            self.invariants.signs_in(user, target, &made);
        }
    }

    fn opens_space(&self, user: User, target: Target) {
        let Some(owner) = self.profile_name(user, target) else { return };
        let (space, now) = (NewSpace::private(&space_name(user), &owner), self.now());
        // A space of that name may be there already, or going.
        drop(self.deployment.aws.studio(|studio| studio.add_space(&place(target), space, now)));
    }

    /// In their space if there is one, else in the profile; what runs already is not started again.
    fn starts_app(&self, user: User, target: Target) {
        let Some(owner) = self.profile_name(user, target) else { return };
        let (place, now) = (place(target), self.now());
        self.deployment.aws.studio(|studio| {
            let in_space = Home::Space(space_name(user));
            if studio.start_app(&place, in_space, ("JupyterLab", "default"), now).is_err() {
                drop(studio.start_app(&place, Home::Profile(owner), ("Canvas", "default"), now));
            }
        });
    }

    /// The name of a user's profile in a target.
    fn profile_name(&self, user: User, target: Target) -> Option<String> {
        let profiles = self.deployment.aws.studio(|studio| studio.snapshot(self.now())).profiles;
        profiles.into_iter().find(|profile| is_of(profile, user, target)).map(|profile| profile.name)
    }
}

fn space_name(user: User) -> String {
    format!("space-of-{user}")
}

/// Whether a profile is a user's in a target, whatever they are called now.
pub(crate) fn is_of(profile: &ProfileRow, user: User, target: Target) -> bool {
    let bound = profile.sso_user.as_deref();
    profile.place == place(target) && (bound == Some(&user_name(user)) || bound == Some(&new_name(user)))
}

/// A target as the emulated AWS's place.
pub(crate) fn place(target: Target) -> Place {
    setting::place(&target_name(target)).expect("a target of a history is well formed")
}
