//! Runs an execution together with those that it starts: for further domains of the same user, or for
//! all users that a sweep finds.

use super::Deployment;
use super::started::StartedExecution;
use crate::report::Execution;
use asl::StartRefused;
use futures_util::FutureExt as _;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::Value;
use std::collections::BTreeSet;

/// An execution that has ended or could not start, and the others that it, or one of them, started.
pub type WithOthers = (Result<Execution, StartRefused>, Vec<Execution>);

impl Deployment {
    /// Starts an execution of `access` with this input, and runs it and all executions of `access`
    /// that it leads to. They run at the same time.
    pub async fn execute_with_others(&self, title: &str, input: Value) -> WithOthers {
        let name = self.next_name(title);
        let first = self.run(("Access", &self.machine), name.clone(), title, input, &super::NoInjection);
        self.with_others(title, name, first.boxed_local()).await
    }

    /// Runs a noted execution like [`Deployment::execute_with_others`].
    pub async fn run_asked_with_others(&self, title: &str, asked: StartedExecution) -> WithOthers {
        let name = asked.name.clone();
        self.with_others(title, name, self.run_asked(title, asked).boxed_local()).await
    }

    async fn with_others<'a>(
        &'a self,
        title: &'a str,
        name: String,
        first: LocalBoxFuture<'a, Result<Execution, StartRefused>>,
    ) -> WithOthers {
        let mut running = FuturesUnordered::from_iter([first]);
        let (mut whole, mut others, mut seen) = (None, Vec::new(), self.asked().len());
        let mut names = BTreeSet::from([name.clone()]);
        loop {
            for asked in self.asked_after(seen) {
                seen += 1;
                if names.contains(&asked.by) && !asked.is_sweep() {
                    names.insert(asked.name.clone());
                    running.push(self.run_asked(title, asked).boxed_local());
                }
            }
            let another = std::pin::pin!(self.noted.notified());
            match select(running.next(), another).await {
                Either::Left((None, _)) => break,
                Either::Left((Some(Ok(ended)), _)) if ended.name != name => others.push(ended),
                Either::Left((Some(ended), _)) => whole = Some(ended),
                Either::Right(_) => {}
            }
        }
        others.sort_by_key(|other| other.began);
        (whole.expect("the first execution ends before the stream does"), others)
    }

    /// Runs a sweep, its successors, and all executions of `access` that they start, at the same
    /// time. `ended` hears of each; none is kept.
    pub async fn sweep_with_all(
        &self,
        name: &str,
        input: Value,
        ended: &mut dyn FnMut(&Execution),
    ) -> Result<(), StartRefused> {
        let mut running = FuturesUnordered::from_iter([self.sweep(name, input).boxed_local()]);
        let mut seen = self.asked().len();
        loop {
            for asked in self.asked_after(seen) {
                seen += 1;
                running.push(self.run_asked("of the sweep", asked).boxed_local());
            }
            let another = std::pin::pin!(self.noted.notified());
            match select(running.next(), another).await {
                Either::Left((None, _)) => return Ok(()),
                Either::Left((Some(execution), _)) => ended(&execution?),
                Either::Right(_) => {}
            }
        }
    }
}
