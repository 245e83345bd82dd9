#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;

use serde::Serialize;
use store::append::{Appended, Appender, Outcome};
use store::event::StoredEvent;
use store::log::Published;
use test_support::draft::claim_filed;
use test_support::{TestRegion, log_signer, receipt_signer};
use truth_kernel::classification::Mode;
use truth_kernel::evidence::Inclusion;
use truth_kernel::id::OrgId;
use truth_kernel::note::NoteSigner;
use truth_kernel::signature::SigningKey;
use truth_kernel::verify::{Outcome as Found, Report, StepName, Verdict, verify};

use super::{Keyring, VerifierKeys, Witness};

struct Fixture {
    region: TestRegion,
    org: OrgId,
    appender: Appender,
    witness: Witness,
}

impl Fixture {
    async fn new() -> Self {
        let region = TestRegion::new().await;
        Self {
            org: region.organization().await,
            appender: region.appender(),
            witness: witness(&region, receipt_signer()),
            region,
        }
    }

    async fn append(&self, claim: Option<&str>) -> Appended {
        match self.appender.append(claim_filed(self.org, 1, claim)).await.unwrap() {
            Outcome::Appended(event) => *event,
            other => panic!("not appended: {other:?}"),
        }
    }

    async fn stored(&self, event: &Appended) -> StoredEvent {
        let mut tx = self.witness.store.begin(self.org).await.unwrap();
        tx.event(Mode::Test, event.header.id).await.unwrap().unwrap()
    }

    async fn published(&self) -> Published {
        let mut tx = self.witness.store.begin(self.org).await.unwrap();
        let log = TestRegion::log(Mode::Test);
        tx.logs().published(&log).await.unwrap().unwrap()
    }

    async fn include(&self, event: &StoredEvent) -> Result<(Inclusion, Published), store::Error> {
        let published = self.published().await;
        let mut tx = self.witness.store.begin(self.org).await?;
        let leaf = event.leaf.unwrap();
        let inclusion = self.witness.prover().inclusion(&mut tx, &published, leaf, &event.hash).await?;
        Ok((inclusion, published))
    }

    async fn tamper(&self, sql: &'static str) {
        assert!(self.region.tamper(sql).await > 0, "{sql}");
    }

    fn verify(&self, document: &impl Serialize) -> Report {
        verify(&serde_json::to_vec(document).unwrap(), &self.witness.keyring().published())
    }
}

fn witness(region: &TestRegion, receipts: NoteSigner) -> Witness {
    let log = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
    let keyring = Keyring::new([log], Arc::new(receipts));
    Witness::new(region.store("fn_proof_generator"), region.vault("fn_proof_generator"), keyring)
}

