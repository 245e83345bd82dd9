//! The OpenAPI document: the forms of requests and answers, as readers of the API see them.
//!
//! These types describe; what they describe is parsed and written elsewhere, by the kernel's own rules.
#![expect(dead_code, reason = "the members are read by the macro that writes the document")]

use serde_json::Value;
use utoipa::{OpenApi, ToSchema};

use crate::{post_event, post_events_batch, verify_claim};

#[derive(OpenApi)]
#[openapi(paths(post_event::post_event, post_events_batch::post_events_batch, verify_claim::verify_claim))]
pub(crate) struct Document;

/// An event to append.
#[derive(ToSchema)]
#[schema(as = EventRequest)]
pub(crate) struct EventBody {
    /// What happened: a built-in or registered event type.
    #[schema(example = "claim.filed")]
    r#type: String,
    /// How sensitive the event is.
    classification: Level,
    /// The claim that it belongs to: 1 to 200 characters.
    #[schema(required = false, nullable = false, example = "CLM-2026-1")]
    claim_id: Option<String>,
    /// The person that it is about: 1 to 200 characters.
    #[schema(required = false, nullable = false)]
    subject_id: Option<String>,
    /// What it is about.
    #[schema(required = false, nullable = false)]
    tags: Option<Vec<Tag>>,
    /// When it happened: RFC 3339, at most milliseconds.
    #[schema(required = false, nullable = false, example = "2026-11-20T21:44:05.123Z")]
    occurred_at: Option<String>,
    /// What the event type's schema describes; at most 256 KiB. Amounts are strings.
    payload: Value,
}

/// The level of an event.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Level {
    Identity,
    Transactional,
    Operational,
    Content,
    Analytical,
}

/// What an event is about.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Tag {
    Aggregate,
    Audit,
    Child,
    Claim,
    EducationRecord,
    Phi,
    Pii,
    Reference,
    Syslog,
}

/// An event of a batch.
#[derive(ToSchema)]
pub(crate) struct BatchEvent {
    /// Its own key: 1 to 255 visible ASCII characters.
    #[schema(required = false, nullable = false)]
    idempotency_key: Option<String>,
    #[serde(flatten)]
    event: EventBody,
}

/// Up to 500 events.
#[derive(ToSchema)]
#[schema(as = BatchRequest)]
pub(crate) struct BatchBody {
    /// The events, in the order in which they are to be appended.
    #[schema(max_items = 500, min_items = 1)]
    events: Vec<BatchEvent>,
}

/// What became of each event of a batch, in order.
#[derive(ToSchema)]
pub(crate) struct BatchResults {
    results: Vec<BatchResult>,
}

/// The answer that the event would have got alone: `evidence` with status 201, else a `problem`.
#[derive(ToSchema)]
pub(crate) struct BatchResult {
    status: u16,
    /// Whether an earlier request made the event.
    #[schema(required = false, nullable = false)]
    replayed: Option<bool>,
    #[schema(required = false, nullable = false)]
    evidence: Option<EvidenceDocument>,
    #[schema(required = false, nullable = false, value_type = Option<Object>)]
    problem: Option<Value>,
}

/// The evidence document of an event that is not sealed yet: `inclusion` and `checkpoint` are null, the receipt promises them.
#[derive(ToSchema)]
#[schema(as = Receipted)]
pub(crate) struct EvidenceDocument {
    version: u8,
    /// The log that the event is promised to, and its public keys.
    #[schema(value_type = Object)]
    log: Value,
    /// The header, byte for byte, and its hash.
    #[schema(value_type = Object)]
    event: Value,
    /// Salt and body that open the header's commitment.
    #[schema(value_type = Object)]
    opening: Value,
    #[schema(value_type = Option<Object>)]
    inclusion: Value,
    checkpoint: Option<String>,
    /// The region's signature over the event hash.
    #[schema(value_type = Object)]
    receipt: Value,
    #[schema(value_type = Vec<Object>)]
    anchors: Value,
}

/// What was found, and the event that says so.
#[derive(ToSchema)]
pub(crate) struct ClaimVerified {
    claim_id: String,
    /// The payload of the `claim.verified` event: result, head, counts, faults.
    #[schema(value_type = Object)]
    verification: Value,
    evidence: EvidenceDocument,
}
