//! SageMaker Studio: domains, user profiles, spaces and apps of all accounts and Regions.
//!
//! Answers [`OPERATIONS`] as the real service does, as far as `docs/aws-facts.md` describes it:
//! work takes time, names are not case-sensitive, one error code has two meanings [3.6], and a
//! deleted app stays listed [3.31]. Behaviour that the facts leave open is a field of [`Switches`].
//! Rate limits, lost answers and permissions are not emulated here but on the wire, in front of
//! every service.
//!
//! Chosen here, because no source describes it: a list filtered by an unknown domain is empty (its
//! operations model no error); a `Failed` profile can be deleted but not updated; an update becomes
//! visible when it has ended; a domain that is not in service refuses new profiles with
//! `ResourceInUse`; a failed app is forgotten after a day, like a deleted one; the execution role
//! must be of the domain's own account. The existence of a single sign-on user [3.3] is not
//! checked, because no service here knows another one.

mod administrators;
mod apps;
mod domains;
mod listing;
mod newcomers;
mod pages;
mod patterns;
mod people;
mod profiles;
mod request;
mod settings;
mod settle;
mod snapshot;
mod spaces;
mod state;
mod status;
mod switches;
mod tags;

#[cfg(test)]
mod tests;

pub use newcomers::{NewDomain, NewProfile, NewSpace};
pub use people::Impossible;
pub use snapshot::{AppRow, DomainRow, LostVolume, ProfileRow, Snapshot, SpaceRow};
pub use state::{Home, Place};
pub use status::{AppStatus, AuthMode, Sharing, Status};
pub use switches::{SsoUserUnique, Switches, Timing, Work};

pub(crate) use pages::{Pages, hex};
pub(crate) use request::{Request, Rule, invalid};

use crate::service::{Answer, Call, Refusal, not_emulated};
use settle::Item;
use state::{Domain, Underway};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;
use switches::Failing;

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 15] = [
    "AddTags",
    "CreateUserProfile",
    "DeleteApp",
    "DeleteSpace",
    "DeleteTags",
    "DeleteUserProfile",
    "DescribeApp",
    "DescribeDomain",
    "DescribeSpace",
    "DescribeUserProfile",
    "ListApps",
    "ListSpaces",
    "ListTags",
    "ListUserProfiles",
    "UpdateUserProfile",
];

/// Studio in all accounts and Regions.
#[derive(Debug, Clone, Default)]
pub struct Studio {
    /// Durations of work, and behaviour that the facts leave open.
    pub switches: Switches,
    domains: BTreeMap<Place, Domain>,
    /// Items that will change by themselves, ordered by time.
    agenda: BTreeSet<(SystemTime, Place, Item)>,
    failing: Vec<Failing>,
    lost_volumes: Vec<LostVolume>,
    profiles_made: u32,
}

impl Studio {
    /// Answers a call, after completing the work that has ended by then.
    pub fn handle(&mut self, call: &Call) -> Answer {
        self.settle(call.now);
        match call.operation {
            "AddTags" => self.add_tags(call),
            "CreateUserProfile" => self.create_user_profile(call),
            "DeleteApp" => self.delete_app(call),
            "DeleteSpace" => self.delete_space(call),
            "DeleteTags" => self.delete_tags(call),
            "DeleteUserProfile" => self.delete_user_profile(call),
            "DescribeApp" => self.describe_app(call),
            "DescribeDomain" => self.describe_domain(call),
            "DescribeSpace" => self.describe_space(call),
            "DescribeUserProfile" => self.describe_user_profile(call),
            "ListApps" => self.list_apps(call),
            "ListSpaces" => self.list_spaces(call),
            "ListTags" => self.list_tags(call),
            "ListUserProfiles" => self.list_user_profiles(call),
            "UpdateUserProfile" => self.update_user_profile(call),
            other => Err(not_emulated("sagemaker", other)),
        }
    }

    /// Returns the volumes that were destroyed so far, ordered by time.
    pub fn lost_volumes(&self) -> &[LostVolume] {
        &self.lost_volumes
    }

    /// Returns the domains in the caller's account and Region, or only the one with `domain_id`.
    fn visible<'a>(
        &'a self,
        call: &Call,
        domain_id: Option<&str>,
    ) -> impl Iterator<Item = (&'a Place, &'a Domain)> {
        self.domains.iter().filter(move |(place, _)| {
            place.account == call.caller.account
                && place.region == call.region
                && domain_id.is_none_or(|id| id == place.domain_id)
        })
    }

    fn domain(&self, place: &Place) -> Result<&Domain, Refusal> {
        self.domains.get(place).ok_or_else(|| not_found("Domain", &place.arn("domain", &[])))
    }

    fn domain_mut(&mut self, place: &Place) -> Result<&mut Domain, Refusal> {
        self.domains.get_mut(place).ok_or_else(|| not_found("Domain", &place.arn("domain", &[])))
    }

    /// Starts work and decides how it will end.
    fn underway(&self, work: Work, place: &Place, name: &str, now: SystemTime) -> Underway {
        let failing = self.failing.iter().find(|failing| failing.covers(work, &place.domain_id, name));
        let failure = failing.map(|failing| failing.reason.clone());
        Underway { due: now + self.switches.timing.of(work), failure }
    }
}

/// Returns the place of a domain id in the caller's account and Region.
fn place_of(call: &Call, domain_id: &str) -> Place {
    Place::new(&call.caller.account, call.region, domain_id)
}

fn not_found(kind: &str, arn: &str) -> Refusal {
    Refusal::new("ResourceNotFound", format!("{kind} [{arn}] does not exist."))
}

fn in_use(message: impl Into<String>) -> Refusal {
    Refusal::new("ResourceInUse", message)
}
