//! No endpoint without a refusal: every operation of the running region's own document, called by everyone who must not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use stories::{ApiKey, Organization, PARTNER_SCOPES, Region, tell};
use test_support::http::Answer;
use truth_kernel::classification::Mode;
use web::scope::Scope;

use super::operations::{Operation, Things};

#[test]
fn without_a_key_only_the_open_operations_answer() {
    tell(async |regions| {
        let region = &regions.eu;
        let things = Things::of(region, &region.organization(Mode::Live).await).await;
        let mut open = String::new();
        for operation in Operation::all(region, &things).await {
            let answer = operation.call(&region.anyone()).await;
            if answer.status == 200 {
                assert!(operation.is_open(), "{} answers everybody and its document does not say so", operation.id);
                writeln!(open, "{}", operation.id).unwrap();
            } else {
                assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()), "{}", operation.id);
                assert!(!answer.header("www-authenticate").is_empty(), "{}", operation.id);
                assert!(!operation.is_open(), "{} says that it is open", operation.id);
            }
        }
        insta::assert_snapshot!(open, @r"
        health
        get_log_checkpoint
        get_tile
        openapi
        ready
        ");
    });
}

#[test]
fn a_push_needs_the_token_and_no_key_is_one() {
    tell(async |regions| {
        let (region, org) = (&regions.us, regions.us.organization(Mode::Test).await);
        let things = Things::of(region, &org).await;
        let mut found = String::new();
        for push in Operation::all(region, &things).await.into_iter().filter(Operation::is_push) {
            let others = [regions.eu.push_token(), format!("{}x", region.push_token()), String::new()];
            let strangers = others.iter().map(|token| region.anyone().with_key(token));
            for client in strangers.chain([org.client.clone(), region.operator()]) {
                assert_eq!(push.call(&client).await.problem(), (401, "unauthenticated".to_owned()), "{}", push.id);
            }
            let pusher = region.anyone().with_key(&region.push_token());
            assert_eq!(push.call(&pusher).await.problem(), (400, "invalid-push".to_owned()), "{}", push.id);
            writeln!(found, "{} {}", push.id, push.path).unwrap();
        }
        insta::assert_snapshot!(found, @r"
        analyze /push/analyze
        deliver /push/deliver
        notify /push/notify
        seal /push/seal
        sweep /push/sweep
        ");
    });
}

#[test]
fn another_organizations_things_do_not_exist() {
    tell(async |regions| {
        let region = &regions.eu;
        let (owner, stranger) = (region.organization(Mode::Live).await, region.organization(Mode::Live).await);
        let things = Things::of(region, &owner).await;
        let nothing = Operation::all(region, &things.of_nobody()).await;
        let mut hidden = String::new();
        for (operation, nothing) in Operation::all(region, &things).await.into_iter().zip(nothing) {
            if operation.is_open() || operation.is_push() {
                continue;
            }
            let (answer, unknown) = (operation.call(&stranger.client).await, nothing.call(&stranger.client).await);
            let text = answer.text();
            assert!(!text.contains(&things.event) && !text.contains(&things.claim), "{}: {text}", operation.id);
            if answer.status == 404 {
                assert_eq!(without_trace(&answer), without_trace(&unknown), "{} tells that it exists", operation.id);
            }
            writeln!(hidden, "{} {}", answer.status, operation.id).unwrap();
        }
        // 200 and 201 are about the stranger's own, or the public log; 403 is for operators and auditors.
        insta::assert_snapshot!(hidden, @r"
        404 list_api_keys
        404 create_api_key
        404 revoke_api_key
        404 list_event_types
        404 register_event_type
        403 list_partners
        403 create_partner
        404 get_partner
        403 update_partner
        404 get_anchor
        200 get_checkpoint
        404 get_history
        404 verify_claim
        200 get_consistency
        200 list_events
        201 post_event
        200 post_events_batch
        404 get_event
        404 post_proofs
        200 verify_proof
        404 get_proof
        200 list_deliveries
        404 replay_delivery
        200 list_endpoints
        201 create_endpoint
        404 delete_endpoint
        404 get_endpoint
        404 update_endpoint
        404 rotate_secret
        403 get_entries
        ");
        let of_claim = stranger.client.list_events(&format!("claim_id={}", things.claim)).await.json();
        assert_eq!(of_claim, json!({ "events": [], "next_cursor": null }));
        nothing_of_the_owner_changed(region, &owner, &things).await;
    });
}

/// All that two refusals of the same kind may differ in is the trace of their requests.
fn without_trace(answer: &Answer) -> Value {
    let mut problem = answer.json();
    problem.as_object_mut().unwrap().remove("instance");
    problem
}

async fn nothing_of_the_owner_changed(region: &Region, owner: &Organization, things: &Things) {
    assert_eq!(owner.client.list_events("").await.json()["events"].as_array().unwrap().len(), 1);
    let partner = region.operator().get(&format!("/api/v1/admin/partners/{}", owner.id)).await.json();
    assert_eq!(partner["status"], "active");
    let keys = owner.client.get("/api/v1/admin/api-keys").await.json();
    let keys = keys["api_keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    let key = keys.iter().find(|key| key["id"] == things.key).unwrap();
    assert_eq!(key["revoked_at"], Value::Null);
}

#[test]
fn a_key_of_the_other_region_is_sent_home() {
    tell(async |regions| {
        for (here, home) in regions.pairs() {
            let org = home.organization(Mode::Live).await;
            let things = Things::of(home, &org).await;
            let stray = here.anyone().with_key(&home.api_key(&org.id, Mode::Live, &PARTNER_SCOPES).await.text);
            for operation in Operation::all(here, &things).await {
                if operation.is_open() || operation.is_push() {
                    continue;
                }
                let answer = operation.call(&stray).await;
                assert_eq!(answer.problem(), (421, "wrong-region".to_owned()), "{}", operation.id);
                assert_eq!(answer.json()["home_url"], home.local.url, "{}", operation.id);
                assert_eq!(answer.header("location"), "", "never a redirect that carries a body");
            }
        }
    });
}

#[test]
fn every_operation_needs_exactly_one_scope() {
    tell(async |regions| {
        let region = &regions.us;
        let (owner, caller) = (region.organization(Mode::Test).await, region.organization(Mode::Test).await);
        let things = Things::of(region, &owner).await;
        let mut keys: BTreeMap<&str, ApiKey> = BTreeMap::new();
        for scope in Scope::ALL {
            keys.insert(scope.as_str(), region.api_key(&caller.id, Mode::Test, &[scope.as_str()]).await);
        }
        let none = region.anyone().with_key(&region.api_key(&caller.id, Mode::Test, &[]).await.text);
        let mut needed = String::new();
        for operation in Operation::all(region, &things).await {
            if operation.is_open() || operation.is_push() {
                continue;
            }
            assert_eq!(
                lacking(&operation.call(&none).await).as_ref().map(|rule| rule.starts_with("scope:")),
                Some(true)
            );
            let mut granting = Vec::new();
            for (scope, key) in &keys {
                match lacking(&operation.call(&region.anyone().with_key(&key.text)).await) {
                    None => granting.push((*scope).to_owned()),
                    Some(rule) if !rule.starts_with("scope:") => granting.push(format!("{scope} of an operator")),
                    Some(_) => {}
                }
            }
            writeln!(needed, "{}: {}", operation.id, granting.join(", ")).unwrap();
        }
        insta::assert_snapshot!(needed, @r"
        list_api_keys: keys:read
        create_api_key: keys:write
        revoke_api_key: keys:write
        list_event_types: types:read
        register_event_type: types:write
        list_partners: partners:read of an operator
        create_partner: partners:write of an operator
        get_partner: partners:read
        update_partner: partners:write of an operator
        get_anchor: proofs:read
        get_checkpoint: proofs:read
        get_history: events:read
        verify_claim: events:write
        get_consistency: proofs:read
        list_events: events:read
        post_event: events:write
        post_events_batch: events:write
        get_event: events:read
        post_proofs: proofs:read
        verify_proof: proofs:read
        get_proof: proofs:read
        list_deliveries: webhooks:read
        replay_delivery: webhooks:write
        list_endpoints: webhooks:read
        create_endpoint: webhooks:write
        delete_endpoint: webhooks:write
        get_endpoint: webhooks:read
        update_endpoint: webhooks:write
        rotate_secret: webhooks:write
        get_entries: log:audit
        ");
    });
}

/// The rule that said no, if one did.
fn lacking(answer: &Answer) -> Option<String> {
    (answer.status == 403).then(|| answer.json()["rule"].as_str().unwrap().to_owned())
}

#[test]
fn a_key_that_is_none_is_unknown_wherever_it_seems_to_come_from() {
    tell(async |regions| {
        let secret = "a".repeat(43);
        for (key, kind) in [
            ("secret".to_owned(), (401, "key-unknown")),
            (format!("pk_live_europe-west1_{secret}"), (401, "key-unknown")),
            (format!("pk_live_atlantis-north1_{secret}"), (401, "key-unknown")),
            (format!("pk_live_us-east1_{secret}"), (421, "wrong-region")),
        ] {
            let answer = regions.eu.anyone().with_key(&key).list_events("").await;
            assert_eq!(answer.problem(), (kind.0, kind.1.to_owned()), "{key}");
        }
    });
}
