//! The class of each error code of the services that we call.
//!
//! The table comes from the API models and the error pages of the services, not from the SDK's
//! retry lists: those lack some transient errors and count quotas as throttling.
//! `docs/decisions/018` has the same table with the source of each line.

use super::Class;

/// The parts of a service's error response that decide its class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spoken<'a> {
    /// The error code; empty if there is none.
    pub(super) code: &'a str,
    /// The KMS reason that Identity Store and SSO Admin add to the code [2.12]; empty if there is
    /// none.
    pub(super) reason: &'a str,
    /// The message.
    pub(super) message: &'a str,
    /// The HTTP status.
    pub(super) status: u16,
}

/// Classifies by KMS reason, then by code, then by status.
pub(super) fn classify(spoken: &Spoken) -> Class {
    let by_code = || of_code(spoken.code, spoken.message);
    of_kms(spoken.reason).or_else(by_code).unwrap_or_else(|| of_status(spoken.status))
}

/// Classifies a KMS reason or code. Each service spells them in its own way [2.12, 5.38].
fn of_kms(spelling: &str) -> Option<Class> {
    match spelling {
        // A permission, or a key that is deleted, disabled or of the wrong kind: an administrator
        // must act.
        "KMS_ACCESS_DENIED"
        | "KMS_AccessDeniedException"
        | "KMSAccessDenied"
        | "KMSAccessDeniedException"
        | "KmsAccessDeniedException"
        | "KMS_KEY_NOT_FOUND"
        | "KMS_NotFoundException"
        | "KMSNotFound"
        | "KMSNotFoundException"
        | "KMS_DISABLED"
        | "KMS_DisabledException"
        | "KMSDisabled"
        | "KMSDisabledException"
        | "KMSOptInRequired"
        | "KMS_INVALID_ARN"
        | "KMS_INVALID_KEY_USAGE"
        | "KMS_InvalidKeyUsageException" => Some(Class::Misconfigured),
        "KMS_THROTTLING"
        | "KMS_ThrottlingException"
        | "KMSThrottling"
        | "KMSThrottlingException"
        | "KmsThrottlingException" => Some(Class::Throttled),
        // A key has these states only for a while: it is being created, updated or replicated.
        "KMS_INVALID_STATE"
        | "KMS_InvalidStateException"
        | "KMSInvalidState"
        | "KMSInvalidStateException"
        | "KmsInvalidStateException" => Some(Class::Transient),
        _ => None,
    }
}

/// Classifies a code. Returns `None` for a code that is not in the table.
fn of_code(code: &str, message: &str) -> Option<Class> {
    match code {
        // Too many requests: the same request succeeds later.
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "SlowDown" => Some(Class::Throttled),

        // Another write is in progress on the same item, for milliseconds [5.37].
        "TransactionConflictException"
        | "TransactionInProgressException"
        | "ReplicatedWriteConflictException"
        // The service failed or did not read the request in time.
        | "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServerException"
        | "RequestAbortedException"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        // The credentials are renewed for the next attempt.
        | "ExpiredToken"
        | "ExpiredTokenException"
        // The function was frozen between signing and sending; the next signature is fresh [5.39].
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => Some(Class::Transient),
        // STS and SNS use one code for an old signature and a wrong one; only the text differs.
        "SignatureDoesNotMatch" if is_stale(message) => Some(Class::Transient),

        // A permission or a resource of the installation is missing.
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "InvalidClientTokenId"
        | "NotAuthorized"
        | "OptInRequired"
        | "RegionDisabledException"
        | "UnrecognizedClientException"
        // The topic of SNS. The other services send `ResourceNotFound`, which the caller
        // interprets.
        | "NotFound"
        | "NotFoundException" => Some(Class::Misconfigured),

        // A quota. The SDK counts it as throttling, but waiting does not help.
        "LimitExceededException" => Some(Class::Unexpected),
        other => of_kms(other),
    }
}

/// Classifies by HTTP status a response without a code, or with an unknown one.
fn of_status(status: u16) -> Class {
    match status {
        429 => Class::Throttled,
        408 | 500 | 502..=504 => Class::Transient,
        _ => Class::Unexpected,
    }
}

