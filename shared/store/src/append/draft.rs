//! An event on its way: from a decided draft to sealed columns, and from its place in the chain back to a header.

use std::sync::Arc;

use cloud::random::Random;
use truth_kernel::body::{Body, ClaimId, EventType, Salt, SubjectId, commitment};
use truth_kernel::classification::{Chain, Level, Mode, Tag, Tags};
use truth_kernel::hash::Hash;
use truth_kernel::header::{Header, StreamPosition, event_hash};
use truth_kernel::id::{EventId, OrgId};
use uuid::Uuid;

use super::batch::Placed;
use super::{AppendError, Appended};
use crate::error::{Error, Result};
use crate::stream::{StreamEntry, StreamName};
use crate::vault::{DataKey, Vault};

/// Everything that was decided about an event before it has a place.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The organization.
    pub org: OrgId,
    /// Live or test.
    pub mode: Mode,
    /// Business or audit.
    pub chain: Chain,
    /// The chain head's generation under which all of this was decided.
    pub generation: u64,
    /// The event's id.
    pub id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// Its level.
    pub level: Level,
    /// The digest of the residency decision, once there is one.
    pub decision: Option<Hash>,
    /// Which idempotency key it claims: first half of SHA-256(route ‖ 0 ‖ key), or the event id.
    pub digest: Uuid,
    /// The claim that it belongs to.
    pub claim: Option<ClaimId>,
    /// The subject whose data key seals it.
    pub subject: Option<SubjectId>,
    /// Its tags.
    pub tags: Tags,
    /// The canonical body.
    pub body: String,
    /// The salt of its commitment.
    pub salt: Salt,
}

impl Draft {
    /// What of the draft is in the body.
    #[must_use]
    pub fn with_body(mut self, body: &Body) -> Self {
        self.claim.clone_from(&body.claim_id);
        self.subject.clone_from(&body.subject_id);
        self.tags = body.tags;
        self.body = body.canonical().into_string();
        self
    }

    pub(super) async fn prepare(self, vault: &Vault) -> Result<Prepared> {
        let data_key = vault.data_key(self.org, self.subject.as_ref(), self.generation).await?;
        let stream = match &self.claim {
            Some(claim) => {
                let name = StreamName { org: self.org, mode: self.mode, claim: claim.clone() };
                Some(vault.stream(name, self.generation, &data_key))
            }
            None => None,
        };
        let envelope = data_key.seal_envelope(Random::system(), self.org, self.id, &self.salt, &self.body);
        Ok(Prepared {
            commitment: commitment(&self.salt, &self.body),
            org: self.org,
            mode: self.mode,
            chain: self.chain,
            generation: self.generation,
            id: self.id,
            event_type: self.event_type,
            level: self.level,
            decision: self.decision,
            digest: self.digest,
            subject: self.subject,
            tags: self.tags,
            data_key,
            stream,
            envelope,
        })
    }
}

/// A draft, sealed: what a batch is made of.
#[derive(Debug)]
pub struct Prepared {
    pub(super) org: OrgId,
    pub(super) mode: Mode,
    pub(super) chain: Chain,
    pub(super) generation: u64,
    pub(super) id: EventId,
    pub(super) event_type: EventType,
    pub(super) level: Level,
    pub(super) commitment: Hash,
    pub(super) decision: Option<Hash>,
    pub(super) digest: Uuid,
    pub(super) subject: Option<SubjectId>,
    pub(super) tags: Tags,
    pub(super) data_key: Arc<DataKey>,
    pub(super) stream: Option<Arc<StreamEntry>>,
    pub(super) envelope: Vec<u8>,
}

/// What of a header is known before the event has a place.
#[derive(Debug)]
pub(super) struct Unplaced {
    org: OrgId,
    chain: Chain,
    id: EventId,
    event_type: EventType,
    level: Level,
    commitment: Hash,
    decision: Option<Hash>,
    data_key: Arc<DataKey>,
}

impl Prepared {
    /// The tags as the database takes them.
    pub(super) fn tags_column(&self) -> String {
        self.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(",")
    }

    pub(super) fn unplaced_header(&self) -> Unplaced {
        Unplaced {
            org: self.org,
            chain: self.chain,
            id: self.id,
            event_type: self.event_type.clone(),
            level: self.level,
            commitment: self.commitment,
            decision: self.decision,
            data_key: Arc::clone(&self.data_key),
        }
    }
}

/// Rebuilds the header from the place that the database gave it, and holds it against the hash that the database computed. The event is
/// durable: whatever fails here is no refusal of it.
pub(super) async fn place(
    vault: &Vault,
    head: Unplaced,
    stream: Option<Arc<StreamEntry>>,
    generation: u64,
    placed: Placed,
) -> Result<Appended, AppendError> {
    head.data_key.confirm();
    let stream_key = match (stream, placed.stream_key) {
        (Some(own), Some(stored)) => {
            let settled = vault.settle_stream(own, &head.data_key, generation, stored).await;
            Some(settled.map_err(|error| AppendError::Unknown(error.to_string()))?)
        }
        _ => None,
    };
    let header = Header {
        chain: head.chain,
        class: head.level,
        commitment: head.commitment,
        decision: head.decision,
        id: head.id,
        log: placed.log,
        org: head.org,
        prev: placed.prev,
        seq: placed.seq,
        stream: placed.stream.map(|(stream, prev, seq)| StreamPosition { stream, prev, seq }),
        time: placed.time,
        event_type: head.event_type,
    };
    let header_text = header.to_canonical();
    let hash = event_hash(header_text.as_bytes());
    if hash != placed.hash {
        let fault = Error::Inconsistent { table: "ledger_events", fault: "another header than the kernel builds" };
        tracing::error!(event.id = %header.id, error = %fault, "an event is not what was appended");
        return Err(AppendError::Unknown(fault.to_string()));
    }
    Ok(Appended { header, header_text, hash, stream_key })
}
