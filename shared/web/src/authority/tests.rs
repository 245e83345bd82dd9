#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use cloud::clock::{Clock, ManualClock};
use store::api_key::NewKey;
use store::organization::OrganizationStatus;
use test_support::{TestRegion, fresh_id};
use truth_kernel::classification::Mode;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::id::{ApiKeyId, OrgId};
use truth_kernel::time::Timestamp;

use super::{Authority, BELIEVED, Caller, Finding};
use crate::scope::Scope;

const NOW: i64 = 1_763_000_000_000;
const HOUR: i64 = 3_600_000;

struct Fixture {
    region: TestRegion,
    org: OrgId,
    key: ApiKeyId,
    secret: Hash,
    authority: Authority,
    hands: ManualClock,
}

impl Fixture {
    async fn new() -> Self {
        let region = TestRegion::new().await;
        let (org, key, secret) = (region.organization().await, fresh_id(), sha256(&[b"a secret"]));
        let admin = region.store("fn_admin");
        let mut tx = admin.begin(org).await.unwrap();
        tx.create_key(&NewKey {
            id: key,
            mode: Mode::Live,
            secret_sha256: secret,
            name: "writer".into(),
            scopes: vec!["events:write".into(), "a:scope_of_the_future".into()],
            region: "us-east1".parse().unwrap(),
            expires: Timestamp::from_millis(NOW + HOUR),
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let (clock, hands) = Clock::manual(Timestamp::from_millis(NOW));
        let authority = Authority::new(region.store("fn_query"), clock);
        Self { region, org, key, secret, authority, hands }
    }

    async fn find(&self) -> Finding {
        self.authority.find(&self.secret).await.unwrap()
    }

    async fn caller(&self) -> Caller {
        match self.find().await {
            Finding::Active(caller) => caller,
            other => panic!("not let in: {other:?}"),
        }
    }

    async fn revoke(&self) {
        let mut tx = self.region.store("fn_admin").begin(self.org).await.unwrap();
        assert!(tx.revoke_key(self.key).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_tells_who_calls_and_under_which_generation() {
    let fixture = Fixture::new().await;
    let caller = fixture.caller().await;
    assert_eq!((caller.org, caller.key, caller.mode), (fixture.org, fixture.key, Mode::Live));
    assert_eq!((caller.generation, caller.operator), (1, false));
    assert_eq!((caller.region.as_str(), caller.secret_sha256), ("us-east1", fixture.secret));
    assert_eq!(caller.scopes.iter().collect::<Vec<_>>(), [Scope::EventsWrite]);
    let unknown = fixture.authority.find(&sha256(&[b"a guess"])).await.unwrap();
    assert_eq!(unknown, Finding::Unknown);
    assert_eq!(fixture.authority.0.known.len(), 1, "guesses are not remembered");
}

#[tokio::test]
async fn an_answer_is_believed_for_a_while_and_expiry_counts_at_once() {
    let fixture = Fixture::new().await;
    fixture.caller().await;
    fixture.revoke().await;
    fixture.hands.advance(BELIEVED - 1);
    assert!(matches!(fixture.find().await, Finding::Active(_)));
    fixture.hands.advance(1);
    assert_eq!(fixture.find().await, Finding::Revoked);

    let fixture = Fixture::new().await;
    fixture.hands.advance(HOUR - 1);
    fixture.caller().await;
    fixture.hands.advance(1);
    assert_eq!(fixture.find().await, Finding::Expired);
}

#[tokio::test]
async fn a_clock_that_was_set_back_believes_nothing_from_the_future() {
    let fixture = Fixture::new().await;
    fixture.caller().await;
    fixture.revoke().await;
    fixture.hands.advance(-1);
    assert_eq!(fixture.find().await, Finding::Revoked);
}

#[tokio::test]
async fn renewing_sees_what_has_changed() {
    let fixture = Fixture::new().await;
    let caller = fixture.caller().await;
    let mut tx = fixture.region.store("fn_admin").begin(fixture.org).await.unwrap();
    tx.set_status(OrganizationStatus::Suspended).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.authority.renew(&caller).await.unwrap_err().kind().slug, "forbidden");
    let mut tx = fixture.region.store("fn_admin").begin(fixture.org).await.unwrap();
    tx.set_status(OrganizationStatus::Active).await.unwrap();
    tx.commit().await.unwrap();
    let suspended = Caller { generation: 2, ..caller };
    let renewed = fixture.authority.renew(&suspended).await.unwrap();
    assert_eq!(renewed.generation, 3);
    fixture.revoke().await;
    assert_eq!(fixture.authority.renew(&renewed).await.unwrap_err().kind().slug, "key-revoked");
}
