//! Appending events: group commit with early lock release (docs/decisions/0001-append.md).
//!
//! Concurrent callers coalesce: a batch is whatever queued while the last one was in flight. Batches commit
//! asynchronously, so that no chain's lock is held through a flush; every answer waits for a barrier, a later synchronous
//! commit that also re-reads what it covers.

mod alone;
mod barrier;
mod batch;
mod commit;
mod draft;
mod places;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use truth_kernel::body::SubjectId;
use truth_kernel::header::Header;
use truth_kernel::id::{EventId, OrgId};

pub(crate) use self::batch::StoredStreamKey;
pub use self::draft::{Draft, Prepared};
use crate::database::Store;
use crate::error::{Error, Result};
use crate::stream::StreamEntry;
use crate::vault::Vault;

/// Rows of one batch at most. More would only lengthen the time that a lock is held.
const MAX_ROWS: usize = 256;
/// Sealed bytes of one batch at most.
const MAX_BYTES: usize = 1 << 20;
/// Rows that may wait before callers are held back.
const QUEUE: usize = 4096;

/// An event that is durable.
#[derive(Debug)]
pub struct Appended {
    /// The header, rebuilt by the kernel and equal to the stored one.
    pub header: Header,
    /// Its exact bytes.
    pub header_text: String,
    /// Its hash.
    pub hash: truth_kernel::hash::Hash,
    /// The key of its claim's stream.
    pub stream_key: Option<truth_kernel::stream::StreamKey>,
}

/// What became of a draft.
#[derive(Debug)]
pub enum Outcome {
    /// It is an event now.
    Appended(Box<Appended>),
    /// Its idempotency key had made this event before; it was durable before this answer.
    Replayed(EventId),
    /// Something that must be effective at commit has changed since the caller decided (key, status, policy, data key): decide again.
    Stale,
}

/// Why nothing can be said of a draft.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Nobody knows whether the event was written: try again with the same idempotency key or event id.
    #[error("the outcome of the append is unknown: {0}")]
    Unknown(String),
    /// The event was not written.
    #[error(transparent)]
    Refused(#[from] Error),
}

pub(crate) type Reply = oneshot::Sender<Result<batch::RowOutcome, AppendError>>;

/// Appends events. Clones share one queue.
#[derive(Clone, Debug)]
pub struct Appender {
    queue: mpsc::Sender<(Prepared, Reply)>,
    vault: Vault,
}

impl Appender {
    /// Starts the two tasks of the group commit, each with a connection of its own; they end when the last clone is dropped.
    pub fn start(store: &Store, vault: Vault, receipt_key: &str) -> Self {
        let (queue, drafts) = mpsc::channel(QUEUE);
        let (done, committed) = mpsc::unbounded_channel();
        tokio::spawn(commit::run(store.apart(), receipt_key.into(), drafts, done));
        tokio::spawn(barrier::run(store.apart(), committed));
        Self { queue, vault }
    }

    /// Appends one event and answers when it is durable.
    pub async fn append(&self, draft: Draft) -> Result<Outcome, AppendError> {
        self.submit(draft).await?.outcome().await
    }

    /// Takes an event into the queue. Events that one caller submits one after the other get their places in that order.
    pub async fn submit(&self, draft: Draft) -> Result<Submitted, AppendError> {
        let prepared = draft.prepare(&self.vault).await?;
        let stream = prepared.stream.clone();
        let header = prepared.unplaced_header();
        let (org, generation, subject) = (prepared.org, prepared.generation, prepared.subject.clone());
        let (reply, answer) = oneshot::channel();
        let closed = || AppendError::Refused(Error::Unavailable(sqlx::Error::PoolClosed));
        self.queue.send((prepared, reply)).await.map_err(|_| closed())?;
        Ok(Submitted { vault: self.vault.clone(), header, stream, org, generation, subject, answer })
    }
}

/// An event in the queue.
#[derive(Debug)]
pub struct Submitted {
    vault: Vault,
    header: draft::Unplaced,
    stream: Option<Arc<StreamEntry>>,
    org: OrgId,
    generation: u64,
    subject: Option<SubjectId>,
    answer: oneshot::Receiver<Result<batch::RowOutcome, AppendError>>,
}

impl Submitted {
    /// What became of it, once that is durable.
    pub async fn outcome(self) -> Result<Outcome, AppendError> {
        let outcome = self.answer.await.map_err(|_| AppendError::Unknown("the appender stopped".into()))??;
        match outcome {
            batch::RowOutcome::Placed(placed) => {
                let appended = draft::place(&self.vault, self.header, self.stream, self.generation, *placed).await?;
                Ok(Outcome::Appended(Box::new(appended)))
            }
            batch::RowOutcome::Replayed(event) => Ok(Outcome::Replayed(event)),
            batch::RowOutcome::Stale => {
                self.vault.forget(self.org, self.subject.as_ref());
                if let Some(stream) = self.stream {
                    self.vault.forget_stream(&stream.name);
                }
                Ok(Outcome::Stale)
            }
        }
    }
}
