//! An event to append, and what it claims.

use cloud::random::Random;
use store::append::Draft;
use truth_kernel::body::Salt;
use truth_kernel::classification::Chain;
use truth_kernel::id::EventId;
use uuid::Uuid;
use web::caller::Caller;

use crate::event_request::EventRequest;
use crate::writer::new_event_id;

/// What makes an event one, however often it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claimed {
    /// The digest of the client's key.
    Key(Uuid),
    /// The id that we gave it at first.
    OwnId(EventId),
}

/// What a request under a key that was used must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The same event: same type, level and body.
    SameEvent,
    /// Any event of the same type: its body is ours, not the caller's.
    SameType,
}

/// How an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// For the first time, or after an attempt that certainly wrote nothing.
    Plain,
    /// After an attempt that may have written it.
    AfterUnknown,
}

/// An event to append.
#[derive(Debug)]
pub(crate) struct Item {
    /// The event.
    pub event: EventRequest,
    /// What it claims.
    pub claimed: Claimed,
    /// What it must be if that was claimed before.
    pub repeated: Repeated,
    /// Where it is in the request's body, as a JSON Pointer.
    pub at: String,
}

impl Item {
    /// An event that a caller sent, with the digest of its key if it has one.
    pub fn new(event: EventRequest, key: Option<Uuid>, at: String) -> Self {
        let claimed = key.map_or_else(|| Claimed::OwnId(new_event_id()), Claimed::Key);
        Self { event, claimed, repeated: Repeated::SameEvent, at }
    }

    /// The event as the caller may append it now. After an unknown outcome it needs another id, because the first may be taken;
    /// what it claims tells that it is the same event.
    pub fn draft(&self, caller: &Caller, attempt: Attempt) -> Draft {
        let (id, digest) = match self.claimed {
            Claimed::Key(digest) => (new_event_id(), digest),
            Claimed::OwnId(id) if attempt == Attempt::AfterUnknown => (new_event_id(), *id.as_uuid()),
            Claimed::OwnId(id) => (id, *id.as_uuid()),
        };
        let body = &self.event.body;
        Draft {
            org: caller.org,
            mode: caller.mode,
            chain: Chain::Ledger,
            generation: caller.generation,
            id,
            event_type: self.event.event_type.clone(),
            level: self.event.level,
            decision: None,
            digest,
            claim: body.claim_id.clone(),
            subject: body.subject_id.clone(),
            tags: body.tags,
            body: self.event.canonical.as_str().to_owned(),
            salt: Salt::from_bytes(Random::system().bytes()),
        }
    }
}
