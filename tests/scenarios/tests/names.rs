//! Profile names, whatever the directory calls people.

use crate::played::play;
use std::collections::BTreeSet;

#[test]
fn awkward_names_become_valid_distinct_profile_names() {
    let played = play("names.yaml");
    let names: Vec<&str> =
        played.report.studio.profiles.iter().map(|profile| profile.name.as_str()).collect();
    assert_eq!(names.len(), 12);
    for name in &names {
        let inner = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        assert!(inner && name.len() <= 63 && !name.starts_with('-') && !name.ends_with('-'), "{name}");
    }
    let folded: BTreeSet<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    assert_eq!(folded.len(), names.len(), "{names:?}");
    assert_eq!(played.profile("Anna").name, "Anna");
    assert!(played.profile("山田太郎@例え.jp").name.starts_with("jp-"), "what letters there are stay");
    assert!(played.profile("山田花子").name.starts_with("user-"));
}

#[test]
fn a_name_that_another_of_ours_has_is_told_apart_by_a_hash() {
    let played = play("names.yaml");
    let name = &played.profile("maria-lopez").name;
    let hash = name.strip_prefix("maria-lopez-").unwrap_or_else(|| panic!("{name}"));
    assert!(hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    assert_eq!(played.profile("maria.lopez.the.elder").name, "MARIA-lopez");
}

#[test]
fn two_user_names_with_one_slug_get_two_profiles() {
    let played = play("names.yaml");
    let (dot, hyphen) =
        (&played.profile("ana.silva@example.com").name, &played.profile("ana-silva@example.com").name);
    assert!(
        dot.starts_with("ana-silva-example-com-") && hyphen.starts_with("ana-silva-example-com-"),
        "{dot} {hyphen}"
    );
    assert_ne!(dot, hyphen);
}

#[test]
fn the_ledger_knows_each_profile_by_its_name() {
    let played = play("names.yaml");
    for profile in played.report.studio.profiles.iter().filter(|profile| profile.name != "MARIA-lopez") {
        let user = profile.sso_user.as_deref().unwrap();
        assert_eq!(played.grant(user)["profileName"], profile.name.as_str());
        assert_eq!(profile.tags["studio-access:user-id"], played.grant(user)["userId"].as_str().unwrap());
    }
}
