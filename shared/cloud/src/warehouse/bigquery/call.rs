//! A call, with a limit of time and a few more attempts. Everything that we ask for may be asked for again: rows carry an insert id, and
//! schemas are compared before they are changed.

use std::time::Duration;

use gcp_bigquery_client::Client;
use gcp_bigquery_client::error::BQError;
use tokio::time::{sleep, timeout};

use super::BigQuery;
use super::failure::{Failure, TimedOut};
use crate::random::Random;

/// How long an answer is waited for. In all less than the half minute that a push may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Attempts in all.
    pub attempts: u32,
    /// How long each may take.
    pub answer_within: Duration,
    /// The pause after the first attempt; it doubles with each.
    pub first_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 3, answer_within: Duration::from_secs(8), first_pause: Duration::from_millis(250) }
    }
}

impl Patience {
    /// The pause after an attempt: doubling, and between half and the whole of that by chance.
    fn pause_after(&self, attempt: u32) -> Duration {
        let half = self.first_pause.saturating_mul(1 << attempt.saturating_sub(1).min(10)) / 2;
        half + half.mul_f64(f64::from(u16::from_be_bytes(Random::system().bytes())) / 65_536.0)
    }
}

impl BigQuery {
    /// Asks, and asks again after a failure that may pass.
    pub(super) async fn call<T, F>(&self, ask: impl Fn(Client) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, BQError>>,
    {
        self.ask(|client| async { ask(client).await.map_err(Failure::of) }).await
    }

    /// The same for whoever reads more into an answer than the client does.
    pub(super) async fn ask<T, F>(&self, ask: impl Fn(Client) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let patience = self.0.patience;
        let mut attempt = 1;
        loop {
            let answer = timeout(patience.answer_within, async { ask(self.client().await?).await });
            match answer.await.unwrap_or_else(|_| Err(Failure::Transient(Box::new(TimedOut)))) {
                Err(Failure::Transient(_)) if attempt < patience.attempts => {
                    sleep(patience.pause_after(attempt)).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Patience};

    #[test]
    fn all_attempts_together_take_less_than_half_a_minute() {
        let patience = Patience::default();
        let pauses: Duration = (1..patience.attempts).map(|attempt| patience.pause_after(attempt)).sum();
        assert!(patience.answer_within * patience.attempts + pauses < Duration::from_secs(30));
        assert!(patience.pause_after(2) >= patience.first_pause, "it doubles");
    }
}
