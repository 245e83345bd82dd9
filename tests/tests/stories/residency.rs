//! What belongs to a region stays in it, and a function serves its own region only.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use cloud::random::Random;
use local::folder::RegionFolder;
use local::functions::Wiring;
use private_postgres::Cluster;
use serde_json::json;
use stories::{DOMAIN, Needles, Region, mentions_in_database, mentions_in_folder, tell};
use truth_kernel::classification::Mode;
use truth_kernel::encoding::hex;
use web::config::{Environment, Mistakes};
use web::runtime::Function;

type Starting = Pin<Box<dyn Future<Output = Result<Function, Mistakes>>>>;

/// A function's database role, and how it starts.
type Startable = (&'static str, fn(Environment) -> Starting);

/// Every function.
const FUNCTIONS: [Startable; 8] = [
    ("fn_ledger_writer", |environment| Box::pin(ledger_writer::start(environment))),
    ("fn_proof_batcher", |environment| Box::pin(proof_batcher::start(environment))),
    ("fn_proof_generator", |environment| Box::pin(proof_generator::start(environment))),
    ("fn_query", |environment| Box::pin(query::start(environment))),
    ("fn_admin", |environment| Box::pin(admin::start(environment))),
    ("fn_analytics", |environment| Box::pin(analytics::start(environment))),
    ("fn_timekeeper", |environment| Box::pin(timekeeper::start(environment))),
    ("fn_webhooks", |environment| Box::pin(webhooks::start(environment))),
];

/// Why each function does not start in `region` with this cluster and folder, by role; empty for those that do.
async fn refusals(region: &Region, cluster: &Cluster, folder: &RegionFolder) -> BTreeMap<&'static str, String> {
    let urls = BTreeMap::from([(region.local.region.clone(), region.local.url.clone())]);
    let keys = region.local.folder.verifier_keys(DOMAIN, &region.local.region).unwrap();
    let wiring = Wiring { region: &region.local.region, urls: &urls, cluster, folder, keys: &keys, authority: None };
    let mut refusals = BTreeMap::new();
    for (role, start) in FUNCTIONS {
        let refusal = start(wiring.environment(role)).await.err().map(|mistakes| mistakes.to_string());
        refusals.insert(role, refusal.unwrap_or_default());
    }
    refusals
}

#[test]
fn a_function_with_another_regions_database_refuses_to_start() {
    tell(async |regions| {
        let (eu, us) = (&regions.eu, &regions.us);
        for (role, refusal) in refusals(eu, &us.local.cluster, &eu.local.folder).await {
            let expected = "REGION is europe-west1, but the database serves us-east1";
            assert!(refusal.starts_with("cannot start:") && refusal.contains(expected), "{role}: {refusal}");
        }
        for (role, refusal) in refusals(eu, &eu.local.cluster, &eu.local.folder).await {
            assert_eq!(refusal, "", "{role} starts with what is its own");
        }
    });
}

#[test]
fn a_function_with_another_regions_bucket_refuses_to_start() {
    tell(async |regions| {
        let (eu, us) = (&regions.eu, &regions.us);
        let refusals = refusals(us, &us.local.cluster, &eu.local.folder).await;
        for role in ["fn_proof_batcher", "fn_query"] {
            let expected = "REGION is us-east1, but the bucket lies in europe-west1";
            assert!(refusals[role].contains(expected), "{role}: {}", refusals[role]);
        }
    });
}

#[test]
fn nothing_of_the_eu_is_anywhere_in_the_us() {
    tell(async |regions| {
        let (eu, us) = (&regions.eu, &regions.us);
        let org = eu.organization(Mode::Live).await;
        let canary = || format!("canary{}", hex(&Random::system().bytes::<12>()));
        let (claim, subject, secret) = (canary(), canary(), canary());
        let event = json!({
            "type": "claim.filed", "classification": "identity", "claim_id": claim, "subject_id": subject, "tags": ["pii"],
            "payload": { "description": secret, secret.clone(): { "nested": [secret] } },
        });
        let id = org.append(&event).await;
        assert_eq!(org.client.get_proof(&id).await.status, 200);
        assert_eq!(org.client.get_history(&claim).await.status, 200);

        // Sent to the wrong region in every way, it is refused there and leaves no trace either.
        let lost = us.anyone().with_key(&eu.api_key(&org.id, Mode::Live, &["events:write", "events:read"]).await.text);
        assert_eq!(lost.under(&claim).post_event(&event).await.problem(), (421, "wrong-region".to_owned()));
        assert_eq!(lost.post_events_batch(std::slice::from_ref(&event)).await.problem().0, 421);
        assert_eq!(lost.get_history(&claim).await.problem().0, 421);
        assert_eq!(lost.verify_claim(&claim).await.problem().0, 421);
        assert_eq!(lost.list_events(&format!("claim_id={claim}")).await.problem().0, 421);
        assert_eq!(us.anyone().post_event(&event).await.problem().0, 401);
        assert_eq!(us.anyone().with_key(&secret).get(&format!("/{claim}?{subject}")).await.problem().0, 404);

        for (what, text) in [("claim", &claim), ("subject", &subject), ("payload", &secret)] {
            let needles = Needles::of(text);
            let found = mentions_in_database(&mut us.superuser().await, &needles).await;
            assert_eq!(found, [], "the {what} in the database of the US");
            let region = us.local.folder.keys();
            let files = mentions_in_folder(region.parent().unwrap(), &needles);
            assert!(files.is_empty(), "the {what} in {files:?}");
            assert!(!needles.are_in(&stories::log_output()), "the {what} in the log");
            let server = std::fs::read(us.local.cluster.data_dir().join("server.log")).unwrap();
            assert!(!needles.are_in(&server), "the {what} in PostgreSQL's log");

            let at_home = mentions_in_database(&mut eu.superuser().await, &needles).await;
            assert_eq!(
                at_home.is_empty(),
                what == "payload",
                "at home the {what} is in {at_home:?}: names to find it by, the rest sealed"
            );
        }
    });
}

#[test]
fn the_search_for_leaks_finds_every_form() {
    let needles = Needles::of("canary-of-the-eu");
    for text in [
        "xx canary-of-the-eu xx",
        // In hex, in base64 at all three places, and base64 as bytes of a binary column.
        "63616e6172792d6f662d7468652d6575",
        "\\x7863616E6172792D6F662D7468652D6575",
        "Y2FuYXJ5LW9mLXRoZS1ldQ==",
        "eGNhbmFyeS1vZi10aGUtZXV4",
        "eHhjYW5hcnktb2YtdGhlLWV1eHg=",
        "5932467559584a354c57396d4c58526f5a53316c64513d3d",
    ] {
        assert!(needles.are_in(text.as_bytes()), "{text}");
    }
    assert!(!needles.are_in(b"canary-of-the-us"));
}
