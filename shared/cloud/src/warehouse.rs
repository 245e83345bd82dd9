//! Rows for analysis, in a warehouse of one region.
//!
//! There are two: `BigQuery`, here, and an `analytics` schema in `PostgreSQL`, in the store. Both promise the same:
//!
//! - *ensure*: the table has at least these columns. What is missing is added, as columns that may be empty; nothing is ever dropped or
//!   retyped, and a table in which one of them has another type is refused.
//! - *insert*: when it has answered, every row is there but those that it names, which will never be. The same row may be inserted again,
//!   by anyone at any time: whoever reads sees one row per value of the table's first column. An error leaves it open which rows are there.
//! - *location*: the region that the rows lie in.

mod address;
#[cfg(feature = "bigquery")]
mod bigquery;

use std::error::Error as StdError;

use thiserror::Error;
use truth_kernel::time::Timestamp;

pub use self::address::{NotAWarehouse, WarehouseAddress};
#[cfg(feature = "bigquery")]
pub use self::bigquery::{Access, BigQuery, Patience};

/// A table, by what its rows must be able to hold.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; the first one says which rows are the same.
    pub columns: &'static [Column],
    /// The column of time by which rows are kept together.
    pub partitioned_by: &'static str,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether every row has it.
    pub presence: Presence,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// A text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// Yes or no.
    Boolean,
    /// An instant.
    Time,
}

/// Whether every row has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Every row has one. A column that is added later is never of this kind: the rows before it have none.
    Required,
    /// A row may lack it.
    Optional,
}

impl Column {
    /// A column that every row has.
    pub const fn required(name: &'static str, kind: ColumnType) -> Self {
        Self { name, kind, presence: Presence::Required }
    }

    /// A column that a row may lack.
    pub const fn optional(name: &'static str, kind: ColumnType) -> Self {
        Self { name, kind, presence: Presence::Optional }
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// By what the warehouse may recognise a repetition at once. It is not stored.
    pub insert_id: String,
    /// The values by column; a column that is left out is empty.
    pub values: Vec<(&'static str, Value)>,
}

/// What a row holds in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// An instant.
    Time(Timestamp),
}

impl Row {
    /// The row as a JSON object, as both warehouses take it.
    pub fn to_json(&self) -> serde_json::Value {
        let members = self.values.iter().map(|(name, value)| ((*name).to_owned(), value.to_json()));
        serde_json::Value::Object(members.collect())
    }
}

impl Value {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(truth) => (*truth).into(),
            Self::Time(time) => time.to_string().into(),
        }
    }
}

/// A row that the warehouse will never take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which one of those that were inserted.
    pub row: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a row is never taken. It repeats nothing of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A value does not fit its column.
    Invalid,
    /// It is longer than any request may be.
    TooLarge,
}

impl Reason {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
        }
    }
}

/// Why a warehouse did not do as told.
#[derive(Debug, Error)]
pub enum WarehouseError {
    /// It cannot be reached, is busy, or did not answer in time. What was asked may have happened or not; ask again.
    #[error("the warehouse is not available: {0}")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// The table does not have a column of the rows, or is not there: it was not ensured, or so lately that the warehouse does not know
    /// it everywhere yet. Ensure it and insert again.
    #[error("the warehouse does not know the table's columns yet")]
    SchemaBehind,
    /// The table has a column of this name with another type. Somebody must look.
    #[error("column {column} of table {table} has another type")]
    OtherType {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The warehouse lies in no single region.
    #[error("the warehouse lies in {0:?}, which is no region")]
    NotARegion(String),
    /// It refused what was asked, and would again. Somebody must look.
    #[error("the warehouse refuses: {0}")]
    Refused(#[source] Box<dyn StdError + Send + Sync>),
}

impl WarehouseError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::SchemaBehind)
    }
}
