//! A page across the boundary: what is not sealed on the replica yet from the primary, the rest from the replica.

use tokio::time::timeout;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;

use super::PATIENCE;
use crate::database::{Store, Tx};
use crate::error::Result;
use crate::event::{EventFilter, EventPage, KeylessEvent, Range};
use crate::row::bigint;

/// The replica's part of a page.
#[derive(Debug, Default)]
pub(super) struct SealedPage {
    /// The sequence number up to which every event is sealed there; 0 where none is.
    pub last: i64,
    /// What was asked for, where all of it lies up to `last`.
    pub whole: Option<Range>,
    /// The newest events up to `last` that match, at most as many as the page may hold.
    pub events: Vec<KeylessEvent>,
}

impl Store {
    /// The page that [`Tx::event_page`] gives, from the replica what is sealed there.
    pub async fn read_page(
        &self,
        org: OrgId,
        mode: Mode,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<EventPage> {
        let sealed = match self.begin_sealed(org).await {
            Some(mut tx) => {
                let read = timeout(PATIENCE, tx.page(mode, filter, before, limit)).await;
                tx.settle(read)
            }
            None => SealedPage::default(),
        };
        let mut tx = self.begin(org).await?;
        tx.page_onto(sealed, mode, filter, before, limit).await
    }
}

impl Tx {
    /// A page whose sealed part is there already. Of what the replica has not sealed nothing can be missing here: the primary is ahead of
    /// it, and chains have no gaps.
    async fn page_onto(
        &mut self,
        sealed: SealedPage,
        mode: Mode,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<EventPage> {
        let (asked, mut events) = match sealed.whole {
            Some(asked) => (asked, Vec::new()),
            None => self.page_above(sealed.last, mode, filter, before, limit).await?,
        };
        let first = asked.scanned(filter).first;
        let within = sealed.events.into_iter().filter(|event| bigint(event.header.seq) >= first);
        let older = within.take((limit as usize).saturating_sub(events.len())).collect();
        events.extend(self.with_keys(older).await?);
        Ok(EventPage::new(events, asked, filter, limit))
    }
}
