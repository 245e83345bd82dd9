//! Every signed checkpoint against the root that the tree had at its size.

use std::collections::VecDeque;

use truth_kernel::audit::{Fault, Growth, Place};
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::hash::Hash;
use truth_kernel::note::VerifierKey;

use super::super::frontier::Log;
use super::super::session::Session;
use super::super::{LogSummary, Step, sound};
use crate::row::{Columns, bigint};

const TABLE: &str = "checkpoints";

pub(super) struct Checkpoints<'a> {
    log: &'a Log,
    /// The trusted keys of this log.
    trust: Vec<VerifierKey>,
    next: VecDeque<Stored>,
    summary: LogSummary,
    published: bool,
}

struct Stored {
    size: u64,
    root: Hash,
    note: String,
}

impl<'a> Checkpoints<'a> {
    pub fn new(log: &'a Log, trust: &[VerifierKey]) -> Self {
        let is_own = |key: &&VerifierKey| key.name() == log.origin.as_str();
        let summary = LogSummary { origin: log.origin.clone(), size: log.size, checkpoints: 0, signed: 0 };
        let trust = trust.iter().filter(is_own).cloned().collect();
        Self { log, trust, next: VecDeque::new(), summary, published: log.published_size == 0 }
    }

    /// Reads those of sizes `from ..= to`, which the tree is about to have.
    pub async fn read(&mut self, session: &mut Session, from: u64, to: u64) -> Step {
        let rows = sqlx::query(
            "SELECT size, root, note FROM checkpoints WHERE log = $1 AND size BETWEEN $2 AND $3 ORDER BY size",
        )
        .bind(self.log.origin.as_str())
        .bind(bigint(from))
        .bind(bigint(to))
        .fetch_all(&mut session.connection)
        .await?;
        for row in &rows {
            let row = Columns::of(TABLE, row);
            self.next.push_back(Stored { size: row.size("size")?, root: row.hash("root")?, note: row.get("note")? });
        }
        Ok(())
    }

    /// Compares the one of the tree's present size, if there is one.
    pub fn compare(&mut self, growth: &Growth) -> Step {
        let Some(stored) = self.next.pop_front_if(|next| next.size == growth.size()) else { return Ok(()) };
        sound(self.is_right(&stored, growth.root()).map_err(|fault| fault.at(TABLE, self.place(stored.size))))?;
        self.summary.checkpoints += 1;
        self.summary.signed += u64::from(!self.trust.is_empty());
        self.published |= stored.size == self.log.published_size;
        Ok(())
    }

    fn is_right(&self, stored: &Stored, root: Hash) -> Result<(), Fault> {
        Fault::unless_equal("`root`", &stored.root, &root)?;
        let checkpoint = if self.trust.is_empty() {
            Checkpoint::claimed(&stored.note)
        } else {
            Checkpoint::open(&stored.note, &self.trust)
        };
        let checkpoint = checkpoint.map_err(|error| Fault::Other(format!("the note is refused: {error}")))?;
        let expected = Checkpoint::new(&self.log.origin, stored.size, root);
        Fault::unless_equal("the text of the note", &checkpoint.note_text(), &expected.note_text())
    }

    /// The published one must have been among them.
    pub fn end(self) -> Step<LogSummary> {
        if self.published {
            return Ok(self.summary);
        }
        let place = self.place(self.log.published_size);
        sound(Err(Fault::Missing.at(TABLE, place)))
    }

    fn place(&self, size: u64) -> Place {
        Place { size: Some(size), ..Place::log(&self.log.origin) }
    }
}
