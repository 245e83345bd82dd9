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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use truth_kernel::canonical::parse;
    use truth_kernel::classification::Mode;
    use truth_kernel::hash::Hash;
    use truth_kernel::id::{ApiKeyId, OrgId};
    use web::scope::Scopes;

    use super::{Attempt, Caller, EventRequest, Item, Uuid};

    fn item(key: Option<Uuid>) -> Item {
        let event = br#"{"type":"claim.filed","classification":"transactional","payload":{}}"#;
        Item::new(EventRequest::parse(parse(event, 65).unwrap(), "").unwrap(), key, String::new())
    }

    fn caller() -> Caller {
        Caller {
            org: OrgId::from_parts(1, [1; 10]),
            mode: Mode::Test,
            key: ApiKeyId::from_parts(1, [2; 10]),
            scopes: Scopes::default(),
            region: "europe-west1".parse().unwrap(),
            operator: false,
            generation: 7,
            secret_sha256: Hash::ZERO,
        }
    }

    #[test]
    fn without_a_key_an_event_claims_the_id_that_it_had_at_first() {
        let (item, caller) = (item(None), caller());
        let first = item.draft(&caller, Attempt::Plain);
        assert_eq!(first.digest, *first.id.as_uuid());
        let stale = item.draft(&caller, Attempt::Plain);
        assert_eq!((stale.id, stale.digest, stale.generation), (first.id, first.digest, 7));
        let again = item.draft(&caller, Attempt::AfterUnknown);
        assert_ne!(again.id, first.id, "the first id may be taken");
        assert_eq!(again.digest, first.digest);
        assert_ne!(again.salt.as_bytes(), first.salt.as_bytes());
    }

    #[test]
    fn with_a_key_an_event_claims_that_and_a_new_id_each_time() {
        let key = Uuid::from_u128(9);
        let (item, caller) = (item(Some(key)), caller());
        let (first, again) = (item.draft(&caller, Attempt::Plain), item.draft(&caller, Attempt::Plain));
        assert_eq!((first.digest, again.digest), (key, key));
        assert_ne!(first.id, again.id);
    }
}
