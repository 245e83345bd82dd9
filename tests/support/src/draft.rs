//! Drafts of plain events.

use cloud::random::Random;
use store::append::Draft;
use truth_kernel::body::{Body, Salt};
use truth_kernel::canonical::{MAX_DEPTH, parse};
use truth_kernel::classification::{Chain, Level, Mode, Tag, Tags};
use truth_kernel::id::{EventId, OrgId};

use crate::region::fresh_id;

/// A `claim.filed` event of a test organization, without an idempotency key.
pub fn claim_filed(org: OrgId, generation: u64, claim: Option<&str>) -> Draft {
    let id: EventId = fresh_id();
    let body = Body {
        claim_id: claim.map(|claim| claim.parse().expect("a claim id")),
        occurred_at: None,
        payload: parse(br#"{"amount":"1200.50","note":"hail"}"#, MAX_DEPTH).expect("a payload"),
        subject_id: None,
        tags: [Tag::Claim].into_iter().collect::<Tags>(),
    };
    Draft {
        org,
        mode: Mode::Test,
        chain: Chain::Ledger,
        generation,
        id,
        event_type: "claim.filed".parse().expect("an event type"),
        level: Level::Transactional,
        decision: None,
        digest: *id.as_uuid(),
        claim: None,
        subject: None,
        tags: Tags::default(),
        body: String::new(),
        salt: Salt::from_bytes(Random::system().bytes()),
    }
    .with_body(&body)
}
