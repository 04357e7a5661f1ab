//! Step Functions, limited to the status of executions. The code that runs executions reports their
//! starts and ends here.

use crate::service::{Answer, Call, Refusal, not_emulated};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 1] = ["DescribeExecution"];

/// The final status of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The execution completed.
    Succeeded,
    /// The execution failed with an error that was not caught.
    Failed,
    /// The execution exceeded the time limit of the state machine.
    TimedOut,
    /// The execution was stopped by an operator.
    Aborted,
}

impl Ending {
    fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

#[derive(Debug, Clone)]
struct Execution {
    started: SystemTime,
    ended: Option<(Ending, SystemTime)>,
    story: Story,
}

/// The input and the error of an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// Input as JSON.
    pub input: Option<String>,
    /// Name and cause of the error.
    pub error: Option<(String, String)>,
}

/// All executions of all state machines.
#[derive(Debug, Clone, Default)]
pub struct Executions {
    by_arn: BTreeMap<String, Execution>,
    /// Time during which an ended execution still appears to run: the service is eventually
    /// consistent [5.22].
    pub lag: Duration,
}

impl Executions {
    /// Records that an execution has started or has been redriven.
    pub fn started(&mut self, arn: &str, now: SystemTime) {
        self.by_arn
            .entry(arn.to_owned())
            .or_insert_with(|| Execution { started: now, ended: None, story: Story::default() })
            .ended = None;
    }

    /// Records that an execution has ended.
    pub fn ended(&mut self, arn: &str, ending: Ending, now: SystemTime) {
        if let Some(execution) = self.by_arn.get_mut(arn) {
            execution.ended = Some((ending, now));
        }
    }

    /// Sets the input and error that `DescribeExecution` returns beside the status.
    pub fn tell(&mut self, arn: &str, story: Story) {
        if let Some(execution) = self.by_arn.get_mut(arn) {
            execution.story = story;
        }
    }

    /// Checks whether an execution has ended, regardless of [`Executions::lag`].
    pub fn has_ended(&self, arn: &str) -> bool {
        self.by_arn.get(arn).is_some_and(|execution| execution.ended.is_some())
    }

    /// Answers a call. A caller of another account is refused.
    pub fn handle(&self, call: &Call<'_>) -> Answer {
        if !OPERATIONS.contains(&call.operation) {
            return Err(not_emulated("states", call.operation));
        }
        let arn = call.body["executionArn"].as_str().unwrap_or_default();
        if arn.split(':').nth(4) != Some(call.caller.account.as_str()) {
            let text = format!("{} may not describe an execution of another account", call.caller.arn);
            return Err(Refusal::new("AccessDeniedException", text));
        }
        let Some(execution) = self.by_arn.get(arn) else {
            let text = format!("Execution Does Not Exist: '{arn}'");
            return Err(Refusal::new("ExecutionDoesNotExist", text));
        };
        let seconds =
            |moment: SystemTime| moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let visible = execution.ended.filter(|(_, at)| *at + self.lag <= call.now);
        let mut answer = json!({
            "executionArn": arn,
            "stateMachineArn": arn.replace(":execution:", ":stateMachine:").rsplit_once(':').map(|(machine, _)| machine),
            "name": arn.rsplit(':').next(),
            "startDate": seconds(execution.started),
            "status": visible.map_or("RUNNING", |(ending, _)| ending.as_str()),
        });
        if let Some((_, at)) = visible {
            answer["stopDate"] = seconds(at).into();
            if let Some((error, cause)) = &execution.story.error {
                answer["error"] = error.as_str().into();
                answer["cause"] = cause.as_str().into();
            }
        }
        if let Some(input) = &execution.story.input {
            answer["input"] = input.as_str().into();
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;
    use serde_json::Value;

    const ARN: &str = "arn:aws:states:us-east-1:111122223333:execution:Access:one";

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn ask(executions: &Executions, account: &str, arn: &str, now: SystemTime) -> Result<Value, String> {
        let caller = Caller { account: account.into(), arn: "arn".into(), label: "test".into() };
        let body = json!({"executionArn": arn});
        let call =
            Call { caller: &caller, region: "us-east-1", operation: "DescribeExecution", body: &body, now };
        executions.handle(&call).map(|answer| answer["status"].clone()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn an_end_is_visible_after_the_lag_and_a_redrive_runs_again() {
        let mut all = Executions { lag: Duration::from_secs(3), ..Executions::default() };
        all.started(ARN, at(0));
        assert_eq!(ask(&all, "111122223333", ARN, at(1)), Ok("RUNNING".into()));
        all.ended(ARN, Ending::Aborted, at(5));
        assert_eq!(ask(&all, "111122223333", ARN, at(7)), Ok("RUNNING".into()));
        assert_eq!(ask(&all, "111122223333", ARN, at(8)), Ok("ABORTED".into()));
        all.started(ARN, at(9));
        assert_eq!(ask(&all, "111122223333", ARN, at(9)), Ok("RUNNING".into()));
    }

    #[test]
    fn an_unknown_execution_and_a_stranger_are_refused_by_name() {
        let mut all = Executions::default();
        all.started(ARN, at(0));
        assert_eq!(ask(&all, "999900001111", ARN, at(1)), Err("AccessDeniedException".into()));
        assert_eq!(ask(&all, "111122223333", &format!("{ARN}x"), at(1)), Err("ExecutionDoesNotExist".into()));
    }
}
