//! Step Functions' executions: whether one has ended.

use crate::fault::{Class, Fault};
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

impl Executions {
    /// Needs no setting.
    pub fn open(sdk: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self { client: Client::new(sdk) })
    }

    /// Whether an execution has ended. The answer may be late [5.22], so that `false` may be out of date; `true` is not, unless somebody has
    /// redriven the execution since.
    pub async fn has_ended(&self, arn: &str) -> Result<bool, Fault> {
        match self.client.describe_execution().execution_arn(arn).send().await {
            Ok(execution) => match execution.status().as_str() {
                "RUNNING" | "PENDING_REDRIVE" => Ok(false),
                "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" => Ok(true),
                other => {
                    Err(Fault::found(DESCRIBE, Class::Unexpected, format!("the status {other} is unknown")))
                }
            },
            Err(error) => match error.as_service_error() {
                // An execution is kept for 90 days after its end: one that asks for minutes cannot be that old and still at work.
                Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => Ok(true),
                _ => Err(Fault::of(DESCRIBE, &error)),
            },
        }
    }
}
