//! `proveniq audit` and `proveniq demo tamper` against a real database.

use crate::support::{Run, Scratch, run};
use serde_json::Value;
use store::append::Outcome;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;

/// A region with 40 sealed events and 5 that wait.
async fn region() -> TestRegion {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    append(&region, org, 40).await;
    region.seal(Mode::Test).await;
    append(&region, org, 5).await;
    region
}

async fn append(region: &TestRegion, org: truth_kernel::id::OrgId, count: u32) {
    let appender = region.appender();
    for number in 0..count {
        let claim = format!("C-{}", number % 3);
        assert!(matches!(appender.append(claim_filed(org, 1, Some(&claim))).await.unwrap(), Outcome::Appended(_)));
    }
}

fn audit(region: &TestRegion, more: &[&str]) -> Run {
    let url = region.url("fn_auditor");
    run(["audit", "--database", &url].iter().chain(more))
}

fn tamper(region: &TestRegion, what: &str) -> Run {
    run(["demo", "tamper", "--database", &region.url("postgres"), "--what", what])
}

/// The folder of wrapping keys of test regions.
fn wrapping_keys(region: &TestRegion) -> String {
    region.cluster().data_dir().with_file_name("keys").to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_region_is_told_in_words_and_in_json() {
    let region = region().await;
    let keys = wrapping_keys(&region);
    let origin = TestRegion::log(Mode::Test);
    let trust = test_support::log_signer(&origin).verifier().to_string();
    let found = audit(&region, &["--trust", &trust, "--openings", "--wrapping-keys", &keys]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    for said in [
        "45 events in 1 chains and 3 streams",
        "40 leaves",
        "1 checkpoints, signed",
        "5 events wait",
        "45 bodies open",
        "SOUND",
    ] {
        assert!(found.out.contains(said), "{said}: {}", found.out);
    }
    let json: Value = serde_json::from_str(&audit(&region, &["--json"]).out).unwrap();
    assert_eq!(
        (&json["verdict"], &json["summary"]["sealed"], &json["summary"]["pending"]),
        (&"sound".into(), &40.into(), &5.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tampered_with_is_named() {
    for (what, said) in [
        ("header", "ledger_events, organization org_"),
        ("hash", "column `hash`"),
        ("tile", "tiles, log ledger.example/europe-west1/test-1, tile tile/0/000: hash 0 is"),
        ("delete", "seq 23: the row is missing"),
    ] {
        let region = region().await;
        let done = tamper(&region, what);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let found = audit(&region, &[]);
        assert!(found.code == 1 && found.out.contains(said), "{what}: {}{}", found.out, found.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_body_is_found_by_opening_it() {
    let region = region().await;
    assert_eq!(tamper(&region, "payload").code, 0);
    assert_eq!(audit(&region, &[]).code, 0);
    let keys = wrapping_keys(&region);
    let found = audit(&region, &["--json", "--openings", "--wrapping-keys", &keys]);
    let json: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(
        (found.code, &json["divergence"]["table"], &json["divergence"]["seq"]),
        (1, &"event_payloads".into(), &23.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_region_is_not_green() {
    let region = TestRegion::new().await;
    let found = audit(&region, &[]);
    assert!(found.code == 2 && found.out.contains("NOTHING TO AUDIT"), "{}", found.out);
    assert_eq!(tamper(&region, "header").code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_regions_of_this_machine_are_found_by_their_code() {
    let (region, folder) = (region().await, Scratch::new());
    let trust = test_support::log_signer(&TestRegion::log(Mode::Test)).verifier().to_string();
    let entry = serde_json::json!([{
        "region": "europe-west1", "url": "http://127.0.0.1:1", "database_url": region.url("postgres"), "auditor_url": region.url("fn_auditor"),
        "wrapping_keys": wrapping_keys(&region), "keys": [trust], "operator_key": "x", "demo": {},
    }]);
    folder.file("regions.json", entry.to_string());
    let state = folder.path().to_str().unwrap();
    let found = run(["audit", "--region", "europe-west1", "--state", state, "--openings"]);
    assert!(found.code == 0 && found.out.contains("1 checkpoints, signed"), "{}{}", found.out, found.err);
    let done = run(["demo", "tamper", "--region", "europe-west1", "--state", state]);
    assert!(done.code == 0 && done.out.contains("the last digit of its year"), "{}{}", done.out, done.err);
    assert_eq!(run(["audit", "--region", "europe-west1", "--state", state]).code, 1);
    assert_eq!(run(["audit", "--region", "us-east1", "--state", state]).code, 64);
    assert_eq!(run(["audit", "--region", "us-east1", "--state", "/nowhere"]).code, 66);
}

#[test]
fn a_database_that_is_not_there_is_unavailable() {
    assert_eq!(run(["audit", "--database", "postgres://x@127.0.0.1:1/x"]).code, 69);
    assert_eq!(run(["audit", "--database", "no url"]).code, 64);
    assert_eq!(run(["audit"]).code, 64);
}
