#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::HashMap;

use axum::Router;
use axum::http::Request;
use axum::routing::get;
use cloud::random::Random;

use super::{
    ApiKey, Authentication, Authenticator, Authorized, Caller, CannotTell, Door, Finding, Hash, Mode, OrgId, Scopes,
};
use crate::scope::EventsRead;
use crate::test_http::{ask, header, slug};

struct Keys(HashMap<Hash, Result<Finding, CannotTell>>);

impl Authenticator for Keys {
    fn authenticate<'a>(&'a self, key: &'a Hash) -> Authentication<'a> {
        Box::pin(async { self.0.get(key).cloned().unwrap_or(Ok(Finding::Unknown)) })
    }
}

fn caller(scopes: &[&str]) -> Caller {
    Caller {
        org: OrgId::from_parts(1, [1; 10]),
        mode: Mode::Live,
        key: truth_kernel::id::ApiKeyId::from_parts(1, [2; 10]),
        scopes: Scopes::parse(scopes.iter().copied()).unwrap(),
        region: "europe-west1".parse().unwrap(),
        operator: false,
        generation: 1,
        secret_sha256: truth_kernel::hash::Hash::ZERO,
    }
}

fn key(region: &str) -> ApiKey {
    ApiKey::generate(Random::system(), Mode::Live, &region.parse().unwrap())
}

fn router(keys: &[(&ApiKey, Result<Finding, CannotTell>)]) -> Router {
    let keys = Keys(keys.iter().map(|(key, finding)| (key.hash(), finding.clone())).collect());
    let regions = ["europe-west1", "us-east1"];
    let urls = regions.map(|code| (code.parse().unwrap(), format!("https://{code}.example")));
    let door = Door::new(keys, "europe-west1".parse().unwrap(), urls.into());
    let handler = async |reader: Authorized<EventsRead>| reader.caller.org.to_string();
    Router::new().route("/", get(handler)).with_state(door)
}

#[tokio::test]
async fn a_known_key_is_let_in_by_either_header() {
    let key = key("europe-west1");
    let router = router(&[(&key, Ok(Finding::Active(caller(&["events:read"]))))]);
    for (name, value) in [
        ("authorization", format!("Bearer {}", key.disclose())),
        ("authorization", format!("bearer {}", key.disclose())),
        ("x-api-key", key.disclose().to_owned()),
    ] {
        let (response, body) = ask(&router, Request::get("/").header(name, value), "").await;
        assert_eq!(response.status, 200, "{name}");
        assert_eq!(body, caller(&[]).org.to_string());
    }
}

#[tokio::test]
async fn the_key_in_x_api_key_counts_when_a_gateway_used_authorization_for_itself() {
    let key = key("europe-west1");
    let router = router(&[(&key, Ok(Finding::Active(caller(&["events:read"]))))]);
    let request = Request::get("/").header("authorization", "Bearer eyJhbGciOi").header("x-api-key", key.disclose());
    assert_eq!(ask(&router, request, "").await.0.status, 200);
}

#[tokio::test]
async fn whoever_is_not_known_is_refused() {
    let (expired, revoked, broken) = (key("europe-west1"), key("europe-west1"), key("europe-west1"));
    let router =
        router(&[(&expired, Ok(Finding::Expired)), (&revoked, Ok(Finding::Revoked)), (&broken, Err(CannotTell))]);
    let bearer = |text: &str| format!("Bearer {text}");
    for (authorization, status, expected) in [
        (String::new(), 401, "unauthenticated"),
        ("Basic dXNlcjpwYXNz".to_owned(), 401, "unauthenticated"),
        (bearer(""), 401, "key-unknown"),
        (bearer("pk_live_europe-west1_short"), 401, "key-unknown"),
        (bearer(key("europe-west1").disclose()), 401, "key-unknown"),
        (bearer(key("asia-east1").disclose()), 401, "key-unknown"),
        (bearer(expired.disclose()), 401, "key-expired"),
        (bearer(revoked.disclose()), 401, "key-revoked"),
        (bearer(broken.disclose()), 503, "unavailable"),
    ] {
        let request = Request::get("/").header("authorization", &authorization);
        let (response, body) = ask(&router, request, "").await;
        assert_eq!((response.status.as_u16(), slug(&body)), (status, expected), "{authorization}");
        assert_eq!(response.headers.contains_key("www-authenticate"), status == 401);
    }
    let (response, _) = ask(&router, Request::get("/"), "").await;
    assert_eq!(header(&response, "www-authenticate"), r#"Bearer realm="proveniq""#);
}

#[tokio::test]
async fn a_key_of_another_region_is_sent_home() {
    let request = Request::get("/").header("x-api-key", key("us-east1").disclose());
    let (response, body) = ask(&router(&[]), request, "").await;
    assert_eq!((response.status.as_u16(), slug(&body)), (421, "wrong-region"));
    assert_eq!(body["home_url"], "https://us-east1.example");
    assert!(!response.headers.contains_key("location"), "never a redirect that carries a body");
}

#[tokio::test]
async fn a_key_without_the_scope_is_told_which_one_it_lacks() {
    let key = key("europe-west1");
    let router = router(&[(&key, Ok(Finding::Active(caller(&["events:write", "log:audit"]))))]);
    let (response, body) = ask(&router, Request::get("/").header("x-api-key", key.disclose()), "").await;
    assert_eq!((response.status.as_u16(), slug(&body)), (403, "forbidden"));
    assert_eq!(body["rule"], "scope:events:read");
}
