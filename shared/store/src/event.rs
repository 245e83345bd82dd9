//! Reading events.

use sqlx::postgres::PgRow;
use truth_kernel::body::{ClaimId, EventType};
use truth_kernel::classification::{Chain, Level, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::header::Header;
use truth_kernel::id::EventId;
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use crate::database::Tx;
use crate::error::Result;
use crate::row::{Columns, bigint};
use crate::vault::{SealedPayload, WrappedKey};

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
    /// The receipt key (vkey) that was in use at append.
    pub receipt_key: String,
}

/// Which events of a chain to list.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only of this type.
    pub event_type: Option<EventType>,
    /// Only of this level.
    pub level: Option<Level>,
    /// Only of this stream.
    pub stream: Option<Hash>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// A page of events, newest first.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// The sequence number below which the next page begins; none at the chain's beginning.
    pub next_before: Option<u64>,
}

/// Events that one page looks at when a filter is sparse: the page then ends early, with a cursor.
const SCANNED: i64 = 20_000;

const COLUMNS: &str = "e.header, e.hash, p.data_key, p.claim_id, p.receipt_key, p.envelope, k.wrap_generation, k.wrapped_key,
    g.first_leaf + e.seq - g.first_seq AS leaf";

/// Body, data key and place in the log of each `e`. Probes by LATERAL: the tables may never have been analysed.
const BESIDE: &str = "
    LEFT JOIN LATERAL (SELECT * FROM event_payloads p WHERE p.id = e.id AND p.org = e.org LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT * FROM data_keys k WHERE k.id = p.data_key AND k.org = e.org LIMIT 1) k ON true
    LEFT JOIN LATERAL (SELECT * FROM segments g WHERE g.org = e.org AND g.mode = e.mode AND g.chain = e.chain AND g.first_seq <= e.seq
                       AND e.seq < g.first_seq + g.count ORDER BY g.first_seq DESC LIMIT 1) g ON true";

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

    /// A page of the business chain below sequence number `before` (from the head without one), newest first.
    pub async fn event_page(&mut self, mode: Mode, filter: &EventFilter, before: Option<u64>, limit: u32) -> Result<EventPage> {
        let head: Option<i64> =
            sqlx::query_scalar("SELECT max(seq) FROM ledger_events WHERE org = $1 AND mode = $2 AND chain = 'ledger'")
                .bind(self.org.as_uuid())
                .bind(mode.as_str())
                .fetch_one(&mut *self.inner)
                .await?;
        let before = before.map_or(i64::MAX, bigint).min(head.unwrap_or(0) + 1);
        let floor = (before - SCANNED).max(1);
        let events = self.filtered(mode, filter, (floor, before), limit).await?;
        let last = events.last().map(|event| event.header.seq);
        let next_before = if events.len() >= limit as usize { last } else { u64::try_from(floor).ok() };
        Ok(EventPage { events, next_before: next_before.filter(|seq| *seq > 1) })
    }

    async fn filtered(&mut self, mode: Mode, filter: &EventFilter, (floor, before): (i64, i64), limit: u32) -> Result<Vec<StoredEvent>> {
        // A stream has its own index, so that a claim's events are found wherever they are in the chain.
        let rows = sqlx::query(select(
            "SELECT e.*, -e.seq AS position FROM ledger_events e
             WHERE e.org = $1 AND e.mode = $2 AND e.chain = 'ledger' AND e.seq >= $3 AND e.seq < $4
               AND ($5::text IS NULL OR e.type = $5) AND ($6::text IS NULL OR e.class = $6) AND ($7::bytea IS NULL OR e.stream = $7)
               AND ($8::bigint IS NULL OR e.time >= to_timestamp($8 / 1000.0)) AND ($9::bigint IS NULL OR e.time < to_timestamp($9 / 1000.0))
             ORDER BY e.seq DESC LIMIT $10",
        ))
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(if filter.stream.is_some() { 1 } else { floor })
        .bind(before)
        .bind(filter.event_type.as_ref().map(EventType::as_str))
        .bind(filter.level.map(Level::as_str))
        .bind(filter.stream.as_ref().map(|stream| stream.as_bytes().as_slice()))
        .bind(filter.from.map(Timestamp::millis))
        .bind(filter.until.map(Timestamp::millis))
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
    let leaf = row.get::<Option<i64>>("leaf")?.map(|_| row.size("leaf")).transpose()?;
    Ok(StoredEvent { header, hash: row.hash("hash")?, payload: stored_payload(&row)?, leaf, header_text })
}

/// None once the row or its data key is gone.
fn stored_payload(row: &Columns<'_>) -> Result<Option<StoredPayload>> {
    let (Some(envelope), Some(key)) = (row.get("envelope")?, row.get("wrapped_key")?) else { return Ok(None) };
    let wrapped = WrappedKey { generation: row.get("wrap_generation")?, key };
    let claim: Option<&str> = row.get("claim_id")?;
    Ok(Some(StoredPayload {
        sealed: SealedPayload { data_key: row.id("data_key")?, wrapped, envelope },
        claim: claim.map(|claim| claim.parse().map_err(|_| row.fault("a claim id that does not parse"))).transpose()?,
        receipt_key: row.get("receipt_key")?,
    }))
}

/// Where a log and its newest published checkpoint stand, as an answer needs them.
#[derive(Clone, Debug)]
pub struct Published {
    /// The log.
    pub origin: LogOrigin,
    /// Size of the published tree.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The signed note, byte for byte.
    pub note: String,
}
