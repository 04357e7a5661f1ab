//! Changes that users and other tools make to Studio without a call of studio-access:
//! administrators create domains, users open apps and spaces, and a user may sign in before a
//! profile is created [3.46].

use super::Studio;
use super::newcomers::{NewDomain, NewProfile, NewSpace};
use super::patterns::{APP_TYPES, DOMAIN_ID, NAME};
use super::settle::Item;
use super::state::{App, Domain, Home, Place, Profile, Space, Tags};
use super::status::{AppStatus, AuthMode, Sharing, Status};
use super::switches::Work;
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// The reason why Studio does not accept a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// The name or id breaks the service's pattern.
    #[error("{0} is not a name or id that Studio accepts")]
    BadName(String),
    /// The domain, profile or space does not exist.
    #[error("{0} is not there")]
    Missing(String),
    /// The profile or space is being deleted.
    #[error("{0} is being deleted")]
    GoingAway(String),
    /// The profile has spaces or running apps.
    #[error("{0} has spaces or running apps")]
    InUse(String),
    /// The name is taken, or the app is running.
    #[error("{0} is there already")]
    Taken(String),
    /// The domain is in IAM mode, where directory users cannot sign in.
    #[error("{0} is not in single sign-on mode")]
    NotSso(String),
}

impl Studio {
    /// Creates a domain.
    pub fn add_domain(&mut self, new: NewDomain, now: SystemTime) -> Result<(), Impossible> {
        accepted((DOMAIN_ID.holds)(&new.place.domain_id), &new.place.domain_id)?;
        if self.domains.contains_key(&new.place) {
            return Err(Impossible::Taken(new.place.domain_id));
        }
        let domain = Domain {
            name: new.place.domain_id.clone(),
            auth_mode: new.auth_mode,
            status: new.status,
            application_arn: new.application_arn,
            default_role: new.default_role,
            created: now,
            profiles: BTreeMap::new(),
            holders: BTreeSet::new(),
            spaces: BTreeMap::new(),
            apps: BTreeMap::new(),
            forgotten: BTreeSet::new(),
        };
        self.domains.insert(new.place, domain);
        Ok(())
    }

    /// Sets the status of a domain.
    pub fn set_domain_status(&mut self, place: &Place, status: Status) -> Result<(), Impossible> {
        let domain =
            self.domains.get_mut(place).ok_or_else(|| Impossible::Missing(place.domain_id.clone()))?;
        domain.status = status;
        Ok(())
    }

    /// Creates a profile at once, as another tool would have.
    pub fn add_profile(&mut self, place: &Place, new: NewProfile, now: SystemTime) -> Result<(), Impossible> {
        accepted((NAME.holds)(&new.name), &new.name)?;
        if self.there(place, now)?.profiles.contains_key(&new.name.to_lowercase()) {
            return Err(Impossible::Taken(new.name));
        }
        let settings = new.role.map(|role| ("ExecutionRole".to_owned(), json!(role)));
        let settings = Map::from_iter(settings);
        let fresh = self.fresh_profile(&new.name, new.sso_user.as_deref(), settings, new.tags, now);
        let uid_told = !matches!(new.status, Status::Pending | Status::Failed);
        let profile = Profile { status: new.status, uid_told, ..fresh };
        self.there(place, now)?.put_profile(profile);
        Ok(())
    }

    /// Opens a space. It is in service at once unless `Timing::create_space` is set.
    pub fn add_space(&mut self, place: &Place, new: NewSpace, now: SystemTime) -> Result<(), Impossible> {
        accepted((NAME.holds)(&new.name), &new.name)?;
        accepted(APP_TYPES.contains(&new.app_type.as_str()), &new.app_type)?;
        let work = self.underway(Work::CreateSpace, place, &new.name, now);
        let due = work.due;
        let domain = self.there(place, now)?;
        domain.open_profile(&new.owner)?;
        if domain.spaces.contains_key(&new.name.to_lowercase()) {
            return Err(Impossible::Taken(new.name));
        }
        let space = Space {
            name: new.name.clone(),
            owner: new.owner,
            sharing: new.sharing,
            app_type: new.app_type,
            volume_gb: new.volume_gb,
            status: Status::Pending,
            underway: Some(work),
            failure: None,
            created: now,
            modified: now,
            tags: Tags::new(),
        };
        domain.spaces.insert(new.name.to_lowercase(), space);
        self.note(due, place, Item::Space(new.name.to_lowercase()));
        self.settle(now);
        Ok(())
    }

