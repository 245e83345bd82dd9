//! The header of an event: what the chain links and the tree holds. No personal data.
//!
//! No value needs escaping, so the canonical form (RFC 8785) is the fixed texts between the values,
//! shared by writer and parser; a test holds the writer to the gate.

use std::fmt::Write as _;

use crate::body::EventType;
use crate::classification::{Chain, Level};
use crate::fixed::{FormError, Reader};
use crate::hash::{Hash, sha256};
use crate::id::{EventId, OrgId};
use crate::region::LogOrigin;
use crate::time::Timestamp;

/// No header is longer: 64 KiB − 1, the limit of an entry in a C2SP entry bundle.
pub const MAX_LENGTH: usize = 65_535;

const CHAIN: &str = r#"{"chain":""#;
const CLASS: &str = r#"","class":""#;
const COMMITMENT: &str = r#"","commitment":""#;
const DECISION: &str = r#"","decision":""#;
const ID: &str = r#"","id":""#;
const LOG: &str = r#"","log":""#;
const ORG: &str = r#"","org":""#;
const PREV: &str = r#"","prev":""#;
const SEQ: &str = r#"","seq":"#;
const STREAM: &str = r#","stream":""#;
const STREAM_PREV: &str = r#"","stream_prev":""#;
const STREAM_SEQ: &str = r#"","stream_seq":"#;
const TIME: &str = r#","time":""#;
const TYPE: &str = r#"","type":""#;
const VERSION: &str = r#"","v":1}"#;

/// The header of an event, version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Which chain of the organization it is on.
    pub chain: Chain,
    /// The level of its content.
    pub class: Level,
    /// The commitment to its body.
    pub commitment: Hash,
    /// SHA-256 of the residency decision's receipt, once one was taken.
    pub decision: Option<Hash>,
    /// The event.
    pub id: EventId,
    /// The log that it is promised to.
    pub log: LogOrigin,
    /// Whose event it is.
    pub org: OrgId,
    /// The event hash before it in its chain; [`Hash::ZERO`] for the first.
    pub prev: Hash,
    /// Its place in its chain, from 1, at most 2^53.
    pub seq: u64,
    /// Its place in its claim's stream, if it belongs to a claim.
    pub stream: Option<StreamPosition>,
    /// When it was appended; never runs backwards along a chain.
    pub time: Timestamp,
    /// What happened.
    pub event_type: EventType,
}

/// A place in a claim's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPosition {
    /// The stream, as [`crate::stream::stream_id`] names it.
    pub stream: Hash,
    /// The event hash before it in the stream; [`Hash::ZERO`] for the first.
    pub prev: Hash,
    /// Its place in the stream, from 1, at most 2^53.
    pub seq: u64,
}

impl Header {
    /// The canonical form: the leaf of the tree, before hashing.
    pub fn to_canonical(&self) -> String {
        let mut out = String::with_capacity(768);
        push(&mut out, CHAIN, self.chain.as_str());
        push(&mut out, CLASS, self.class.as_str());
        push_hash(&mut out, COMMITMENT, &self.commitment);
        if let Some(decision) = &self.decision {
            push_hash(&mut out, DECISION, decision);
        }
        out.push_str(ID);
        self.id.push_to(&mut out);
        push(&mut out, LOG, self.log.as_str());
        out.push_str(ORG);
        self.org.push_to(&mut out);
        push_hash(&mut out, PREV, &self.prev);
        push_number(&mut out, SEQ, self.seq);
        if let Some(StreamPosition { stream, prev, seq }) = &self.stream {
            push_hash(&mut out, STREAM, stream);
            push_hash(&mut out, STREAM_PREV, prev);
            push_number(&mut out, STREAM_SEQ, *seq);
        }
        out.push_str(TIME);
        self.time.push_to(&mut out);
        push(&mut out, TYPE, self.event_type.as_str());
        out.push_str(VERSION);
        out
    }

    /// Parses what [`Header::to_canonical`] writes and nothing else.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        if text.len() > MAX_LENGTH {
            return Err(FormError { member: "length" });
        }
        let mut reader = Reader::new(text);
        let header = Self {
            chain: reader.string(CHAIN)?,
            class: reader.string(CLASS)?,
            commitment: reader.string(COMMITMENT)?,
            decision: reader.optional(DECISION)?,
            id: reader.string(ID)?,
            log: reader.string(LOG)?,
            org: reader.string(ORG)?,
            prev: reader.string(PREV)?,
            seq: reader.position(SEQ)?,
            stream: StreamPosition::read(&mut reader)?,
            time: reader.string(TIME)?,
            event_type: reader.string(TYPE)?,
        };
        reader.end(VERSION)?;
        Ok(header)
    }
}

impl StreamPosition {
    /// All three members or none.
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, FormError> {
        let Some(stream) = reader.optional(STREAM)? else {
            return Ok(None);
        };
        let prev = reader.string(STREAM_PREV)?;
        let seq = reader.position(STREAM_SEQ)?;
        Ok(Some(Self { stream, prev, seq }))
    }
}

fn push(out: &mut String, key: &str, value: &str) {
    out.push_str(key);
    out.push_str(value);
}

fn push_hash(out: &mut String, key: &str, hash: &Hash) {
    out.push_str(key);
    hash.push_hex(out);
}

fn push_number(out: &mut String, key: &str, number: u64) {
    // Writing to a string never fails.
    write!(out, "{key}{number}").unwrap_or_default();
}

/// The hash of a header's bytes: `SHA-256(0x00 ‖ header)`, the leaf hash of RFC 6962 §2.1. One hash
/// serves as chain link and tree leaf.
pub fn event_hash(header: &[u8]) -> Hash {
    sha256(&[&[0], header])
}

#[cfg(test)]
mod tests;
