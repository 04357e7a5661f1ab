//! Where `MiniStack` differs from what AWS documents, and what is changed in the deployed copy of a state machine because of it. A test says of
//! each whether it is still so: what a later version has mended goes from here.

/// A text of our state machines that `MiniStack` cannot evaluate, and what AWS documents that it comes to in an execution that nobody redrives.
const BRIDGES: [(&str, &str); 1] = [
    // "The value of the RedriveCount context object is 0, if you've not yet redriven an execution": Step Functions Developer Guide, "Context
    // object". MiniStack's context object has no such member.
    ("$states.context.Execution.RedriveCount", "0"),
];

/// The definition with every bridge in its place.
pub(crate) fn bridged(definition: &str) -> String {
    BRIDGES.iter().fold(definition.to_owned(), |text, (aws, here)| text.replace(aws, here))
}
