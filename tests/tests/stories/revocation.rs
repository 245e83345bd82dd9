//! What is taken away is gone at once for whoever writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cloud::clock::Clock;
use serde_json::{Value, json};
use stories::{Client, Organization, PARTNER_SCOPES, tell};
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;
use truth_kernel::time::Timestamp;

/// Every way to write is refused like this; how many events there are stays as it is.
async fn cannot_write(org: &Organization, client: &Client, claim: &str, expected: (u16, &str)) {
    let expected = (expected.0, expected.1.to_owned());
    assert_eq!(client.post_event(&org.filed(claim)).await.problem(), expected);
    assert_eq!(client.verify_claim(claim).await.problem(), expected);
    let batch = client.post_events_batch(&[org.filed(claim)]).await;
    match batch.status {
        200 => assert_eq!(batch.json()["results"][0]["status"], expected.0),
        _ => assert_eq!(batch.problem(), expected),
    }
}

#[test]
fn a_revoked_key_writes_nothing_more() {
    tell(async |regions| {
        for (region, _) in regions.pairs() {
            let org = region.organization(Mode::Live).await;
            let key = region.api_key(&org.id, Mode::Live, &PARTNER_SCOPES).await;
            let client = region.anyone().with_key(&key.text);
            let claim = org.claim();
            // Writers know the key by now; some are at work while it is revoked.
            assert_eq!(client.post_event(&org.filed(&claim)).await.status, 201);
            let revoked = Arc::new(AtomicBool::new(false));
            let mut writing = JoinSet::new();
            for _ in 0..4 {
                writing.spawn(write_until_refused(client.clone(), org.filed(&claim), revoked.clone()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(region.operator().revoke_api_key(&key.id, &org.id).await.status, 204);
            revoked.store(true, Ordering::SeqCst);
            let written: usize = writing.join_all().await.into_iter().sum();
            cannot_write(&org, &client, &claim, (401, "key-revoked")).await;
            let listed = org.client.list_events("limit=500").await.json();
            assert_eq!(listed["events"].as_array().unwrap().len(), 1 + written, "what was acknowledged, and no more");
            // Revoked again, it is still revoked; the organization's other key writes on.
            assert_eq!(org.client.post_event(&org.filed(&claim)).await.status, 201);
        }
    });
}

/// Writes until it is refused, and must be once the revocation was answered; answers with how many events were written.
async fn write_until_refused(client: Client, event: Value, revoked: Arc<AtomicBool>) -> usize {
    for written in 0.. {
        let before = revoked.load(Ordering::SeqCst);
        let answer = client.post_event(&event).await;
        if answer.status != 201 {
            assert_eq!(answer.problem(), (401, "key-revoked".to_owned()));
            return written;
        }
        assert!(!before, "a write that began after the revocation");
    }
    0
}

#[test]
fn an_expired_key_is_refused_from_its_moment_on() {
    tell(async |regions| {
        let (region, org) = (&regions.eu, regions.eu.organization(Mode::Test).await);
        let claim = org.claim();
        org.append(&org.filed(&claim)).await;
        let expires = Timestamp::from_millis(Clock::System.now().millis() + 1_500);
        let wanted = json!({
            "org": org.id, "mode": "test", "name": "short", "scopes": PARTNER_SCOPES, "region": region.code(),
            "expires_at": expires.to_string(),
        });
        let made = region.operator().create_api_key(&wanted).await.json();
        assert_eq!(made["expires_at"], expires.to_string());
        let client = region.anyone().with_key(made["key"].as_str().unwrap());
        let early = client.post_event(&org.filed(&claim)).await;
        // A machine that was busy for so long may have missed the key's time.
        assert!(early.status == 201 || Clock::System.now() >= expires, "{}", early.text());
        while Clock::System.now() < expires {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        cannot_write(&org, &client, &claim, (401, "key-expired")).await;
        assert_eq!(client.list_events("").await.problem(), (401, "key-expired".to_owned()));
    });
}

#[test]
fn a_suspended_organization_writes_nothing_until_it_is_active_again() {
    tell(async |regions| {
        let (region, org) = (&regions.us, regions.us.organization(Mode::Live).await);
        let claim = org.claim();
        org.append(&org.filed(&claim)).await;
        let operator = region.operator();
        assert_eq!(operator.update_partner(&org.id, "suspended").await.json()["status"], "suspended");
        cannot_write(&org, &org.client, &claim, (403, "forbidden")).await;
        let refused = org.client.post_event(&org.filed(&claim)).await;
        assert_eq!(refused.json()["rule"], "organization:active");

        assert_eq!(operator.update_partner(&org.id, "active").await.status, 200);
        org.append(&org.filed(&claim)).await;
        assert_eq!(org.client.list_events("").await.json()["events"].as_array().unwrap().len(), 2);

        assert_eq!(operator.update_partner(&org.id, "closed").await.status, 200);
        cannot_write(&org, &org.client, &claim, (403, "forbidden")).await;
        assert_eq!(operator.update_partner(&org.id, "active").await.problem(), (409, "conflict".to_owned()));
    });
}

#[test]
fn a_new_version_of_an_event_type_counts_for_the_next_event() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Live).await;
        let register = async |schema: Value| org.client.register_event_type("policy.renewed", &schema).await.json();
        let event =
            |payload: Value| json!({ "type": "policy.renewed", "classification": "operational", "payload": payload });
        assert_eq!(org.client.post_event(&event(json!({}))).await.problem().1, "unknown-event-type");
        assert_eq!(register(json!({ "type": "object" })).await, json!({ "name": "policy.renewed", "version": 1 }));
        assert_eq!(org.client.post_event(&event(json!({}))).await.status, 201);
        assert_eq!(register(json!({ "type": "object", "required": ["year"] })).await["version"], 2);
        let refused = org.client.post_event(&event(json!({}))).await;
        assert_eq!(refused.problem(), (422, "payload-does-not-fit".to_owned()));
        assert_eq!(org.client.post_event(&event(json!({ "year": 2026 }))).await.status, 201);
    });
}
