//! Errors of opening a session in a Studio account.

use aws::error::AwsError;
use contract::catalogue;
use contract::failure::Named;

/// Reasons why the domain cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AssumeError {
    /// The role cannot be assumed or does not allow `DescribeDomain`, and waiting has not helped.
    #[error("could not assume the role in the Studio account")]
    Closed(#[source] AwsError),
    /// The same, but the role may be so new that it is not known everywhere yet.
    #[error(
        "could not assume the role in the Studio account yet; a new role takes minutes to be known everywhere"
    )]
    NotYet(#[source] AwsError),
    /// What is known about the domain could not be read or written.
    #[error("could not read or write what is known about the domain")]
    Remembered(#[source] AwsError),
    /// The domain does not use IAM Identity Center.
    #[error("the domain's authentication mode is {0}, not SSO")]
    NotSso(String),
    /// The domain is changing.
    #[error("the domain is {0}")]
    Changing(String),
    /// The domain is in a state that allows no changes.
    #[error("the domain is {status}: {reason}")]
    NotReady {
        /// Status as Studio reports it.
        status: String,
        /// Reason as Studio reports it.
        reason: String,
    },
}

impl Named for AssumeError {
    fn name(&self) -> &'static str {
        match self {
            Self::Closed(fault) | Self::Remembered(fault) => fault.name(),
            Self::NotYet(_) | Self::Changing(_) => catalogue::TRANSIENT,
            Self::NotSso(_) => catalogue::DOMAIN_NOT_SSO,
            Self::NotReady { .. } => catalogue::DOMAIN_NOT_READY,
        }
    }
}
