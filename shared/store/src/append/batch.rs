//! One call of `append_v1`: rows into columns, result rows into places.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use sqlx::postgres::{PgConnection, PgRow};
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::id::{DataKeyId, EventId, OrgId};
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;
use uuid::Uuid;

use super::draft::Prepared;
use crate::error::Result;
use crate::row::{Columns, bigint};
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

/// Which key the event's stream has: the one that this batch proposed, or one that was stored before.
#[derive(Debug)]
pub(crate) enum StoredStreamKey {
    Proposed(Arc<StreamEntry>),
    Before { stream: Hash, data_key: DataKeyId, sealed_key: Vec<u8> },
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum RowOutcome {
    Placed(Placed),
    Replayed(EventId),
    Stale,
}

/// A chain, in the order in which everybody locks.
pub(super) type ChainName = (OrgId, Mode, Chain);

/// The arguments of `append_v1`.
#[derive(Default)]
struct Arguments<'a> {
    chains: BTreeMap<ChainName, (u64, i32)>,
    claims: Vec<(&'a Arc<StreamEntry>, i32)>,
    keys: Vec<(&'a Prepared, i32)>,
}

const APPEND: &str = "SELECT * FROM append_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
                      $21, $22, $23, $24, $25, $26, $27)";

/// Appends the rows in one transaction of its own; the outcomes come in the order of the rows.
pub(super) async fn append(connection: &mut PgConnection, rows: &[Prepared], receipt_key: &str) -> Result<Vec<RowOutcome>> {
    let (arguments, chain_of, claim_of) = Arguments::of(rows);
    let (chains, claims, keys) = (&arguments.chains, &arguments.claims, &arguments.keys);
    let results = sqlx::query(APPEND)
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
        .bind(column(keys, |(row, _)| row.subject.as_ref().map(|subject| subject.as_str())))
        .bind(column(keys, |(row, _)| row.data_key.wrapped.generation))
        .bind(column(keys, |(row, _)| row.data_key.wrapped.key.as_slice()))
        .bind(chain_of)
        .bind(claim_of)
        .bind(column(rows, |row| *row.id.as_uuid()))
        .bind(column(rows, |row| row.digest))
        .bind(column(rows, |row| row.event_type.as_str()))
        .bind(column(rows, |row| row.level.as_str()))
        .bind(column(rows, |row| row.commitment.as_bytes().as_slice()))
        .bind(column(rows, |row| row.decision.as_ref().map(|decision| decision.as_bytes().as_slice())))
        .bind(column(rows, |row| *row.data_key.id.as_uuid()))
        .bind(column(rows, |row| row.subject.as_ref().map(|subject| subject.as_str())))
        .bind(column(rows, |row| row.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(",")))
        .bind(column(rows, |row| row.envelope.as_slice()))
        .bind(receipt_key)
        .fetch_all(connection)
        .await?;
    rows.iter().zip(&results).map(|(row, result)| outcome(row, result, claims)).collect()
}

fn column<I: IntoIterator, T>(items: I, field: impl FnMut(I::Item) -> T) -> Vec<T> {
    items.into_iter().map(field).collect()
}

impl<'a> Arguments<'a> {
    /// The distinct chains, claims and new keys, and for each row the positions (from 1) of its chain and claim.
    fn of(rows: &'a [Prepared]) -> (Self, Vec<i32>, Vec<Option<i32>>) {
        let mut all = Self::default();
        for row in rows {
            // Rows of one chain that disagree on its generation: the older decision makes its rows stale, the newer ones retry with them.
            let name = (row.org, row.mode, row.chain);
            all.chains.entry(name).and_modify(|(generation, _)| *generation = row.generation.min(*generation)).or_insert((row.generation, 0));
        }
        for (position, (_, slot)) in (1..).zip(all.chains.values_mut()) {
            *slot = position;
        }
        let mut claim_slots = BTreeMap::new();
        let mut new_keys = BTreeMap::new();
        let (mut chain_of, mut claim_of) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            let chain = all.chains.get(&(row.org, row.mode, row.chain)).map_or(0, |(_, slot)| *slot);
            chain_of.push(chain);
            claim_of.push(row.stream.as_ref().map(|entry| match claim_slots.entry(&entry.name) {
                Entry::Occupied(slot) => *slot.get(),
                Entry::Vacant(slot) => {
                    all.claims.push((entry, chain));
                    *slot.insert(i32::try_from(all.claims.len()).unwrap_or(i32::MAX))
                }
            }));
            if !row.data_key.is_confirmed() && new_keys.insert(row.data_key.id, ()).is_none() {
                all.keys.push((row, chain));
            }
        }
        (all, chain_of, claim_of)
    }
}

fn outcome(row: &Prepared, result: &PgRow, claims: &[(&Arc<StreamEntry>, i32)]) -> Result<RowOutcome> {
    let result = Columns::of("ledger_events", result);
    match result.get::<&str>("outcome")? {
        "appended" => Ok(RowOutcome::Placed(placed(row, &result, claims)?)),
        "replayed" => Ok(RowOutcome::Replayed(result.id("replay_of")?)),
        "stale" => Ok(RowOutcome::Stale),
        _ => Err(result.fault("an outcome that append_v1 does not have")),
    }
}

fn placed(row: &Prepared, result: &Columns<'_>, claims: &[(&Arc<StreamEntry>, i32)]) -> Result<Placed> {
    let (stream, stream_key) = match &row.stream {
        None => (None, None),
        Some(own) => {
            let stream = result.hash("stream")?;
            let key = match result.get::<Option<Vec<u8>>>("stream_sealed_key")? {
                Some(sealed_key) => {
                    StoredStreamKey::Before { stream, data_key: DataKeyId::from_uuid(result.get::<Uuid>("stream_data_key")?), sealed_key }
                }
                // The first row of a new claim proposes its key; the batch's other rows of that claim take it.
                None => StoredStreamKey::Proposed(Arc::clone(
                    claims.iter().find(|(entry, _)| entry.name == own.name).map_or(own, |(entry, _)| *entry),
                )),
            };
            (Some((stream, result.hash("stream_prev")?, result.size("stream_seq")?)), Some(key))
        }
    };
    Ok(Placed {
        seq: result.size("seq")?,
        time: Timestamp::from_millis(result.get("time_ms")?),
        log: result.parsed("log")?,
        prev: result.hash("prev")?,
        hash: result.hash("hash")?,
        stream,
        stream_key,
    })
}
