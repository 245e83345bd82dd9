//! How long a call may take and how often it is tried.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "storage")]
use google_cloud_gax::backoff_policy::BackoffPolicy;
use google_cloud_gax::error::Error;
use google_cloud_gax::exponential_backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use google_cloud_gax::retry_policy::{RetryPolicy, RetryPolicyExt};
use google_cloud_gax::retry_result::RetryResult;
use google_cloud_gax::retry_state::RetryState;

/// Limits of one call, shared by the clients of all services. They fit into a request: a caller hears of a failure before it gives up.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The time that one attempt may take.
    pub attempt: Duration,
    /// The time after which no further attempt is begun.
    pub total: Duration,
    /// Attempts at most.
    pub attempts: u32,
    /// The pause after the first attempt, before jitter; it doubles with each.
    pub first_pause: Duration,
}

impl Default for Budget {
    /// Five attempts of five seconds: with pauses of 0.2, 0.4, 0.8 and 1.6 s they outlast the one second that Cloud Storage wants between
    /// two writes of one object, and the usual hiccup of a service.
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(5),
            total: Duration::from_secs(12),
            attempts: 5,
            first_pause: Duration::from_millis(200),
        }
    }
}

/// What came of a call, and whether an attempt before its last one may have been carried out without our hearing of it.
#[cfg(feature = "storage")]
#[derive(Debug)]
pub struct Attempts<T> {
    /// The answer to the last one.
    pub outcome: Result<T, Error>,
    /// Whether the answer may be about our own earlier attempt: a create-only write that finds the object there may have written it.
    pub in_doubt: bool,
}

impl Budget {
    /// When to try again.
    pub fn retries(self) -> Arc<dyn RetryPolicy> {
        Arc::new(Transient.with_attempt_limit(self.attempts).with_time_limit(self.total))
    }

    /// How long to wait before it.
    pub fn pauses(self) -> ExponentialBackoff {
        let longest = self.first_pause.saturating_mul(32);
        ExponentialBackoffBuilder::new().with_initial_delay(self.first_pause).with_maximum_delay(longest).clamp()
    }

    /// Tries within these limits, for a client that has none for a single attempt. Each may take the longer, the more bytes it moves (a
    /// mebibyte a second is slow).
    #[cfg(feature = "storage")]
    pub async fn run<T, F>(self, bytes: usize, mut attempt: impl FnMut() -> F) -> Attempts<T>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let patience = self.attempt + Duration::from_secs(bytes as u64 >> 20);
        let (retries, pauses) = (self.retries(), self.pauses());
        let mut state = RetryState::new(true).set_start(tokio::time::Instant::now());
        let mut in_doubt = false;
        loop {
            state.attempt_count += 1;
            let tried = tokio::time::timeout(patience, attempt()).await;
            let outcome = tried.unwrap_or_else(|elapsed| Err(Error::timeout(elapsed)));
            let error = match outcome {
                Ok(value) => return Attempts { outcome: Ok(value), in_doubt },
                Err(error) => error,
            };
            let is_open = is_open(&error);
            match retries.on_error(&state, error) {
                RetryResult::Continue(_) => in_doubt |= is_open,
                RetryResult::Permanent(error) | RetryResult::Exhausted(error) => {
                    return Attempts { outcome: Err(error), in_doubt };
                }
            }
            tokio::time::sleep(pauses.on_failure(&state)).await;
        }
    }
}

/// Whether a failed attempt may have been carried out: no answer, or one of a server that stumbled (5xx).
#[cfg(feature = "storage")]
fn is_open(error: &Error) -> bool {
    let refused = error.http_status_code().is_some_and(|status| status < 500);
    !refused && !error.is_connect() && !error.is_authentication()
}

/// Errors that another attempt may overcome: no answer in time, a broken connection, 408, 429, and 5xx (Cloud Storage, "Retry strategy";
/// AIP-194). Only for calls that may be repeated.
#[derive(Debug)]
struct Transient;

impl RetryPolicy for Transient {
    fn on_error(&self, state: &RetryState, error: Error) -> RetryResult {
        let answered = error.http_status_code();
        let may_repeat = state.idempotent
            && match answered {
                Some(status) => matches!(status, 408 | 429 | 500..600),
                None => error.is_io() || error.is_timeout() || error.is_transport(),
            };
        if may_repeat || error.is_transient_and_before_rpc() {
            RetryResult::Continue(error)
        } else {
            RetryResult::Permanent(error)
        }
    }
}

#[cfg(all(test, feature = "storage"))]
mod tests {
    use std::future::{pending, ready};
    use std::io;
    use std::time::Duration;

    use google_cloud_gax::error::Error;
    use http::HeaderMap;

    use super::Budget;

    fn budget() -> Budget {
        let short = Duration::from_millis(1);
        Budget { attempt: short, total: Duration::from_mins(1), attempts: 4, first_pause: short }
    }

    fn status(code: u16) -> Error {
        Error::http(code, HeaderMap::new(), Vec::new().into())
    }

    #[tokio::test]
    async fn attempts_are_counted_and_a_refusal_is_final() {
        for (error, expected) in [(503, 4), (500, 4), (429, 4), (408, 4), (400, 1), (403, 1), (404, 1), (412, 1)] {
            let mut count = 0;
            let attempt = || {
                count += 1;
                ready(Err::<(), _>(status(error)))
            };
            assert!(budget().run(0, attempt).await.outcome.is_err());
            assert_eq!(count, expected, "{error}");
        }
    }

    #[tokio::test]
    async fn an_attempt_that_hangs_is_given_up_and_leaves_a_doubt() {
        let mut count = 0;
        let attempt = || {
            count += 1;
            let hangs = count < 3;
            async move {
                if hangs {
                    pending::<()>().await;
                }
                Err::<(), _>(status(412))
            }
        };
        let attempts = budget().run(0, attempt).await;
        assert_eq!(attempts.outcome.err().and_then(|error| error.http_status_code()), Some(412));
        assert!(attempts.in_doubt && count == 3);
    }

    #[tokio::test]
    async fn what_was_refused_or_never_sent_leaves_no_doubt() {
        for (first, in_doubt) in [
            (status(429), false),
            (Error::connect(io::Error::other("refused")), false),
            (status(503), true),
            (Error::io(io::Error::other("reset")), true),
        ] {
            let name = first.to_string();
            let mut first = Some(first);
            let attempts = budget().run(0, || ready(first.take().map_or(Ok(()), Err))).await;
            assert!(attempts.outcome.is_ok(), "{name}");
            assert_eq!(attempts.in_doubt, in_doubt, "{name}");
        }
    }
}
