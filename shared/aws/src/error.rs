//! Classifies SDK errors for the state machine. No other code inspects them.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use codes::{Spoken, classify, reason};
use contract::{catalogue, failure::Named};

mod codes;

/// Classes of errors that the state machine handles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The service throttled the call.
    Throttled,
    /// No answer, or a server error; the call may have had its effect.
    Transient,
    /// A permission or a resource is missing or wrong.
    Misconfigured,
    /// An operator has paused everything, so the call was not sent.
    Paused,
    /// The service rejected the request, or the response cannot be read.
    Unexpected,
}

/// A failed call to AWS, with its class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {said}")]
pub struct AwsError {
    /// The operation, for example `sagemaker:CreateUserProfile`.
    pub operation: &'static str,
    /// The class, which determines how the state machine reacts.
    pub class: Class,
    /// The service's error code, if it sent one.
    pub code: Option<String>,
    /// The service's message, or ours if it sent none.
    pub said: String,
}

impl AwsError {
    /// Returns the error of a step that needs an environment variable for its work.
    pub(crate) fn not_set(variable: &str) -> Self {
        let said = format!("the environment variable {variable} is not set");
        Self::new("settings", Class::Misconfigured, said)
    }

    /// Returns whether the call went to Studio.
    pub fn is_of_studio(&self) -> bool {
        self.operation.starts_with("sagemaker:")
    }
}

impl Named for AwsError {
    fn name(&self) -> &'static str {
        match self.class {
            Class::Throttled => catalogue::THROTTLED,
            Class::Transient => catalogue::TRANSIENT,
            Class::Misconfigured => catalogue::MISCONFIGURED,
            Class::Paused => catalogue::PAUSED,
            Class::Unexpected => catalogue::INTERNAL,
        }
    }
}

impl AwsError {
    /// Creates an error for a response that we reject ourselves.
    pub fn new(operation: &'static str, class: Class, said: impl Into<String>) -> Self {
        Self { operation, class, code: None, said: said.into() }
    }

    /// Returns whether the service sent this error code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Classifies an SDK error of `operation`.
    pub fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let quiet = |class, said: &str| Self::new(operation, class, said);
        match error {
            SdkError::ConstructionFailure(_) => quiet(Class::Unexpected, "the request could not be built"),
            SdkError::TimeoutError(_) => quiet(Class::Transient, "no answer in time"),
            SdkError::DispatchFailure(_) => quiet(Class::Transient, "the service could not be reached"),
            SdkError::ResponseError(_) => quiet(Class::Transient, "the answer could not be read"),
            SdkError::ServiceError(context) => {
                let code = context.err().code().unwrap_or_default().to_owned();
                let status = context.raw().status().as_u16();
                let message = context.err().message().unwrap_or("no message");
                let reason = reason(context.raw().body().bytes().unwrap_or_default());
                let class = classify(&Spoken { code: &code, reason: &reason, message, status });
                let said = match (code.is_empty(), reason.is_empty()) {
                    (true, _) => format!("status {status}"),
                    (false, true) => format!("{code}: {message}"),
                    (false, false) => format!("{code} ({reason}): {message}"),
                };
                Self { operation, class, code: Some(code).filter(|c| !c.is_empty()), said }
            }
            _ => quiet(Class::Unexpected, "unknown kind of error"),
        }
    }
}

/// Declares the error type of one client. Its message is that of the [`AwsError`] inside. It is a
/// type of its own, so that `?` converts it to the right variant of a step's error.
macro_rules! client_error {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error(transparent)]
        pub struct $name(#[from] pub crate::error::AwsError);

        impl contract::failure::Named for $name {
            fn name(&self) -> &'static str {
                self.0.name()
            }
        }

        impl From<$name> for crate::error::AwsError {
            fn from(error: $name) -> Self {
                error.0
            }
        }
    };
}
#[cfg(any(feature = "directory", feature = "studio"))]
pub(crate) use client_error;
