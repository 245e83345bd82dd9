//! Events from the replica, completed by the primary: their keys, and those that are not sealed there yet.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use tokio::time::timeout;
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::id::{EventId, OrgId};

use super::PATIENCE;
use crate::database::{Store, Tx};
use crate::error::Result;
use crate::event::{KEYS, KEYS_BESIDE, KeylessEvent, Keys, StoredEvent};
use crate::row::Columns;

/// Which events to read.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Those of these ids in the business chain, each named once.
    ById {
        /// Live or test.
        mode: Mode,
        /// The ids.
        ids: &'a [EventId],
    },
    /// A piece of a chain, oldest first.
    OfChain {
        /// Live or test.
        mode: Mode,
        /// Which chain.
        chain: Chain,
        /// The first sequence number.
        first: u64,
        /// How many at most.
        limit: u32,
    },
    /// A piece of a claim's stream, oldest first.
    OfStream {
        /// Which stream.
        stream: Hash,
        /// The first place in it.
        first: u64,
        /// How many at most.
        limit: u32,
    },
}

impl Store {
    /// Reads events, from the replica what is sealed there; answers as [`Tx::events_by_id`], [`Tx::chain_events`] and
    /// [`Tx::stream_events`] do. With them comes the transaction on the primary that vouched for them, for what else is to be read.
    pub async fn read(&self, org: OrgId, wanted: Wanted<'_>) -> Result<(Tx, Vec<StoredEvent>)> {
        // The replica first: nobody holds one of the primary's connections while it lets him wait.
        let sealed = self.sealed(org, wanted).await;
        let mut tx = self.begin(org).await?;
        let held = tx.with_keys(sealed).await?;
        let events = tx.completed(wanted, held).await?;
        Ok((tx, events))
    }

    async fn sealed(&self, org: OrgId, wanted: Wanted<'_>) -> Vec<KeylessEvent> {
        if let Wanted::OfChain { chain: Chain::Audit, .. } = wanted {
            return Vec::new();
        }
        let Some(mut tx) = self.begin_sealed(org).await else {
            return Vec::new();
        };
        let read = match wanted {
            Wanted::ById { mode, ids } => timeout(PATIENCE, tx.by_id(mode, ids)).await,
            Wanted::OfChain { mode, first, limit, .. } => timeout(PATIENCE, tx.of_chain(mode, first, limit)).await,
            Wanted::OfStream { stream, first, limit } => timeout(PATIENCE, tx.of_stream(stream, first, limit)).await,
        };
        tx.settle(read)
    }
}

impl Tx {
    /// Events from the replica with their keys. Whose body or key is gone by now is erased, whatever the replica still has: a body that
    /// nobody may open any more stays closed, and one that was deleted alone is not shown.
    pub(super) async fn with_keys(&mut self, events: Vec<KeylessEvent>) -> Result<Vec<StoredEvent>> {
        let Some(first) = events.first() else {
            return Ok(Vec::new());
        };
        let stream = |event: &KeylessEvent| event.header.stream.as_ref().map(|place| place.stream.as_bytes().to_vec());
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT e.position, {KEYS}
             FROM (SELECT i.*, $1::uuid AS org, $2::text AS mode FROM unnest($3::uuid[], $4::bytea[]) WITH ORDINALITY i(id, stream, position)) e,
                 LATERAL (SELECT p.data_key, p.claim_id FROM event_payloads p WHERE p.id = e.id AND p.org = e.org LIMIT 1) p {KEYS_BESIDE}",
        )))
        .bind(self.org.as_uuid())
        .bind(first.header.log.mode().as_str())
        .bind(events.iter().map(|event| *event.header.id.as_uuid()).collect::<Vec<_>>())
        .bind(events.iter().map(stream).collect::<Vec<_>>())
        .fetch_all(&mut *self.inner)
        .await?;
        let mut keys = HashMap::with_capacity(rows.len());
        for row in &rows {
            let row = Columns::of("data_keys", row);
            keys.insert(row.size("position")?, Keys::beside(&row)?);
        }
        let with_keys = |(position, event): (u64, KeylessEvent)| event.with_keys(keys.remove(&position).flatten());
        Ok((1..).zip(events).map(with_keys).collect())
    }

    /// The rest of what was wanted, from the primary.
    async fn completed(&mut self, wanted: Wanted<'_>, mut held: Vec<StoredEvent>) -> Result<Vec<StoredEvent>> {
        let count = held.len() as u64;
        let rest = |limit: u32| limit.saturating_sub(u32::try_from(held.len()).unwrap_or(u32::MAX));
        let missing = match wanted {
            Wanted::ById { mode, ids } => return self.completed_by_id(mode, ids, held).await,
            Wanted::OfChain { limit, .. } | Wanted::OfStream { limit, .. } if rest(limit) == 0 => Vec::new(),
            Wanted::OfChain { mode, chain, first, limit } => {
                self.chain_events(mode, chain, first + count, rest(limit)).await?
            }
            Wanted::OfStream { stream, first, limit } => self.stream_events(stream, first + count, rest(limit)).await?,
        };
        held.extend(missing);
        Ok(held)
    }

    async fn completed_by_id(
        &mut self,
        mode: Mode,
        ids: &[EventId],
        held: Vec<StoredEvent>,
    ) -> Result<Vec<StoredEvent>> {
        if held.len() == ids.len() {
            return Ok(held);
        }
        let mut found: HashMap<EventId, StoredEvent> = held.into_iter().map(|event| (event.header.id, event)).collect();
        let missing: Vec<EventId> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
        let missing = self.events_by_id(mode, &missing).await?;
        found.extend(missing.into_iter().map(|event| (event.header.id, event)));
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}
