//! Numbered drafts: a number and the region's seed name a draft's organization, claim, subject and idempotency key, so that whoever comes
//! after a dead writer can send its draft again.

use store::append::Draft;
use test_support::draft::claim_filed;
use truth_kernel::body::Body;
use truth_kernel::canonical::{MAX_DEPTH, parse};
use truth_kernel::classification::Tag;
use truth_kernel::hash::sha256;
use truth_kernel::id::OrgId;
use uuid::Uuid;

use crate::Failure;

/// Every draft of a region.
#[derive(Clone, Debug)]
pub struct Load {
    /// Makes the region's idempotency keys its own.
    pub seed: u64,
    /// Whose events they are, in turn.
    pub orgs: Vec<OrgId>,
}

impl Load {
    /// The organization of a draft.
    pub fn org(&self, number: u64) -> OrgId {
        let count = self.orgs.len() as u64;
        self.orgs[usize::try_from(number % count).unwrap_or(0)]
    }

    /// The idempotency digest of a draft.
    pub fn digest(&self, number: u64) -> Uuid {
        let hash = sha256(&[&self.seed.to_be_bytes(), &number.to_be_bytes()]);
        Uuid::from_bytes(hash.as_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// The draft, with an id and a salt of its own each time: as a client that sends it again would have it.
    pub fn draft(&self, number: u64) -> Result<Draft, Failure> {
        let payload = format!(r#"{{"amount":"1200.50","number":{number}}}"#);
        // New claims and subjects come all the time, so that keys and streams are made at every moment.
        let body = Body {
            claim_id: (!number.is_multiple_of(4)).then(|| format!("C-{}", number / 16).parse()).transpose()?,
            occurred_at: None,
            payload: parse(payload.as_bytes(), MAX_DEPTH).map_err(|refusal| format!("{refusal:?}"))?,
            subject_id: (!number.is_multiple_of(3)).then(|| format!("S-{}", number / 32).parse()).transpose()?,
            tags: [Tag::Claim].into_iter().collect(),
        };
        Ok(Draft { digest: self.digest(number), ..claim_filed(self.org(number), 1, None) }.with_body(&body))
    }
}
