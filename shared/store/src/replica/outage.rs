//! A replica that failed is left alone for a while: requests do not wait for it one after the other.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Unusable;

/// How long it is left alone. One request in so long may have to wait in vain.
const REST: Duration = Duration::from_secs(5);

/// Whether the replica is out, and since when.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<Out>>);

#[derive(Debug)]
struct Out {
    since: Instant,
    ask_again: Instant,
    /// Reads that the primary had to answer.
    reads: u64,
}

impl Outage {
    /// Whether it is worth asking; during an outage one request in [`REST`] finds out.
    pub fn may_ask(&self) -> bool {
        let now = Instant::now();
        match &mut *self.lock() {
            None => true,
            Some(out) if out.ask_again <= now => {
                out.ask_again = now + REST;
                true
            }
            Some(out) => {
                out.reads += 1;
                false
            }
        }
    }

    /// It did not answer, or must not be believed. Said once per outage.
    pub fn failed(&self, reason: &Unusable) {
        let now = Instant::now();
        let mut out = self.lock();
        let known = out.is_some();
        let out = out.get_or_insert(Out { since: now, ask_again: now, reads: 0 });
        out.ask_again = now + REST;
        out.reads += 1;
        if !known {
            tracing::warn!(
                error = reason as &dyn std::error::Error,
                "the read replica is not used: the primary answers for it"
            );
        }
    }

    /// It answered.
    pub fn answered(&self) {
        if let Some(out) = self.lock().take() {
            let duration_ms = u64::try_from(out.since.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(duration_ms, reads = out.reads, "the read replica is used again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Out>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Outage, REST, Unusable};

    #[tokio::test(start_paused = true)]
    async fn during_an_outage_one_request_in_a_while_asks() {
        let outage = Outage::default();
        assert!(outage.may_ask() && outage.may_ask());
        outage.failed(&Unusable::Slow);
        assert!(!outage.may_ask());
        tokio::time::advance(REST).await;
        assert!(outage.may_ask(), "somebody has to find out");
        assert!(!outage.may_ask(), "but not everybody");
        outage.answered();
        assert!(outage.may_ask() && outage.may_ask());
    }
}
