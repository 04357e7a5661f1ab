//! Acts in Studio: administrators change tags, profiles and domains; users start apps and open
//! spaces.

use super::place;
use crate::scenario::{AppStart, BadScenario, ProfileOf, SignIn, SpaceOpen, TagProfile, UntagProfile};
use fake_aws::FakeAws;
use fake_aws::services::studio::{Home, NewSpace, Place};

/// Sets tags on a profile, outside the workflow.
pub fn tag_profile(aws: &FakeAws, tagged: &TagProfile) -> Result<(), BadScenario> {
    let place = place(&tagged.target)?;
    let profile = profile_of(aws, &place, &tagged.of_user)?;
    let done = aws.studio(|studio| studio.tag_profile(&place, &profile, &tagged.tags));
    done.map_err(|why| BadScenario::at(&tagged.of_user, why.to_string()))
}

/// Removes tags from a profile, outside the workflow.
pub fn untag_profile(aws: &FakeAws, untagged: &UntagProfile) -> Result<(), BadScenario> {
    let place = place(&untagged.target)?;
    let profile = profile_of(aws, &place, &untagged.of_user)?;
    let done = aws.studio(|studio| studio.untag_profile(&place, &profile, &untagged.tags));
    done.map_err(|why| BadScenario::at(&untagged.of_user, why.to_string()))
}

/// Deletes a profile, as an administrator does in the console.
pub fn delete_profile(aws: &FakeAws, of: &ProfileOf) -> Result<(), BadScenario> {
    let (place, now) = (place(&of.target)?, aws.clock().now());
    let profile = profile_of(aws, &place, &of.of_user)?;
    let removed = aws.studio(|studio| studio.remove_profile(&place, &profile, now));
    removed.map_err(|why| BadScenario::at(&of.of_user, why.to_string()))
}

/// Deletes a domain with everything in it.
pub fn delete_domain(aws: &FakeAws, target: &str) -> Result<(), BadScenario> {
    let place = place(target)?;
    let removed = aws.studio(|studio| studio.remove_domain(&place));
    removed.map_err(|why| BadScenario::at(target, why.to_string()))
}

/// Opens a space, as its owner does.
pub fn open_space(aws: &FakeAws, space: &SpaceOpen) -> Result<(), BadScenario> {
    let place = place(&space.target)?;
    let owner = profile_of(aws, &place, &space.of_user)?;
    let new = if space.shared {
        NewSpace::shared(&space.name, &owner)
    } else {
        NewSpace::private(&space.name, &owner)
    };
    let now = aws.clock().now();
    aws.studio(|studio| studio.add_space(&place, new, now))
        .map_err(|why| BadScenario::at(&space.name, why.to_string()))
}

/// Signs a user in to Studio.
pub fn sign_in(aws: &FakeAws, sign_in: &SignIn) -> Result<(), BadScenario> {
    let (place, now) = (place(&sign_in.target)?, aws.clock().now());
    let signed_in = aws.studio(|studio| studio.sign_in(&place, &sign_in.user, now));
    signed_in.map(|_| ()).map_err(|why| BadScenario::at(&sign_in.user, why.to_string()))
}

/// Starts an app, as a user does.
pub fn start_app(aws: &FakeAws, app: &AppStart) -> Result<(), BadScenario> {
    let place = place(&app.target)?;
    let home = match (&app.in_space, &app.of_user) {
        (Some(space), None) => Home::Space(space.clone()),
        (None, Some(user)) => Home::Profile(profile_of(aws, &place, user)?),
        (Some(_), Some(_)) | (None, None) => {
            return Err(BadScenario::at(
                &app.app_type,
                "an app runs either inSpace or in the profile ofUser",
            ));
        }
    };
    let now = aws.clock().now();
    let started = aws.studio(|studio| studio.start_app(&place, home, (&app.app_type, &app.name), now));
    started.map_err(|why| BadScenario::at(&app.app_type, why.to_string()))
}

/// Returns the name of the profile that is bound to a user name.
fn profile_of(aws: &FakeAws, place: &Place, user: &str) -> Result<String, BadScenario> {
    let now = aws.clock().now();
    let profiles = aws.studio(|studio| studio.snapshot(now)).profiles;
    let theirs = profiles.into_iter().find(|p| p.place == *place && p.sso_user.as_deref() == Some(user));
    theirs.map(|profile| profile.name).ok_or_else(|| BadScenario::at(user, "has no profile in that domain"))
}
