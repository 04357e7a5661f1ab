//! Failures of a step: a name that the state machine matches, and a message for the operator.

use std::error::Error;

/// An error with a name from the [`catalogue`](crate::catalogue).
pub trait Named: Error {
    /// Returns the name that `ErrorEquals` in the state machine matches.
    fn name(&self) -> &'static str;
}

/// The failure that a step returns. Built once, at the boundary, from the step's own error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name that `ErrorEquals` matches.
    pub name: &'static str,
    /// The whole chain of causes joined by `: `. It becomes the `Cause` in the execution's history,
    /// so it must hold no secret and no input.
    pub message: String,
}

impl<E: Named> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { name: error.name(), message: chain(&error) }
    }
}

/// Joins an error's message and those of its sources with `: `.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not record the grant")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("the table is not there")]
    struct Inner;

    impl Named for Outer {
        fn name(&self) -> &'static str {
            crate::catalogue::MISCONFIGURED
        }
    }

    #[test]
    fn a_failure_tells_the_whole_chain_once() {
        let failure = Failure::from(Outer(Inner));
        assert_eq!(failure.name, "Misconfigured");
        assert_eq!(failure.message, "could not record the grant: the table is not there");
    }
}
