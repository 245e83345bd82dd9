//! Nudges that wait are one: however many callers want one sent, at most one is on its way and one waits.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use super::PublishError;

/// After a failure nobody tries for so long, and nobody waits: a service that is away must not slow every request down.
const REST: Duration = Duration::from_secs(1);

/// Sends for whoever asks, and for all who asked before it began.
#[derive(Debug, Default)]
pub(super) struct Coalesced {
    asked: AtomicU64,
    /// Whoever holds it is sending.
    newest: Mutex<Sent>,
}

/// The newest sending: the last ask that it covers, and when it failed, if it did.
#[derive(Debug, Default)]
struct Sent {
    through: u64,
    failed: Option<(Instant, PublishError)>,
}

impl Coalesced {
    /// Returns when a sending that began after this call has ended, with its outcome; at once with the last failure while that is fresh.
    pub(super) async fn send<F>(&self, send: impl FnOnce() -> F) -> Result<(), PublishError>
    where
        F: Future<Output = Result<(), PublishError>>,
    {
        let ask = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut newest = self.newest.lock().await;
        let rests = newest.failed.is_some_and(|(at, _)| at.elapsed() < REST);
        if newest.through < ask && !rests {
            let through = self.asked.load(Ordering::SeqCst);
            let failed = send().await.err().map(|error| (Instant::now(), error));
            *newest = Sent { through, failed };
        }
        newest.failed.map_or(Ok(()), |(_, error)| Err(error))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;
    use tokio::task::JoinSet;

    use super::{Coalesced, PublishError, REST};

    /// A service that counts, and answers as often as it is let to.
    #[derive(Default)]
    struct Service {
        coalesced: Coalesced,
        got: AtomicU32,
    }

    async fn ask(
        service: Arc<Service>,
        gate: Arc<Semaphore>,
        outcome: Result<(), PublishError>,
    ) -> Result<(), PublishError> {
        let send = || async {
            service.got.fetch_add(1, Ordering::SeqCst);
            gate.acquire().await.unwrap().forget();
            outcome
        };
        service.coalesced.send(send).await
    }

    #[tokio::test]
    async fn all_who_ask_while_one_is_on_its_way_share_the_next() {
        let (service, gate) = (Arc::new(Service::default()), Arc::new(Semaphore::new(0)));
        let mut asking = JoinSet::new();
        for _ in 0..100 {
            asking.spawn(ask(Arc::clone(&service), Arc::clone(&gate), Ok(())));
            tokio::task::yield_now().await;
        }
        assert_eq!(service.got.load(Ordering::SeqCst), 1);
        gate.add_permits(2);
        assert!(asking.join_all().await.into_iter().all(|answer| answer.is_ok()));
        assert_eq!(service.got.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_nobody_waits_until_it_is_tried_again() {
        let (service, gate) = (Arc::new(Service::default()), Arc::new(Semaphore::new(9)));
        let away = Err(PublishError::Unavailable);
        for _ in 0..3 {
            assert_eq!(ask(Arc::clone(&service), Arc::clone(&gate), away).await, away);
        }
        assert_eq!(service.got.load(Ordering::SeqCst), 1);
        tokio::time::advance(REST).await;
        assert_eq!(ask(Arc::clone(&service), Arc::clone(&gate), Ok(())).await, Ok(()));
        assert_eq!(service.got.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn whoever_gives_up_leaves_the_others_their_nudge() {
        let (service, gate) = (Arc::new(Service::default()), Arc::new(Semaphore::new(0)));
        let first = tokio::spawn(ask(Arc::clone(&service), Arc::clone(&gate), Ok(())));
        tokio::task::yield_now().await;
        let second = tokio::spawn(ask(Arc::clone(&service), Arc::clone(&gate), Ok(())));
        tokio::task::yield_now().await;
        first.abort();
        gate.add_permits(1);
        assert_eq!(second.await.unwrap(), Ok(()));
        assert_eq!(service.got.load(Ordering::SeqCst), 2);
    }
}
