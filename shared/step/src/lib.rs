//! Serves one step as a Lambda function. [`serve`] calls [`invoke`], and so do the local run and
//! the tests: a step is called in the same way in all three.

mod line;
mod log;

use aws_config::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use contract::failure::{Failure, Named};
use contract::job::INPUT_VERSION;
use contract::settings::{BadSetting, Env};
pub use lambda_runtime::Error as RuntimeError;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::pin::Pin;
use std::time::{Duration, UNIX_EPOCH};

/// A step of the workflow, implemented by each function.
pub trait Step: Sized {
    /// Name of the package and the binary and, in another spelling, of the state and the resource.
    const NAME: &'static str;
    /// The input from the state machine.
    type Input: DeserializeOwned;
    /// The output to the state machine.
    type Output: Serialize;
    /// The error of the step, with a name from the catalogue.
    type Error: Named;

    /// Returns the configuration of AWS clients, once per process. A step without AWS calls returns
    /// [`no_clients`], so that its binary links no HTTPS client.
    fn clients() -> impl Future<Output = SdkConfig> {
        clients()
    }

    /// Builds the step once per process, from the configuration of clients and the environment
    /// variables.
    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting>;

    /// Returns the metrics of a result or an error, as an object in CloudWatch's embedded metric
    /// format. By default there are none.
    fn metric(_: Result<&Self::Output, &Self::Error>) -> Option<Value> {
        None
    }

    /// Runs the step: reads facts, decides, writes the decision.
    fn run(&self, input: Self::Input) -> impl Future<Output = Result<Self::Output, Self::Error>>;
}

/// An input that does not match the step's input type.
#[derive(Debug, thiserror::Error)]
#[error("the input does not fit the step {step}")]
struct InvalidInput {
    step: &'static str,
    #[source]
    source: serde_json::Error,
}

impl Named for InvalidInput {
    fn name(&self) -> &'static str {
        contract::catalogue::INVALID_INPUT
    }
}

/// An input written by another version of the state machine.
#[derive(Debug, thiserror::Error)]
#[error(
    "the input of the step {step} has version {found}, but this function reads version {INPUT_VERSION}: start a new execution with the same input"
)]
struct UnsupportedInputVersion {
    step: &'static str,
    found: u64,
}

impl Named for UnsupportedInputVersion {
    fn name(&self) -> &'static str {
        contract::catalogue::UNSUPPORTED_INPUT_VERSION
    }
}

/// Refuses an input from another version of the state machine. An input without a version is
/// version 1.
fn of_this_version<S: Step>(payload: &Value) -> Result<(), UnsupportedInputVersion> {
    let Value::Object(members) = payload else { return Ok(()) };
    let found = members.get("version").map_or(1, |version| version.as_u64().unwrap_or_default());
    if found == INPUT_VERSION { Ok(()) } else { Err(UnsupportedInputVersion { step: S::NAME, found }) }
}

type Running<'a, S> = Pin<Box<dyn Future<Output = Result<<S as Step>::Output, <S as Step>::Error>> + 'a>>;

/// Invokes a step as Lambda would: takes JSON, returns JSON or a named failure.
pub async fn invoke<S: Step>(step: &S, payload: Value) -> Result<Value, Failure> {
    counted(step, payload).await.0
}

/// Invokes a step like [`invoke`], and returns the metrics of the result as well.
async fn counted<S: Step>(step: &S, payload: Value) -> (Result<Value, Failure>, Option<Value>) {
    let input = match of_this_version::<S>(&payload) {
        Ok(()) => {
            serde_json::from_value(payload).map_err(|source| InvalidInput { step: S::NAME, source }.into())
        }
        Err(outdated) => Err(Failure::from(outdated)),
    };
    let input = match input {
        Ok(input) => input,
        Err(failure) => return (Err(failure), None),
    };
    // Boxed, because the SDK's futures nest so deeply that the compiler fails on the whole.
    let running: Running<'_, S> = Box::pin(step.run(input));
    let outcome = running.await;
    let metric = S::metric(outcome.as_ref());
    let answer = outcome.map(|output| {
        serde_json::to_value(&output).expect("an output type serializes: its map keys are texts")
    });
    (answer.map_err(Failure::from), metric)
}

/// The error type that the Lambda runtime reports. Defined here, because both the trait and
/// [`Failure`] are foreign to this crate.
#[derive(Debug)]
struct Report(Failure);

impl From<Report> for Diagnostic {
    fn from(Report(failure): Report) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.message }
    }
}

