//! AWS Step Functions: reads the status and the result of executions.

use crate::error::{AwsError, Class};
use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionError;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};

const DESCRIBE: &str = "states:DescribeExecution";

/// Executions in our own account and Region.
#[derive(Debug)]
pub struct Executions {
    client: Client,
}

/// Status and result of an execution, in the words of Step Functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionOutcome {
    /// `FAILED`, `RUNNING` and so on.
    pub status: String,
    /// Name of the error, if the execution failed.
    pub error: Option<String>,
    /// Cause of the error, if the execution failed: the text, or the JSON that Lambda makes of it.
    pub cause: Option<String>,
    /// Input of the execution, as JSON.
    pub input: Option<String>,
}

impl Executions {
    /// Opens the service. No environment variable is needed.
    pub fn open(sdk: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self { client: Client::from_conf(configuration!(aws_sdk_sfn, sdk).build()) })
    }

    /// Reads the status and the result of an execution. The response may be out of date [5.22].
    pub async fn outcome(&self, arn: &str) -> Result<ExecutionOutcome, AwsError> {
        let call = self.client.describe_execution().execution_arn(arn);
        let execution = call.send().await.map_err(|error| AwsError::from_sdk(DESCRIBE, &error))?;
        let text = |text: Option<&str>| text.map(str::to_owned);
        Ok(ExecutionOutcome {
            status: execution.status().as_str().to_owned(),
            error: text(execution.error()),
            cause: text(execution.cause()),
            input: text(execution.input()),
        })
    }

    /// Returns whether an execution has ended badly. The response may be out of date [5.22], so `false`
    /// is not certain.
    pub async fn has_failed(&self, arn: &str) -> Result<bool, AwsError> {
        let outcome = self.outcome(arn).await?;
        Ok(matches!(outcome.status.as_str(), "FAILED" | "TIMED_OUT" | "ABORTED"))
    }

    /// Returns whether an execution has ended.
    ///
    /// The response may be out of date [5.22], so `false` is not certain. `true` is certain, unless
    /// an operator has redriven the execution since.
    pub async fn has_ended(&self, arn: &str) -> Result<bool, AwsError> {
        match self.client.describe_execution().execution_arn(arn).send().await {
            Ok(execution) => match execution.status().as_str() {
                "RUNNING" | "PENDING_REDRIVE" => Ok(false),
                "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" => Ok(true),
                other => {
                    Err(AwsError::new(DESCRIBE, Class::Unexpected, format!("the status {other} is unknown")))
                }
            },
            Err(error) => match error.as_service_error() {
                // An execution is kept for 90 days after its end, so one that is not found has
                // ended.
                Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => Ok(true),
                _ => Err(AwsError::from_sdk(DESCRIBE, &error)),
            },
        }
    }
}
