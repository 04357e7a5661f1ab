//! The services of the world: each a plain struct over `BTreeMap`s, driven through [`crate::service`].

pub mod dynamodb;
pub mod executions;
pub mod identity_store;
pub mod sns;
pub mod sso_admin;
pub mod sts;
pub mod studio;