/// Runs the step under the Lambda runtime until the process ends.
///
/// An invalid environment does not end the process. Instead, every invocation returns the named
/// error, so that the state machine shows the missing variable and not `Runtime.ExitError`.
pub async fn serve<S: Step>() -> Result<(), RuntimeError> {
    let env: Env = std::env::vars().collect();
    log::begin(&env);
    let sdk = S::clients().await;
    let (step, clock) = (S::open(&sdk, &env), sdk.time_source().unwrap_or_default());
    let (step, clock) = (&step, &clock);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let about = line::about(&event.payload);
        let (result, metric) = match step {
            Ok(step) => counted(step, event.payload).await,
            Err(setting) => (Err(Failure::from(setting.clone())), None),
        };
        let now = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        log::tell(&line::line(S::NAME, about, result.as_ref(), metric, now), &mut std::io::stdout());
        result.map_err(Report)
    }))
    .await
}

/// Returns the configuration of a step without AWS calls.
pub fn no_clients() -> SdkConfig {
    SdkConfig::builder().build()
}

/// Returns the configuration that all clients of the process share. The SDK retries within seconds;
/// longer retries belong to the state machine.
async fn clients() -> SdkConfig {
    use aws_config::retry::RetryConfig;
    aws_config::from_env()
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts())
        .load()
        .await
}

/// Returns the timeouts of the clients of a function: a call that is not answered fails before Lambda
/// ends the function.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Double;

    #[derive(Debug, thiserror::Error)]
    #[error("too large")]
    struct TooLarge;

    impl Named for TooLarge {
        fn name(&self) -> &'static str {
            contract::catalogue::INTERNAL
        }
    }

    impl Step for Double {
        const NAME: &'static str = "double";
        type Input = u8;
        type Output = u8;
        type Error = TooLarge;

        fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
            Ok(Self)
        }

        async fn run(&self, input: u8) -> Result<u8, TooLarge> {
            input.checked_mul(2).ok_or(TooLarge)
        }
    }

    #[tokio::test]
    async fn an_input_that_does_not_fit_has_our_own_name() {
        let failure = invoke(&Double, "text".into()).await.unwrap_err();
        assert_eq!(failure.name, "InvalidInput");
        assert!(
            failure.message.starts_with("the input does not fit the step double: "),
            "{}",
            failure.message
        );
    }

    #[tokio::test]
    async fn output_and_failure_pass_through() {
        assert_eq!(invoke(&Double, 21.into()).await, Ok(42.into()));
        assert_eq!(invoke(&Double, 200.into()).await.unwrap_err().name, "Internal");
    }

    struct Anything;

    impl Step for Anything {
        const NAME: &'static str = "anything";
        type Input = Value;
        type Output = Value;
        type Error = TooLarge;

        fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
            Ok(Self)
        }

        async fn run(&self, input: Value) -> Result<Value, TooLarge> {
            Ok(input)
        }

        fn metric(outcome: Result<&Value, &TooLarge>) -> Option<Value> {
            outcome.ok()?.get("count").cloned()
        }
    }

    #[tokio::test]
    async fn a_metric_is_logged_on_its_own_line_beside_the_answer() {
        let input = json!({"version": INPUT_VERSION, "count": {"_aws": {}}});
        let (answer, metric) = counted(&Anything, input.clone()).await;
        let mut log = Vec::new();
        log::tell(&metric.unwrap(), &mut log);
        assert_eq!((answer, log), (Ok(input), b"{\"_aws\":{}}\n".to_vec()));
    }

    #[tokio::test]
    async fn an_input_of_another_version_is_refused_by_name() {
        for payload in
            [json!({}), json!({"version": 1}), json!({"version": INPUT_VERSION + 1}), json!({"version": "3"})]
        {
            let refused = invoke(&Anything, payload.clone()).await.unwrap_err();
            assert_eq!(refused.name, "UnsupportedInputVersion", "{payload}");
        }
        let ours = json!({"version": INPUT_VERSION, "more": true});
        assert_eq!(invoke(&Anything, ours.clone()).await, Ok(ours));
    }

    #[test]
    fn the_runtime_is_told_the_exact_name() {
        let diagnostic =
            Diagnostic::from(Report(Failure { name: "PollProfile.ProfileFailed", message: "why".into() }));
        assert_eq!(
            (diagnostic.error_type.as_str(), diagnostic.error_message.as_str()),
            ("PollProfile.ProfileFailed", "why")
        );
    }
}
