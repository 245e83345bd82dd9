//! What is appended: claims of 256 organizations, 570 bytes of payload each.

use std::sync::Arc;

use cloud::random::Random;
use store::append::{Appender, Draft, Outcome};
use store::organization::OrganizationKind;
use test_support::{TestRegion, fresh_id};
use tokio::task::JoinSet;
use truth_kernel::body::{Body, Salt};
use truth_kernel::canonical::{MAX_DEPTH, Value, parse};
use truth_kernel::classification::{Chain, Level, Mode, Tag};
use truth_kernel::id::OrgId;
use uuid::Uuid;

use crate::Failure;
use crate::load::Caller;

/// Organizations that share the load.
const ORGANIZATIONS: usize = 256;
/// Claims that the events belong to, over all organizations.
const CLAIMS: u32 = 200_000;
/// Bytes of the canonical payload.
const PAYLOAD: usize = 570;

/// How a caller behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// Every event is new, of any organization.
    Good,
    /// Every event is new, of one and the same organization.
    OneOrganization,
    /// One of ten repeats an earlier idempotency key; one of a hundred was decided under another generation or for nobody.
    Bad,
}

/// Organizations and the payload.
#[derive(Debug, Clone)]
pub struct Workload {
    organizations: Arc<[OrgId]>,
    payload: Value,
}

impl Workload {
    /// Makes the organizations.
    pub async fn new(region: &TestRegion) -> Result<Self, Failure> {
        let admin = region.store("fn_admin");
        let mut organizations = Vec::new();
        for number in 0..ORGANIZATIONS {
            let org = fresh_id();
            let mut tx = admin.begin(org).await?;
            tx.create_organization(&format!("Mutual {number}"), OrganizationKind::Partner).await?;
            tx.commit().await?;
            organizations.push(org);
        }
        admin.close().await;
        let rest = r#"{"amount":"1200.50","note":""}"#.len();
        let text = format!(r#"{{"amount":"1200.50","note":"{}"}}"#, "hail ".repeat(PAYLOAD).split_at(PAYLOAD - rest).0);
        Ok(Self { organizations: organizations.into(), payload: parse(text.as_bytes(), MAX_DEPTH)? })
    }

    /// The organizations.
    pub fn organizations(&self) -> &[OrgId] {
        &self.organizations
    }

    /// One event of each organization at once: an appender that has run for a while has met them all, and has their data keys.
    pub async fn meet(&self, appender: &Appender) -> Result<(), Failure> {
        let mut meetings = JoinSet::new();
        for (org, claim) in self.organizations.iter().zip(0..) {
            let (appender, draft) = (appender.clone(), self.draft(*org, claim)?);
            meetings.spawn(async move { appender.append(draft).await });
        }
        while let Some(met) = meetings.join_next().await {
            met??;
        }
        Ok(())
    }

    /// A caller of an appender.
    pub fn caller(&self, appender: Appender, manners: Manners) -> EventCaller {
        EventCaller { workload: self.clone(), appender, manners, calls: 0, last: None }
    }

    fn draft(&self, org: OrgId, claim: u32) -> Result<Draft, Failure> {
        let random = Random::system();
        let body = Body {
            claim_id: Some(format!("C-{claim}").parse()?),
            occurred_at: None,
            payload: self.payload.clone(),
            subject_id: None,
            tags: [Tag::Claim].into_iter().collect(),
        };
        let draft = Draft {
            org,
            mode: Mode::Test,
            chain: Chain::Ledger,
            generation: 1,
            id: fresh_id(),
            event_type: "claim.filed".parse()?,
            level: Level::Transactional,
            decision: None,
            digest: Uuid::from_bytes(random.bytes()),
            claim: None,
            subject: None,
            tags: body.tags,
            body: String::new(),
            salt: Salt::from_bytes(random.bytes()),
        };
        Ok(draft.with_body(&body))
    }
}

/// Appends one event after the other.
#[derive(Debug)]
pub struct EventCaller {
    workload: Workload,
    appender: Appender,
    manners: Manners,
    calls: u32,
    last: Option<(OrgId, Uuid)>,
}

impl EventCaller {
    /// The next event, and whether it is meant to become one.
    fn next(&mut self) -> Result<(Draft, Expected), Failure> {
        self.calls = self.calls.wrapping_add(1);
        let claim = u32::from_be_bytes(Random::system().bytes()) % CLAIMS;
        let org = match self.manners {
            Manners::OneOrganization => self.workload.organizations[0],
            _ => self.workload.organizations[claim as usize % ORGANIZATIONS],
        };
        let mut draft = self.workload.draft(org, claim)?;
        if self.manners == Manners::Bad {
            match self.calls % 200 {
                57 => {
                    draft.generation = 0;
                    return Ok((draft, Expected::Stale));
                }
                157 => {
                    draft.org = fresh_id();
                    return Ok((draft, Expected::Stale));
                }
                call if call % 10 == 5 => {
                    if let Some((org, digest)) = self.last {
                        (draft.org, draft.digest) = (org, digest);
                        return Ok((draft, Expected::Replayed));
                    }
                }
                _ => {}
            }
        }
        Ok((draft, Expected::Appended))
    }
}

#[derive(Debug, Clone, Copy)]
enum Expected {
    Appended,
    Replayed,
    Stale,
}

impl Caller for EventCaller {
    async fn call(&mut self) -> Result<(), Failure> {
        let (draft, expected) = self.next()?;
        let name = (draft.org, draft.digest);
        match (self.appender.append(draft).await?, expected) {
            (Outcome::Appended(_), Expected::Appended) => self.last = Some(name),
            // A neighbour of a row that was decided under an older generation is asked to decide again.
            (Outcome::Replayed(_), Expected::Replayed) | (Outcome::Stale, _) => {}
            (other, expected) => return Err(format!("{other:?} where {expected:?} was due").into()),
        }
        Ok(())
    }
}
