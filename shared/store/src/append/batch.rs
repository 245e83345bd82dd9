//! One call of `append_v1`: the rows go in as columns.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sqlx::postgres::PgConnection;
use truth_kernel::body::SubjectId;
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::id::{DataKeyId, EventId, OrgId};
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use super::draft::Prepared;
use super::places::outcomes;
use crate::error::Result;
use crate::row::bigint;
use crate::stream::StreamEntry;

/// The place that an event was given.
#[derive(Debug)]
pub(crate) struct Placed {
    pub seq: u64,
    pub time: Timestamp,
    pub log: LogOrigin,
    pub prev: Hash,
    pub hash: Hash,
    /// Stream, hash before it in the stream, and sequence number in the stream.
    pub stream: Option<(Hash, Hash, u64)>,
    pub stream_key: Option<StoredStreamKey>,
}

/// Which key the event's stream has.
#[derive(Debug)]
pub(crate) enum StoredStreamKey {
    /// One that this process knows: this batch proposed it, or it was cached.
    Known(Arc<StreamEntry>),
    /// One that was stored before.
    Sealed { stream: Hash, data_key: DataKeyId, sealed_key: Vec<u8> },
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum RowOutcome {
    Placed(Box<Placed>),
    Replayed(EventId),
    Stale,
}

/// A chain, in the order in which everybody locks.
type ChainName = (OrgId, Mode, Chain);

/// Where a row's chain and claim stand among the arguments, from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub chain: i32,
    pub claim: Option<i32>,
}

/// The arguments of `append_v1`.
#[derive(Default)]
struct Arguments<'a> {
    chains: BTreeMap<ChainName, (u64, i32)>,
    claims: Vec<(&'a Arc<StreamEntry>, i32)>,
    keys: Vec<(&'a Prepared, i32)>,
    slots: Vec<Slot>,
}

const APPEND: &str = "SELECT * FROM append_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
                      $21, $22, $23, $24, $25, $26, $27)";

/// Appends the rows in one transaction of its own; the outcomes come in the order of the rows.
pub(super) async fn append(
    connection: &mut PgConnection,
    rows: &[Prepared],
    receipt_key: &str,
) -> Result<Vec<RowOutcome>> {
    let Arguments { chains, claims, keys, slots } = &Arguments::of(rows);
    let result = sqlx::query(APPEND)
        .bind(column(chains.keys(), |(org, _, _)| *org.as_uuid()))
        .bind(column(chains.keys(), |(_, mode, _)| mode.as_str()))
        .bind(column(chains.keys(), |(_, _, chain)| chain.as_str()))
        .bind(column(chains.values(), |(generation, _)| bigint(*generation)))
        .bind(column(claims, |(_, chain)| *chain))
        .bind(column(claims, |(entry, _)| entry.name.claim.as_str()))
        .bind(column(claims, |(entry, _)| entry.stream.as_bytes().as_slice()))
        .bind(column(claims, |(entry, _)| *entry.data_key.as_uuid()))
        .bind(column(claims, |(entry, _)| entry.sealed_key.as_slice()))
        .bind(column(keys, |(_, chain)| *chain))
        .bind(column(keys, |(row, _)| *row.data_key.id.as_uuid()))
        .bind(column(keys, |(row, _)| row.subject.as_ref().map(SubjectId::as_str)))
        .bind(column(keys, |(row, _)| row.data_key.wrapped.generation))
        .bind(column(keys, |(row, _)| row.data_key.wrapped.key.as_slice()))
        .bind(column(slots, |slot| slot.chain))
        .bind(column(slots, |slot| slot.claim))
        .bind(column(rows, |row| *row.id.as_uuid()))
        .bind(column(rows, |row| row.digest))
        .bind(column(rows, |row| row.event_type.as_str()))
        .bind(column(rows, |row| row.level.as_str()))
        .bind(column(rows, |row| row.commitment.as_bytes().as_slice()))
        .bind(column(rows, |row| row.decision.as_ref().map(|decision| decision.as_bytes().as_slice())))
        .bind(column(rows, |row| *row.data_key.id.as_uuid()))
        .bind(column(rows, |row| row.subject.as_ref().map(SubjectId::as_str)))
        .bind(column(rows, Prepared::tags_column))
        .bind(column(rows, |row| row.envelope.as_slice()))
        .bind(receipt_key)
        .fetch_one(connection)
        .await?;
    outcomes(&result, rows, slots, &column(claims, |(entry, _)| *entry))
}

fn column<I: IntoIterator, T>(items: I, field: impl FnMut(I::Item) -> T) -> Vec<T> {
    items.into_iter().map(field).collect()
}

impl<'a> Arguments<'a> {
    /// The distinct chains, claims and new keys of the rows.
    fn of(rows: &'a [Prepared]) -> Self {
        let mut all = Self::default();
        for row in rows {
            // Rows of one chain that disagree on its generation: the older decision makes its rows stale, the newer ones retry with them.
            let name = (row.org, row.mode, row.chain);
            all.chains
                .entry(name)
                .and_modify(|(generation, _)| *generation = row.generation.min(*generation))
                .or_insert((row.generation, 0));
        }
        for (position, (_, slot)) in (1..).zip(all.chains.values_mut()) {
            *slot = position;
        }
        let mut claim_slots = HashMap::new();
        let mut new_keys = HashSet::new();
        for row in rows {
            let chain = all.chains.get(&(row.org, row.mode, row.chain)).map_or(0, |(_, slot)| *slot);
            let claim = row.stream.as_ref().map(|entry| {
                *claim_slots.entry(&entry.name).or_insert_with(|| {
                    all.claims.push((entry, chain));
                    i32::try_from(all.claims.len()).unwrap_or(i32::MAX)
                })
            });
            all.slots.push(Slot { chain, claim });
            if !row.data_key.is_confirmed() && new_keys.insert(row.data_key.id) {
                all.keys.push((row, chain));
            }
        }
        all
    }
}
