//! Where `MiniStack`'s Step Functions differ from what AWS documents. Each difference is looked for: one that a later version has mended fails a
//! test, and goes from here.

use serde_json::Value;

/// Texts of our state machines that `MiniStack` cannot evaluate, and what AWS documents that they come to in an execution that nobody redrives.
/// They are put in the place of the texts in the deployed copy.
pub(crate) const BRIDGES: [(&str, &str); 1] = [
    // "Context object" in the Step Functions Developer Guide: RedriveCount is 0 as long as nobody has redriven the execution. MiniStack's
    // context object has no such member.
    ("$states.context.Execution.RedriveCount", "0"),
];

/// A difference between a run of ours and one of `MiniStack`'s that AWS's documentation settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// "Invoke an AWS Lambda function with Step Functions" in the Developer Guide shows `ExecutedVersion` beside `Payload` and `StatusCode` in the
    /// result of `lambda:invoke`. `MiniStack` leaves it out. We read nothing but `Payload`.
    ExecutedVersion,
    /// "Succeed workflow state" in the Developer Guide: with JSONata it may have an `Output`. `MiniStack` passes on the input instead.
    OutputOfSucceed,
}

impl Known {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::ExecutedVersion, Self::OutputOfSucceed];

    /// Which of them this is, if any.
    pub(crate) fn of(difference: &Value) -> Option<Self> {
        let (mut ours, theirs) = (difference["ours"].clone(), &difference["theirs"]);
        if difference["what"] == "state" {
            let removed = ours["input"].as_object_mut().and_then(|input| input.remove("ExecutedVersion"));
            return (removed.is_some() && ours == *theirs).then_some(Self::ExecutedVersion);
        }
        let after = &difference["after"];
        let succeed = after["name"] == "NothingToDo" || after["name"] == "GroupSweepStarted";
        let passed_on = succeed && after["input"] == *theirs;
        (difference["what"] == "output" && passed_on).then_some(Self::OutputOfSucceed)
    }
}

/// The definition with every bridge in its place.
pub(crate) fn bridged(definition: &str) -> String {
    BRIDGES.iter().fold(definition.to_owned(), |text, (aws, here)| text.replace(aws, here))
}
