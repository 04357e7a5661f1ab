//! Apps: describing, listing and deleting them. An app belongs to a profile or to a space, never to
//! both [3.26, 3.29].

use super::listing::{Paging, listed};
use super::pages::{by_time, seconds};
use super::patterns::{APP_TYPES, DOMAIN_ID, NAME};
use super::request::{Request, invalid};
use super::settle::Item;
use super::state::{App, AppKey, Home, Place};
use super::status::{AppStatus, Status};
use super::switches::Work;
use super::{Studio, in_use, not_found, place_of};
use crate::service::{Answer, Call, Refusal};
use serde_json::{Value, json};

impl Studio {
    pub(super) fn describe_app(&self, call: &Call) -> Answer {
        let asked = Asked::read(call)?;
        let domain = self.domain(&asked.place)?;
        let Some(app) = domain.apps.get(&asked.key) else {
            // When the metadata has been dropped, only this text shows that the app existed [3.30].
            let gone = domain.forgotten.contains(&asked.key);
            let gone = gone.then(|| invalid(format!("App [{}] does not exist: RecordNotFound", asked.arn())));
            return Err(gone.unwrap_or_else(|| not_found("App", &asked.arn())));
        };
        let mut answer = summary(&asked.place, app);
        answer["AppArn"] = json!(asked.arn());
        if let Some(reason) = &app.failure {
            answer["FailureReason"] = json!(reason);
        }
        Ok(answer)
    }

    pub(super) fn delete_app(&mut self, call: &Call) -> Answer {
        let asked = Asked::read(call)?;
        let work = self.underway(Work::StopApp, &asked.place, &asked.key.2, call.now);
        let pending_deletable = self.switches.pending_apps_deletable;
        let (updates_lock, arn) = (self.switches.updates_lock_apps, asked.arn());
        let domain = self.domain_mut(&asked.place)?;
        let updating =
            domain.profile_behind(&asked.key.0).is_some_and(|profile| profile.status == Status::Updating);
        let found = domain.apps.get_mut(&asked.key);
        let app = found.ok_or_else(|| not_found("App", &arn))?;
        match app.status {
            AppStatus::Deleted => return Err(invalid(format!("App [{arn}] has already been deleted"))),
            AppStatus::Failed => {
                return Err(invalid(format!("App [{arn}] previously failed and was automatically deleted")));
            }
            AppStatus::Deleting => return Err(in_use(format!("App [{arn}] is already being deleted"))),
            AppStatus::InService if updates_lock && updating => {
                return Err(in_use(format!(
                    "Unable to delete App [{arn}]: its UserProfile is in status Updating"
                )));
            }
            AppStatus::Pending if !pending_deletable => {
                return Err(in_use(format!("Unable to delete App [{arn}] because it is in status Pending")));
            }
            AppStatus::Pending | AppStatus::InService => {}
        }
        let due = work.due;
        (app.status, app.underway) = (AppStatus::Deleting, Some(work));
        self.note(due, &asked.place, Item::App(asked.key));
        Ok(json!({}))
    }

    pub(super) fn list_apps(&self, call: &Call) -> Answer {
        let known = [
            "NextToken",
            "MaxResults",
            "SortOrder",
            "SortBy",
            "DomainIdEquals",
            "UserProfileNameEquals",
            "SpaceNameEquals",
        ];
        let mut request = Request::open(call.body, &known);
        let domain_id = request.optional("DomainIdEquals", &DOMAIN_ID);
        let profile = request.optional("UserProfileNameEquals", &NAME);
        let space = request.optional("SpaceNameEquals", &NAME);
        let paging = Paging::read(&mut request, &["CreationTime"]);
        request.close()?;
        let home = match (profile, space) {
            (Some(_), Some(_)) => {
                return Err(invalid("UserProfileNameEquals and SpaceNameEquals cannot both be set"));
            }
            (Some(name), None) => Some(Home::Profile(name.to_lowercase())),
            (None, Some(name)) => Some(Home::Space(name.to_lowercase())),
            (None, None) => None,
        };
        let pages = paging.open(call, &[domain_id, profile, space])?;
        let apps = self.visible(call, domain_id).flat_map(|(place, domain)| {
            let found =
                domain.apps.iter().filter(|((at, _, _), _)| home.as_ref().is_none_or(|home| home == at));
            found.map(move |(key, app)| {
                let (home, app_type, name) = key;
                let unique = format!("{}/{home:?}/{app_type}/{name}", place.domain_id);
                (by_time(app.created, &unique), (place, app))
            })
        });
        let (page, token) = pages.cut(apps.collect());
        Ok(listed("Apps", page.into_iter().map(|(place, app)| summary(place, app)), token))
    }
}

/// The app that a request names.
struct Asked {
    place: Place,
    key: AppKey,
}

impl Asked {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let mut request =
            Request::open(call.body, &["DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"]);
        let place = place_of(call, request.text("DomainId", &DOMAIN_ID));
        let profile = request.optional("UserProfileName", &NAME);
        let space = request.optional("SpaceName", &NAME);
        request.require("AppType");
        let app_type = request.choice("AppType", &APP_TYPES).unwrap_or_default().to_owned();
        let name = request.text("AppName", &NAME).to_owned();
        request.close()?;
        let home = match (profile, space) {
            (Some(name), None) => Home::Profile(name.to_lowercase()),
            (None, Some(name)) => Home::Space(name.to_lowercase()),
            (Some(_), Some(_)) => return Err(invalid("UserProfileName and SpaceName cannot both be set")),
            (None, None) => return Err(invalid("Either UserProfileName or SpaceName must be set")),
        };
        Ok(Self { place, key: (home, app_type, name) })
    }

    /// Returns the ARN, which does not distinguish a user from a space [3.40].
    fn arn(&self) -> String {
        let (home, app_type, name) = &self.key;
        self.place.arn("app", &[home.name(), app_type, name])
    }
}

/// Returns the list entry of an app. The app of a space has no user profile name [3.26].
fn summary(place: &Place, app: &App) -> Value {
    let mut shown = json!({
        "DomainId": place.domain_id,
        "AppType": app.kind,
        "AppName": app.name,
        "Status": app.status.as_str(),
        "CreationTime": seconds(app.created),
    });
    match &app.home {
        Home::Profile(name) => shown["UserProfileName"] = json!(name),
        Home::Space(name) => shown["SpaceName"] = json!(name),
    }
    shown
}
