//! Step Functions' executions: whether one has ended, and what became of it.

use crate::error::{AwsError, Class};
use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionError;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};

const DESCRIBE: &str = "states:DescribeExecution";

/// Executions of our own account and Region.
#[derive(Debug)]
pub struct Executions {
    client: Client,
}

/// What became of an execution, in Step Functions' words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionOutcome {
    /// `FAILED`, `RUNNING` and so on.
    pub status: String,
    /// The error's name, if it failed.
    pub error: Option<String>,
    /// The error's cause, if it failed: the text, or the JSON that Lambda makes of it.
    pub cause: Option<String>,
    /// What it was started with, as JSON.
    pub input: Option<String>,
}

impl Executions {
    /// Needs no setting.
    pub fn open(sdk: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self { client: Client::new(sdk) })
    }

    /// What became of an execution. The answer may be late [5.22].
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

    /// Whether an execution has ended. The answer may be late [5.22], so that `false` may be out of date; `true` is not, unless somebody has
    /// redriven the execution since.
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
                // An execution is kept for 90 days after its end: one that asks for minutes cannot be that old and still at work.
                Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => Ok(true),
                _ => Err(AwsError::from_sdk(DESCRIBE, &error)),
            },
        }
    }
}
