//! Time passing in Studio: work that is due ends, as a success or with the failure it was given.
//! It is a function of the time alone, so it does not matter how often it is looked at.

use super::Studio;
use super::state::{App, AppKey, Domain, Place, Profile, REMEMBERED, Space, Underway};
use super::status::{AppStatus, Status};
use std::time::SystemTime;

/// Something that changes by itself when its time comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// The profile under that key.
    Profile(String),
    /// The space under that key.
    Space(String),
    /// The app under that key.
    App(AppKey),
}

impl Studio {
    /// Brings everything to `now`. Only what is due is looked at: there may be ten thousand profiles, and this runs before every call.
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

    /// Notes when an item will have to be looked at.
    pub(super) fn note(&mut self, due: SystemTime, place: &Place, item: Item) {
        self.agenda.insert((due, place.clone(), item));
    }
}

impl Domain {
    /// Brings one item to `now`; gives the time of its next change, if that is known.
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
    /// Whether the profile is still there at `now`.
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
    /// Whether the app is still listed at `now`.
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

/// The status after the work, or nothing if the thing is gone.
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
