//! User profiles: creating, describing, updating, deleting and listing them.

use super::listing::{Paging, listed};
use super::pages::{by_time, seconds};
use super::patterns::{DOMAIN_ID, NAME};
use super::request::{Request, invalid};
use super::settings::{SsoMembers, check_role, read_settings};
use super::settle::Item;
use super::state::{Domain, Home, Place, Profile, Tags, Underway};
use super::status::{AppStatus, Sharing, Status};
use super::switches::{SsoUserUnique, Work};
use super::tags::read_tags;
use super::{Studio, in_use, not_found, place_of};
use crate::service::{Answer, Call, Refusal};
use serde_json::{Map, Value, json};
use std::time::SystemTime;

impl Studio {
    pub(super) fn create_user_profile(&mut self, call: &Call) -> Answer {
        let members = [
            "DomainId",
            "UserProfileName",
            "SingleSignOnUserIdentifier",
            "SingleSignOnUserValue",
            "Tags",
            "UserSettings",
        ];
        let mut request = Request::open(call.body, &members);
        let place = place_of(call, request.text("DomainId", &DOMAIN_ID));
        let name = request.text("UserProfileName", &NAME);
        let sso = SsoMembers::read(&mut request);
        let tags = read_tags(&mut request, false);
        let settings = read_settings(&mut request);
        request.close()?;
        let tags = tags?;
        let domain = self.domain(&place)?;
        if domain.status != Status::InService {
            let arn = place.arn("domain", &[]);
            return Err(in_use(format!("Domain [{arn}] is not InService but {}", domain.status.as_str())));
        }
        let sso_user = sso.user(domain.auth_mode)?;
        check_role(&settings, &place)?;
        self.check_room(domain, &place, name, sso_user)?;
        let work = self.underway(Work::CreateProfile, &place, name, call.now);
        self.note(work.due, &place, Item::Profile(name.to_lowercase()));
        let profile =
            Profile { underway: Some(work), ..self.fresh_profile(name, sso_user, settings, tags, call.now) };
        self.domain_mut(&place)?.put_profile(profile);
        Ok(json!({ "UserProfileArn": place.arn("user-profile", &[name]) }))
    }

