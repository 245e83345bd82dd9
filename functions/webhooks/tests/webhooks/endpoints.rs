//! The API: endpoints, secrets, deliveries; whose they are, and what is refused.

use serde_json::{Value, json};
use test_support::http::{ask, get, post};
use truth_kernel::classification::Mode;

use axum::body::Body;
use axum::http::Request;

use super::fixture::{DELIVERIES, ENDPOINTS, Fixture, SCOPES, router, statuses};
use super::receiver::Receiver;
use webhooks::destination::Policy;
use webhooks::sender::Sender;

const DAY: i64 = 86_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_made_listed_changed_and_deleted_and_its_secret_told_once() {
    let fixture = Fixture::new().await;
    let url = "http://127.0.0.1:9/hooks";
    let wanted = json!({ "url": url, "description": "the first", "event_types": ["claim.filed", "claim.filed"] });
    let (id, secret) = fixture.endpoint_with(&wanted).await;
    assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "32 bytes in base64");
    let path = format!("{ENDPOINTS}/{id}");
    let one = fixture.get(&path).await;
    assert_eq!(one.status, 200);
    assert_eq!(one.json()["event_types"], json!(["claim.filed"]), "each type once");
    let listed = fixture.get(ENDPOINTS).await;
    assert_eq!(listed.json()["endpoints"], json!([one.json()]));
    assert!(!listed.text().contains("secret") && !one.text().contains("secret"));
    let change = json!({ "description": "", "event_types": [], "status": "disabled", "url": "http://127.0.0.1:9/" });
    let changed = fixture.patch(&path, &change).await.json();
    for (member, value) in change.as_object().unwrap() {
        assert_eq!(&changed[member], value);
    }
    assert_eq!(fixture.patch(&path, &json!({})).await.json(), changed, "what is not named stays");
    assert_eq!(fixture.delete(&path).await.status, 204);
    assert_eq!(fixture.get(&path).await.problem(), (404, "not-found".to_owned()));
    assert_eq!(fixture.delete(&path).await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_named() {
    let mut fixture = Fixture::new().await;
    fixture.state.sender = Sender::new(Policy::PublicOnly);
    fixture.router = router(fixture.state.clone());
    let good = "https://8.8.8.8/hooks";
    for (wanted, pointer) in [
        (json!({ "url": "http://8.8.8.8/hooks" }), "/url"),
        (json!({ "url": "https://127.0.0.1/hooks" }), "/url"),
        (json!({ "url": "https://169.254.169.254/" }), "/url"),
        (json!({ "url": "https://metadata.google.internal/" }), "/url"),
        (json!({ "url": "https://no-such-name.invalid/" }), "/url"),
        (json!({ "url": good, "description": "x".repeat(201) }), "/description"),
        (json!({ "url": good, "event_types": ["claim.filed", "No Type"] }), "/event_types/1"),
        (json!({ "url": good, "event_types": vec!["a.b"; 101] }), "/event_types"),
    ] {
        let answer = fixture.post(ENDPOINTS, &wanted).await;
        assert_eq!(answer.problem(), (422, "invalid-request".to_owned()), "{wanted}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text());
    }
    for wanted in [json!({}), json!([]), json!({ "url": 1 }), json!({ "url": good, "secret": "mine" })] {
        assert_eq!(fixture.post(ENDPOINTS, &wanted).await.problem(), (422, "invalid-request".to_owned()), "{wanted}");
    }
    let (id, _) = fixture.endpoint(good).await;
    for change in [json!({ "status": "on" }), json!({ "url": "https://10.0.0.1/" }), json!({ "secret": "mine" })] {
        let answer = fixture.patch(&format!("{ENDPOINTS}/{id}"), &change).await;
        assert_eq!(answer.problem(), (422, "invalid-request".to_owned()), "{change}");
    }
    for query in ["status=lost", "endpoint=evt_1", "limit=0", "order=asc"] {
        let answer = fixture.get(&format!("{DELIVERIES}?{query}")).await;
        assert_eq!(answer.problem(), (400, "invalid-query".to_owned()), "{query}");
    }
    assert_eq!(fixture.get(&format!("{DELIVERIES}?cursor=AAAA")).await.problem(), (400, "invalid-cursor".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_an_end_to_the_endpoints_of_an_organization() {
    let fixture = Fixture::new().await;
    for _ in 0..50 {
        fixture.endpoint("http://127.0.0.1:9/").await;
    }
    let answer = fixture.post(ENDPOINTS, &json!({ "url": "http://127.0.0.1:9/" })).await;
    assert_eq!(answer.problem(), (409, "conflict".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_and_the_other_modes_things_do_not_exist() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    let (id, _) = fixture.endpoint(&receiver.listen().await).await;
    fixture.publish(1).await;
    fixture.nudge().await;
    let delivery = fixture.settled().await[0]["id"].as_str().unwrap().to_owned();
    let other = fixture.region.organization().await;
    for key in [
        fixture.region.api_key(other, Mode::Test, &SCOPES).await,
        fixture.region.api_key(fixture.org, Mode::Live, &SCOPES).await,
    ] {
        let body = |body: Value| Body::from(body.to_string());
        for (method, path) in [
            ("GET", format!("{ENDPOINTS}/{id}")),
            ("PATCH", format!("{ENDPOINTS}/{id}")),
            ("DELETE", format!("{ENDPOINTS}/{id}")),
            ("POST", format!("{ENDPOINTS}/{id}/rotate-secret")),
            ("POST", format!("{DELIVERIES}/{delivery}/replay")),
        ] {
            let request = Request::builder().method(method).uri(&path).header("x-api-key", &key);
            let request =
                request.header("content-type", "application/json").body(body(json!({ "status": "disabled" })));
            let answer = ask(&fixture.router, request.unwrap()).await;
            assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{method} {path}");
        }
        assert_eq!(get(&fixture.router, &key, ENDPOINTS).await.json()["endpoints"], json!([]));
        assert_eq!(get(&fixture.router, &key, DELIVERIES).await.json()["deliveries"], json!([]));
        let filtered = get(&fixture.router, &key, &format!("{DELIVERIES}?endpoint={id}")).await;
        assert_eq!(filtered.json()["deliveries"], json!([]));
    }
    assert_eq!(fixture.get(&format!("{ENDPOINTS}/{id}")).await.json()["status"], "enabled");
    assert_eq!((receiver.got().len(), statuses(&fixture.deliveries().await)), (1, vec!["delivered"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_refuses_the_unknown_and_those_without_the_scope() {
    let fixture = Fixture::new().await;
    let key = fixture.region.api_key(fixture.org, Mode::Test, &["events:write"]).await;
    let (one, replay) = (
        format!("{ENDPOINTS}/whe_01a19467ec227e7b9e5d918d33f08169"),
        format!("{DELIVERIES}/whd_01a19467ec227e7b9e5d918d33f08169/replay"),
    );
    let rotate = format!("{one}/rotate-secret");
    for (method, path) in [
        ("POST", ENDPOINTS),
        ("GET", ENDPOINTS),
        ("GET", &one),
        ("PATCH", &one),
        ("DELETE", &one),
        ("POST", &rotate),
        ("GET", DELIVERIES),
        ("POST", &replay),
    ] {
        let request = || Request::builder().method(method).uri(path);
        let unknown = ask(&fixture.router, request().body(Body::empty()).unwrap()).await;
        assert_eq!(unknown.problem(), (401, "unauthenticated".to_owned()), "{method} {path}");
        let lacking = ask(&fixture.router, request().header("x-api-key", &key).body(Body::empty()).unwrap()).await;
        assert_eq!(lacking.problem(), (403, "forbidden".to_owned()), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    let (id, old) = fixture.endpoint(&receiver.listen().await).await;
    let rotated = post(&fixture.router, &fixture.key, &format!("{ENDPOINTS}/{id}/rotate-secret"), "").await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    let new = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    for (advance, secrets) in [(0, vec![&new, &old]), (DAY - 60_000, vec![&new, &old]), (120_000, vec![&new])] {
        fixture.hands.advance(advance);
        let before = receiver.got().len();
        fixture.publish(1).await;
        fixture.nudge().await;
        let told = receiver.until(before + 1).await.pop().unwrap();
        let expected: Vec<_> = secrets.iter().map(|secret| super::standard::sign(secret, &told)).collect();
        assert_eq!(told.header("webhook-signature"), expected.join(" "));
        fixture.settled().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_it_is_rotated_few_secrets_sign() {
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    let (id, _) = fixture.endpoint(&receiver.listen().await).await;
    for _ in 0..10 {
        post(&fixture.router, &fixture.key, &format!("{ENDPOINTS}/{id}/rotate-secret"), "").await;
    }
    fixture.publish(1).await;
    fixture.nudge().await;
    let told = receiver.until(1).await.remove(0);
    assert_eq!(told.header("webhook-signature").split(' ').count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_stored_sealed_and_bound_to_their_endpoint() {
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.endpoint("http://127.0.0.1:9/").await;
    let bytes = truth_kernel::encoding::decode_base64(&secret[6..]).unwrap();
    let receiver = Receiver::default();
    fixture.endpoint(&receiver.listen().await).await;
    let moved = "UPDATE webhook_secrets SET sealed = (SELECT sealed FROM webhook_secrets s WHERE s.endpoint <> webhook_secrets.endpoint)";
    let mut superuser = fixture.region.superuser().await;
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT sealed FROM webhook_secrets").fetch_all(&mut superuser).await.unwrap();
    assert!(stored.iter().all(|sealed| !sealed.windows(8).any(|window| window == &bytes[..8])));
    assert_eq!(fixture.region.tamper(moved).await, 2);
    fixture.publish(1).await;
    fixture.nudge().await;
    let log = fixture.settled().await;
    assert!(log.iter().all(|delivery| delivery["last_error"] == "secret-unavailable"), "{log:?}");
    assert!(receiver.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delivery_log_is_paged_and_filtered() {
    let fixture = Fixture::with_schedule("3600").await;
    let (good, bad) = (Receiver::default(), Receiver::answering(&[500; 9]));
    let (taken, _) = fixture.endpoint(&good.listen().await).await;
    let (refused, _) = fixture.endpoint(&bad.listen().await).await;
    fixture.publish(3).await;
    fixture.nudge().await;
    bad.until(3).await;
    good.until(3).await;
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = fixture.get(&format!("{DELIVERIES}?limit=4{cursor}")).await.json();
        listed.extend(page["deliveries"].as_array().unwrap().iter().map(|delivery| delivery["id"].to_string()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = listed.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((listed.len(), &listed), (6, &sorted), "newest first, each once");
    let count = async |query: String| {
        fixture.get(&format!("{DELIVERIES}?{query}")).await.json()["deliveries"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("endpoint={taken}")).await, 3);
    assert_eq!(count(format!("endpoint={refused}&status=pending")).await, 3);
    assert_eq!(count(format!("endpoint={refused}&status=delivered")).await, 0);
}
