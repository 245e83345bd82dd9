//! Anchors, as the anchorer's own role writes them and others read them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use sqlx::{Connection, PgConnection};
use store::anchor::{AnchorState, AnchorWork};
use store::append::Appender;
use store::follow::Consumer;
use store::{Error, Store};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

struct Ledger {
    region: TestRegion,
    store: Store,
    org: OrgId,
    appender: Appender,
}

fn log() -> LogOrigin {
    TestRegion::log(Mode::Test)
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

impl Ledger {
    async fn new() -> Self {
        let region = TestRegion::new().await;
        let (org, appender) = (region.organization().await, region.appender());
        Self { store: region.store("fn_anchorer"), region, org, appender }
    }

    async fn publish(&self, events: usize) -> u64 {
        for _ in 0..events {
            self.appender.append(claim_filed(self.org, 1, None)).await.unwrap();
        }
        self.region.seal(Mode::Test).await
    }

    async fn begin(&self, now: i64, until: i64) -> Option<AnchorWork> {
        let mut tx = self.store.begin_system().await.unwrap();
        let work = tx.begin_anchor(&log(), at(now), at(until)).await.unwrap();
        tx.commit().await.unwrap();
        work
    }

    async fn record(&self, work: &AnchorWork, token: &[u8], next: i64) -> Result<(), Error> {
        let mut tx = self.store.begin_system().await?;
        tx.record_anchor(&work.checkpoint, at(5), token, at(next)).await?;
        tx.commit().await
    }

    async fn cursor(&self) -> u64 {
        self.store.begin_system().await.unwrap().cursor(Consumer::Anchorer, &log()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_begun_once_and_finished_before_anything_newer() {
    let ledger = Ledger::new().await;
    assert_eq!(ledger.begin(0, 30).await, None, "nothing is published");
    ledger.publish(3).await;
    let work = ledger.begin(0, 30).await.unwrap();
    assert_eq!((work.checkpoint.size, work.failures), (3, 0));
    assert_eq!(ledger.begin(29, 60).await, None, "somebody is at it");
    ledger.publish(2).await;
    assert_eq!(ledger.begin(30, 60).await.as_ref(), Some(&work), "after a crash, the same checkpoint");
    ledger.record(&work, b"token", 100).await.unwrap();
    assert_eq!(ledger.cursor().await, 3);
    assert_eq!(ledger.begin(99, 200).await, None, "the last anchor is young");
    let next = ledger.begin(100, 200).await.unwrap();
    assert_eq!(next.checkpoint.size, 5);
    ledger.record(&next, b"other token", 150).await.unwrap();
    assert_eq!(ledger.begin(500, 600).await, None, "everything is anchored");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_at_once_one_begins() {
    let ledger = Ledger::new().await;
    ledger.publish(1).await;
    let (a, b, c, d) = tokio::join!(ledger.begin(0, 9), ledger.begin(0, 9), ledger.begin(0, 9), ledger.begin(0, 9));
    assert_eq!([a, b, c, d].iter().flatten().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_has_one_token_and_repeating_it_changes_nothing() {
    let ledger = Ledger::new().await;
    ledger.publish(1).await;
    let work = ledger.begin(0, 1).await.unwrap();
    ledger.record(&work, b"token", 10).await.unwrap();
    ledger.publish(1).await;
    let newer = ledger.begin(10, 20).await.unwrap();
    ledger.record(&newer, b"newer", 30).await.unwrap();
    ledger.record(&work, b"token", 99).await.unwrap();
    let refused = ledger.record(&work, b"other", 99).await;
    assert!(matches!(refused, Err(Error::Inconsistent { table: "anchors", .. })));
    assert_eq!(ledger.cursor().await, 2);
    ledger.publish(1).await;
    assert!(ledger.begin(30, 40).await.is_some(), "the repetition did not postpone the next");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_counted_until_the_next_success() {
    let ledger = Ledger::new().await;
    ledger.publish(1).await;
    for failures in 0..3 {
        let now = i64::from(failures) * 10;
        let work = ledger.begin(now, now + 5).await.unwrap();
        assert_eq!(work.failures, failures);
        let mut tx = ledger.store.begin_system().await.unwrap();
        tx.record_anchor_failure(&work.checkpoint, "unreachable", at(now + 10)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ledger.begin(now + 9, now + 20).await, None);
    }
    let state = async || ledger.store.begin_system().await.unwrap().logs().anchor_state(&log()).await.unwrap().unwrap();
    assert_eq!(state().await, AnchorState { failures: 3, last_error: Some("unreachable".into()) });
    let work = ledger.begin(30, 40).await.unwrap();
    ledger.record(&work, b"token", 50).await.unwrap();
    assert_eq!(state().await, AnchorState::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_anchor_over_a_leaf_and_the_newest_are_found() {
    let ledger = Ledger::new().await;
    for (size, token) in [(2, b"one"), (4, b"two")] {
        ledger.publish(2).await;
        let work = ledger.begin(100 * size, 100 * size + 1).await.unwrap();
        ledger.record(&work, token, 0).await.unwrap();
    }
    ledger.publish(1).await;
    for role in ["fn_query", "fn_proof_generator"] {
        let store = ledger.region.store(role);
        let mut tx = store.begin(ledger.org).await.unwrap();
        for (leaf, token) in [(0, Some("one")), (1, Some("one")), (2, Some("two")), (3, Some("two")), (4, None)] {
            let anchor = tx.logs().first_anchor_over(&log(), leaf).await.unwrap();
            let found = anchor.as_ref().map(|anchor| str::from_utf8(&anchor.token).unwrap());
            assert_eq!(found, token, "{leaf}");
            assert!(anchor.is_none_or(|anchor| anchor.checkpoint.size > leaf && anchor.time == at(5)));
        }
        assert_eq!(tx.logs().newest_anchor(&log()).await.unwrap().unwrap().checkpoint.size, 4);
        let live = TestRegion::log(Mode::Live);
        assert_eq!(tx.logs().newest_anchor(&live).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_anchorer_can_neither_change_an_anchor_nor_read_an_event() {
    let ledger = Ledger::new().await;
    ledger.publish(1).await;
    let work = ledger.begin(0, 1).await.unwrap();
    ledger.record(&work, b"token", 10).await.unwrap();
    let mut connection = PgConnection::connect(&ledger.region.url("fn_anchorer")).await.unwrap();
    for refused in [
        "UPDATE anchors SET token = 'x'",
        "DELETE FROM anchors",
        "DELETE FROM anchor_states",
        "UPDATE logs SET published_size = 0",
        "INSERT INTO checkpoints (log, size, root, note) SELECT log, 9, root, note FROM checkpoints",
        "SELECT 1 FROM ledger_events",
        "SELECT 1 FROM event_payloads",
        "SELECT 1 FROM segments",
        "SELECT 1 FROM organizations",
    ] {
        let error = sqlx::query(refused).execute(&mut connection).await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{refused}: {error}");
    }
    let mut owner = ledger.region.superuser().await;
    for refused in ["UPDATE anchors SET token = 'x'", "DELETE FROM anchors", "TRUNCATE anchors"] {
        let error = sqlx::query(refused).execute(&mut owner).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{refused}: {error}");
    }
}
