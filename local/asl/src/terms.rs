//! Terms of the language that all other modules use: iterations, integrations and statuses.

/// One Map iteration or Parallel branch: the state's name, and the index of the item or branch.
pub type Iteration = (String, usize);

/// The supported service integrations, in any partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `arn:aws:states:::lambda:invoke`
    LambdaInvoke,
    /// `arn:aws:states:::states:startExecution`
    StartExecution,
}

/// The final status of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The execution reached an end.
    Succeeded,
    /// An error was not caught.
    Failed,
    /// The machine's `TimeoutSeconds` passed.
    TimedOut,
    /// The execution was stopped from outside. The interpreter never returns this status: the
    /// caller that drops its future sets it.
    Aborted,
}
