//! Thousands of real claims, imported by the command line as a partner would, sent twice, listed, proved and verified.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use stories::{Client, Durability, Organization, Region, block_on, start};
use truth_kernel::classification::Mode;
use truth_kernel::verify::{Verdict, verify};

/// The sample that the repository carries: clients/cli/data/README.md says what it is.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../clients/cli/data/prism-sample.csv");
/// Events of one batch proof at most.
const BATCH: usize = 500;

// In a region of its own, so that other stories do not audit thousands of events again and again.
#[test]
fn thousands_of_claims_are_imported_once_however_often_they_are_sent() {
    block_on(async {
        let region = start(["us-east1"], Durability::Volatile).await.pop().unwrap();
        let org = region.organization(Mode::Test).await;
        let keys = region.local.folder.keys();
        let folder = keys.parent().unwrap();
        import(&region, &org, &folder.join("first")).await;
        let imported = region.events().await;
        assert!(imported >= 2_000, "{imported}");
        // Somebody who does not remember the first import sends everything again.
        import(&region, &org, &folder.join("second")).await;
        assert_eq!(region.events().await, imported);
        everything_is_listed_and_proved(&region, &org, usize::try_from(imported).unwrap()).await;

        let evidence = folder.join("evidence.json");
        let output = evidence.to_str().unwrap().to_owned();
        proveniq(&region, &org, &folder.join("first"), &["prove", "--newest", "--wait", "--output", &output]).await;
        assert_eq!(verify(&std::fs::read(evidence).unwrap(), &region.trust).verdict, Verdict::Valid);
        region.verify().await;
    });
}

async fn import(region: &Region, org: &Organization, state: &Path) {
    proveniq(region, org, state, &["import", SAMPLE]).await;
}

/// Runs the command line against the region as the organization; it must succeed.
async fn proveniq(region: &Region, org: &Organization, state: &Path, arguments: &[&str]) {
    let key = region.api_key(&org.id, Mode::Test, &["events:write", "events:read", "proofs:read"]).await.text;
    let common = ["--url", &region.local.url, "--key", &key, "--state", state.to_str().unwrap()];
    let all: Vec<OsString> = ["proveniq"].iter().chain(arguments).chain(&common).map(OsString::from).collect();
    let done = tokio::task::spawn_blocking(|| proveniq::run(all)).await.unwrap();
    assert_eq!(done, ExitCode::SUCCESS, "{arguments:?}");
}

async fn everything_is_listed_and_proved(region: &Region, org: &Organization, imported: usize) {
    let listed = every_event(&org.client).await;
    let sequence: Vec<_> = listed.iter().rev().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(sequence.into_iter().eq(1..=imported as u64), "a chain without a gap, listed page by page");
    let last = imported - BATCH + 1;
    let proof = org.client.post_proofs(&json!({ "chain": "ledger", "first_seq": last, "count": BATCH })).await;
    assert_eq!(verify(&proof.body, &region.trust).verdict, Verdict::Valid);
    let history = org.client.get_history(listed[0]["claim_id"].as_str().unwrap()).await;
    assert_eq!(verify(&history.body, &region.trust).verdict, Verdict::Valid);
}

/// All pages of the organization's events, newest first.
async fn every_event(client: &Client) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.list_events(&format!("limit=500{cursor}")).await.json();
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return events,
        }
    }
}
