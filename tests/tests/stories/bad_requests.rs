//! Requests that are none: cursors, paths, queries, orders of operators, envelopes. Each refusal is a problem of a stable type.

use axum::body::Body;
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use stories::{Client, tell};
use truth_kernel::classification::Mode;

const BATCH: &str = "/api/v1/events/batch";

#[test]
fn a_cursor_from_elsewhere_and_a_query_that_is_none_are_refused() {
    tell(async |regions| {
        let (org, other) = (regions.us.organization(Mode::Test).await, regions.us.organization(Mode::Test).await);
        for org in [&org, &other] {
            for _ in 0..3 {
                org.append(&org.filed(&org.claim())).await;
            }
        }
        let cursor = async |client: &Client, query: &str| {
            let page = client.list_events(query).await.json();
            page["next_cursor"].as_str().unwrap().to_owned()
        };
        let here = cursor(&org.client, "limit=1").await;
        assert_eq!(org.client.list_events(&format!("limit=1&cursor={here}")).await.status, 200);
        let partners = regions.us.operator().get("/api/v1/admin/partners?limit=1").await.json();
        let mut elsewhere = vec![
            cursor(&other.client, "limit=1").await,
            cursor(&org.client, "limit=1&type=claim.filed").await,
            partners["next_cursor"].as_str().unwrap().to_owned(),
            here[..here.len() - 1].to_owned(),
            format!("{here}AAAA"),
        ];
        elsewhere.extend(["x", "AAAA", "%00", "-1"].map(str::to_owned));
        for cursor in elsewhere {
            let answer = org.client.list_events(&format!("limit=1&cursor={cursor}")).await;
            assert_eq!(answer.problem(), (400, "invalid-cursor".to_owned()), "{cursor}");
        }
        for query in [
            "limit=0",
            "limit=501",
            "limit=x",
            "limit=1&limit=2",
            "offset=1",
            "type=Claim",
            "classification=secret",
            "from=today",
            "claim_id=",
        ] {
            assert_eq!(org.client.list_events(query).await.problem(), (400, "invalid-query".to_owned()), "{query}");
        }
    });
}

#[test]
fn what_names_nothing_is_not_found_and_other_methods_are_not_allowed() {
    tell(async |regions| {
        let org = regions.eu.organization(Mode::Live).await;
        let not_found = (404, "not-found".to_owned());
        for path in [
            "/",
            "/api/v2/events",
            "/api/v1/events/",
            "/api/v1/events/evt_1",
            "/api/v1/events/evt_01A19467ec227e7b9e5d918d33f08169",
            "/api/v1/events/org_01a19467ec227e7b9e5d918d33f08169",
            "/api/v1/events/%ff",
            "/api/v1/proofs/..%2F..%2Fetc%2Fpasswd",
            "/api/v1/claims/unheard-of/history",
            "/log/1/../../keys/receipts.key",
            "/log/1/tile/0/..%2f..%2fREGION",
            "/log/0/checkpoint",
            "/log/7/checkpoint",
            "/log/1/tile/8/000",
            "/log/1/tile/0/0",
            "/log/1/tile/0/x000/001",
            "/log/1/tile/0/000.p/256",
            "/api/v1/consistency?from=0&log=7",
            "/metrics",
        ] {
            assert_eq!(org.client.get(path).await.problem(), not_found, "{path}");
        }
        for (method, path) in [
            (Method::PUT, "/api/v1/events"),
            (Method::DELETE, "/api/v1/events"),
            (Method::POST, "/health"),
            (Method::GET, "/push/seal"),
        ] {
            let answer = org.client.send(method, path, Body::empty()).await;
            assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()), "{path}");
            assert!(!answer.header("allow").is_empty());
        }
        for query in ["from=x", "from=1&to=0", "from=0&to=999999999", "from=-1", "", "from=0&log=x"] {
            let answer = org.client.get(&format!("/api/v1/consistency?{query}")).await;
            assert_eq!(answer.problem(), (400, "invalid-query".to_owned()), "{query}");
        }
    });
}