    /// Starts an app as a user would, in a profile or space that is not being deleted. An app that
    /// has ended can be started again.
    pub fn start_app(
        &mut self,
        place: &Place,
        home: Home,
        (app_type, name): (&str, &str),
        now: SystemTime,
    ) -> Result<(), Impossible> {
        accepted((NAME.holds)(name), name)?;
        accepted(APP_TYPES.contains(&app_type), app_type)?;
        let work = self.underway(Work::StartApp, place, name, now);
        let due = work.due;
        let keeps_time = self.switches.restarts_keep_time;
        let domain = self.there(place, now)?;
        let (role, tags) = domain.launch(&home)?;
        let key = (home.folded(), app_type.to_owned(), name.to_owned());
        let before = domain.apps.get(&key);
        if before.is_some_and(|app| !app.status.is_final()) {
            return Err(Impossible::Taken(name.to_owned()));
        }
        let created = before.filter(|_| keeps_time).map_or(now, |app| app.created);
        let app = App {
            home,
            kind: app_type.to_owned(),
            name: name.to_owned(),
            status: AppStatus::Pending,
            underway: Some(work),
            failure: None,
            created,
            ended: None,
            role,
            tags,
        };
        domain.apps.insert(key.clone(), app);
        self.note(due, place, Item::App(key));
        Ok(())
    }

    /// Signs a directory user in to Studio and returns the name of the user's profile. A user
    /// without a profile gets one with the domain's default role [3.46].
    pub fn sign_in(&mut self, place: &Place, sso_user: &str, now: SystemTime) -> Result<String, Impossible> {
        let domain = self.there(place, now)?;
        if domain.auth_mode != AuthMode::Sso {
            return Err(Impossible::NotSso(place.domain_id.clone()));
        }
        if let Some(profile) = domain.profile_of_user(sso_user) {
            let name = profile.name.clone();
            return domain.open_profile(&name).map(|_| name);
        }
        let plain: String =
            sso_user.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let name: String = plain.trim_matches('-').chars().take(63).collect();
        let name = name.trim_end_matches('-').to_owned();
        let new = NewProfile { sso_user: Some(sso_user.to_owned()), ..NewProfile::named(&name) };
        self.add_profile(place, new, now)?;
        Ok(name)
    }

    fn there(&mut self, place: &Place, now: SystemTime) -> Result<&mut Domain, Impossible> {
        self.settle(now);
        self.domains.get_mut(place).ok_or_else(|| Impossible::Missing(place.domain_id.clone()))
    }
}

impl Domain {
    /// Returns the profile of that name, unless it is being deleted.
    fn open_profile(&self, name: &str) -> Result<&Profile, Impossible> {
        let found = self.profiles.get(&name.to_lowercase());
        let profile = found.ok_or_else(|| Impossible::Missing(name.to_owned()))?;
        still_here(profile.status, name).map(|()| profile)
    }

    /// Returns role and tags of an app that starts now. A shared space does not run with its
    /// owner's role [3.13].
    fn launch(&self, home: &Home) -> Result<(String, Tags), Impossible> {
        let Home::Space(name) = home else {
            let profile = self.open_profile(home.name())?;
            return Ok((self.role_of(profile), profile.tags.clone()));
        };
        let found = self.spaces.get(&name.to_lowercase());
        let space = found.ok_or_else(|| Impossible::Missing(name.clone()))?;
        still_here(space.status, name)?;
        match space.sharing {
            Sharing::Private => {
                let owner = self.open_profile(&space.owner)?;
                Ok((self.role_of(owner), owner.tags.clone()))
            }
            Sharing::Shared => Ok((self.default_role.clone(), space.tags.clone())),
        }
    }
}

fn still_here(status: Status, name: &str) -> Result<(), Impossible> {
    if status == Status::Deleting { Err(Impossible::GoingAway(name.to_owned())) } else { Ok(()) }
}

fn accepted(fits: bool, name: &str) -> Result<(), Impossible> {
    if fits { Ok(()) } else { Err(Impossible::BadName(name.to_owned())) }
}
