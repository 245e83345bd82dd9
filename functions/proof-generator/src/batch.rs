//! Many events under one checkpoint, with one proof for all.

use store::event::StoredEvent;
use store::log::Published;
use store::{Error, Tx};
use truth_kernel::batch_evidence::{BatchEvent, BatchEvidence};
use truth_kernel::hash::Hash;
use truth_kernel::multiproof::{self, Multiproof, MultiproofError, multiproof_tiles};
use web::evidence::{Witness, text};
use web::problem::Problem;

/// Events with what proves them.
pub struct Batch {
    /// In the order of their leaves.
    events: Vec<(u64, StoredEvent)>,
    multiproof: Multiproof,
    published: Published,
}

/// Proves the events of one log; none while not all of them are published.
pub async fn prove(witness: &Witness, tx: &mut Tx, events: Vec<StoredEvent>) -> Result<Option<Batch>, Problem> {
    let log = events.first().ok_or_else(Problem::not_found)?.header.log.clone();
    if events.iter().any(|event| event.header.log != log) {
        return Err(Problem::invalid_request().with_detail("the events are in more than one log"));
    }
    let Some(published) = tx.logs().published(&log).await? else {
        return Ok(None);
    };
    let placed = |event: StoredEvent| Some((event.leaf.filter(|leaf| *leaf < published.size)?, event));
    let Some(mut events) = events.into_iter().map(placed).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    events.sort_by_key(|(leaf, _)| *leaf);
    let multiproof = build(witness, tx, &published, &events).await?;
    Ok(Some(Batch { events, multiproof, published }))
}

/// Never hands out a proof that does not verify.
async fn build(
    witness: &Witness,
    tx: &mut Tx,
    published: &Published,
    events: &[(u64, StoredEvent)],
) -> Result<Multiproof, Error> {
    let indices: Vec<u64> = events.iter().map(|(leaf, _)| *leaf).collect();
    let leaves: Vec<Hash> = events.iter().map(|(_, event)| event.hash).collect();
    let needed = multiproof_tiles(&indices, published.size);
    let tiles = witness.prover().tiles(tx, &published.origin, &needed).await?;
    let multiproof = multiproof::build(&tiles, &indices, published.size).map_err(fault)?;
    multiproof::verify(&multiproof, &leaves, &published.root).map_err(fault)?;
    Ok(multiproof)
}

impl Batch {
    /// The document, openings included. No transaction is open any more.
    pub async fn disclose(self, witness: &Witness) -> Result<BatchEvidence, Problem> {
        let mut events = Vec::with_capacity(self.events.len());
        for (leaf, event) in self.events {
            let opening = witness.opening(&event).await?;
            events.push(BatchEvent::new(leaf, text(&event)?, opening));
        }
        let log = witness.keyring().log(&self.published.origin);
        BatchEvidence::new(log, events, self.multiproof, self.published.note).map_err(|error| {
            tracing::error!(error = %error, "a batch does not fit its proof");
            Problem::internal()
        })
    }
}

fn fault(error: MultiproofError) -> Error {
    tracing::error!(error = %error, "a batch does not prove");
    Error::Inconsistent { table: "tiles", fault: "hashes that do not lead from the events to the published root" }
}
