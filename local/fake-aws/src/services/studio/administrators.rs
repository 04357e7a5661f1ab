//! Changes that administrators make with the console or another tool: tags, profiles and domains.
//! They take effect at once.

use super::Studio;
use super::people::Impossible;
use super::state::{Domain, Home, Place, Profile};
use std::collections::BTreeMap;
use std::time::SystemTime;

impl Studio {
    /// Adds tags to a profile, or replaces their values.
    pub fn tag_profile(
        &mut self,
        place: &Place,
        name: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), Impossible> {
        self.profile_by_hand(place, name)?.tags.extend(tags.clone());
        Ok(())
    }

    /// Removes tags from a profile. Unlike the service, refuses a tag that does not exist: a
    /// scenario that removes a tag expects an effect.
    pub fn untag_profile(&mut self, place: &Place, name: &str, keys: &[String]) -> Result<(), Impossible> {
        let profile = self.profile_by_hand(place, name)?;
        for key in keys {
            profile.tags.remove(key).ok_or_else(|| Impossible::Missing(format!("the tag {key}")))?;
        }
        Ok(())
    }

    /// Deletes a profile at once. Like the service, refuses a profile with spaces or running apps.
    pub fn remove_profile(&mut self, place: &Place, name: &str, now: SystemTime) -> Result<(), Impossible> {
        self.settle(now);
        let domain = self.domain_by_hand(place)?;
        let key = name.to_lowercase();
        if !domain.profiles.contains_key(&key) {
            return Err(Impossible::Missing(name.to_owned()));
        }
        let owns = domain.spaces.values().any(|space| space.owner.eq_ignore_ascii_case(name));
        if owns || domain.has_live_apps(&Home::Profile(name.to_owned())) {
            return Err(Impossible::InUse(name.to_owned()));
        }
        domain.drop_profile(&key);
        Ok(())
    }

    /// Deletes a domain at once, with all its contents.
    pub fn remove_domain(&mut self, place: &Place) -> Result<(), Impossible> {
        self.domains.remove(place).map(|_| ()).ok_or_else(|| Impossible::Missing(place.domain_id.clone()))
    }

    fn domain_by_hand(&mut self, place: &Place) -> Result<&mut Domain, Impossible> {
        self.domains.get_mut(place).ok_or_else(|| Impossible::Missing(place.domain_id.clone()))
    }

    fn profile_by_hand(&mut self, place: &Place, name: &str) -> Result<&mut Profile, Impossible> {
        let found = self.domain_by_hand(place)?.profiles.get_mut(&name.to_lowercase());
        found.ok_or_else(|| Impossible::Missing(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NewDomain, NewProfile, NewSpace};
    use super::*;
    use std::time::UNIX_EPOCH;

    fn studio() -> (Studio, Place) {
        let (mut studio, place) = (Studio::default(), Place::new("222233334444", "eu-west-1", "d-research"));
        studio.add_domain(NewDomain::sso(place.clone()), UNIX_EPOCH).unwrap();
        let mut ana = NewProfile::named("ana");
        ana.tags.insert("team".to_owned(), "red".to_owned());
        studio.add_profile(&place, ana, UNIX_EPOCH).unwrap();
        (studio, place)
    }

    #[test]
    fn a_profile_with_a_space_is_not_deleted_by_hand() {
        let (mut studio, place) = studio();
        studio.add_space(&place, NewSpace::private("lab", "ana"), UNIX_EPOCH).unwrap();
        let refused = studio.remove_profile(&place, "ana", UNIX_EPOCH).unwrap_err();
        assert_eq!(refused, Impossible::InUse("ana".to_owned()));
        assert_eq!(studio.snapshot(UNIX_EPOCH).profiles.len(), 1);
    }

    #[test]
    fn an_empty_profile_is_deleted_at_once_and_its_user_is_free() {
        let (mut studio, place) = studio();
        studio.remove_profile(&place, "Ana", UNIX_EPOCH).unwrap();
        assert_eq!(studio.snapshot(UNIX_EPOCH).profiles.len(), 0);
        assert!(studio.remove_profile(&place, "ana", UNIX_EPOCH).is_err());
        studio.add_profile(&place, NewProfile::named("ana"), UNIX_EPOCH).unwrap();
    }

    #[test]
    fn a_tag_is_removed_once() {
        let (mut studio, place) = studio();
        let team = ["team".to_owned()];
        studio.untag_profile(&place, "ana", &team).unwrap();
        assert!(studio.snapshot(UNIX_EPOCH).profiles[0].tags.is_empty());
        assert!(studio.untag_profile(&place, "ana", &team).is_err());
    }
}
