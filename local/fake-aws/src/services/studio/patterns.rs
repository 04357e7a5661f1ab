//! The constraints of SageMaker's model, as code and as the text that the service shows.

use super::request::Rule;
use unicode_general_category::get_general_category;

/// `UserProfileName`, and in the same form `SpaceName` and `AppName` [3.1].
pub(super) const NAME: Rule =
    Rule { pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", holds: is_name, shortest: 0, longest: 63 };

/// `DomainId` [3.44].
pub(super) const DOMAIN_ID: Rule =
    Rule { pattern: "d-(-*[a-z0-9]){1,61}", holds: is_domain_id, shortest: 0, longest: 63 };

/// `RoleArn` [3.15].
pub(super) const ROLE_ARN: Rule = Rule {
    pattern: "arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    holds: |text| role_account(text).is_some(),
    shortest: 20,
    longest: 2048,
};

/// `SingleSignOnUserIdentifier`, which must be `UserName` [3.3].
pub(super) const SSO_IDENTIFIER: Rule =
    Rule { pattern: "UserName", holds: |text| text == "UserName", shortest: 0, longest: 64 };

/// `String256`, for the single sign-on user value [3.3].
pub(super) const SSO_VALUE: Rule = Rule { pattern: ".*", holds: |_| true, shortest: 0, longest: 256 };

/// `TagKey` [3.16].
pub(super) const TAG_KEY: Rule = Rule { shortest: 1, longest: 128, ..TAG_VALUE };

/// `TagValue` [3.16].
pub(super) const TAG_VALUE: Rule = Rule {
    pattern: "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)",
    holds: |text| text.chars().all(is_tag_letter),
    shortest: 0,
    longest: 256,
};

/// `SecurityGroupId`.
pub(super) const SECURITY_GROUP: Rule = Rule {
    pattern: "[-0-9a-zA-Z]+",
    holds: |text| !text.is_empty() && text.chars().all(|c| c == '-' || c.is_ascii_alphanumeric()),
    shortest: 0,
    longest: 32,
};

/// `ResourceArn` of the tagging operations.
pub(super) const RESOURCE_ARN: Rule = Rule {
    pattern: "arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+",
    holds: |text| resource(text).is_some(),
    shortest: 0,
    longest: 256,
};

/// `AppType` [3.22].
pub(super) const APP_TYPES: [&str; 9] = [
    "JupyterServer",
    "KernelGateway",
    "DetailedProfiler",
    "TensorBoard",
    "CodeEditor",
    "JupyterLab",
    "RStudioServerPro",
    "RSessionGateway",
    "Canvas",
];

/// Returns the account of a role's ARN, or `None` if the text is not one.
pub(super) fn role_account(text: &str) -> Option<&str> {
    let (account, role) = after_partition(text)?.strip_prefix("iam::")?.split_once(':')?;
    let path = role.strip_prefix("role")?;
    let path = path.strip_prefix('/').unwrap_or(path);
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    (is_account(account) && !path.is_empty() && path.chars().all(fits)).then_some(account)
}

/// Returns Region, account and the rest of a SageMaker ARN, or `None` if the text is not one.
pub(super) fn resource(text: &str) -> Option<(&str, &str, &str)> {
    let (region, rest) = after_partition(text)?.strip_prefix("sagemaker:")?.split_once(':')?;
    let (account, rest) = rest.split_once(':')?;
    let fits = |c: char| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit();
    (region.chars().all(fits) && is_account(account) && !rest.is_empty()).then_some((region, account, rest))
}

/// Returns the text after `arn:aws…:`, in any partition.
fn after_partition(text: &str) -> Option<&str> {
    let (partition, rest) = text.strip_prefix("arn:aws")?.split_once(':')?;
    partition.chars().all(|c| c == '-' || c.is_ascii_lowercase()).then_some(rest)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    is_hyphenated(text, char::is_ascii_alphanumeric, 63) && !text.starts_with('-')
}

fn is_domain_id(text: &str) -> bool {
    let fits = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.strip_prefix("d-").is_some_and(|rest| is_hyphenated(rest, fits, 61))
}

/// Checks for 1 to `most` letters that fit, with hyphens anywhere but at the end.
fn is_hyphenated(text: &str, fits: impl Fn(&char) -> bool, most: usize) -> bool {
    let letters = text.chars().filter(|c| *c != '-').count();
    (1..=most).contains(&letters) && !text.ends_with('-') && text.chars().all(|c| c == '-' || fits(&c))
}

/// Checks a character against `[\p{L}\p{Z}\p{N}_.:/=+\-@]` with Unicode's own classes, none of
/// which contains marks or symbols [3.59].
fn is_tag_letter(c: char) -> bool {
    let class = get_general_category(c).abbreviation();
    class.starts_with(['L', 'Z', 'N']) || "_.:/=+-@".contains(c)
}
