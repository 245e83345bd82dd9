//! Reading events.

mod keyless;
mod page;

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use truth_kernel::body::{ClaimId, Salt};
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::header::Header;
use truth_kernel::id::EventId;
use truth_kernel::stream::StreamKey;

pub(crate) use self::keyless::{KeylessEvent, Keys};
pub use self::page::{EventFilter, EventPage};
pub(crate) use self::page::{Pages, Range};
use crate::database::Tx;
use crate::error::Result;
use crate::row::{Columns, bigint};
use crate::stream::{SealedStreamKey, StreamName};
use crate::vault::{SealedPayload, Vault};

/// An event as it is stored.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// The header's exact bytes.
    pub header_text: String,
    /// The header, parsed.
    pub header: Header,
    /// The stored event hash.
    pub hash: Hash,
    /// The sealed body, unless it was erased.
    pub payload: Option<StoredPayload>,
    /// Where the event is in its log, once it is sealed.
    pub leaf: Option<u64>,
}

/// The erasable row of an event.
#[derive(Clone, Debug)]
pub struct StoredPayload {
    /// Body and salt, sealed.
    pub sealed: SealedPayload,
    /// The claim.
    pub claim: Option<ClaimId>,
    /// The key of the claim's stream, sealed.
    pub stream_key: Option<SealedStreamKey>,
    /// The receipt key (vkey) that was in use at append.
    pub receipt_key: String,
}

/// Everything that an event's header commits to.
#[derive(Clone, Debug)]
pub struct OpenedEvent {
    /// The salt of the commitment.
    pub salt: Salt,
    /// The canonical body.
    pub body: String,
    /// What ties the event's claim to its stream.
    pub stream_key: Option<StreamKey>,
}

impl StoredEvent {
    /// Opens what the header commits to; none once it was erased.
    pub async fn open(&self, vault: &Vault) -> Result<Option<OpenedEvent>> {
        let Some(payload) = &self.payload else {
            return Ok(None);
        };
        let opened = vault.open(self.header.org, self.header.id, &payload.sealed).await?;
        let stream_key = match (&payload.claim, &payload.stream_key) {
            (Some(claim), Some(sealed)) => {
                let name = StreamName { org: self.header.org, mode: self.header.log.mode(), claim: claim.clone() };
                Some(sealed.open(vault, &name).await?)
            }
            _ => None,
        };
        Ok(Some(OpenedEvent { salt: opened.salt, body: opened.body, stream_key }))
    }
}

/// What the replica has as well: the sealed body, and the place in the log.
const BODY_AND_PLACE: &str = "e.header, e.hash, p.data_key, p.claim_id, p.receipt_key, p.envelope,
    CASE WHEN e.seq < g.first_seq + g.count THEN g.first_leaf + e.seq - g.first_seq END AS leaf, g.log AS leaf_log";

/// What opens a body, and its claim's stream.
pub(crate) const KEYS: &str =
    "k.wrap_generation, k.wrapped_key, s.sealed_key AS stream_sealed_key, s.data_key AS stream_data_key,
    sk.wrap_generation AS stream_wrap_generation, sk.wrapped_key AS stream_wrapped_key";

/// Body and place in the log of each `e`. Probes by LATERAL: the tables may never have been analysed. The segment is the last one
/// that begins at or before the event; asking here whether it reaches that far would search every segment for an event not yet sealed.
const BESIDE: &str = "
    LEFT JOIN LATERAL (SELECT * FROM event_payloads p WHERE p.id = e.id AND p.org = e.org LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT * FROM segments g WHERE g.org = e.org AND g.mode = e.mode AND g.chain = e.chain AND g.first_seq <= e.seq
                       ORDER BY g.first_seq DESC LIMIT 1) g ON true";

/// The keys of each `e` with the body `p`.
pub(crate) const KEYS_BESIDE: &str = "
    LEFT JOIN LATERAL (SELECT * FROM data_keys k WHERE k.id = p.data_key AND k.org = e.org LIMIT 1) k ON true
    LEFT JOIN LATERAL (SELECT * FROM streams s WHERE s.org = e.org AND s.mode = e.mode AND s.claim_id = p.claim_id AND s.stream = e.stream
                       LIMIT 1) s ON true
    LEFT JOIN LATERAL (SELECT * FROM data_keys k WHERE k.id = s.data_key AND k.org = e.org LIMIT 1) sk ON true";

