//! What people do, done to the world and to the model at once, so that both always tell the same.

use crate::deeds::{Deed, Meanwhile, mapping_row};
use crate::model::{Group, Model, Target, User};
use crate::names::{group_id, group_name, new_name, target_name, user_id, user_name};
use crate::watch::Watch;
use local::setting;
use local::stage::Stage;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::SystemTime;
use world::services::identity_store::UserStatus;
use world::services::studio::{Home, NewSpace, Place, ProfileRow};

/// The stage, what should be so on it, and who watches.
pub(crate) struct Scene<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) watch: Watch,
    pub(crate) model: RefCell<Model>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(stage: &'a Stage, watch: Watch) -> Self {
        let scene = Self { stage, watch, model: RefCell::default() };
        scene.becomes();
        scene
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.stage.world.clock().now()
    }

    /// From now on this is how it is.
    fn becomes(&self) {
        self.watch.becomes(self.now(), &self.model.borrow());
    }

    /// Does a deed. What cannot be (leaving a group that one is not in) does not happen: so a shrunk history makes sense as well.
    pub(crate) async fn happens(&self, deed: &Deed) {
        match deed {
            Deed::Map(group, target, row) => {
                let Value::Object(item) = mapping_row(*group, *target, *row) else { return };
                setting::put_mapping(&self.stage.world, &item).await.expect("a row can be written");
                self.model.borrow_mut().maps(*group, *target, *row);
                self.becomes();
            }
            Deed::Unmap(group, target) => {
                let key = json!({"group": group_name(*group), "target": target_name(*target)});
                let Value::Object(key) = key else { return };
                setting::delete_mapping(&self.stage.world, &key).await.expect("a row can be deleted");
                self.model.borrow_mut().rows.remove(&(*group, *target));
                self.becomes();
            }
            Deed::Rename(user) => self.is_renamed(*user),
            Deed::SignIn(user, target) => self.signs_in(*user, *target),
            Deed::Fault(rule) => self.stage.world.inject(rule.clone()),
            Deed::OpenSpace(user, target) => self.opens_space(*user, *target),
            Deed::StartApp(user, target) => self.starts_app(*user, *target),
            Deed::Join(user, group) => self.joins(*user, *group),
            Deed::Leave(user, group) => self.leaves(*user, *group),
            Deed::Disable(user) => self.is_set(*user, UserStatus::Disabled),
            Deed::Enable(user) => self.is_set(*user, UserStatus::Enabled),
            Deed::Delete(user) => self.is_deleted(*user),
            // These two are executions: the theatre's business.
            Deed::Look(_) | Deed::Stop => {}
        }
    }

    /// Does what somebody does while an execution is at work.
    pub(crate) fn meanwhile(&self, deed: Meanwhile) {
        match deed {
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
        if self.stage.world.directory(|store| store.add_member(&group_id, &user_id)).is_ok() {
            self.model.borrow_mut().members.insert((user, group));
            self.becomes();
        }
    }

    fn leaves(&self, user: User, group: Group) {
        let (group_id, user_id) = (group_id(group), user_id(user));
        if self.stage.world.directory(|store| store.remove_member(&group_id, &user_id)).is_ok() {
            self.model.borrow_mut().members.remove(&(user, group));
            self.becomes();
        }
    }

    fn is_set(&self, user: User, status: UserStatus) {
        if self.stage.world.directory(|store| store.set_status(&user_id(user), status)).is_ok() {
            let out = &mut self.model.borrow_mut().out;
            match status {
                UserStatus::Disabled => out.insert(user),
                UserStatus::Enabled => out.remove(&user),
            };
        }
        self.becomes();
    }

    fn is_deleted(&self, user: User) {
        if self.stage.world.directory(|store| store.delete_user(&user_id(user))).is_ok() {
            let mut model = self.model.borrow_mut();
            model.members.retain(|(member, _)| *member != user);
            model.out.insert(user);
        }
        self.becomes();
    }

    fn is_renamed(&self, user: User) {
        if self.stage.world.directory(|store| store.rename_user(&user_id(user), &new_name(user))).is_ok() {
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
        if let Ok(made) = self.stage.world.studio(|studio| studio.sign_in(&place, &name, now)) {
            model.foreign.insert((user, target));
            self.watch.signs_in(user, target, &made);
        }
    }

    fn opens_space(&self, user: User, target: Target) {
        let Some(owner) = self.profile_name(user, target) else { return };
        let (space, now) = (NewSpace::private(&space_name(user), &owner), self.now());
        // A space of that name may be there already, or going.
        drop(self.stage.world.studio(|studio| studio.add_space(&place(target), space, now)));
    }

    /// In their space if there is one, else in the profile; what runs already is not started again.
    fn starts_app(&self, user: User, target: Target) {
        let Some(owner) = self.profile_name(user, target) else { return };
        let (place, now) = (place(target), self.now());
        self.stage.world.studio(|studio| {
            let in_space = Home::Space(space_name(user));
            if studio.start_app(&place, in_space, ("JupyterLab", "default"), now).is_err() {
                drop(studio.start_app(&place, Home::Profile(owner), ("Canvas", "default"), now));
            }
        });
    }

    /// The name of a user's profile in a target.
    fn profile_name(&self, user: User, target: Target) -> Option<String> {
        let profiles = self.stage.world.studio(|studio| studio.snapshot(self.now())).profiles;
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

/// A target as the world's place.
pub(crate) fn place(target: Target) -> Place {
    setting::place(&target_name(target)).expect("a target of the cast is well formed")
}
