//! Step Functions, as far as a function asks it: whether an execution has ended, and how. What runs executions tells it here.

use crate::service::{Answer, Call, Refusal, not_emulated};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The operations that are emulated; any other is refused by name.
pub const OPERATIONS: [&str; 1] = ["DescribeExecution"];

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It came to its end.
    Succeeded,
    /// An error that nothing caught.
    Failed,
    /// The state machine's own time limit.
    TimedOut,
    /// Somebody stopped it.
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

/// What an execution was started with, and what it failed with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The input, as JSON.
    pub input: Option<String>,
    /// Name and cause of the error.
    pub error: Option<(String, String)>,
}

/// All executions of all state machines.
#[derive(Debug, Clone, Default)]
pub struct Executions {
    by_arn: BTreeMap<String, Execution>,
    /// How long an ended execution still looks as if it ran: the service is eventually consistent [5.22].
    pub lag: Duration,
}

impl Executions {
    /// An execution has started, or has been redriven.
    pub fn started(&mut self, arn: &str, now: SystemTime) {
        self.by_arn
            .entry(arn.to_owned())
            .or_insert_with(|| Execution { started: now, ended: None, story: Story::default() })
            .ended = None;
    }

    /// An execution has ended.
    pub fn ended(&mut self, arn: &str, ending: Ending, now: SystemTime) {
        if let Some(execution) = self.by_arn.get_mut(arn) {
            execution.ended = Some((ending, now));
        }
    }

    /// What is told of an execution beside its status.
    pub fn tell(&mut self, arn: &str, story: Story) {
        if let Some(execution) = self.by_arn.get_mut(arn) {
            execution.story = story;
        }
    }

    /// Whether an execution has ended, as a checker knows it: at once.
    pub fn has_ended(&self, arn: &str) -> bool {
        self.by_arn.get(arn).is_some_and(|execution| execution.ended.is_some())
    }

    /// Answers a call.
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
    fn an_end_is_seen_after_the_lag_and_a_redriven_execution_runs_again() {
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