fn outcome(report: &Report, step: StepName) -> Found {
    report.step(step).unwrap().outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_a_sealed_event_verifies_with_its_receipt() {
    let fixture = Fixture::new().await;
    let events = [fixture.append(Some("C-1")).await, fixture.append(None).await];
    fixture.region.seal(Mode::Test).await;
    for event in &events {
        let stored = fixture.stored(event).await;
        let (inclusion, published) = fixture.include(&stored).await.unwrap();
        let evidence = fixture.witness.with_inclusion(&stored, inclusion, &published).await.unwrap();
        let report = fixture.verify(&evidence);
        assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
        assert_eq!(outcome(&report, StepName::Receipt), Found::Passed);
        assert_eq!(outcome(&report, StepName::Opening), Found::Passed);
        assert_eq!(evidence.log.keys.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_has_the_same_receipt_and_promises_no_more() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    let stored = fixture.stored(&event).await;
    let again = async || {
        let opened = stored.open(&fixture.witness.vault).await.unwrap().unwrap();
        fixture.witness.receipt_only(&stored, opened).unwrap()
    };
    let report = fixture.verify(&again().await);
    assert_eq!(report.verdict, Verdict::CannotTell);
    assert_eq!(outcome(&report, StepName::Receipt), Found::Passed);
    let [one, two] = [again().await, again().await].map(|evidence| serde_json::to_string(&evidence).unwrap());
    assert_eq!(one, two);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_never_signed_by_another_key_than_the_one_named_at_append() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    let other = NoteSigner::new(test_support::RECEIPT_KEY, SigningKey::from_seed(&[9; 32])).unwrap();
    let witness = witness(&fixture.region, other);
    let stored = fixture.stored(&event).await;
    let opened = stored.open(&fixture.witness.vault).await.unwrap().unwrap();
    assert!(witness.receipt_only(&stored, opened).is_err());
    let (inclusion, published) = fixture.include(&stored).await.unwrap();
    let evidence = witness.with_inclusion(&stored, inclusion, &published).await.unwrap();
    assert!(evidence.receipt.is_none());
    assert_eq!(fixture.verify(&evidence).verdict, Verdict::Valid);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_event_still_proves_without_its_opening() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    fixture.tamper("DELETE FROM event_payloads").await;
    let stored = fixture.stored(&event).await;
    let (inclusion, published) = fixture.include(&stored).await.unwrap();
    let evidence = fixture.witness.with_inclusion(&stored, inclusion, &published).await.unwrap();
    assert!(evidence.opening.is_none() && evidence.receipt.is_none());
    assert_eq!(fixture.verify(&evidence).verdict, Verdict::Valid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_was_changed_behind_the_ledgers_back_makes_no_evidence() {
    let fixture = Fixture::new().await;
    let event = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    fixture.tamper("UPDATE ledger_events SET header = replace(header, 'claim.filed', 'claim.filet')").await;
    let stored = fixture.stored(&event).await;
    let (inclusion, published) = fixture.include(&stored).await.unwrap();
    assert!(fixture.witness.with_inclusion(&stored, inclusion, &published).await.is_err());
    let history = fixture.witness.history(fixture.org, Mode::Test, &"C-1".parse().unwrap()).await;
    assert!(history.is_err());
}

/// Changes one bit of the first tile; a second time, it is as it was.
const FLIP: &str =
    "UPDATE tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE octet_length(hashes) = 8192";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_tile_makes_no_proof_until_it_is_mended() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    for _ in 0..260 {
        fixture.append(None).await;
    }
    fixture.region.seal(Mode::Test).await;
    let stored = fixture.stored(&event).await;
    fixture.tamper(FLIP).await;
    assert!(fixture.include(&stored).await.is_err());
    fixture.tamper(FLIP).await;
    assert!(fixture.include(&stored).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_tile_makes_no_proof() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    let stored = fixture.stored(&event).await;
    fixture.tamper("DELETE FROM tiles").await;
    assert!(fixture.include(&stored).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_was_proven_is_answered_from_memory() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    let stored = fixture.stored(&event).await;
    let (proven, _) = fixture.include(&stored).await.unwrap();
    fixture.tamper("DELETE FROM tiles").await;
    assert_eq!(fixture.include(&stored).await.unwrap().0, proven);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_complete_over_many_pages_and_grows_with_the_log() {
    const EVENTS: usize = 1_200;
    let fixture = Fixture::new().await;
    let history = async || fixture.witness.history(fixture.org, Mode::Test, &"C-1".parse().unwrap()).await.unwrap();
    assert!(history().await.is_none());
    let appends = (0..EVENTS).map(|_| {
        let (appender, draft) = (fixture.appender.clone(), claim_filed(fixture.org, 1, Some("C-1")));
        tokio::spawn(async move { appender.append(draft).await })
    });
    for append in appends.collect::<Vec<_>>() {
        append.await.unwrap().unwrap();
    }
    let promised = history().await.unwrap();
    assert_eq!((promised.events.len(), promised.checkpoint.is_some()), (EVENTS, false));
    let report = fixture.verify(&promised);
    assert_eq!(report.verdict, Verdict::CannotTell);
    assert_eq!(outcome(&report, StepName::Head), Found::Passed);
    fixture.region.seal(Mode::Test).await;
    let sealed = history().await.unwrap();
    let report = fixture.verify(&sealed);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    fixture.append(Some("C-1")).await;
    let longer = history().await.unwrap();
    assert_eq!(longer.events.len(), EVENTS + 1);
    assert!(longer.events[EVENTS].inclusion.is_none());
    assert_eq!(fixture.verify(&longer).verdict, Verdict::CannotTell);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_with_a_gap_is_refused() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        fixture.append(Some("C-1")).await;
    }
    fixture.tamper("DELETE FROM ledger_events WHERE stream_seq = 2").await;
    assert!(fixture.witness.history(fixture.org, Mode::Test, &"C-1".parse().unwrap()).await.is_err());
}

#[test]
fn log_keys_are_words() {
    let key = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
    let text = format!(" {key}\n{key} ");
    assert_eq!(text.parse(), Ok(VerifierKeys(vec![key.clone(), key])));
    assert!("nonsense".parse::<VerifierKeys>().is_err());
}
