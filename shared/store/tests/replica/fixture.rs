//! A region with a standby, and its store with and without it.

use store::Store;
use store::append::{Appended, Appender, Draft, Outcome};
use store::event::StoredEvent;
use store::replica::Wanted;
use store::vault::Vault;
use test_support::draft::claim_filed;
use test_support::{Standby, TestRegion};
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::evidence::EventText;
use truth_kernel::hash::sha256;
use truth_kernel::id::OrgId;

/// How often the server that an event comes from was marked.
pub fn marks(event: &StoredEvent) -> usize {
    let hash = EventText::new(event.header_text.clone()).hash();
    let marked = std::iter::successors(Some(hash), |hash| Some(sha256(&[hash.as_bytes()])));
    marked.take(4).position(|hash| hash == event.hash).unwrap()
}

pub struct Fixture {
    pub region: TestRegion,
    pub standby: Standby,
    pub org: OrgId,
    /// As `fn_query`, with the standby.
    pub store: Store,
    pub vault: Vault,
    appender: Appender,
}

impl Fixture {
    pub async fn new() -> Self {
        let region = TestRegion::apart().await;
        let org = region.organization().await;
        let standby = region.standby().await;
        let store = standby.store(&region, "fn_query");
        let (vault, appender) = (region.vault("fn_query"), region.appender());
        Self { region, standby, org, store, vault, appender }
    }

    /// Of claim C-1.
    pub async fn append(&self) -> Appended {
        self.append_to(Chain::Ledger).await
    }

    pub async fn append_to(&self, chain: Chain) -> Appended {
        let claim = (chain == Chain::Ledger).then_some("C-1");
        let draft = Draft { chain, ..claim_filed(self.org, 1, claim) };
        match self.appender.append(draft).await.unwrap() {
            Outcome::Appended(event) => *event,
            other => panic!("not appended: {other:?}"),
        }
    }

    /// A sealed event that the standby has, which now applies nothing any more.
    pub async fn sealed_and_paused(&self) -> Appended {
        let event = self.append().await;
        self.region.seal(Mode::Test).await;
        self.standby.catch_up().await;
        self.standby.pause().await;
        event
    }

    pub async fn read(&self, event: &Appended) -> StoredEvent {
        let wanted = Wanted::ById { mode: Mode::Test, ids: &[event.header.id] };
        let (_, mut events) = self.store.read(self.org, wanted).await.unwrap();
        assert_eq!(events.len(), 1);
        events.pop().unwrap()
    }

    /// Marks every event on the primary, and so on the standby once it catches up: its hash is hashed once more.
    pub async fn mark_primary(&self) {
        assert!(self.region.tamper("UPDATE ledger_events SET hash = sha256(hash)").await > 0);
    }

    /// How often the server was marked that the event comes from.
    pub async fn marks(&self, event: &Appended) -> usize {
        marks(&self.read(event).await)
    }
}
