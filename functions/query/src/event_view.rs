//! An event as the API shows it.

use serde::Serialize;
use serde_json::value::RawValue;
use store::Error;
use store::event::StoredEvent;
use store::vault::Vault;
use truth_kernel::body::{Body, ClaimId, EventType, SubjectId};
use truth_kernel::classification::{Level, Tags};
use truth_kernel::hash::Hash;
use truth_kernel::id::EventId;
use truth_kernel::time::Timestamp;
use utoipa::ToSchema;
use web::evidence::text;

/// An event: what its header says, and what its body says unless it was erased.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its id.
    #[schema(value_type = String, example = "evt_01a19467ec227e7b9e5d918d33f08169")]
    id: EventId,
    /// Its place in the organization's chain, from 1.
    seq: u64,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "claim.filed")]
    event_type: EventType,
    /// The level of its content.
    #[schema(value_type = String, example = "transactional")]
    classification: Level,
    /// When it was appended.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    #[serde(flatten)]
    body: Option<BodyView>,
    /// Its hash: chain link and leaf of the tree.
    #[schema(value_type = String)]
    hash: Hash,
    /// Its header, byte for byte: what is hashed.
    header: String,
    /// Whether its body was erased.
    erased: bool,
}

/// What an event's body says.
#[derive(Debug, Serialize, ToSchema)]
struct BodyView {
    /// The claim that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    claim_id: Option<ClaimId>,
    /// The person that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    subject_id: Option<SubjectId>,
    /// What it is about.
    #[schema(value_type = Vec<String>)]
    tags: Tags,
    /// When it happened, as the organization says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// What the organization says of it, in canonical form.
    #[schema(value_type = Object)]
    payload: Box<RawValue>,
    /// SHA-256 of the payload in canonical form.
    #[schema(value_type = String)]
    payload_sha256: Hash,
}

impl EventView {
    /// Opens a stored event; one that was changed behind the ledger's back is not shown.
    pub async fn open(vault: &Vault, event: StoredEvent) -> Result<Self, Error> {
        text(&event)?;
        let opened = match &event.payload {
            Some(payload) => Some(vault.open(event.header.org, event.header.id, &payload.sealed).await?),
            None => None,
        };
        let body = opened.map(|opened| BodyView::read(&opened.body)).transpose()?;
        Ok(Self {
            id: event.header.id,
            seq: event.header.seq,
            event_type: event.header.event_type,
            classification: event.header.class,
            time: event.header.time,
            erased: body.is_none(),
            body,
            hash: event.hash,
            header: event.header_text,
        })
    }
}

impl BodyView {
    fn read(text: &str) -> Result<Self, Error> {
        const FAULT: Error = Error::Inconsistent { table: "event_payloads", fault: "a body that is not one" };
        let body = Body::parse(text).map_err(|_| FAULT)?;
        let canonical = body.canonical();
        // As it is: a number that went through a parser might come out another one.
        let payload = RawValue::from_string(canonical.payload().to_owned()).map_err(|_| FAULT)?;
        Ok(Self {
            payload,
            payload_sha256: canonical.payload_sha256(),
            claim_id: body.claim_id,
            subject_id: body.subject_id,
            tags: body.tags,
            occurred_at: body.occurred_at,
        })
    }
}
