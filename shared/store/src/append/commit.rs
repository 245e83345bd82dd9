//! The commit loop: takes what has queued, appends it, hands it to the barrier.

use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, UnboundedSender};

use super::batch::{RowOutcome, append};
use super::draft::Prepared;
use super::{AppendError, MAX_BYTES, MAX_ROWS, Reply};
use crate::database::Store;
use crate::error::{Error, Result};

/// A batch that is committed but perhaps not yet on disk.
pub(super) struct Committed {
    pub rows: Vec<Prepared>,
    pub outcomes: Vec<RowOutcome>,
    pub replies: Vec<Reply>,
}

pub(super) async fn run(
    store: Store,
    receipt_key: Arc<str>,
    mut drafts: Receiver<(Prepared, Reply)>,
    done: UnboundedSender<Committed>,
) {
    let mut queued = Vec::with_capacity(MAX_ROWS);
    while drafts.recv_many(&mut queued, MAX_ROWS).await > 0 {
        while !queued.is_empty() {
            let batch: Vec<_> = queued.drain(..batch_length(&queued)).collect();
            let (rows, replies) = batch.into_iter().unzip();
            commit(&store, &receipt_key, rows, replies, &done).await;
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

/// Appends the rows; a batch that the database refuses is halved until the bad row stands alone, so that it never fails its neighbours.
async fn commit(
    store: &Store,
    receipt_key: &str,
    rows: Vec<Prepared>,
    replies: Vec<Reply>,
    done: &UnboundedSender<Committed>,
) {
    let mut halves = vec![(rows, replies)];
    while let Some((mut rows, mut replies)) = halves.pop() {
        match try_append(store, receipt_key, &rows).await {
            Ok(outcomes) => {
                // The barrier loop ends only after this one.
                let _ = done.send(Committed { rows, outcomes, replies });
            }
            Err(Error::Database(_)) if rows.len() > 1 => {
                let middle = rows.len() / 2;
                halves.push((rows.split_off(middle), replies.split_off(middle)));
                halves.push((rows, replies));
            }
            Err(error) => fail(&error, replies),
        }
    }
}

async fn try_append(store: &Store, receipt_key: &str, rows: &[Prepared]) -> Result<Vec<RowOutcome>> {
    let mut connection = store.pool.acquire().await?;
    append(&mut connection, rows, receipt_key).await
}

/// A refusal is certain; anything else may have been committed before the connection broke.
fn fail(error: &Error, replies: Vec<Reply>) {
    tracing::error!(error = %error, rows = replies.len(), "append failed");
    for reply in replies {
        let answer = match error {
            Error::Unavailable(_) => AppendError::Unknown(error.to_string()),
            _ => AppendError::Refused(Error::Database(sqlx::Error::Protocol(error.to_string()))),
        };
        // The caller may have gone.
        let _ = reply.send(Err(answer));
    }
}
