//! The barrier loop: one synchronous commit covers every batch that was committed before it, and proves that it is still there.

use std::collections::{BTreeMap, HashSet};

use tokio::sync::mpsc::UnboundedReceiver;
use truth_kernel::hash::Hash;

use super::AppendError;
use super::batch::{ChainName, RowOutcome};
use super::commit::Committed;
use crate::database::Store;
use crate::error::Result;
use crate::row::bigint;

/// The last event of one chain in one batch.
struct Mark {
    batch: usize,
    chain: ChainName,
    seq: u64,
    hash: Hash,
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
            reply(batch, lost);
        }
    }
}

/// The last event of every chain in every batch: each batch on its own, because a chain that goes on after a crash does not tell that
/// an earlier batch is missing from it.
fn marks(batches: &[Committed]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let mut last: BTreeMap<ChainName, (u64, Hash)> = BTreeMap::new();
        for (row, outcome) in batch.rows.iter().zip(&batch.outcomes) {
            if let RowOutcome::Placed(placed) = outcome {
                let mark = last.entry((row.org, row.mode, row.chain)).or_insert((placed.seq, placed.hash));
                *mark = (*mark).max((placed.seq, placed.hash));
            }
        }
        marks.extend(last.into_iter().map(|(chain, (seq, hash))| Mark { batch: number, chain, seq, hash }));
    }
    marks
}

/// Flushes, and answers with the batches that are missing.
async fn barrier(store: &Store, marks: &[Mark]) -> Result<HashSet<usize>> {
    let missing: Vec<i32> = sqlx::query_scalar("SELECT barrier_v1($1, $2, $3, $4, $5)")
        .bind(marks.iter().map(|mark| *mark.chain.0.as_uuid()).collect::<Vec<_>>())
        .bind(marks.iter().map(|mark| mark.chain.1.as_str()).collect::<Vec<_>>())
        .bind(marks.iter().map(|mark| mark.chain.2.as_str()).collect::<Vec<_>>())
        .bind(marks.iter().map(|mark| bigint(mark.seq)).collect::<Vec<_>>())
        .bind(marks.iter().map(|mark| mark.hash.as_bytes().as_slice()).collect::<Vec<_>>())
        .fetch_one(&store.pool)
        .await?;
    Ok(missing.iter().filter_map(|slot| marks.get(usize::try_from(slot - 1).ok()?)).map(|mark| mark.batch).collect())
}

/// A row that was not placed needs no row of this batch: it is answered once the barrier itself stands.
fn reply(batch: Committed, lost: Option<String>) {
    if let Some(reason) = &lost {
        tracing::error!(error = %reason, rows = batch.rows.len(), "barrier failed");
    }
    for (outcome, reply) in batch.outcomes.into_iter().zip(batch.replies) {
        let answer = lost.as_ref().map_or(Ok(outcome), |reason| Err(AppendError::Unknown(reason.clone())));
        // The caller may have gone.
        let _ = reply.send(answer);
    }
}
