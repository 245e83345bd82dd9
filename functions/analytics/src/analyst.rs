//! A run: for every log of the region, ranges of published leaves become facts, and the cursor follows them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cloud::warehouse::{Row, WarehouseError};
use store::Store;
use store::analytics::{DeadLetter, DeadReason, Milestones};
use store::follow::Consumer;
use tokio::sync::OnceCell;
use truth_kernel::hash::Hash;
use truth_kernel::header::Header;
use truth_kernel::region::LogOrigin;

use crate::error::AnalyzeError;
use crate::facts::{FACTS, row};
use crate::warehouse::Warehouse;

/// Follows the logs of one region. Clones are the same; any number, anywhere, may run at once.
#[derive(Clone, Debug)]
pub struct Analyst {
    store: Store,
    warehouse: Warehouse,
    limits: Limits,
    known: Arc<Known>,
}

/// What never changes, or only grows.
#[derive(Debug, Default)]
struct Known {
    key: OnceCell<Hash>,
    table: AtomicBool,
}

/// How much a run does.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Leaves that are read, inserted and left behind at once: as many as a warehouse likes to get in one request.
    pub leaves: u64,
    /// Ranges of a log within one run. What is left then has its own nudge: `timekeeper` sweeps.
    pub ranges: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { leaves: 500, ranges: 64 }
    }
}

/// Leaves of a log as they were read.
#[derive(Debug)]
struct Range {
    first: u64,
    entries: Vec<String>,
    milestones: Milestones,
}

/// What is made of a range.
#[derive(Debug, Default)]
struct Findings {
    rows: Vec<Row>,
    /// The leaf of each row.
    leaves: Vec<u64>,
    dead: Vec<DeadLetter>,
}

impl Analyst {
    /// Follows with the store as `fn_analytics`.
    pub fn new(store: Store, warehouse: Warehouse) -> Self {
        Self { store, warehouse, limits: Limits::default(), known: Arc::default() }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// One run over all logs, one after the other. One that fails does not keep the others from being followed. Answers with the leaves
    /// that this run dealt with.
    pub async fn run(&self) -> Result<u64, AnalyzeError> {
        let mut outcome = Ok(0);
        for log in self.store.begin_system().await?.logs().all().await? {
            let followed = self.follow(&log.origin).await;
            outcome = outcome.and_then(|leaves| followed.map(|more| leaves + more));
        }
        outcome
    }

    /// One run over one log, until nothing is left or it has done its share.
    pub async fn follow(&self, origin: &LogOrigin) -> Result<u64, AnalyzeError> {
        let mut leaves = 0;
        for _ in 0..self.limits.ranges {
            let Some(range) = self.read(origin).await? else { break };
            let dead = self.tell(&range).await?;
            leaves += self.leave_behind(origin, &range, &dead).await?;
        }
        Ok(leaves)
    }

    /// The next leaves, in a transaction that is over before anything is done with them; none if there are none.
    async fn read(&self, origin: &LogOrigin) -> Result<Option<Range>, store::Error> {
        let mut tx = self.store.begin_system().await?;
        let first = tx.cursor(Consumer::Analytics, origin).await?;
        let published = tx.logs().state(origin).await?.map_or(0, |log| log.published_size);
        let count = published.saturating_sub(first).min(self.limits.leaves);
        if count == 0 {
            return Ok(None);
        }
        let milestones = tx.milestones(origin, first, count).await?;
        Ok(Some(Range { first, entries: tx.entries(origin, first, count).await?, milestones }))
    }

    /// Inserts the facts of a range; answers with the leaves that will never have a row.
    async fn tell(&self, range: &Range) -> Result<Vec<DeadLetter>, AnalyzeError> {
        let Findings { rows, leaves, mut dead } = range.facts(self.key().await?);
        for refusal in self.insert(&rows).await? {
            let leaf = leaves.get(refusal.row).copied().map(|leaf| (leaf, DeadReason::Refused(refusal.reason)));
            dead.extend(leaf.map(|(leaf, reason)| DeadLetter { leaf, reason }));
        }
        Ok(dead)
    }

    async fn insert(&self, rows: &[Row]) -> Result<Vec<cloud::warehouse::Refusal>, WarehouseError> {
        if !self.known.table.load(Ordering::Relaxed) {
            self.warehouse.ensure(&FACTS).await?;
            self.known.table.store(true, Ordering::Relaxed);
        }
        let outcome = self.warehouse.insert(&FACTS, rows).await;
        if matches!(outcome, Err(WarehouseError::SchemaBehind)) {
            // Somebody took the table or a column away: the next run looks again.
            self.known.table.store(false, Ordering::Relaxed);
        }
        outcome
    }

    /// Moves the cursor behind the range, together with the note of what has no row. Does nothing when another run was faster: it has
    /// told the same, and the views show it once.
    async fn leave_behind(&self, origin: &LogOrigin, range: &Range, dead: &[DeadLetter]) -> Result<u64, store::Error> {
        let leaves = range.entries.len() as u64;
        let mut tx = self.store.begin_system().await?;
        if !tx.advance(Consumer::Analytics, origin, range.first, range.first + leaves).await? {
            return Ok(0);
        }
        if let Some(letter) = dead.first() {
            tx.note_dead_letters(origin, dead).await?;
            let (rows, reason) = (dead.len(), letter.reason.as_str());
            tracing::warn!(
                log.origin = origin.as_str(),
                rows,
                reason,
                "leaves without a row are noted as dead letters"
            );
        }
        tx.commit().await?;
        Ok(leaves)
    }

    async fn key(&self) -> Result<&Hash, store::Error> {
        self.known.key.get_or_try_init(|| async { self.store.begin_system().await?.fact_key().await }).await
    }
}

impl Range {
    fn facts(&self, key: &Hash) -> Findings {
        let mut findings = Findings::default();
        for (leaf, entry) in (self.first..).zip(&self.entries) {
            if let Ok(header) = Header::parse(entry) {
                findings.rows.push(row(&header, leaf, &self.milestones, key));
                findings.leaves.push(leaf);
            } else {
                findings.dead.push(DeadLetter { leaf, reason: DeadReason::Unreadable });
            }
        }
        findings
    }
}
