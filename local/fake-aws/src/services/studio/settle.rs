//! Completes the work whose time has come, with success or with the failure that was decided for
//! it. The result depends on the time alone, not on how often it is computed.

use super::Studio;
use super::state::{App, AppKey, Domain, Place, Profile, REMEMBERED, Space, Underway};
use super::status::{AppStatus, Status};
use std::time::SystemTime;

/// An item that changes by itself at a certain time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// Profile with this key.
    Profile(String),
    /// Space with this key.
    Space(String),
    /// App with this key.
    App(AppKey),
}

impl Studio {
    /// Advances all items to `now`. Only visits items that change by then, because this runs before
    /// every call and there may be ten thousand profiles.
    pub(super) fn settle(&mut self, now: SystemTime) {
        while let Some((due, place, item)) = self.agenda.pop_first() {
            if due > now {
                self.agenda.insert((due, place, item));
                return;
            }
            let again = self.domains.get_mut(&place).and_then(|domain| domain.settle(&item, now));
            self.agenda.extend(again.map(|again| (again, place, item)));
        }
    }

    /// Records the time of an item's next change.
    pub(super) fn note(&mut self, due: SystemTime, place: &Place, item: Item) {
        self.agenda.insert((due, place.clone(), item));
    }
}

impl Domain {
    /// Advances one item to `now`. Returns the time of its next change, if that is known.
    fn settle(&mut self, item: &Item, now: SystemTime) -> Option<SystemTime> {
        match item {
            Item::Profile(key) => {
                if self.profiles.get_mut(key).is_some_and(|profile| !profile.settle(now)) {
                    self.drop_profile(key);
                }
                None
            }
            Item::Space(key) => {
                if self.spaces.get_mut(key).is_some_and(|space| !space.settle(now)) {
                    self.spaces.remove(key);
                }
                None
            }
            Item::App(key) => {
                let app = self.apps.get_mut(key)?;
                if app.settle(now) {
                    return app.ended.map(|ended| ended + REMEMBERED);
                }
                self.apps.remove(key);
                self.forgotten.insert(key.clone());
                None
            }
        }
    }
}

impl Profile {
    /// Advances the profile to `now`. Returns false if it is gone.
    fn settle(&mut self, now: SystemTime) -> bool {
        let Some(done) = self.underway.take_if(|work| work.due <= now) else { return true };
        let Some(status) = ended(self.status, &done) else { return false };
        let wanted = self.next_settings.take();
        if let (Status::InService, Some(settings)) = (status, wanted) {
            self.settings = settings;
        }
        self.uid_told |= status == Status::InService;
        (self.status, self.failure, self.modified) = (status, done.failure, done.due);
        true
    }
}

impl Space {
    fn settle(&mut self, now: SystemTime) -> bool {
        let Some(done) = self.underway.take_if(|work| work.due <= now) else { return true };
        let Some(status) = ended(self.status, &done) else { return false };
        (self.status, self.failure, self.modified) = (status, done.failure, done.due);
        true
    }
}

impl App {
    /// Advances the app to `now`. Returns false if it is no longer listed.
    fn settle(&mut self, now: SystemTime) -> bool {
        if let Some(done) = self.underway.take_if(|work| work.due <= now) {
            self.status = match (self.status, &done.failure) {
                (AppStatus::Deleting, _) => AppStatus::Deleted,
                (_, Some(_)) => AppStatus::Failed,
                (_, None) => AppStatus::InService,
            };
            self.failure = done.failure;
            self.ended = self.status.is_final().then_some(done.due);
        }
        self.ended.is_none_or(|ended| now < ended + REMEMBERED)
    }
}

/// Returns the status after the work, or `None` if the item is gone.
fn ended(status: Status, done: &Underway) -> Option<Status> {
    let failed = done.failure.is_some();
    match status {
        Status::Updating if failed => Some(Status::UpdateFailed),
        Status::Deleting if failed => Some(Status::DeleteFailed),
        Status::Deleting => None,
        _ if failed => Some(Status::Failed),
        Status::Pending
        | Status::InService
        | Status::Updating
        | Status::Failed
        | Status::UpdateFailed
        | Status::DeleteFailed => Some(Status::InService),
    }
}
