//! An event as callers send it, parsed.

use truth_kernel::body::{Body, CanonicalBody, ClaimId, EventType, SubjectId};
use truth_kernel::canonical::{MAX_DEPTH, Value};
use truth_kernel::classification::{Level, Tag, Tags};
use truth_kernel::time::Timestamp;
use web::event_type::CLAIM_VERIFIED;
use web::idempotency::IdempotencyKey;
use web::problem::Problem;

use crate::members::Members;

/// Bytes of a payload in canonical form.
pub const PAYLOAD_LIMIT: usize = 256 * 1024;

/// Bytes of a request: the payload may be written with spaces and escapes.
pub(crate) const REQUEST_LIMIT: usize = 4 * PAYLOAD_LIMIT;

/// How deep a request nests: its payload as deep as the gate lets it, within the event.
pub(crate) const REQUEST_DEPTH: u8 = MAX_DEPTH + 1;

/// An event to append.
#[derive(Clone, Debug)]
pub struct EventRequest {
    /// What happened.
    pub event_type: EventType,
    /// How sensitive it is.
    pub level: Level,
    /// What is committed to: claim, subject, tags, time and payload.
    pub body: Body,
    /// The same in canonical form.
    pub canonical: CanonicalBody,
}

impl EventRequest {
    /// Parses the event at the place `at` of the body (a JSON Pointer, empty for the whole). Every fault is told.
    pub fn parse(value: Value, at: &str) -> Result<Self, Problem> {
        let mut members = Members::of(value, at)?;
        let event = Self::read(&mut members);
        members.finish(event)?.within_limit(at)
    }

    /// An item of a batch: an event that may have a key of its own.
    pub(crate) fn parse_item(value: Value, at: &str) -> Result<(Self, Option<IdempotencyKey>), Problem> {
        let mut members = Members::of(value, at)?;
        let key = members.optional_text("idempotency_key", IdempotencyKey::parse);
        let event = Self::read(&mut members);
        Ok((members.finish(event)?.within_limit(at)?, key))
    }

    /// An event of parts that are known to be right.
    pub(crate) fn new(event_type: EventType, level: Level, body: Body) -> Self {
        let canonical = body.canonical();
        Self { event_type, level, body, canonical }
    }

    fn read(members: &mut Members<'_>) -> Option<Self> {
        let event_type = members.required_text("type", str::parse::<EventType>);
        if event_type.as_ref().is_some_and(|name| name.as_str() == CLAIM_VERIFIED) {
            members.fault("type", "written by the ledger alone: POST /api/v1/claims/{id}/verify");
        }
        let level = members.required_text("classification", |text| {
            text.parse::<Level>().map_err(|_| "not one of identity, transactional, operational, content, analytical")
        });
        let claim_id = members.optional_text("claim_id", str::parse::<ClaimId>);
        let subject_id = members.optional_text("subject_id", str::parse::<SubjectId>);
        let occurred_at = members.optional_text("occurred_at", Timestamp::parse_rfc3339);
        let tags = tags(members);
        let payload = members.required("payload")?;
        Some(Self::new(event_type?, level?, Body { claim_id, occurred_at, payload, subject_id, tags }))
    }

    fn within_limit(self, at: &str) -> Result<Self, Problem> {
        if self.canonical.payload().len() <= PAYLOAD_LIMIT {
            return Ok(self);
        }
        let detail = format!("the payload has more than {PAYLOAD_LIMIT} bytes in canonical form");
        Err(Problem::payload_too_large().with_error(format!("{at}/payload"), detail))
    }
}

fn tags(members: &mut Members<'_>) -> Tags {
    let Some(value) = members.take("tags") else { return Tags::default() };
    let Some(items) = value.as_array() else {
        members.fault("tags", "not a list");
        return Tags::default();
    };
    let tag = |(index, item)| members.text(&format!("tags/{index}"), item, str::parse::<Tag>);
    items.iter().enumerate().filter_map(tag).collect()
}

#[cfg(test)]
mod tests;
