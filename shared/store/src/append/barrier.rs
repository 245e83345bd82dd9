//! The barrier loop: one synchronous commit covers every batch that was committed before it, and proves that it is still there.

use std::collections::HashSet;

use tokio::sync::mpsc::UnboundedReceiver;
use truth_kernel::hash::Hash;
use truth_kernel::id::{EventId, OrgId};

use super::AppendError;
use super::batch::RowOutcome;
use super::commit::Committed;
use crate::database::Store;
use crate::error::Result;

/// An event that must still be there.
struct Mark {
    batch: usize,
    org: OrgId,
    event: EventId,
    /// Unknown of a replayed event.
    hash: Option<Hash>,
}

pub(super) async fn run(store: Store, mut committed: UnboundedReceiver<Committed>) {
    let mut batches = Vec::new();
    while committed.recv_many(&mut batches, usize::MAX).await > 0 {
        let verdict = barrier(&store, &marks(&batches)).await;
        for (number, batch) in batches.drain(..).enumerate() {
            let lost = match &verdict {
                Ok(missing) => missing.contains(&number).then(|| "it was lost before it was flushed".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            reply(batch, lost.as_deref());
        }
    }
}

/// Of every batch one event: a batch is one transaction, and it stands or falls with whatever it had read. One that placed nothing has
/// only read: the events that it replays must be there themselves.
fn marks(batches: &[Committed]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let rows = || batch.rows.iter().zip(&batch.outcomes);
        let placed = rows().find_map(|(row, outcome)| match outcome {
            RowOutcome::Placed(placed) => {
                Some(Mark { batch: number, org: row.org, event: row.id, hash: Some(placed.hash) })
            }
            _ => None,
        });
        let replayed = rows().filter_map(|(row, outcome)| match outcome {
            RowOutcome::Replayed(event) => Some(Mark { batch: number, org: row.org, event: *event, hash: None }),
            _ => None,
        });
        match placed {
            Some(mark) => marks.push(mark),
            None => marks.extend(replayed),
        }
    }
    marks
}

/// Flushes, and answers with the batches that are missing.
async fn barrier(store: &Store, marks: &[Mark]) -> Result<HashSet<usize>> {
    let missing: Vec<i32> = sqlx::query_scalar("SELECT barrier_v1($1, $2, $3)")
        .bind(marks.iter().map(|mark| *mark.org.as_uuid()).collect::<Vec<_>>())
        .bind(marks.iter().map(|mark| *mark.event.as_uuid()).collect::<Vec<_>>())
        .bind(marks.iter().map(|mark| mark.hash.as_ref().map(|hash| hash.as_bytes().as_slice())).collect::<Vec<_>>())
        .fetch_one(&store.pool)
        .await?;
    Ok(missing.iter().filter_map(|slot| marks.get(usize::try_from(slot - 1).ok()?)).map(|mark| mark.batch).collect())
}

fn reply(batch: Committed, lost: Option<&str>) {
    if let Some(reason) = lost {
        tracing::error!(error = %reason, rows = batch.rows.len(), "barrier failed");
    }
    drop(batch.waits);
    for (outcome, reply) in batch.outcomes.into_iter().zip(batch.replies) {
        let answer = lost.map_or(Ok(outcome), |reason| Err(AppendError::Unknown(reason.to_owned())));
        // The caller may have gone.
        let _ = reply.send(answer);
    }
}
