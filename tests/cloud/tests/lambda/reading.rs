//! The query function, asked through each front.

use cloud::bucket::{Bucket, Folder};
use cloud::clock::Clock;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;

use crate::events::{Asked, FRONTS};
use crate::fixture::{Fixture, stray_event};

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_as_bytes_and_text_as_text() {
    let fixture = Fixture::start("query", "fn_query").await;
    let bucket = Bucket::Folder(Folder::open(&fixture.bucket(), Clock::System).unwrap());
    let tile: Vec<u8> = (0..=255).cycle().take(8192).collect();
    bucket.create(&"log/test-1/tile/0/000".parse().unwrap(), tile.clone()).await.unwrap();
    bucket.create(&"log/test-1/checkpoint".parse().unwrap(), "a note — with a dash".into()).await.unwrap();
    for front in FRONTS {
        let answer = fixture.ask(front, &Asked::get("/log/test-1/tile/0/000", "")).await;
        assert_eq!((answer.status, answer.is_base64), (200, true), "{front:?}");
        assert!(answer.body == tile, "{front:?}");
        assert_eq!(answer.headers["content-type"], "application/octet-stream");
        let answer = fixture.ask(front, &Asked::get("/log/test-1/checkpoint", "")).await;
        assert_eq!((answer.status, answer.is_base64), (200, false), "{front:?}");
        assert_eq!(answer.body, "a note — with a dash".as_bytes());
    }
    fixture.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_what_the_client_wrote() {
    let fixture = Fixture::start("query", "fn_query").await;
    let appender = fixture.region.appender();
    for claim in ["C&limit=1+é", "C", "C-2"] {
        appender.append(claim_filed(fixture.org, 1, Some(claim))).await.unwrap();
    }
    fixture.region.seal(Mode::Test).await;
    for front in FRONTS {
        let asked = Asked::get("/api/v1/events?claim_id=C%26limit%3D1%2B%C3%A9&limit=50", &fixture.key);
        let answer = fixture.ask(front, &asked).await;
        assert_eq!(answer.status, 200, "{front:?}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.json()["events"].as_array().unwrap().len(), 1, "{front:?}");
        let history = fixture.ask(front, &Asked::get("/api/v1/claims/C%26limit=1+%C3%A9/history", &fixture.key)).await;
        assert_eq!(history.status, 200, "{front:?}: {}", String::from_utf8_lossy(&history.body));
        let checkpoint = fixture.ask(front, &Asked::get("/api/v1/checkpoint?log=test-1", &fixture.key)).await;
        assert_eq!(checkpoint.json()["origin"], TestRegion::log(Mode::Test).as_str(), "{front:?}");
    }
    fixture.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_problem_documents_with_the_trace_of_the_invocation() {
    let fixture = Fixture::start("query", "fn_query").await;
    let stray = format!("/api/v1/events/{}", stray_event());
    for front in FRONTS {
        let missing = fixture.ask(front, &Asked::get(&stray, &fixture.key)).await;
        assert_eq!(missing.problem(), (404, "not-found".into()), "{front:?}");
        assert_eq!(missing.json()["instance"], "urn:proveniq:trace:0af7651916cd43dd8448eb211c80319c", "{front:?}");
        assert!(!missing.is_base64, "{front:?}");
        let unknown = fixture.ask(front, &Asked::get("/nowhere", &fixture.key)).await;
        assert_eq!(unknown.problem(), (404, "not-found".into()), "{front:?}");
        let nobody = fixture.ask(front, &Asked::get(&stray, "")).await;
        assert_eq!(nobody.problem(), (401, "unauthenticated".into()), "{front:?}");
        let posted = fixture.ask(front, &Asked::post("/api/v1/checkpoint", &fixture.key, "unread")).await;
        assert_eq!(posted.problem(), (405, "method-not-allowed".into()), "{front:?}");
        let alive = fixture.ask(front, &Asked::get("/ready", "")).await;
        assert_eq!((alive.status, alive.body.as_slice()), (200, &b"ready"[..]), "{front:?}");
    }
    fixture.check();
}
