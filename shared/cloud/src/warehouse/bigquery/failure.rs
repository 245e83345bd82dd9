//! What an answer of `BigQuery` other than success means.

use std::error::Error as StdError;

use gcp_bigquery_client::error::{BQError, ResponseError};
use thiserror::Error;

use crate::warehouse::{Reason, WarehouseError};

/// A call that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may succeed the next time; it may even have happened.
    Transient(Box<dyn StdError + Send + Sync>),
    /// There is no such table or dataset.
    NotFound,
    /// Somebody else made the table at the same moment.
    Exists,
    /// Rows name a column that the table does not have, or not everywhere yet.
    SchemaBehind,
    /// The request as such cannot be taken; a part of it might.
    Request(Reason, Answered),
    /// It would fail again.
    Refused(Box<dyn StdError + Send + Sync>),
}

/// What `BigQuery` answered. The message is left out: it may repeat a value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("BigQuery answered {code} {reason:?}")]
pub(super) struct Answered {
    code: i64,
    reason: String,
}

#[derive(Debug, Error)]
#[error("BigQuery did not answer in time")]
pub(super) struct TimedOut;

#[derive(Debug, Error)]
#[error("BigQuery did not insert a row: {0:?}")]
pub(super) struct RowFailed(pub String);

impl Failure {
    pub(super) fn of(error: BQError) -> Self {
        match error {
            BQError::ResponseError { error } => Self::answered(error),
            // No connection, no token, or an answer that is no JSON: a proxy's or load balancer's.
            other => Self::Transient(Box::new(other)),
        }
    }

    fn answered(ResponseError { error }: ResponseError) -> Self {
        let reason = error.errors.first().and_then(|first| first.get("reason")).cloned().unwrap_or_default();
        let answered = Answered { code: error.code, reason };
        match (answered.code, answered.reason.as_str()) {
            (404, _) => Self::NotFound,
            (409, "duplicate") => Self::Exists,
            (413, _) => Self::Request(Reason::TooLarge, answered),
            // A limit is told as 403.
            (403, "rateLimitExceeded" | "quotaExceeded") | (408 | 412 | 429 | 500..=599, _) => {
                Self::Transient(Box::new(answered))
            }
            (400, "invalid" | "badRequest" | "parseError") => Self::Request(Reason::Invalid, answered),
            _ => Self::Refused(Box::new(answered)),
        }
    }
}

impl From<Failure> for WarehouseError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Transient(cause) => Self::Unavailable(cause),
            // A table that was just made is not found everywhere at once.
            Failure::NotFound | Failure::Exists | Failure::SchemaBehind => Self::SchemaBehind,
            Failure::Request(_, answered) => Self::Refused(Box::new(answered)),
            Failure::Refused(cause) => Self::Refused(cause),
        }
    }
}
