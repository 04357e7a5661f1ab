//! Joins futures on one thread with a concurrency limit. Futures are always polled in the order of
//! their index, so a run is reproducible.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// The first failure, and the indexes of the running futures that were dropped because of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken<E> {
    pub(super) error: E,
    pub(super) dropped: Vec<usize>,
}

/// A boxed future: levels nest, and a recursive future must be on the heap.
pub(super) type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + 'f>>;

/// Runs `count` futures, at most `limit` at a time, and returns the results in order. `make` is
/// called when a future starts.
///
/// # Errors
///
/// Returns the first failure and drops the running futures.
pub(super) async fn join_in_order<'f, T, E>(
    count: usize,
    limit: usize,
    make: impl Fn(usize) -> Boxed<'f, Result<T, E>>,
) -> Result<Vec<T>, Broken<E>> {
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    let mut running: Vec<(usize, Boxed<'f, Result<T, E>>)> = Vec::new();
    let mut started = 0;
    poll_fn(|context| {
        let mut at = 0;
        loop {
            while running.len() < limit && started < count {
                running.push((started, make(started)));
                started += 1;
            }
            let Some((index, future)) = running.get_mut(at) else { break };
            match future.as_mut().poll(context) {
                Poll::Pending => at += 1,
                Poll::Ready(Ok(result)) => {
                    results[*index] = Some(result);
                    drop(running.remove(at));
                }
                Poll::Ready(Err(error)) => {
                    drop(running.remove(at));
                    let dropped = running.drain(..).map(|(index, _)| index).collect();
                    return Poll::Ready(Err(Broken { error, dropped }));
                }
            }
        }
        if running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    Ok(results.into_iter().map(|result| result.expect("all futures have ended well")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};
    use std::task::{Context, Waker};

    /// Returns a future that is ready at its `turns`-th poll.
    fn after<'f>(turns: u32, result: Result<u32, u32>) -> Boxed<'f, Result<u32, u32>> {
        let left = Cell::new(turns);
        Box::pin(poll_fn(move |context| {
            left.set(left.get() - 1);
            if left.get() == 0 {
                return Poll::Ready(result);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    #[tokio::test]
    async fn results_keep_their_order_whoever_is_done_first() {
        let turns = [3, 1, 2];
        let joined = join_in_order(3, 3, |index| after(turns[index], Ok(turns[index]))).await;
        assert_eq!(joined, Ok(vec![3, 1, 2]));
    }

    #[test]
    fn at_most_the_limit_run_and_a_free_place_is_used_at_once() {
        let made = RefCell::new(Vec::new());
        let turns = [2, 2, 1];
        let joined = join_in_order(3, 2, |index| {
            made.borrow_mut().push(index);
            after(turns[index], Ok(0))
        });
        let mut joined = std::pin::pin!(joined);
        let mut context = Context::from_waker(Waker::noop());
        assert!(joined.as_mut().poll(&mut context).is_pending());
        assert_eq!(*made.borrow(), [0, 1]);
        assert!(joined.as_mut().poll(&mut context).is_ready());
        assert_eq!(*made.borrow(), [0, 1, 2]);
    }

    #[tokio::test]
    async fn the_first_failure_drops_the_others_and_starts_no_more() {
        let joined = join_in_order(4, 3, |index| match index {
            1 => after(2, Err(7)),
            _ => after(9, Ok(0)),
        });
        assert_eq!(joined.await, Err(Broken { error: 7, dropped: vec![0, 2] }));
    }

    #[tokio::test]
    async fn nothing_to_do_is_done_at_once() {
        assert_eq!(join_in_order(0, 1, |_| after(1, Ok(0))).await, Ok(vec![]));
    }
}
