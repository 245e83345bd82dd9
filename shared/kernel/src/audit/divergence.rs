//! Where a stored ledger is not what its events say.

use std::fmt;

use serde::{Serialize, Serializer};

use super::ChainName;
use crate::classification::{Chain, Mode};
use crate::hash::Hash;
use crate::id::{EventId, OrgId};
use crate::region::LogOrigin;

/// The first thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The table that holds it.
    pub table: &'static str,
    /// Which row.
    #[serde(flatten)]
    pub place: Box<Place>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Which row: as much as is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogOrigin>,
    /// The organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrgId>,
    /// Live or test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Business or audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
    /// The place in the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The stream of a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<Hash>,
    /// The leaf of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
    /// The path of a tile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tile: Option<String>,
    /// The size of a tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There must be a row, and there is none.
    #[error("the row is missing")]
    Missing,
    /// There is a row where none can be.
    #[error("the row has no reason to be: {0}")]
    Surplus(&'static str),
    /// The header is not in canonical form.
    #[error("the header is not in canonical form at `{0}`")]
    Header(&'static str),
    /// A value is another than it must be.
    #[error("{what} is {stored}, where {expected} is expected")]
    Differs {
        /// Which value.
        what: &'static str,
        /// What is stored.
        stored: String,
        /// What everything before it leads to.
        expected: String,
    },
    /// Anything else; the text says what.
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// Refuses a value that is not the expected one.
    pub fn unless_equal<T: PartialEq + fmt::Display>(what: &'static str, stored: &T, expected: &T) -> Result<(), Self> {
        if stored == expected {
            return Ok(());
        }
        let (stored, expected) = (stored.to_string(), expected.to_string());
        Err(Self::Differs { what, stored, expected })
    }

    /// The divergence in a row of a table.
    pub fn at(self, table: &'static str, place: Place) -> Divergence {
        Divergence { table, place: Box::new(place), fault: self }
    }
}

impl Place {
    /// Somewhere in a chain.
    pub fn chain(name: &ChainName) -> Self {
        Self { organization: Some(name.org), mode: Some(name.mode), chain: Some(name.chain), ..Self::default() }
    }

    /// An event of a chain.
    pub fn event(name: &ChainName, seq: u64, event: Option<EventId>) -> Self {
        Self { seq: Some(seq), event, ..Self::chain(name) }
    }

    /// Somewhere in a log.
    pub fn log(origin: &LogOrigin) -> Self {
        Self { log: Some(origin.clone()), ..Self::default() }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table)?;
        if *self.place != Place::default() {
            write!(f, ", {}", self.place)?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for Divergence {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut part = |name: &str, value: Option<String>| {
            parts.extend(value.map(|value| format!("{name} {value}")));
        };
        part("log", self.log.as_ref().map(ToString::to_string));
        part("organization", self.organization.map(|id| id.to_string()));
        part("mode", self.mode.map(|mode| mode.as_str().to_owned()));
        part("chain", self.chain.map(|chain| chain.as_str().to_owned()));
        part("seq", self.seq.map(|seq| seq.to_string()));
        part("event", self.event.map(|event| event.to_string()));
        part("stream", self.stream.map(|stream| stream.to_string()));
        part("leaf", self.leaf.map(|leaf| leaf.to_string()));
        part("tile", self.tile.clone());
        part("size", self.size.map(|size| size.to_string()));
        f.write_str(&parts.join(", "))
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
