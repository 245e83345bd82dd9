//! A third party's timestamp, from the event to the stranger who verifies it offline.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use local::LocalAuthority;
use private_postgres::{default_state_dir, skip};
use serde_json::Value;
use stories::{Durability, Region, block_on, start_anchored};
use test_support::http::Answer;
use timestamp::{Demands, Roots, Token};
use truth_kernel::classification::Mode;
use truth_kernel::encoding::decode_base64;
use truth_kernel::verify::{Verdict, verify};

#[test]
fn an_event_is_anchored_and_a_stranger_verifies_the_timestamp_offline() {
    block_on(async {
        let folder = default_state_dir().join("scratch").join(format!("stories-authority-{}", std::process::id()));
        let Some(authority) = LocalAuthority::start(&folder).await.unwrap() else {
            return skip("an_event_is_anchored_and_a_stranger_verifies_the_timestamp_offline", "openssl");
        };
        let address = authority.address();
        let region = start_anchored(["europe-west1"], Durability::Volatile, Some(&address)).await.pop().unwrap();
        let org = region.organization(Mode::Live).await;
        let mut events = Vec::new();
        for _ in 0..2 {
            events.push(org.append(&org.filed(&org.claim())).await);
            let at_once = org.client.get_proof(events.last().unwrap()).await;
            assert_eq!(verify(&at_once.body, &region.trust).verdict, Verdict::Valid, "with or without an anchor");
        }
        let roots = Roots::from_pem(&std::fs::read(&address.roots).unwrap()).unwrap();
        for event in &events {
            let proof = anchored(&region, || org.client.get_proof(event)).await;
            the_token_is_over_the_note(&proof.json(), &roots);
            let document = folder.join("evidence.json");
            std::fs::write(&document, &proof.body).unwrap();
            let mut arguments: Vec<OsString> = vec!["proveniq".into(), "verify".into(), document.into()];
            arguments.extend(["--tsa-roots".into(), address.roots.clone().into()]);
            for key in &region.trust {
                arguments.extend(["--trust".into(), key.to_string().into()]);
            }
            assert_eq!(format!("{:?}", proveniq::run(arguments)), format!("{:?}", ExitCode::SUCCESS));
        }
        let told = org.client.get("/api/v1/anchor").await.json();
        assert_eq!((told["failures"].as_u64(), told["last_error"].is_null()), (Some(0), true), "{told}");
        region.verify().await;
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

/// Asks until the evidence has an anchor; a minute is far more than a busy machine needs.
async fn anchored<F: Future<Output = Answer>>(region: &Region, ask: impl Fn() -> F) -> Answer {
    for _ in 0..600 {
        let proof = ask().await;
        assert_eq!(verify(&proof.body, &region.trust).verdict, Verdict::Valid);
        if proof.json()["anchors"] != Value::Array(Vec::new()) {
            return proof;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing was anchored")
}

fn the_token_is_over_the_note(document: &Value, roots: &Roots) {
    let token = decode_base64(document["anchors"][0]["token"].as_str().unwrap()).unwrap();
    let note = document["checkpoint"].as_str().unwrap();
    let stamp = Token::from_der(token).verify(note.as_bytes(), &Demands::default(), roots).unwrap();
    assert_eq!(stamp.authority, "CN=Private timestamp authority,O=Proveniq");
}