#[test]
fn requests_for_proofs_and_documents_to_verify_are_checked() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Live).await;
        let event = org.append(&org.filed(&org.claim())).await;
        assert_eq!(org.client.get(&format!("/api/v1/proofs/{event}?wait=forever")).await.problem().1, "invalid-query");
        for (request, expected) in [
            (json!({ "events": [] }), (422, "invalid-request")),
            (json!({ "events": [event, event] }), (422, "invalid-request")),
            (json!({ "events": vec![&event; 501] }), (422, "invalid-request")),
            (json!({ "events": [event], "chain": "ledger" }), (422, "invalid-request")),
            (json!({ "chain": "ledger", "first_seq": 0, "count": 1 }), (422, "invalid-request")),
            (json!({ "chain": "ledger", "first_seq": 2, "count": 1 }), (404, "not-found")),
            (json!({ "chain": "audit", "first_seq": 1, "count": 1 }), (404, "not-found")),
        ] {
            let answer = org.client.post("/api/v1/proofs/batch", request.to_string()).await;
            assert_eq!(answer.problem(), (expected.0, expected.1.to_owned()), "{request}");
        }
        for document in ["", "{}", "[1]", "no JSON", r#"{"version":1,"version":1}"#, r#"{"version":2}"#] {
            let told = org.client.verify_proof(document.into()).await;
            assert_eq!((told.status, &told.json()["verdict"]), (200, &json!("invalid")), "{document}");
        }
        let trust = org.client.post("/api/v1/proofs/verify?trust=nobody", "{}").await;
        assert_eq!(trust.problem(), (400, "invalid-query".to_owned()));
    });
}

#[test]
fn what_operators_send_is_checked_as_well() {
    tell(async |regions| {
        let operator = regions.eu.operator();
        let org = regions.eu.organization(Mode::Live).await;
        for name in ["", " ", "line\nbreak", &"x".repeat(201)] {
            assert_eq!(operator.create_partner(name).await.problem(), (422, "invalid-request".to_owned()), "{name}");
        }
        let key = |member: &str, value: Value| {
            let mut wanted =
                json!({ "org": org.id, "mode": "live", "name": "n", "scopes": [], "region": "europe-west1" });
            wanted[member] = value;
            wanted
        };
        for wanted in [
            key("scopes", json!(["everything"])),
            key("mode", json!("production")),
            key("region", json!("the moon")),
            key("expires_at", json!("2020-01-01T00:00:00Z")),
            key("expires_at", json!("2999-01-01T00:00:00Z")),
            key("org", json!("org_1")),
            key("secret", json!("my own")),
        ] {
            assert_eq!(
                operator.create_api_key(&wanted).await.problem(),
                (422, "invalid-request".to_owned()),
                "{wanted}"
            );
        }
        for schema in [
            json!(1),
            json!({ "type": "no such type" }),
            json!({ "$ref": "https://elsewhere.example/schema.json" }),
            json!({ "$ref": "#" }),
            json!({ "pattern": "(" }),
            json!({ "description": "x".repeat(64 * 1024) }),
        ] {
            let answer = org.client.register_event_type("own.type", &schema).await;
            assert_eq!(answer.problem(), (422, "invalid-request".to_owned()));
        }
        let ours = org.client.register_event_type("claim.verified", &json!({})).await;
        assert_eq!(
            ours.problem(),
            (409, "conflict".to_owned()),
            "what the ledger alone writes has the ledger's schema"
        );
        assert_eq!(operator.update_partner(&org.id, "dormant").await.problem(), (422, "invalid-request".to_owned()));
    });
}

#[test]
fn a_push_with_a_broken_envelope_is_refused() {
    tell(async |regions| {
        let pusher = regions.us.anyone().with_key(&regions.us.push_token());
        for path in ["/push/analyze", "/push/seal", "/push/sweep"] {
            for envelope in [
                "",
                "{",
                "[]",
                "{}",
                r#"{"message":{}}"#,
                r#"{"message":{"messageId":"1","data":"%"}}"#,
                r#"{"message":{"messageId":"1","data":"e30="}}"#,
            ] {
                assert_eq!(pusher.post(path, envelope).await.problem(), (400, "invalid-push".to_owned()), "{envelope}");
            }
            let text = pusher.with_header(CONTENT_TYPE, "text/plain");
            assert_eq!(text.post(path, "{}").await.problem(), (415, "unsupported-media-type".to_owned()));
            let json = pusher.with_header(CONTENT_TYPE, "application/json");
            assert_eq!(json.post(path, r#"{"message":{"messageId":"1"}}"#).await.status, 204);
        }
    });
}

#[test]
fn a_large_body_that_is_refused_unread_does_not_lose_its_answer() {
    tell(async |regions| {
        let org = regions.us.organization(Mode::Test).await;
        let large = |mib: usize| " ".repeat(mib << 20);
        let text = org.client.with_header(CONTENT_TYPE, "text/plain");
        // A connection that is reset while the body is still being sent would fail the client. Once would be luck.
        for _ in 0..5 {
            let stranger = regions.us.anyone().with_key("nobody");
            assert_eq!(stranger.post(BATCH, large(6)).await.problem(), (401, "key-unknown".to_owned()));
            assert_eq!(text.post(BATCH, large(6)).await.problem(), (415, "unsupported-media-type".to_owned()));
            assert_eq!(org.client.post(BATCH, large(12)).await.problem(), (413, "payload-too-large".to_owned()));
            assert_eq!(org.client.post("/api/v1/nothing", large(6)).await.problem(), (404, "not-found".to_owned()));
        }
    });
}
