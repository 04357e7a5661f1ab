//! Spaces: describing, listing and deleting them. Deleting a space destroys its volume [3.36].

use super::listing::{Paging, listed};
use super::pages::{by_time, seconds};
use super::patterns::{DOMAIN_ID, NAME};
use super::request::{Request, invalid};
use super::settle::Item;
use super::snapshot::LostVolume;
use super::state::{Domain, Home, Place, Space};
use super::status::Status;
use super::switches::Work;
use super::{Studio, in_use, not_found, place_of};
use crate::service::{Answer, Call, Refusal};
use serde_json::{Value, json};

impl Studio {
    pub(super) fn describe_space(&self, call: &Call) -> Answer {
        let (place, name) = space_asked(call)?;
        let space = self.domain(&place)?.space(&place, name)?;
        let mut answer = json!({
            "SpaceArn": place.arn("space", &[name]),
            "DomainId": place.domain_id,
            "SpaceName": space.name,
            "Status": space.status.as_str(),
            "CreationTime": seconds(space.created),
            "LastModifiedTime": seconds(space.modified),
            "OwnershipSettings": { "OwnerUserProfileName": space.owner },
            "SpaceSharingSettings": { "SharingType": space.sharing.as_str() },
            "SpaceSettings": settings(space),
        });
        if let Some(reason) = &space.failure {
            answer["FailureReason"] = json!(reason);
        }
        Ok(answer)
    }

    pub(super) fn delete_space(&mut self, call: &Call) -> Answer {
        let (place, name) = space_asked(call)?;
        let work = self.underway(Work::DeleteSpace, &place, name, call.now);
        let domain = self.domain_mut(&place)?;
        let has_apps = domain.has_live_apps(&Home::Space(name.to_owned()));
        let found = domain.spaces.get_mut(&name.to_lowercase());
        let space = found.ok_or_else(|| not_found("Space", &place.arn("space", &[name])))?;
        let unable = |why: &str| {
            Err(in_use(format!("Unable to delete Space [{}] because {why}", place.arn("space", &[name]))))
        };
        if space.status == Status::Pending {
            let arn = place.arn("space", &[name]);
            return Err(invalid(format!("Unable to delete Space [{arn}] because it is in status Pending")));
        }
        if !space.status.is_settled() {
            return unable(&format!("it is in status {}", space.status.as_str()));
        }
        if has_apps {
            return unable("App(s) are associated with it");
        }
        // From here on the volume cannot be saved, so it counts as lost now.
        let lost = work.failure.is_none().then(|| LostVolume {
            place: place.clone(),
            space: space.name.clone(),
            owner: space.owner.clone(),
            sharing: space.sharing,
            size_gb: space.volume_gb,
        });
        let due = work.due;
        (space.status, space.underway, space.failure) = (Status::Deleting, Some(work), None);
        space.modified = call.now;
        self.lost_volumes.extend(lost);
        self.note(due, &place, Item::Space(name.to_lowercase()));
        Ok(json!({}))
    }

    pub(super) fn list_spaces(&self, call: &Call) -> Answer {
        let known = ["NextToken", "MaxResults", "SortOrder", "SortBy", "DomainIdEquals", "SpaceNameContains"];
        let mut request = Request::open(call.body, &known);
        let domain_id = request.optional("DomainIdEquals", &DOMAIN_ID);
        let contains = request.optional("SpaceNameContains", &NAME);
        let paging = &Paging::read(&mut request, &["CreationTime", "LastModifiedTime"]);
        request.close()?;
        let pages = paging.open(call, &[domain_id, contains])?;
        let part = contains.unwrap_or_default().to_lowercase();
        let spaces = self.visible(call, domain_id).flat_map(|(place, domain)| {
            let found = domain.spaces.iter().filter(|(name, _)| name.contains(&part));
            found.map(move |(name, space)| {
                let time = paging.time(space.created, space.modified);
                (by_time(time, &format!("{}/{name}", place.domain_id)), (place, space))
            })
        });
        let (page, token) = pages.cut(spaces.collect());
        Ok(listed("Spaces", page.into_iter().map(|(place, space)| summary(place, space)), token))
    }
}

impl Domain {
    pub(super) fn space(&self, place: &Place, name: &str) -> Result<&Space, Refusal> {
        let found = self.spaces.get(&name.to_lowercase());
        found.ok_or_else(|| not_found("Space", &place.arn("space", &[name])))
    }
}

fn space_asked<'a>(call: &Call<'a>) -> Result<(Place, &'a str), Refusal> {
    let mut request = Request::open(call.body, &["DomainId", "SpaceName"]);
    let domain_id = request.text("DomainId", &DOMAIN_ID);
    let name = request.text("SpaceName", &NAME);
    request.close()?;
    Ok((place_of(call, domain_id), name))
}

/// Returns the list entry of a space. Summaries include owner and sharing [3.35].
fn summary(place: &Place, space: &Space) -> Value {
    json!({
        "DomainId": place.domain_id,
        "SpaceName": space.name,
        "Status": space.status.as_str(),
        "CreationTime": seconds(space.created),
        "LastModifiedTime": seconds(space.modified),
        "SpaceSettingsSummary": settings(space),
        "SpaceSharingSettingsSummary": { "SharingType": space.sharing.as_str() },
        "OwnershipSettingsSummary": { "OwnerUserProfileName": space.owner },
    })
}

fn settings(space: &Space) -> Value {
    json!({
        "AppType": space.app_type,
        "SpaceStorageSettings": { "EbsStorageSettings": { "EbsVolumeSizeInGb": space.volume_gb } },
    })
}
