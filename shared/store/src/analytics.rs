//! What analytics reads of the log beside its entries, what it notes, and the warehouse that is this database's own `analytics` schema.

mod warehouse;

use cloud::warehouse::Reason;
use sqlx::Postgres;
use sqlx::query::Query;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

pub use self::warehouse::Warehouse;
use crate::database::SystemTx;
use crate::error::Result;
use crate::row::{Columns, bigint};

/// When the leaves of a range became provable. Both lists are ordered by size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// Sizes of signed checkpoints, and when they were signed.
    pub signed: Vec<(u64, Timestamp)>,
    /// Sizes of published ones, and when the database learned of it.
    pub published: Vec<(u64, Timestamp)>,
}

/// A leaf without a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Which one.
    pub leaf: u64,
    /// Why.
    pub reason: DeadReason,
}

/// Why a leaf has no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadReason {
    /// Its entry is no header that we can read.
    Unreadable,
    /// The warehouse never takes it.
    Refused(Reason),
}

impl DeadReason {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Refused(reason) => reason.as_str(),
        }
    }
}

const SIGNED: &str = "SELECT size, (extract(epoch FROM signed_at) * 1000)::bigint AS at FROM checkpoints
    WHERE log = $1 AND size > $2 AND size <= coalesce((SELECT min(size) FROM checkpoints WHERE log = $1 AND size >= $3), $3)
    ORDER BY size";

const PUBLISHED: &str = "SELECT size, (extract(epoch FROM published_at) * 1000)::bigint AS at FROM publications
    WHERE log = $1 AND size > $2 AND size <= coalesce((SELECT min(size) FROM publications WHERE log = $1 AND size >= $3), $3)
    ORDER BY size";

impl SystemTx {
    /// The checkpoints that cover the leaves `first .. first + count`: of each leaf the first one that does.
    pub async fn milestones(&mut self, origin: &LogOrigin, first: u64, count: u64) -> Result<Milestones> {
        let (from, to) = (bigint(first), bigint(first + count));
        let signed = sqlx::query(SIGNED).bind(origin.as_str()).bind(from).bind(to);
        let published = sqlx::query(PUBLISHED).bind(origin.as_str()).bind(from).bind(to);
        Ok(Milestones { signed: self.sizes(signed).await?, published: self.sizes(published).await? })
    }

    async fn sizes(
        &mut self,
        query: Query<'_, Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<Vec<(u64, Timestamp)>> {
        let rows = query.fetch_all(&mut *self.inner).await?;
        let read = |row| {
            let row = Columns::of("checkpoints", row);
            Ok((row.size("size")?, Timestamp::from_millis(row.get("at")?)))
        };
        rows.iter().map(read).collect()
    }

    /// The key under which events are named in the facts.
    pub async fn fact_key(&mut self) -> Result<Hash> {
        let row = sqlx::query("SELECT key FROM analytics.fact_key").fetch_one(&mut *self.inner).await?;
        Columns::of("fact_key", &row).hash("key")
    }

    /// Notes leaves that have no row. The same one is noted once.
    pub async fn note_dead_letters(&mut self, origin: &LogOrigin, letters: &[DeadLetter]) -> Result<()> {
        sqlx::query(
            "INSERT INTO analytics.dead_letters (log, leaf, reason)
             SELECT $1, l.* FROM unnest($2::bigint[], $3::text[]) l(leaf, reason) ON CONFLICT (log, leaf) DO NOTHING",
        )
        .bind(origin.as_str())
        .bind(letters.iter().map(|letter| bigint(letter.leaf)).collect::<Vec<_>>())
        .bind(letters.iter().map(|letter| letter.reason.as_str()).collect::<Vec<_>>())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
