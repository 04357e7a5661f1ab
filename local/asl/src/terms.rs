//! Words of the language that everything else here is written in: an iteration, an integration, an end.

/// One Map iteration: the Map state's name and the item's index.
pub type Iteration = (String, usize);

/// The service integrations the interpreter understands, in any partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `arn:aws:states:::lambda:invoke`
    LambdaInvoke,
    /// `arn:aws:states:::states:startExecution`
    StartExecution,
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By reaching an end.
    Succeeded,
    /// By an error that nothing caught.
    Failed,
    /// By the machine's `TimeoutSeconds`.
    TimedOut,
    /// By somebody who stopped it. The interpreter never says so, because it is gone by then; whoever dropped its future does.
    Aborted,
}
