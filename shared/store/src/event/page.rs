//! Pages of a business chain, newest first.

use sqlx::postgres::{PgConnection, PgRow};
use truth_kernel::body::EventType;
use truth_kernel::classification::{Level, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::id::OrgId;
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
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    pub first: i64,
    pub before: i64,
}

impl Range {
    /// What one page looks at. A stream has its own index, so that a claim's events are found wherever they are in the chain.
    pub fn scanned(self, filter: &EventFilter) -> Self {
        let first = if filter.stream.is_some() { self.first } else { self.first.max(self.before - SCANNED) };
        Self { first, ..self }
    }
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
        let (asked, events) = self.page_above(0, mode, filter, before, limit).await?;
        Ok(EventPage::new(events, asked, filter, limit))
    }

    /// What is asked for, and of the page the events beyond sequence number `last`.
    pub(crate) async fn page_above(
        &mut self,
        last: i64,
        mode: Mode,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<(Range, Vec<StoredEvent>)> {
        let mut pages = Pages { connection: &mut self.inner, org: self.org, mode, filter };
        let asked = pages.asked(before).await?;
        let scanned = asked.scanned(filter);
        let above = Range { first: scanned.first.max(last + 1), ..scanned };
        let rows = pages.rows(select, above, limit).await?;
        Ok((asked, rows.iter().map(stored_event).collect::<Result<_>>()?))
    }
}

impl EventPage {
    /// The page of these events, which are all (up to the limit) of what is [`Range::scanned`] of `asked`.
    pub(crate) fn new(events: Vec<StoredEvent>, asked: Range, filter: &EventFilter, limit: u32) -> Self {
        let first = asked.scanned(filter).first;
        let full = events.len() >= limit as usize;
        let next = if full { events.last().map_or(first, |event| bigint(event.header.seq)) } else { first };
        let next_before = (next > asked.first).then(|| u64::try_from(next).ok()).flatten();
        Self { events, next_before }
    }
}

/// Reads pages of a filter from the primary or a replica.
pub(crate) struct Pages<'t> {
    pub connection: &'t mut PgConnection,
    pub org: OrgId,
    pub mode: Mode,
    pub filter: &'t EventFilter,
}

impl Pages<'_> {
    /// What the filter's times and the cursor leave of the chain.
    pub async fn asked(&mut self, before: Option<u64>) -> Result<Range> {
        let head: Option<i64> =
            sqlx::query_scalar("SELECT max(seq) FROM ledger_events WHERE org = $1 AND mode = $2 AND chain = 'ledger'")
                .bind(self.org.as_uuid())
                .bind(self.mode.as_str())
                .fetch_one(&mut *self.connection)
                .await?;
        let end = head.unwrap_or(0) + 1;
        self.asked_below(before.map_or(end, |before| bigint(before).min(end)), end).await
    }

    /// The same of events `1 .. end` alone: time never runs backwards along the chain.
    pub async fn asked_below(&mut self, before: i64, end: i64) -> Result<Range> {
        let mut range = Range { first: 1, before };
        if let Some(from) = self.filter.from {
            range.first = self.first_not_before(from, end).await?;
        }
        if let Some(until) = self.filter.until {
            range.before = range.before.min(self.first_not_before(until, end).await?);
        }
        Ok(range)
    }

    /// The first sequence number whose time is not before `time`, `end` when there is none: a binary search by primary key.
    async fn first_not_before(&mut self, time: Timestamp, end: i64) -> Result<i64> {
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
        .bind(self.mode.as_str())
        .bind(time.millis())
        .bind(end)
        .fetch_one(&mut *self.connection)
        .await?;
        Ok(found)
    }

    /// Rows of the events in a range, newest first; `select` says with what beside them.
    pub async fn rows(&mut self, select: fn(&str) -> String, range: Range, limit: u32) -> Result<Vec<PgRow>> {
        let filter = self.filter;
        // Two texts, because a plan for both could use neither index.
        let (of_stream, order) = match filter.stream {
            Some(_) => ("e.stream = $7", "e.stream_seq"),
            None => ("$7::bytea IS NULL", "e.seq"),
        };
        let rows = sqlx::query(sqlx::AssertSqlSafe(select(&format!(
            "SELECT e.*, -e.seq AS position FROM ledger_events e
             WHERE e.org = $1 AND e.mode = $2 AND e.chain = 'ledger' AND e.seq >= $3 AND e.seq < $4
               AND ($5::text IS NULL OR e.type = $5) AND ($6::text IS NULL OR e.class = $6) AND {of_stream}
             ORDER BY {order} DESC LIMIT $8",
        ))))
        .bind(self.org.as_uuid())
        .bind(self.mode.as_str())
        .bind(range.first)
        .bind(range.before)
        .bind(filter.event_type.as_ref().map(EventType::as_str))
        .bind(filter.level.map(Level::as_str))
        .bind(filter.stream.as_ref().map(|stream| stream.as_bytes().as_slice()))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.connection)
        .await?;
        Ok(rows)
    }
}
