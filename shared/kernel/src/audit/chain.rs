//! One chain: every row against the one before it, and its columns against its header.

use std::fmt;

use uuid::Uuid;

use super::{Divergence, Fault, Place};
use crate::classification::{Chain, Mode};
use crate::hash::Hash;
use crate::header::{Header, event_hash};
use crate::id::{EventId, OrgId};
use crate::region::LogOrigin;
use crate::time::Timestamp;

const TABLE: &str = "ledger_events";

/// Which chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainName {
    /// Whose it is.
    pub org: OrgId,
    /// Live or test.
    pub mode: Mode,
    /// Business or audit.
    pub chain: Chain,
}

/// A row of `ledger_events` as it was read, nothing of it believed.
#[derive(Debug, Clone, Copy)]
pub struct EventRow<'a> {
    /// Column `org`.
    pub org: Uuid,
    /// Column `mode`.
    pub mode: &'a str,
    /// Column `chain`.
    pub chain: &'a str,
    /// Column `seq`.
    pub seq: i64,
    /// Column `id`.
    pub id: Uuid,
    /// Column `hash`.
    pub hash: Hash,
    /// Column `time`, in Unix milliseconds.
    pub time: i64,
    /// Column `class`.
    pub class: &'a str,
    /// Column `type`.
    pub event_type: &'a str,
    /// Column `stream`.
    pub stream: Option<Hash>,
    /// Column `stream_seq`.
    pub stream_seq: Option<i64>,
    /// Column `header`.
    pub header: &'a str,
}

/// The end of a chain as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainTail {
    /// Events read; their last sequence number.
    pub seq: u64,
    /// The hash of the last; [`Hash::ZERO`] before the first.
    pub hash: Hash,
    /// The time of the last.
    pub time: Option<Timestamp>,
}

impl Default for ChainTail {
    fn default() -> Self {
        Self { seq: 0, hash: Hash::ZERO, time: None }
    }
}

impl ChainTail {
    /// Takes the next row of the chain in this log; answers with its header.
    pub fn advance(&mut self, name: &ChainName, log: &LogOrigin, row: &EventRow<'_>) -> Result<Header, Divergence> {
        let place = || Place::event(name, self.seq + 1, Some(EventId::from_uuid(row.id)));
        self.follow(name, log, row)
            .map_err(|fault| match fault {
                Fault::Missing => Fault::Missing.at(TABLE, Place::event(name, self.seq + 1, None)),
                fault => fault.at(TABLE, place()),
            })
            .inspect(|header| {
                *self = Self { seq: header.seq, hash: row.hash, time: Some(header.time) };
            })
    }

    fn follow(&self, name: &ChainName, log: &LogOrigin, row: &EventRow<'_>) -> Result<Header, Fault> {
        if u64::try_from(row.seq) != Ok(self.seq + 1) || !name.is_of(row) {
            return Err(Fault::Missing);
        }
        let hash = event_hash(row.header.as_bytes());
        if row.hash != hash {
            let stored = row.hash;
            return Err(Fault::Other(format!("the header hashes to {hash}, but column `hash` is {stored}")));
        }
        let header = Header::parse(row.header).map_err(|error| Fault::Header(error.member))?;
        columns_are_of(&header, row)?;
        Fault::unless_equal("`log` in the header", &header.log, log)?;
        Fault::unless_equal("`prev` in the header", &header.prev, &self.hash)?;
        if header.chain == Chain::Audit && header.stream.is_some() {
            // A stream is written under one chain's lock.
            return Err(Fault::Other("a claim's event is outside of the business chain".into()));
        }
        match self.time {
            Some(before) if header.time < before => Err(Fault::Other(format!(
                "`time` in the header is {}, which is before {before}, the time of the event before it",
                header.time
            ))),
            _ => Ok(header),
        }
    }
}

/// Holds each column against the header, which the hash covers.
fn columns_are_of(header: &Header, row: &EventRow<'_>) -> Result<(), Fault> {
    let id = EventId::from_uuid(row.id);
    Fault::unless_equal("column `id`", &id, &header.id)?;
    Fault::unless_equal("column `org`", &OrgId::from_uuid(row.org), &header.org)?;
    Fault::unless_equal("column `mode`", &row.mode, &header.log.mode().as_str())?;
    Fault::unless_equal("column `chain`", &row.chain, &header.chain.as_str())?;
    Fault::unless_equal("column `seq`", &i128::from(row.seq), &i128::from(header.seq))?;
    Fault::unless_equal("column `time`", &row.time, &header.time.millis())?;
    Fault::unless_equal("column `class`", &row.class, &header.class.as_str())?;
    Fault::unless_equal("column `type`", &row.event_type, &header.event_type.as_str())?;
    let stream = header.stream.map(|position| position.stream);
    let stream_seq = header.stream.map(|position| i128::from(position.seq));
    Fault::unless_equal("column `stream`", &Shown(row.stream), &Shown(stream))?;
    Fault::unless_equal("column `stream_seq`", &Shown(row.stream_seq.map(i128::from)), &Shown(stream_seq))
}

#[derive(PartialEq)]
struct Shown<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("none"),
        }
    }
}

impl ChainName {
    fn is_of(&self, row: &EventRow<'_>) -> bool {
        *self.org.as_uuid() == row.org && self.mode.as_str() == row.mode && self.chain.as_str() == row.chain
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.org, self.mode, self.chain)
    }
}

#[cfg(test)]
mod tests;
