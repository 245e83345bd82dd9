//! API keys.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use test_support::http::ask;

use crate::fixture::{Fixture, KEYS, PARTNERS, TYPES};

const DAY: i64 = 86_400_000;

fn wanted(change: &Value) -> Value {
    let mut wanted = json!({ "mode": "live", "name": "a key", "scopes": ["keys:read"], "region": "us-east1" });
    wanted.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    wanted
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_told_once_and_works_until_it_is_revoked() {
    let fixture = Fixture::new().await;
    let (_, writer) = fixture.partner(&["keys:write", "keys:read"]).await;
    fixture.hands.advance(1);
    let made = fixture.made(&writer, KEYS, &wanted(&json!({}))).await;
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(key.starts_with("pk_live_europe-west1_") && key.len() == "pk_live_europe-west1_".len() + 43, "{key}");
    let listed = fixture.get(key, KEYS).await;
    assert!(!listed.text().contains(&key[key.len() - 43..]), "the secret is not told again");
    let listed = listed.json()["api_keys"].clone();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["region"], &listed[0]["revoked_at"]),
        (&id.into(), &"us-east1".into(), &Value::Null)
    );
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(fixture.delete(&writer, &format!("{KEYS}/{id}")).await.status, 204);
    assert_eq!(fixture.delete(&writer, &format!("{KEYS}/{id}")).await.problem(), (404, "not-found".to_owned()));
    fixture.hands.advance(30_000);
    assert_eq!(fixture.get(key, KEYS).await.problem(), (401, "key-revoked".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_ends_when_it_was_told_to() {
    let fixture = Fixture::new().await;
    let (_, writer) = fixture.partner(&["keys:write", "keys:read"]).await;
    let now = cloud::clock::Clock::System.now().millis();
    let at =
        |millis: i64| json!({ "expires_at": truth_kernel::time::Timestamp::from_millis(now + millis).to_string() });
    let made = fixture.made(&writer, KEYS, &wanted(&at(DAY))).await;
    let key = made["key"].as_str().unwrap();
    assert_eq!(fixture.get(key, KEYS).await.status, 200);
    fixture.hands.advance(DAY + 1000);
    assert_eq!(fixture.get(key, KEYS).await.problem(), (401, "key-expired".to_owned()));
    for wrong in [at(0), at(367 * DAY), json!({ "expires_at": "tomorrow" })] {
        assert_eq!(
            fixture.post(&writer, KEYS, &wanted(&wrong)).await.problem(),
            (422, "invalid-request".to_owned()),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_gives_no_more_than_it_has_and_only_to_its_own_organization() {
    let fixture = Fixture::new().await;
    let (_, writer) = fixture.partner(&["keys:write", "keys:read"]).await;
    let (other, victim) = fixture.partner(&["keys:read"]).await;
    let more = fixture.post(&writer, KEYS, &wanted(&json!({ "scopes": ["keys:read", "events:write"] }))).await;
    assert_eq!(more.problem(), (403, "forbidden".to_owned()));
    let elsewhere = fixture.post(&writer, KEYS, &wanted(&json!({ "org": other }))).await;
    assert_eq!(elsewhere.problem(), (404, "not-found".to_owned()));
    assert_eq!(fixture.get(&writer, &format!("{KEYS}?org={other}")).await.problem(), (404, "not-found".to_owned()));
    let id = fixture.get(&victim, KEYS).await.json()["api_keys"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(fixture.delete(&writer, &format!("{KEYS}/{id}")).await.problem(), (404, "not-found".to_owned()));
    assert_eq!(
        fixture.delete(&writer, &format!("{KEYS}/{id}?org={other}")).await.problem(),
        (404, "not-found".to_owned())
    );
    assert_eq!(fixture.get(&victim, KEYS).await.status, 200);
    let test = fixture.made(&writer, KEYS, &wanted(&json!({ "mode": "test", "scopes": ["keys:write"] }))).await;
    let test = test["key"].as_str().unwrap();
    let live = fixture.post(test, KEYS, &wanted(&json!({ "scopes": ["keys:write"] }))).await;
    assert_eq!(live.problem(), (403, "forbidden".to_owned()), "a test key does not make what is live");
    let listed = fixture.get(&writer, KEYS).await.json()["api_keys"].clone();
    let id = |mode: &str| {
        let of_mode = |key: &&Value| key["mode"] == mode;
        listed.as_array().unwrap().iter().find(of_mode).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let revoked = fixture.delete(test, &format!("{KEYS}/{}", id("live"))).await;
    assert_eq!(revoked.problem(), (403, "forbidden".to_owned()), "nor revokes it");
    assert_eq!(fixture.get(&writer, KEYS).await.status, 200);
    assert_eq!(fixture.delete(test, &format!("{KEYS}/{}", id("test"))).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused() {
    let fixture = Fixture::new().await;
    for change in [
        json!({ "mode": "prod" }),
        json!({ "scopes": ["all"] }),
        json!({ "scopes": "keys:read" }),
        json!({ "region": "the moon" }),
        json!({ "name": "" }),
        json!({ "org": "acme" }),
        json!({ "secret": "mine" }),
    ] {
        let answer = fixture.post(&fixture.operator, KEYS, &wanted(&change)).await;
        assert_eq!(answer.problem(), (422, "invalid-request".to_owned()), "{change}");
    }
    let nobody = json!({ "org": test_support::fresh_id::<truth_kernel::id::Org>() });
    assert_eq!(fixture.post(&fixture.operator, KEYS, &wanted(&nobody)).await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_refuses_the_unknown_and_those_without_the_scope() {
    let fixture = Fixture::new().await;
    let (_, key) = fixture.partner(&["events:write"]).await;
    let org = format!("{PARTNERS}/org_0123456789abcdef0123456789abcdef");
    let id = format!("{KEYS}/key_0123456789abcdef0123456789abcdef");
    for (method, path) in [
        ("POST", PARTNERS),
        ("GET", PARTNERS),
        ("GET", &org),
        ("PATCH", &org),
        ("POST", KEYS),
        ("GET", KEYS),
        ("DELETE", &id),
        ("POST", TYPES),
        ("GET", TYPES),
    ] {
        let request = || Request::builder().method(method).uri(path);
        let unknown = ask(&fixture.router, request().body(Body::empty()).unwrap()).await;
        assert_eq!(unknown.problem(), (401, "unauthenticated".to_owned()), "{method} {path}");
        let lacking = ask(&fixture.router, request().header("x-api-key", &key).body(Body::empty()).unwrap()).await;
        assert_eq!(lacking.problem(), (403, "forbidden".to_owned()), "{method} {path}");
    }
}
