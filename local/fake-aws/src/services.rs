//! The emulated services: each is a plain struct over `BTreeMap`s, called through
//! [`crate::service`].

pub mod dynamodb;
pub mod executions;
pub mod identity_store;
pub mod sns;
pub mod sso_admin;
pub mod sts;
pub mod studio;

/// Signing names of the emulated services.
pub const NAMES: [&str; 7] = ["dynamodb", "identitystore", "sagemaker", "sns", "sso", "states", "sts"];

/// Returns the operations that a service emulates, by its signing name, or `None` if the service is
/// not emulated.
pub fn operations(service: &str) -> Option<&'static [&'static str]> {
    Some(match service {
        "dynamodb" => &dynamodb::OPERATIONS,
        "identitystore" => &identity_store::OPERATIONS,
        "sagemaker" => &studio::OPERATIONS,
        "sns" => &sns::OPERATIONS,
        "sso" => &sso_admin::OPERATIONS,
        "states" => &executions::OPERATIONS,
        "sts" => &sts::OPERATIONS,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_of_the_list_has_operations() {
        assert!(NAMES.iter().all(|name| operations(name).is_some_and(|all| !all.is_empty())));
        assert_eq!(operations("s3"), None);
    }
}
