//! Columns into domain values; what does not fit is an inconsistent row, never a panic.

use sqlx::Row;
use sqlx::postgres::PgRow;
use truth_kernel::hash::Hash;
use truth_kernel::id::{Id, Kind};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Reads typed columns of rows of one table.
pub(crate) struct Columns<'r> {
    pub table: &'static str,
    pub row: &'r PgRow,
}

impl<'r> Columns<'r> {
    pub fn of(table: &'static str, row: &'r PgRow) -> Self {
        Self { table, row }
    }

    pub fn get<T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(&self, name: &str) -> Result<T> {
        Ok(self.row.try_get(name)?)
    }

    pub fn hash(&self, name: &str) -> Result<Hash> {
        hash(self.table, self.get::<&[u8]>(name)?)
    }

    pub fn id<K: Kind>(&self, name: &str) -> Result<Id<K>> {
        Ok(Id::from_uuid(self.get::<Uuid>(name)?))
    }

    /// A non-negative number.
    pub fn size(&self, name: &str) -> Result<u64> {
        self.get::<i64>(name)?.try_into().map_err(|_| self.fault("a negative number"))
    }

    /// A text that parses as a domain value.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        self.get::<&str>(name)?.parse().map_err(|_| self.fault("a text that does not parse"))
    }

    pub fn fault(&self, fault: &'static str) -> Error {
        Error::Inconsistent { table: self.table, fault }
    }
}

pub(crate) fn hash(table: &'static str, bytes: &[u8]) -> Result<Hash> {
    let bytes = bytes.try_into().map_err(|_| Error::Inconsistent { table, fault: "a hash that is not 32 bytes" })?;
    Ok(Hash::from_bytes(bytes))
}

/// A size, sequence number or index as SQL counts.
#[expect(clippy::cast_possible_wrap, reason = "no chain, log or tile has 2^63 members")]
pub(crate) fn bigint(number: u64) -> i64 {
    number as i64
}
