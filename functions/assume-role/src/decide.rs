//! Pure functions that check whether a domain can be used.

use crate::error::AssumeError;
use aws::error::Class;
use aws::studio::{DomainFacts, StudioError};

/// Number of refusals that count as a role that is not known everywhere yet. The state machine
/// retries after 7 seconds on average, growing to 30: nearly four minutes.
const MAX_WAITS: u32 = 10;

/// Classifies a refusal. A new role cannot be assumed at once, so the first refusals are not final.
pub(crate) fn not_assumed(StudioError(fault): StudioError, attempt: u32) -> AssumeError {
    match fault.class {
        Class::Misconfigured if attempt < MAX_WAITS => AssumeError::NotYet(fault),
        Class::Misconfigured | Class::Throttled | Class::Transient | Class::Paused | Class::Unexpected => {
            AssumeError::Closed(fault)
        }
    }
}

/// Accepts only a domain in SSO mode and in service [3.42]. A domain that is changing is transient.
pub(crate) fn fit(domain: &DomainFacts) -> Result<(), AssumeError> {
    match (domain.auth_mode.as_str(), domain.status.as_str()) {
        ("SSO", "InService") => Ok(()),
        ("SSO", status @ ("Pending" | "Updating")) => Err(AssumeError::Changing(status.to_owned())),
        ("SSO", status) => Err(AssumeError::NotReady {
            status: status.to_owned(),
            reason: domain.failure_reason.clone().unwrap_or_else(|| "no reason given".to_owned()),
        }),
        (mode, _) => Err(AssumeError::NotSso(mode.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws::error::AwsError;
    use contract::failure::Named;

    fn domain(auth_mode: &str, status: &str) -> DomainFacts {
        DomainFacts {
            auth_mode: auth_mode.into(),
            status: status.into(),
            failure_reason: None,
            application_arn: None,
        }
    }

    #[test]
    fn only_an_sso_domain_in_service_will_do() {
        assert!(fit(&domain("SSO", "InService")).is_ok());
        for (mode, status, name) in [
            ("IAM", "InService", "AssumeRole.DomainNotSso"),
            ("SSO", "Updating", "Transient"),
            ("SSO", "Failed", "AssumeRole.DomainNotReady"),
            ("SSO", "Deleting", "AssumeRole.DomainNotReady"),
        ] {
            assert_eq!(fit(&domain(mode, status)).unwrap_err().name(), name, "{mode} {status}");
        }
    }

    #[test]
    fn a_refusal_is_waited_out_for_a_while_and_then_final() {
        let refused = |class, said: &str| StudioError(AwsError::new("sts:AssumeRole", class, said));
        let denied = || refused(Class::Misconfigured, "AccessDenied");
        assert_eq!(not_assumed(denied(), 0).name(), "Transient");
        assert_eq!(not_assumed(denied(), MAX_WAITS).name(), "Misconfigured");
        let busy = refused(Class::Throttled, "slow down");
        assert_eq!(not_assumed(busy, 0).name(), "Throttled");
    }
}
