//! Sealing and its tables against a real database, as the functions' own roles.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use sqlx::{Connection, PgConnection};
use store::append::Outcome;
use store::backlog::Backlog;
use store::log::LogState;
use store::seal::SignedCheckpoint;
use store::{Error, Store};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::{Chain, Mode};
use truth_kernel::header::event_hash;
use truth_kernel::id::OrgId;
use truth_kernel::tile::TileId;

struct Fixture {
    region: TestRegion,
    batcher: Store,
    orgs: Vec<OrgId>,
}

impl Fixture {
    /// Three organizations with this many events each.
    async fn new(counts: [usize; 3]) -> Self {
        let region = TestRegion::new().await;
        let appender = region.appender();
        let mut orgs = Vec::new();
        for count in counts {
            let org = region.organization().await;
            for _ in 0..count {
                assert!(matches!(appender.append(claim_filed(org, 1, None)).await.unwrap(), Outcome::Appended(_)));
            }
            orgs.push(org);
        }
        Self { batcher: region.store("fn_proof_batcher"), region, orgs }
    }

    async fn extend(&self, most: u64) -> Option<LogState> {
        let mut tx = self.batcher.begin_system().await.unwrap();
        let log = tx.lock_log(&TestRegion::log(Mode::Test)).await.unwrap();
        let extended = tx.extend(&log, most).await.unwrap();
        tx.commit().await.unwrap();
        extended
    }

    async fn backlog(&self) -> Backlog {
        let timekeeper = self.region.store("fn_timekeeper");
        timekeeper.begin_system().await.unwrap().backlog().await.unwrap()
    }

