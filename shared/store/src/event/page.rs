//! Pages of a business chain, newest first.

use truth_kernel::body::EventType;
use truth_kernel::classification::{Level, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::time::Timestamp;

use super::{StoredEvent, select, stored_event};
use crate::database::Tx;
use crate::error::Result;
use crate::row::bigint;

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
    /// The sequence number below which the next page begins; none at the end.
    pub next_before: Option<u64>,
}

/// Events that one page looks at when a filter is sparse: the page then ends early, with a cursor.
const SCANNED: i64 = 20_000;

/// Sequence numbers `first .. before` of a chain.
#[derive(Clone, Copy)]
struct Range {
    first: i64,
    before: i64,
}

impl Tx {
    /// A page of the business chain below sequence number `before` (from the head without one), newest first.
    pub async fn event_page(
        &mut self,
        mode: Mode,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<EventPage> {
        let asked = self.asked(mode, filter, before).await?;
        // A stream has its own index, so that a claim's events are found wherever they are in the chain.
        let first = if filter.stream.is_some() { asked.first } else { asked.first.max(asked.before - SCANNED) };
        let events = self.filtered(mode, filter, Range { first, ..asked }, limit).await?;
        let full = events.len() >= limit as usize;
        let next = if full { events.last().map_or(first, |event| bigint(event.header.seq)) } else { first };
        let next_before = (next > asked.first).then(|| u64::try_from(next).ok()).flatten();
        Ok(EventPage { events, next_before })
    }

    /// What the filter's times and the cursor leave of the chain: time never runs backwards along it.
    async fn asked(&mut self, mode: Mode, filter: &EventFilter, before: Option<u64>) -> Result<Range> {
        let head: Option<i64> =
            sqlx::query_scalar("SELECT max(seq) FROM ledger_events WHERE org = $1 AND mode = $2 AND chain = 'ledger'")
                .bind(self.org.as_uuid())
                .bind(mode.as_str())
                .fetch_one(&mut *self.inner)
                .await?;
        let end = head.unwrap_or(0) + 1;
        let mut range = Range { first: 1, before: before.map_or(end, |before| bigint(before).min(end)) };
        if let Some(from) = filter.from {
            range.first = self.first_not_before(mode, from, end).await?;
        }
        if let Some(until) = filter.until {
            range.before = range.before.min(self.first_not_before(mode, until, end).await?);
        }
        Ok(range)
    }

    /// The first sequence number whose time is not before `time`, `end` when there is none: a binary search by primary key.
    async fn first_not_before(&mut self, mode: Mode, time: Timestamp, end: i64) -> Result<i64> {
        let found = sqlx::query_scalar(
            "WITH RECURSIVE search(low, high) AS (
                 SELECT 1::bigint, $4::bigint
                 UNION ALL
                 SELECT CASE WHEN early THEN middle + 1 ELSE low END, CASE WHEN early THEN high ELSE middle END
                 FROM search, LATERAL (SELECT (low + high) / 2 AS middle) m,
                     LATERAL (SELECT e.time < to_timestamp($3 / 1000.0) AS early FROM ledger_events e
                              WHERE e.org = $1 AND e.mode = $2 AND e.chain = 'ledger' AND e.seq = middle LIMIT 1) e
                 WHERE low < high)
             SELECT low FROM search WHERE low >= high",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(time.millis())
        .bind(end)
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(found)
    }

    async fn filtered(
        &mut self,
        mode: Mode,
        filter: &EventFilter,
        range: Range,
        limit: u32,
    ) -> Result<Vec<StoredEvent>> {
        // Two texts, because a plan for both could use neither index.
        let (of_stream, order) = match filter.stream {
            Some(_) => ("e.stream = $7", "e.stream_seq"),
            None => ("$7::bytea IS NULL", "e.seq"),
        };
        let rows = sqlx::query(select(&format!(
            "SELECT e.*, -e.seq AS position FROM ledger_events e
             WHERE e.org = $1 AND e.mode = $2 AND e.chain = 'ledger' AND e.seq >= $3 AND e.seq < $4
               AND ($5::text IS NULL OR e.type = $5) AND ($6::text IS NULL OR e.class = $6) AND {of_stream}
             ORDER BY {order} DESC LIMIT $8",
        )))
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(range.first)
        .bind(range.before)
        .bind(filter.event_type.as_ref().map(EventType::as_str))
        .bind(filter.level.map(Level::as_str))
        .bind(filter.stream.as_ref().map(|stream| stream.as_bytes().as_slice()))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter().map(stored_event).collect()
    }
}