/// Returns whether a signature was refused because of its age.
fn is_stale(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("Signature not yet current")
}

/// Returns the KMS reason (`Reason`) in an error's body, or an empty string.
pub(super) fn reason(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    body["Reason"].as_str().filter(|reason| of_kms(reason).is_some()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, status: u16) -> Class {
        classify(&Spoken { code, reason: "", message: "no message", status })
    }

    #[test]
    fn each_code_has_one_class() {
        let throttled = [
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "KmsThrottlingException",
            "KMSThrottling",
        ];
        let transient = [
            "TransactionConflictException",
            "TransactionInProgressException",
            "ReplicatedWriteConflictException",
            "InvalidSignatureException",
            "RequestTimeTooSkewed",
            "RequestExpired",
            "ExpiredToken",
            "ExpiredTokenException",
            "InternalServerError",
            "InternalError",
            "RequestTimeout",
            "ServiceUnavailable",
            "KmsInvalidStateException",
            "KMSInvalidState",
        ];
        let misconfigured = [
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "NotFound",
            "UnrecognizedClientException",
            "KmsAccessDeniedException",
            "KMSAccessDenied",
            "KMSAccessDeniedException",
            "KMSDisabled",
            "KMSNotFound",
            "KMSOptInRequired",
        ];
        let unexpected = [
            "LimitExceededException",
            "ValidationException",
            "SignatureDoesNotMatch",
            "InvalidParameter",
            "ResourceNotFoundException",
            "ConditionalCheckFailedException",
        ];
        for (codes, class) in [
            (throttled.as_slice(), Class::Throttled),
            (&transient, Class::Transient),
            (&misconfigured, Class::Misconfigured),
            (&unexpected, Class::Unexpected),
        ] {
            for code in codes {
                assert_eq!(of(code, 400), class, "{code}");
            }
        }
    }

    #[test]
    fn a_bare_status_decides_where_no_code_does() {
        for (status, class) in [
            (408, Class::Transient),
            (429, Class::Throttled),
            (500, Class::Transient),
            (503, Class::Transient),
            (400, Class::Unexpected),
            (501, Class::Unexpected),
        ] {
            assert_eq!(of("", status), class, "{status}");
            assert_eq!(of("NotEmulated", status), class, "{status}");
        }
        assert_eq!(of("ValidationException", 400), Class::Unexpected);
    }

    #[test]
    fn an_old_signature_passes_and_a_wrong_one_does_not() {
        let of =
            |message| classify(&Spoken { code: "SignatureDoesNotMatch", reason: "", message, status: 403 });
        let old = "Signature expired: 20261127T100000Z is now earlier than 20261127T100500Z";
        assert_eq!(of(old), Class::Transient);
        assert_eq!(of("Signature not yet current: 20261127T100500Z"), Class::Transient);
        assert_eq!(of("The request signature we calculated does not match"), Class::Unexpected);
    }

    #[test]
    fn a_kms_reason_outweighs_the_code_beside_it() {
        let of = |code, reason| classify(&Spoken { code, reason, message: "", status: 400 });
        for (code, reason, class) in [
            ("ResourceNotFoundException", "KMS_KEY_NOT_FOUND", Class::Misconfigured),
            ("ResourceNotFoundException", "KMS_NotFoundException", Class::Misconfigured),
            ("ValidationException", "KMS_INVALID_STATE", Class::Transient),
            ("ValidationException", "KMS_InvalidStateException", Class::Transient),
            ("ValidationException", "KMS_DISABLED", Class::Misconfigured),
            ("ThrottlingException", "KMS_ThrottlingException", Class::Throttled),
            ("AccessDeniedException", "KMS_ACCESS_DENIED", Class::Misconfigured),
        ] {
            assert_eq!(of(code, reason), class, "{code} {reason}");
        }
    }

    #[test]
    fn only_a_kms_reason_is_taken_from_a_body() {
        assert_eq!(reason(br#"{"Reason": "KMS_DISABLED"}"#), "KMS_DISABLED");
        for body in [br#"{"Reason": "OTHER"}"#.as_slice(), br#"{"Reason": 7}"#, b"<Error/>", b""] {
            assert_eq!(reason(body), "");
        }
    }
}