    async fn connect(&self, role: &str) -> PgConnection {
        PgConnection::connect(&self.region.url(role)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_leaf_is_the_event_that_its_segment_says() {
    let fixture = Fixture::new([3, 10, 1]).await;
    let mut size = 0;
    for more in [5, 5, 4] {
        size += more;
        assert_eq!(fixture.extend(5).await.map(|log| log.size), Some(size));
    }
    assert!(fixture.extend(5).await.is_none());
    let mut tx = fixture.batcher.begin_system().await.unwrap();
    let headers = tx.entries(&TestRegion::log(Mode::Test), 0, 14).await.unwrap();
    let tile = tx.logs().tiles(&TestRegion::log(Mode::Test), &[TileId { level: 0, index: 0 }]).await.unwrap();
    let leaves: Vec<_> = headers.iter().map(|header| event_hash(header.as_bytes())).collect();
    assert_eq!(tile.get(TileId { level: 0, index: 0 }), Some(leaves.as_slice()));
    let query = fixture.region.store("fn_query");
    for org in &fixture.orgs {
        for event in query.begin(*org).await.unwrap().chain_events(Mode::Test, Chain::Ledger, 1, 100).await.unwrap() {
            let leaf = usize::try_from(event.leaf.unwrap()).unwrap();
            assert_eq!(headers[leaf], event.header_text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_any_range_are_found_across_segments() {
    let fixture = Fixture::new([4, 7, 5]).await;
    while fixture.extend(3).await.is_some() {}
    let log = TestRegion::log(Mode::Test);
    let mut tx = fixture.batcher.begin_system().await.unwrap();
    let all = tx.entries(&log, 0, 16).await.unwrap();
    for first in 0..16_usize {
        for count in 1..=16 - first {
            let some = tx.entries(&log, first as u64, count as u64).await.unwrap();
            assert_eq!(some, all[first..first + count], "{first} + {count}");
        }
    }
    assert!(matches!(tx.entries(&log, 10, 7).await, Err(Error::Inconsistent { table: "segments", .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_checkpoint_is_the_newest_and_the_first_of_a_size_stays() {
    let fixture = Fixture::new([1, 1, 1]).await;
    let log = TestRegion::log(Mode::Test);
    let mut signed = Vec::new();
    while let Some(state) = fixture.extend(1).await {
        signed.push(SignedCheckpoint { size: state.size, root: state.root, note: format!("note {}", state.size) });
    }
    let mut tx = fixture.batcher.begin_system().await.unwrap();
    assert_eq!(tx.newest_checkpoint(&log).await.unwrap(), None);
    for checkpoint in signed.iter().rev() {
        tx.record_checkpoint(&log, checkpoint).await.unwrap();
        tx.record_checkpoint(&log, &SignedCheckpoint { note: "another".into(), ..checkpoint.clone() }).await.unwrap();
    }
    assert_eq!(tx.newest_checkpoint(&log).await.unwrap().as_ref(), signed.last());
    assert_eq!(tx.checkpoint_at(&log, 2).await.unwrap().as_ref(), signed.get(1));
    assert_eq!(tx.checkpoint_at(&log, 4).await.unwrap(), None);
    for (recorded, published) in [(2, 2), (1, 2), (3, 3)] {
        tx.record_published(&log, recorded).await.unwrap();
        assert_eq!(tx.logs().state(&log).await.unwrap().unwrap().published_size, published);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backlog_is_what_waits_and_no_more() {
    let fixture = Fixture::new([2, 1, 0]).await;
    let oldest = fixture.backlog().await.oldest_pending.unwrap();
    let query = fixture.region.store("fn_query");
    let first =
        query.begin(fixture.orgs[0]).await.unwrap().chain_events(Mode::Test, Chain::Ledger, 1, 1).await.unwrap();
    assert_eq!(oldest, first[0].header.time);
    fixture.extend(100).await;
    assert_eq!(fixture.backlog().await, Backlog { oldest_pending: None, unpublished: 3 });
    fixture.region.seal(Mode::Test).await;
    assert_eq!(fixture.backlog().await, Backlog { oldest_pending: None, unpublished: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_may_seal_and_the_batcher_may_not_rewrite() {
    let fixture = Fixture::new([1, 0, 0]).await;
    fixture.region.seal(Mode::Test).await;
    for (role, sql) in [
        ("fn_ledger_writer", "UPDATE logs SET size = size"),
        ("fn_query", "INSERT INTO checkpoints (log, size, root, note) SELECT origin, 9, root, '' FROM logs"),
        ("fn_timekeeper", "SELECT header FROM ledger_events"),
        ("fn_timekeeper", "SELECT * FROM segments"),
        ("fn_proof_batcher", "SELECT * FROM event_payloads"),
        ("fn_proof_batcher", "UPDATE chain_heads SET seq = 0"),
        ("fn_proof_batcher", "UPDATE checkpoints SET note = ''"),
        ("fn_proof_batcher", "DELETE FROM segments"),
        ("fn_proof_batcher", "DELETE FROM tiles"),
    ] {
        let refused = sqlx::query(sql).execute(&mut fixture.connect(role).await).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{role}: {sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_is_append_only_even_to_the_owner_and_tiles_only_grow() {
    let fixture = Fixture::new([2, 0, 0]).await;
    fixture.region.seal(Mode::Test).await;
    let mut superuser = fixture.region.superuser().await;
    for sql in [
        "UPDATE segments SET count = 1",
        "DELETE FROM segments",
        "TRUNCATE segments",
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
        "TRUNCATE checkpoints CASCADE",
        "DELETE FROM tiles",
        "TRUNCATE tiles",
        "UPDATE tiles SET hashes = substring(hashes FOR 32)",
        "UPDATE tiles SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1)",
    ] {
        let refused = sqlx::query(sql).execute(&mut superuser).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("23001"), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_does_not_exist_is_inconsistent() {
    let fixture = Fixture::new([0, 0, 0]).await;
    let mut tx = fixture.batcher.begin_system().await.unwrap();
    let unknown = "ledger.example/europe-west1/2".parse().unwrap();
    assert!(matches!(tx.lock_log(&unknown).await, Err(Error::Inconsistent { table: "logs", .. })));
}