/// The events `e` with everything that a [`StoredEvent`] is made of.
fn select(events: &str) -> String {
    format!("SELECT {BODY_AND_PLACE}, {KEYS} FROM ({events}) e {BESIDE} {KEYS_BESIDE} ORDER BY e.position")
}

/// The events `e` without what a replica may not be asked for.
pub(crate) fn select_keyless(events: &str) -> String {
    format!("SELECT {BODY_AND_PLACE} FROM ({events}) e {BESIDE} ORDER BY e.position")
}

/// Events of an organization `$1` and mode `$2` by their ids `$3`.
pub(crate) const BY_ID: &str = "SELECT e.*, i.position FROM unnest($3::uuid[]) WITH ORDINALITY i(id, position),
    LATERAL (SELECT * FROM ledger_events e WHERE e.id = i.id AND e.org = $1 AND e.mode = $2 AND e.chain = 'ledger') e";
/// At most `$5` events of a chain `$3` from `$4` on.
pub(crate) const OF_CHAIN: &str = "SELECT e.*, e.seq AS position FROM ledger_events e
    WHERE e.org = $1 AND e.mode = $2 AND e.chain = $3 AND e.seq >= $4 ORDER BY e.seq LIMIT $5";
/// At most `$4` events of a stream `$2` from `$3` on.
pub(crate) const OF_STREAM: &str = "SELECT e.*, e.stream_seq AS position FROM ledger_events e
    WHERE e.org = $1 AND e.stream = $2 AND e.stream_seq >= $3 ORDER BY e.stream_seq LIMIT $4";

impl Tx {
    /// The event of this id in the business chain.
    pub async fn event(&mut self, mode: Mode, id: EventId) -> Result<Option<StoredEvent>> {
        Ok(self.events_by_id(mode, &[id]).await?.pop())
    }

    /// The events of these ids in the business chain, in their order; those that there are not are left out.
    pub async fn events_by_id(&mut self, mode: Mode, ids: &[EventId]) -> Result<Vec<StoredEvent>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(select(BY_ID)))
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .bind(ids.iter().map(|id| *id.as_uuid()).collect::<Vec<_>>())
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(stored_event).collect()
    }

    /// Events `first ..` of a chain, oldest first, at most `limit`.
    pub async fn chain_events(&mut self, mode: Mode, chain: Chain, first: u64, limit: u32) -> Result<Vec<StoredEvent>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(select(OF_CHAIN)))
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .bind(chain.as_str())
            .bind(bigint(first))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(stored_event).collect()
    }

    /// The event hashes at these places of a chain; places that it does not have are left out.
    pub async fn chain_hashes(&mut self, mode: Mode, chain: Chain, places: &[u64]) -> Result<HashMap<u64, Hash>> {
        let rows = sqlx::query(
            "SELECT e.seq, e.hash FROM unnest($4::bigint[]) i(seq),
                 LATERAL (SELECT * FROM ledger_events e WHERE e.org = $1 AND e.mode = $2 AND e.chain = $3 AND e.seq = i.seq) e",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(chain.as_str())
        .bind(places.iter().map(|seq| bigint(*seq)).collect::<Vec<_>>())
        .fetch_all(&mut *self.inner)
        .await?;
        let hash = |row: &PgRow| {
            let row = Columns::of("ledger_events", row);
            Ok((row.size("seq")?, row.hash("hash")?))
        };
        rows.iter().map(hash).collect()
    }

    /// Events `first ..` of a claim's stream, oldest first, at most `limit`.
    pub async fn stream_events(&mut self, stream: Hash, first: u64, limit: u32) -> Result<Vec<StoredEvent>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(select(OF_STREAM)))
            .bind(self.org.as_uuid())
            .bind(stream.as_bytes().as_slice())
            .bind(bigint(first))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(stored_event).collect()
    }
}

fn stored_event(row: &PgRow) -> Result<StoredEvent> {
    let keys = Keys::beside(&Columns::of("data_keys", row))?;
    Ok(KeylessEvent::read(row)?.with_keys(keys))
}
