//! Reading events.

mod page;

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use truth_kernel::body::{ClaimId, Salt};
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::header::Header;
use truth_kernel::id::EventId;
use truth_kernel::region::LogOrigin;
use truth_kernel::stream::StreamKey;

pub use self::page::{EventFilter, EventPage};
use crate::database::Tx;
use crate::error::Result;
use crate::row::{Columns, bigint};
use crate::stream::{SealedStreamKey, StreamName};
use crate::vault::{SealedPayload, Vault, WrappedKey};

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

const COLUMNS: &str = "e.header, e.hash, p.data_key, p.claim_id, p.receipt_key, p.envelope, k.wrap_generation, k.wrapped_key,
    s.sealed_key AS stream_sealed_key, s.data_key AS stream_data_key, sk.wrap_generation AS stream_wrap_generation,
    sk.wrapped_key AS stream_wrapped_key, CASE WHEN e.seq < g.first_seq + g.count THEN g.first_leaf + e.seq - g.first_seq END AS leaf,
    g.log AS leaf_log";

/// Body, keys and place in the log of each `e`. Probes by LATERAL: the tables may never have been analysed. The segment is the last one
/// that begins at or before the event; asking here whether it reaches that far would search every segment for an event not yet sealed.
const BESIDE: &str = "
    LEFT JOIN LATERAL (SELECT * FROM event_payloads p WHERE p.id = e.id AND p.org = e.org LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT * FROM data_keys k WHERE k.id = p.data_key AND k.org = e.org LIMIT 1) k ON true
    LEFT JOIN LATERAL (SELECT * FROM streams s WHERE s.org = e.org AND s.mode = e.mode AND s.claim_id = p.claim_id AND s.stream = e.stream
                       LIMIT 1) s ON true
    LEFT JOIN LATERAL (SELECT * FROM data_keys k WHERE k.id = s.data_key AND k.org = e.org LIMIT 1) sk ON true
    LEFT JOIN LATERAL (SELECT * FROM segments g WHERE g.org = e.org AND g.mode = e.mode AND g.chain = e.chain AND g.first_seq <= e.seq
                       ORDER BY g.first_seq DESC LIMIT 1) g ON true";

fn select(events: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM ({events}) e {BESIDE} ORDER BY e.position"))
}

impl Tx {
    /// The event of this id in the business chain.
    pub async fn event(&mut self, mode: Mode, id: EventId) -> Result<Option<StoredEvent>> {
        Ok(self.events_by_id(mode, &[id]).await?.pop())
    }

    /// The events of these ids in the business chain, in their order; those that there are not are left out.
    pub async fn events_by_id(&mut self, mode: Mode, ids: &[EventId]) -> Result<Vec<StoredEvent>> {
        let rows = sqlx::query(select(
            "SELECT e.*, i.position FROM unnest($3::uuid[]) WITH ORDINALITY i(id, position),
                 LATERAL (SELECT * FROM ledger_events e WHERE e.id = i.id AND e.org = $1 AND e.mode = $2 AND e.chain = 'ledger') e",
        ))
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(ids.iter().map(|id| *id.as_uuid()).collect::<Vec<_>>())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter().map(stored_event).collect()
    }

    /// Events `first ..` of a chain, oldest first, at most `limit`.
    pub async fn chain_events(&mut self, mode: Mode, chain: Chain, first: u64, limit: u32) -> Result<Vec<StoredEvent>> {
        let rows = sqlx::query(select(
            "SELECT e.*, e.seq AS position FROM ledger_events e WHERE e.org = $1 AND e.mode = $2 AND e.chain = $3 AND e.seq >= $4
             ORDER BY e.seq LIMIT $5",
        ))
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
        let rows = sqlx::query(select(
            "SELECT e.*, e.stream_seq AS position FROM ledger_events e WHERE e.org = $1 AND e.stream = $2 AND e.stream_seq >= $3
             ORDER BY e.stream_seq LIMIT $4",
        ))
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
    let row = Columns::of("ledger_events", row);
    let header_text: String = row.get("header")?;
    let header = Header::parse(&header_text).map_err(|_| row.fault("a header that does not parse"))?;
    let payload = stored_payload(&row)?;
    Ok(StoredEvent { leaf: leaf(&row, &header.log)?, header, hash: row.hash("hash")?, payload, header_text })
}

fn leaf(row: &Columns<'_>, log: &LogOrigin) -> Result<Option<u64>> {
    if row.get::<Option<i64>>("leaf")?.is_none() {
        return Ok(None);
    }
    if row.get::<&str>("leaf_log")? != log.as_str() {
        return Err(row.fault("an event that was sealed into another log"));
    }
    row.size("leaf").map(Some)
}

/// None once the row or its data key is gone.
fn stored_payload(row: &Columns<'_>) -> Result<Option<StoredPayload>> {
    let (Some(envelope), Some(key)) = (row.get("envelope")?, row.get("wrapped_key")?) else {
        return Ok(None);
    };
    let wrapped = WrappedKey { generation: row.get("wrap_generation")?, key };
    let claim: Option<&str> = row.get("claim_id")?;
    Ok(Some(StoredPayload {
        sealed: SealedPayload { data_key: row.id("data_key")?, wrapped, envelope },
        claim: claim.map(|claim| claim.parse().map_err(|_| row.fault("a claim id that does not parse"))).transpose()?,
        stream_key: SealedStreamKey::beside(row)?,
        receipt_key: row.get("receipt_key")?,
    }))
}