    /// Refuses a name that is taken [3.6], a user that already has a profile [3.8], and a profile
    /// that exceeds the quota [3.19].
    fn check_room(
        &self,
        domain: &Domain,
        place: &Place,
        name: &str,
        sso_user: Option<&str>,
    ) -> Result<(), Refusal> {
        if domain.profiles.contains_key(&name.to_lowercase()) {
            let arn = place.arn("user-profile", &[name]);
            return Err(in_use(format!("UserProfile [{arn}] already exists.")));
        }
        let holder = sso_user.and_then(|user| domain.profile_of_user(user));
        let text =
            |user| format!("A UserProfile for SingleSignOnUserValue [{user}] already exists in the Domain.");
        match (self.switches.sso_user_unique, holder.and(sso_user)) {
            (SsoUserUnique::ResourceInUse, Some(user)) => return Err(in_use(text(user))),
            (SsoUserUnique::Validation, Some(user)) => return Err(invalid(text(user))),
            (SsoUserUnique::Unchecked, Some(_)) | (_, None) => {}
        }
        let alike =
            self.domains.iter().filter(|(at, _)| at.account == place.account && at.region == place.region);
        let count: usize = alike.map(|(_, domain)| domain.profiles.len()).sum();
        match self.switches.most_profiles {
            Some(most) if count >= most => Err(Refusal::new(
                "ResourceLimitExceeded",
                format!(
                    "The account-level service limit 'Maximum number of Studio user profiles allowed per account' is {most}"
                ),
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns a new profile that is `Pending` and has a home directory of its own [3.38].
    pub(super) fn fresh_profile(
        &mut self,
        name: &str,
        sso_user: Option<&str>,
        settings: Map<String, Value>,
        tags: Tags,
        now: SystemTime,
    ) -> Profile {
        self.profiles_made += 1;
        Profile {
            name: name.to_owned(),
            status: Status::Pending,
            underway: None,
            failure: None,
            created: now,
            modified: now,
            sso_user: sso_user.map(str::to_owned),
            settings,
            next_settings: None,
            tags,
            uid: 200_000 + self.profiles_made,
            uid_told: false,
        }
    }

    pub(super) fn describe_user_profile(&self, call: &Call) -> Answer {
        let (place, name) = profile_asked(call)?;
        let profile = self.domain(&place)?.profile(&place, name)?;
        let arn = place.arn("user-profile", &[name]);
        if call.now < profile.created + self.switches.describe_lag {
            return Err(not_found("UserProfile", &arn));
        }
        let mut answer = summary(&place, profile);
        answer["UserProfileArn"] = json!(arn);
        answer["UserSettings"] = json!(profile.settings);
        if let Some(user) = &profile.sso_user {
            answer["SingleSignOnUserIdentifier"] = json!("UserName");
            answer["SingleSignOnUserValue"] = json!(user);
        }
        if profile.uid_told {
            answer["HomeEfsFileSystemUid"] = json!(profile.uid.to_string());
        }
        if let Some(reason) = &profile.failure {
            answer["FailureReason"] = json!(reason);
        }
        Ok(answer)
    }

    pub(super) fn update_user_profile(&mut self, call: &Call) -> Answer {
        let mut request = Request::open(call.body, &["DomainId", "UserProfileName", "UserSettings"]);
        let place = place_of(call, request.text("DomainId", &DOMAIN_ID));
        let name = request.text("UserProfileName", &NAME);
        let changes = read_settings(&mut request);
        request.close()?;
        check_role(&changes, &place)?;
        let work = self.underway(Work::UpdateProfile, &place, name, call.now);
        let switches = self.switches;
        let domain = self.domain_mut(&place)?;
        let arn = place.arn("user-profile", &[name]);
        let profile = domain.profile(&place, name)?;
        if switches.role_needs_no_apps && domain.changes_role(profile, &changes) && domain.runs_apps_of(name)
        {
            return Err(invalid(format!("Unable to update UserProfile [{arn}] with InService App")));
        }
        let profile = domain.profile_mut(&place, name)?;
        let updatable = match profile.status {
            Status::InService | Status::UpdateFailed => true,
            Status::DeleteFailed => switches.delete_failed_updatable,
            Status::Pending | Status::Updating | Status::Deleting | Status::Failed => false,
        };
        if !updatable {
            let status = profile.status.as_str();
            return Err(switches.wrong_state(format!(
                "Unable to update UserProfile [{arn}] because it is in status {status}"
            )));
        }
        let mut settings = profile.settings.clone();
        settings.extend(changes);
        profile.next_settings = Some(settings);
        profile.accept(Status::Updating, &work, call.now);
        self.note(work.due, &place, Item::Profile(name.to_lowercase()));
        Ok(json!({ "UserProfileArn": arn }))
    }

    pub(super) fn delete_user_profile(&mut self, call: &Call) -> Answer {
        let (place, name) = profile_asked(call)?;
        let work = self.underway(Work::DeleteProfile, &place, name, call.now);
        let switches = self.switches;
        let domain = self.domain_mut(&place)?;
        let profile = domain.profile(&place, name)?;
        let unable = |why: &str| {
            let arn = place.arn("user-profile", &[name]);
            Err(in_use(format!("Unable to delete UserProfile [{arn}] because {why}")))
        };
        if !profile.status.is_settled() {
            let (arn, status) = (place.arn("user-profile", &[name]), profile.status.as_str());
            let message = format!("Unable to delete UserProfile [{arn}] because it is in status {status}");
            return Err(switches.wrong_state(message));
        }
        if domain.has_live_apps(&Home::Profile(name.to_owned())) {
            return unable("App(s) are associated with it");
        }
        if domain.spaces.values().any(|space| space.owner.eq_ignore_ascii_case(name)) {
            return unable("Space(s) are associated with it");
        }
        let profile = domain.profile_mut(&place, name)?;
        profile.accept(Status::Deleting, &work, call.now);
        self.note(work.due, &place, Item::Profile(name.to_lowercase()));
        Ok(json!({}))
    }

    pub(super) fn list_user_profiles(&self, call: &Call) -> Answer {
        let known =
            ["NextToken", "MaxResults", "SortOrder", "SortBy", "DomainIdEquals", "UserProfileNameContains"];
        let mut request = Request::open(call.body, &known);
        let domain_id = request.optional("DomainIdEquals", &DOMAIN_ID);
        let contains = request.optional("UserProfileNameContains", &NAME);
        let paging = &Paging::read(&mut request, &["CreationTime", "LastModifiedTime"]);
        request.close()?;
        let pages = paging.open(call, &[domain_id, contains])?;
        let part = contains.unwrap_or_default().to_lowercase();
        let profiles = self.visible(call, domain_id).flat_map(|(place, domain)| {
            let found = domain.profiles.iter().filter(|(name, _)| name.contains(&part));
            found.map(move |(name, profile)| {
                let time = paging.time(profile.created, profile.modified);
                (by_time(time, &format!("{}/{name}", place.domain_id)), (place, profile))
            })
        });
        let (page, token) = pages.cut(profiles.collect());
        Ok(listed("UserProfiles", page.into_iter().map(|(place, profile)| summary(place, profile)), token))
    }
}

impl Profile {
    fn accept(&mut self, status: Status, work: &Underway, now: SystemTime) {
        (self.status, self.underway, self.failure) = (status, Some(work.clone()), None);
        self.modified = now;
    }
}

impl Domain {
    fn changes_role(&self, profile: &Profile, changes: &Map<String, Value>) -> bool {
        let wanted = changes.get("ExecutionRole").and_then(Value::as_str);
        wanted.is_some_and(|wanted| self.role_of(profile) != wanted)
    }

    /// Checks whether an app of the profile, or of a private space that it owns, is `Pending` or
    /// `InService`.
    fn runs_apps_of(&self, name: &str) -> bool {
        let mut apps = self.apps.values();
        apps.any(|app| {
            let theirs = match &app.home {
                Home::Profile(profile) => profile.eq_ignore_ascii_case(name),
                Home::Space(space) => self.spaces.get(&space.to_lowercase()).is_some_and(|space| {
                    space.sharing == Sharing::Private && space.owner.eq_ignore_ascii_case(name)
                }),
            };
            theirs && matches!(app.status, AppStatus::Pending | AppStatus::InService)
        })
    }

    pub(super) fn profile(&self, place: &Place, name: &str) -> Result<&Profile, Refusal> {
        let found = self.profiles.get(&name.to_lowercase());
        found.ok_or_else(|| not_found("UserProfile", &place.arn("user-profile", &[name])))
    }

    pub(super) fn profile_mut(&mut self, place: &Place, name: &str) -> Result<&mut Profile, Refusal> {
        let found = self.profiles.get_mut(&name.to_lowercase());
        found.ok_or_else(|| not_found("UserProfile", &place.arn("user-profile", &[name])))
    }
}

fn profile_asked<'a>(call: &Call<'a>) -> Result<(Place, &'a str), Refusal> {
    let mut request = Request::open(call.body, &["DomainId", "UserProfileName"]);
    let domain_id = request.text("DomainId", &DOMAIN_ID);
    let name = request.text("UserProfileName", &NAME);
    request.close()?;
    Ok((place_of(call, domain_id), name))
}

/// Returns the list entry of a profile, without single sign-on members and settings [3.18].
fn summary(place: &Place, profile: &Profile) -> Value {
    json!({
        "DomainId": place.domain_id,
        "UserProfileName": profile.name,
        "Status": profile.status.as_str(),
        "CreationTime": seconds(profile.created),
        "LastModifiedTime": seconds(profile.modified),
    })
}
