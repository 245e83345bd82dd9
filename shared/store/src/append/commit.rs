//! The commit loop: takes what has queued, appends it, hands it to the barrier. A single row, when nothing waits for the barrier, is
//! appended and flushed in one call instead: nobody would share its flush.

use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, UnboundedSender};

use super::batch::{RowOutcome, append};
use super::draft::Prepared;
use super::{AppendError, MAX_BYTES, MAX_ROWS, Reply, alone};
use crate::database::Store;
use crate::error::{Error, Result};

/// A batch that is committed but perhaps not yet on disk.
pub(super) struct Committed {
    pub rows: Vec<Prepared>,
    pub outcomes: Vec<RowOutcome>,
    pub replies: Vec<Reply>,
    /// Given back before it is answered, so that whoever asks again finds nothing waiting.
    pub waits: Waits,
}

/// Held by whatever waits for the barrier.
type Waits = Arc<()>;

/// What the commit loop appends with.
struct Committer {
    store: Store,
    receipt_key: Arc<str>,
    done: UnboundedSender<Committed>,
    waits: Waits,
}

pub(super) async fn run(
    store: Store,
    receipt_key: Arc<str>,
    mut drafts: Receiver<(Prepared, Reply)>,
    done: UnboundedSender<Committed>,
) {
    let committer = Committer { store, receipt_key, done, waits: Waits::default() };
    let mut queued = Vec::with_capacity(MAX_ROWS);
    while drafts.recv_many(&mut queued, MAX_ROWS).await > 0 {
        while !queued.is_empty() {
            let batch: Vec<_> = queued.drain(..batch_length(&queued)).collect();
            committer.append(batch).await;
        }
    }
}

/// How many rows fit into one batch: at least one.
fn batch_length(queued: &[(Prepared, Reply)]) -> usize {
    let mut bytes = 0;
    let fits = |(row, _): &&(Prepared, Reply)| {
        bytes += row.envelope.len();
        bytes <= MAX_BYTES
    };
    queued.iter().take_while(fits).count().max(1)
}

impl Committer {
    async fn append(&self, mut batch: Vec<(Prepared, Reply)>) {
        let is_alone = batch.len() == 1 && Arc::strong_count(&self.waits) == 1;
        if let Some((row, reply)) = batch.pop_if(|(row, _)| is_alone && alone::is_fit(row)) {
            return self.append_alone(row, reply).await;
        }
        let (rows, replies) = batch.into_iter().unzip();
        self.append_batch(rows, replies).await;
    }

    async fn append_alone(&self, row: Prepared, reply: Reply) {
        match self.try_alone(&row).await {
            // The caller may have gone.
            Ok(outcome) => drop(reply.send(Ok(outcome))),
            Err(error) if is_violation(&error) => self.append_batch(vec![row], vec![reply]).await,
            // Any other may have come after the commit within the call.
            Err(error) => unknown(&error, vec![reply]),
        }
    }

    /// Appends the rows; a batch that the database refuses is halved until the bad row stands alone, so that it never fails its neighbours.
    async fn append_batch(&self, rows: Vec<Prepared>, replies: Vec<Reply>) {
        let mut halves = vec![(rows, replies)];
        while let Some((mut rows, mut replies)) = halves.pop() {
            match self.try_batch(&rows).await {
                Ok(outcomes) => {
                    // The barrier loop ends only after this one.
                    let _ = self.done.send(Committed { rows, outcomes, replies, waits: Arc::clone(&self.waits) });
                }
                Err(error) if is_refusal(&error) && rows.len() > 1 => {
                    let middle = rows.len() / 2;
                    halves.push((rows.split_off(middle), replies.split_off(middle)));
                    halves.push((rows, replies));
                }
                Err(error) => fail(&error, replies),
            }
        }
    }

    async fn try_alone(&self, row: &Prepared) -> Result<RowOutcome> {
        let mut connection = self.store.pool.acquire().await?;
        alone::append(&mut connection, row, &self.receipt_key).await
    }

    async fn try_batch(&self, rows: &[Prepared]) -> Result<Vec<RowOutcome>> {
        let mut connection = self.store.pool.acquire().await?;
        append(&mut connection, rows, &self.receipt_key).await
    }
}

/// Whether the server said no, so that nothing is written.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Database(sqlx::Error::Database(_)))
}

/// SQLSTATE classes of a row that the tables do not take: data exception, integrity constraint violation. No flush fails so.
const OF_ROWS: [&str; 2] = ["22", "23"];

fn is_violation(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(refusal)) = error else { return false };
    refusal.code().is_some_and(|code| OF_ROWS.iter().any(|class| code.starts_with(class)))
}

/// A refusal is certain; after anything else the rows may have been committed before the connection broke or the answer was misread.
fn fail(error: &Error, replies: Vec<Reply>) {
    if !is_refusal(error) {
        return unknown(error, replies);
    }
    tracing::error!(error = %error, rows = replies.len(), "append refused");
    for reply in replies {
        let refusal = Error::Database(sqlx::Error::Protocol(error.to_string()));
        // The caller may have gone.
        let _ = reply.send(Err(AppendError::Refused(refusal)));
    }
}

fn unknown(error: &Error, replies: Vec<Reply>) {
    tracing::error!(error = %error, rows = replies.len(), "append failed");
    for reply in replies {
        // The caller may have gone.
        let _ = reply.send(Err(AppendError::Unknown(error.to_string())));
    }
}
