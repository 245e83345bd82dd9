//! A transaction on the replica, which finds nothing but sealed business events, without their keys.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, Transaction};
use tokio::time::error::Elapsed;
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::hash::Hash;
use truth_kernel::id::{EventId, OrgId};

use super::page::SealedPage;
use super::standing::Extent;
use super::{Replica, Unusable};
use crate::database::Store;
use crate::error::Result;
use crate::event::{BY_ID, EventFilter, KeylessEvent, OF_CHAIN, OF_STREAM, Pages, Range, select_keyless};
use crate::row::bigint;

/// Reads one snapshot of the replica for one organization.
#[derive(Debug)]
pub(super) struct SealedTx {
    inner: Transaction<'static, Postgres>,
    replica: Arc<Replica>,
    org: OrgId,
    extents: Vec<Extent>,
}

impl SealedTx {
    pub async fn begin(replica: Arc<Replica>, primary: &Store, org: OrgId) -> Result<Self, Unusable> {
        // All in one round trip; a UUID's text needs no escaping.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config('app.orgs', '{}', true)",
            org.as_uuid()
        );
        let mut inner = replica.pool.begin_with(AssertSqlSafe(begin)).await?;
        let extents = replica.standing(&mut inner, primary).await?;
        Ok(Self { inner, replica, org, extents })
    }

    /// What a read found. Of one that failed or took too long nothing: the primary is asked for it.
    pub fn settle<T: Default>(self, read: Result<Result<T>, Elapsed>) -> T {
        let reason = match read {
            Ok(Ok(found)) => {
                self.replica.outage.answered();
                return found;
            }
            Ok(Err(error)) => error.into(),
            Err(Elapsed { .. }) => Unusable::Slow,
        };
        self.replica.outage.failed(&reason);
        T::default()
    }

    /// Those of these ids that are sealed, in their order.
    pub async fn by_id(&mut self, mode: Mode, ids: &[EventId]) -> Result<Vec<KeylessEvent>> {
        let rows = sqlx::query(AssertSqlSafe(select_keyless(BY_ID)))
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .bind(ids.iter().map(|id| *id.as_uuid()).collect::<Vec<_>>())
            .fetch_all(&mut *self.inner)
            .await?;
        let mut events = keyless(&rows)?;
        events.retain(|event| self.is_sealed(event));
        Ok(events)
    }

    /// Events `first ..` of the business chain without a gap, as many as are sealed, at most `limit`.
    pub async fn of_chain(&mut self, mode: Mode, first: u64, limit: u32) -> Result<Vec<KeylessEvent>> {
        let rows = sqlx::query(AssertSqlSafe(select_keyless(OF_CHAIN)))
            .bind(self.org.as_uuid())
            .bind(mode.as_str())
            .bind(Chain::Ledger.as_str())
            .bind(bigint(first))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.inner)
            .await?;
        Ok(self.gapless(first, keyless(&rows)?, |event| Some(event.header.seq)))
    }

    /// The same of a stream.
    pub async fn of_stream(&mut self, stream: Hash, first: u64, limit: u32) -> Result<Vec<KeylessEvent>> {
        let rows = sqlx::query(AssertSqlSafe(select_keyless(OF_STREAM)))
            .bind(self.org.as_uuid())
            .bind(stream.as_bytes().as_slice())
            .bind(bigint(first))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.inner)
            .await?;
        Ok(self.gapless(first, keyless(&rows)?, |event| event.header.stream.as_ref().map(|place| place.seq)))
    }

    /// The sealed part of a page; none where nothing of the chain is sealed.
    pub async fn page(
        &mut self,
        mode: Mode,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<SealedPage> {
        let Some(last) = self.last_sealed(mode).await? else {
            return Ok(SealedPage::default());
        };
        let (end, cursor) = (last + 1, before.map_or(i64::MAX, bigint));
        let mut pages = Pages { connection: &mut self.inner, org: self.org, mode, filter };
        let asked = pages.asked_below(cursor, end).await?;
        let known = Range { before: asked.before.min(end), ..asked };
        let events = keyless(&pages.rows(select_keyless, known.scanned(filter), limit).await?)?;
        if !events.iter().all(|event| self.is_sealed(event)) {
            return Ok(SealedPage::default());
        }
        // A time that ends before `end` is exact; one that does not may lie anywhere beyond what is known here.
        let is_whole = cursor <= end || asked.before < end;
        Ok(SealedPage { last, whole: is_whole.then_some(known), events })
    }

    /// The last event up to which the business chain is sealed.
    async fn last_sealed(&mut self, mode: Mode) -> Result<Option<i64>> {
        let last = sqlx::query_scalar(
            "SELECT g.first_seq + least(g.count, l.size - g.first_leaf) - 1
             FROM segments g, LATERAL (SELECT l.size FROM unnest($3::text[], $4::bigint[]) l(log, size) WHERE l.log = g.log) l
             WHERE g.org = $1 AND g.mode = $2 AND g.chain = 'ledger' AND g.first_leaf < l.size ORDER BY g.first_seq DESC LIMIT 1",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(self.extents.iter().map(|extent| extent.log.as_str()).collect::<Vec<_>>())
        .bind(self.extents.iter().map(|extent| bigint(extent.size)).collect::<Vec<_>>())
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(last)
    }

    /// The beginning of what was asked for, up to the first that is missing or not sealed.
    fn gapless(
        &self,
        first: u64,
        events: Vec<KeylessEvent>,
        place: impl Fn(&KeylessEvent) -> Option<u64>,
    ) -> Vec<KeylessEvent> {
        let expected = (first..).zip(events);
        let sealed = expected.take_while(|(expected, event)| place(event) == Some(*expected) && self.is_sealed(event));
        sealed.map(|(_, event)| event).collect()
    }

    /// Whether it lies under a checkpoint that is published here and confirmed by the primary.
    fn is_sealed(&self, event: &KeylessEvent) -> bool {
        let extent = self.extents.iter().find(|extent| extent.log == event.header.log);
        extent.zip(event.leaf).is_some_and(|(extent, leaf)| leaf < extent.size)
    }
}

fn keyless(rows: &[PgRow]) -> Result<Vec<KeylessEvent>> {
    rows.iter().map(KeylessEvent::read).collect()
}
