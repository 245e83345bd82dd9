//! What a call of `append_v1` answers, walked through row by row: it tells the place of each row, and what each chain and claim was
//! before the batch; what comes before a row is then the row before it.

use std::mem::replace;
use std::sync::Arc;

use sqlx::postgres::PgRow;
use truth_kernel::hash::Hash;
use truth_kernel::id::{DataKeyId, EventId};
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;
use uuid::Uuid;

use super::batch::{Placed, RowOutcome, Slot, StoredStreamKey};
use super::draft::Prepared;
use crate::error::{Error, Result};
use crate::row::Columns;
use crate::stream::StreamEntry;

type Column<T> = Vec<Option<T>>;
type Bytes = [u8; 32];

/// A chain, as far as the walk has come.
struct Chain {
    time: Timestamp,
    log: LogOrigin,
    hash: Hash,
}

/// A claim, as far as the walk has come.
struct Claim {
    stream: Hash,
    data_key: DataKeyId,
    /// Of a claim that was there before.
    sealed_key: Option<Vec<u8>>,
    seq: u64,
    hash: Hash,
}

/// What became of each row; `proposed` are the claims, as the batch proposed them.
pub(super) fn outcomes(
    result: &PgRow,
    rows: &[Prepared],
    slots: &[Slot],
    proposed: &[&Arc<StreamEntry>],
) -> Result<Vec<RowOutcome>> {
    let result = Columns::of("ledger_events", result);
    let mut chains = chains(&result)?;
    let mut claims = claims(&result)?;
    let given = result.get::<Column<i64>>("o_seq")?.into_iter().zip(result.get::<Column<Bytes>>("o_hash")?);
    let replays = result.get::<Column<Uuid>>("o_replay")?;
    let outcomes =
        rows.iter().zip(slots).zip(given).zip(replays).map(|(((row, slot), given), replay)| match (given, replay) {
            (_, Some(event)) => Ok(RowOutcome::Replayed(EventId::from_uuid(event))),
            ((Some(seq), Some(hash)), None) => {
                let chain = at(&mut chains, slot.chain)?.as_mut().ok_or(FAULT)?;
                let mut placed = chain.extend(size(seq)?, Hash::from_bytes(hash));
                if let (Some(own), Some(slot)) = (&row.stream, slot.claim) {
                    let claim = at(&mut claims, slot)?;
                    placed.stream = Some(claim.extend(placed.hash));
                    placed.stream_key = Some(claim.key(own, proposed.get(index(slot)).copied()));
                }
                Ok(RowOutcome::Placed(Box::new(placed)))
            }
            _ => Ok(RowOutcome::Stale),
        });
    let outcomes = outcomes.collect::<Result<Vec<_>>>()?;
    if outcomes.len() == rows.len() { Ok(outcomes) } else { Err(FAULT) }
}

/// What became of a row that was appended alone.
pub(super) fn outcome_alone(result: &PgRow, row: &Prepared) -> Result<RowOutcome> {
    let result = Columns::of("ledger_events", result);
    let Some(seq) = result.get::<Option<i64>>("o_seq")? else { return Ok(RowOutcome::Stale) };
    let time = Timestamp::from_millis(result.get("o_time_ms")?);
    let mut chain = Chain { time, log: result.parsed("o_log")?, hash: result.hash("o_prev")? };
    let mut placed = chain.extend(size(seq)?, result.hash("o_hash")?);
    if let Some(own) = &row.stream {
        let mut claim = Claim {
            stream: result.hash("o_claim_stream")?,
            data_key: result.id("o_claim_data_key")?,
            sealed_key: result.get("o_claim_sealed_key")?,
            seq: result.size("o_claim_seq")?,
            hash: result.hash("o_claim_hash")?,
        };
        placed.stream = Some(claim.extend(placed.hash));
        placed.stream_key = Some(claim.key(own, None));
    }
    Ok(RowOutcome::Placed(Box::new(placed)))
}

impl Chain {
    fn extend(&mut self, seq: u64, hash: Hash) -> Placed {
        let prev = replace(&mut self.hash, hash);
        Placed { seq, time: self.time, log: self.log.clone(), prev, hash, stream: None, stream_key: None }
    }
}

impl Claim {
    /// Stream, hash before the event in the stream, and its sequence number there.
    fn extend(&mut self, hash: Hash) -> (Hash, Hash, u64) {
        self.seq += 1;
        (self.stream, replace(&mut self.hash, hash), self.seq)
    }

    /// The first row of a new claim proposes its key; the batch's other rows of that claim take it.
    fn key(&self, own: &Arc<StreamEntry>, proposed: Option<&Arc<StreamEntry>>) -> StoredStreamKey {
        match &self.sealed_key {
            None => StoredStreamKey::Known(Arc::clone(proposed.unwrap_or(own))),
            Some(_) if self.stream == own.stream => StoredStreamKey::Known(Arc::clone(own)),
            Some(sealed_key) => {
                StoredStreamKey::Sealed { stream: self.stream, data_key: self.data_key, sealed_key: sealed_key.clone() }
            }
        }
    }
}

/// A chain that is unknown or of another generation has no log.
fn chains(result: &Columns<'_>) -> Result<Vec<Option<Chain>>> {
    let times = result.get::<Column<i64>>("o_chain_time_ms")?;
    let logs = result.get::<Column<String>>("o_chain_log")?;
    let hashes = result.get::<Column<Bytes>>("o_chain_hash")?;
    let chain = |((time, log), hash): ((Option<i64>, Option<String>), _)| {
        let (Some(time), Some(log), Some(hash)) = (time, log, hash) else { return Ok(None) };
        let log = log.parse().map_err(|_| FAULT)?;
        Ok(Some(Chain { time: Timestamp::from_millis(time), log, hash: Hash::from_bytes(hash) }))
    };
    times.into_iter().zip(logs).zip(hashes).map(chain).collect()
}

fn claims(result: &Columns<'_>) -> Result<Vec<Claim>> {
    let Some(streams) = result.get::<Option<Vec<Bytes>>>("o_claim_stream")? else { return Ok(Vec::new()) };
    let data_keys = result.get::<Vec<Uuid>>("o_claim_data_key")?;
    let sealed_keys = result.get::<Column<Vec<u8>>>("o_claim_sealed_key")?;
    let heads = result.get::<Vec<i64>>("o_claim_seq")?.into_iter().zip(result.get::<Vec<Bytes>>("o_claim_hash")?);
    let claim = |(((stream, data_key), sealed_key), (seq, hash))| {
        let (stream, hash) = (Hash::from_bytes(stream), Hash::from_bytes(hash));
        Ok(Claim { stream, data_key: DataKeyId::from_uuid(data_key), sealed_key, seq: size(seq)?, hash })
    };
    streams.into_iter().zip(data_keys).zip(sealed_keys).zip(heads).map(claim).collect()
}

fn at<T>(items: &mut [T], slot: i32) -> Result<&mut T> {
    items.get_mut(index(slot)).ok_or(FAULT)
}

/// Slots count from 1.
fn index(slot: i32) -> usize {
    usize::try_from(slot - 1).unwrap_or(usize::MAX)
}

fn size(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| FAULT)
}

const FAULT: Error = Error::Inconsistent { table: "ledger_events", fault: "places that do not fit the batch" };
