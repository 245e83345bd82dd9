//! One delivery attempt after another, with growing pauses, until the receiver takes the message.

use std::io::Cursor;
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use zeroize::Zeroizing;

use super::dead_letters::DeadLetters;
use super::envelope::Envelope;
use super::push_url::PushUrl;
use super::relay::Pace;
use crate::random::Random;

/// Set once when the relay closes: the time by which every attempt ends.
pub(crate) type Closing = watch::Receiver<Option<Instant>>;

/// Delivers to one subscription.
pub(crate) struct Courier {
    pub(crate) client: Client<HttpConnector, Full<Cursor<Vec<u8>>>>,
    pub(crate) url: PushUrl,
    /// `Bearer <token>`.
    pub(crate) authorization: Zeroizing<String>,
    pub(crate) pace: Pace,
    /// Where goes what nobody takes; without, it is dropped.
    pub(crate) dead_letters: Option<DeadLetters>,
    pub(crate) closing: Closing,
}

pub(crate) fn client() -> Client<HttpConnector, Full<Cursor<Vec<u8>>>> {
    Client::builder(TokioExecutor::new()).build_http()
}

impl Courier {
    /// Delivers, or gives up: a nudge or task is dropped, anything else becomes a dead letter.
    pub(crate) async fn deliver(&self, mut envelope: Envelope) {
        loop {
            let Err(reason) = self.attempt(&envelope).await else {
                return;
            };
            if envelope.delivery_attempt >= self.pace.attempts || !self.pause(&envelope).await {
                return self.give_up(&envelope, &reason).await;
            }
            envelope.delivery_attempt += 1;
        }
    }

    async fn give_up(&self, envelope: &Envelope, reason: &str) {
        match &self.dead_letters {
            Some(dead_letters) if !envelope.is_nudge() => dead_letters.keep(envelope, reason).await,
            _ => tracing::warn!(subscription = envelope.subscription, reason, "a nudge or task was dropped"),
        }
    }

    /// One request, ended by its time limit or the relay's closing. 2xx means taken.
    async fn attempt(&self, envelope: &Envelope) -> Result<(), String> {
        let answer = timeout(self.pace.answer_within, self.client.request(self.request(envelope)?));
        let answer = tokio::select! {
            answer = answer => answer.map_err(|_| "no answer in time".to_owned())?,
            () = closed(self.closing.clone()) => return Err("shutting down".to_owned()),
        };
        match answer.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => Ok(()),
            Ok(status) => Err(refused(status)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn request(&self, envelope: &Envelope) -> Result<Request<Full<Cursor<Vec<u8>>>>, String> {
        let body = serde_json::to_vec(envelope).map_err(|error| error.to_string())?;
        Request::builder()
            .method(Method::POST)
            .uri(self.url.uri())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, self.authorization.as_str())
            .body(Full::new(Cursor::new(body)))
            .map_err(|error| error.to_string())
    }

    /// Waits before the next attempt; `false` when the relay is closing and there is none.
    async fn pause(&self, envelope: &Envelope) -> bool {
        let mut closing = self.closing.clone();
        tokio::select! {
            () = sleep(self.pace.pause_after(envelope.delivery_attempt)) => true,
            _ = closing.wait_for(Option::is_some) => false,
        }
    }
}

fn refused(status: StatusCode) -> String {
    format!("answered {}", status.as_u16())
}

/// Waits until the relay is closing and its deadline has passed; at once if the relay is gone without a
/// word, because then nobody waits for this delivery.
async fn closed(mut closing: Closing) {
    let deadline = closing.wait_for(Option::is_some).await.map_or(None, |deadline| *deadline);
    if let Some(deadline) = deadline {
        sleep_until(deadline).await;
    }
}

impl Pace {
    /// The pause after the given attempt: doubling, capped, and between half and the whole of that by
    /// chance, so that receivers that come back are not met by everyone at once.
    fn pause_after(&self, attempt: u32) -> Duration {
        let doubled = self.first_pause.saturating_mul(1 << (attempt - 1).min(20));
        let half = doubled.min(self.longest_pause) / 2;
        half + half.mul_f64(f64::from(u16::from_be_bytes(Random::system().bytes())) / 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Pace};

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace =
            Pace { first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(1), ..Pace::default() };
        for (attempt, whole) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (60, 1_000)] {
            let pause = pace.pause_after(attempt);
            let whole = Duration::from_millis(whole);
            assert!(pause >= whole / 2 && pause <= whole, "attempt {attempt}: {pause:?}");
        }
    }
}
