//! Whom and what the function refuses.

use test_support::fresh_id;
use test_support::http::get;
use truth_kernel::classification::Mode;
use truth_kernel::id::EventId;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_key_of_the_right_scope() {
    let fixture = Fixture::new().await;
    let id: EventId = fresh_id();
    let none = fixture.region.api_key(fixture.org, Mode::Test, &["events:write"]).await;
    for path in [
        "/api/v1/events",
        &format!("/api/v1/events/{id}"),
        "/api/v1/claims/C-1/history",
        "/api/v1/checkpoint",
        "/api/v1/consistency?from=0",
        "/log/1/tile/entries/000",
    ] {
        assert_eq!(get(&fixture.router, "", path).await.problem(), (401, "unauthenticated".into()), "{path}");
        assert_eq!(get(&fixture.router, "pk_test", path).await.problem(), (401, "key-unknown".into()), "{path}");
        assert_eq!(get(&fixture.router, &none, path).await.problem(), (403, "forbidden".into()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_parameters_are_refused() {
    let fixture = Fixture::new().await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "classification=secret",
        "type=Claim",
        "claim_id=",
        "from=yesterday",
        "to=2026-11-20",
        "from=2026-11-20T00:00:00.0001Z",
        "colour=red",
        "type=a.b&type=a.c",
    ] {
        let refusal = fixture.refusal(&format!("/api/v1/events?{query}")).await;
        assert_eq!(refusal, (400, "invalid-query".into()), "{query}");
    }
    for query in ["log=0", "log=", "logs=1"] {
        let refusal = fixture.refusal(&format!("/api/v1/checkpoint?{query}")).await;
        assert_eq!(refusal, (400, "invalid-query".into()), "{query}");
    }
    let unknown: EventId = fresh_id();
    for id in ["1", "evt_", "evt_00", &unknown.to_string(), &unknown.to_string().to_uppercase()] {
        let refusal = fixture.refusal(&format!("/api/v1/events/{id}")).await;
        assert_eq!(refusal, (404, "not-found".into()), "{id}");
    }
}

#[test]
fn the_readme_has_the_route_table() {
    let readme = include_str!("../../README.md");
    for (name, path) in query::endpoints().table() {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        assert!(row.is_some_and(|row| row.contains(path)), "{name} {path}");
    }
}
