//! The pushes: who is heard, and what happens without a database.

use axum::body::Body;
use axum::http::Request;
use store::{Database, Store};
use test_support::http::ask;
use web::config::Environment;

use super::fixture::{Fixture, TOKEN, push, router};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_pusher_is_heard() {
    let fixture = Fixture::new().await;
    let id = "whd_01a19467ec227e7b9e5d918d33f08169";
    let nudge = r#"{"message":{"messageId":"1"}}"#.to_owned();
    for (path, envelope) in [("/push/notify", nudge), ("/push/deliver", fixture.order(id))] {
        for token in ["", "another token", fixture.key.as_str()] {
            assert_eq!(push(&fixture.router, path, token, &envelope).await.problem().0, 401, "{path}");
        }
        assert_eq!(push(&fixture.router, path, TOKEN, &envelope).await.status, 204, "{path}");
        assert_eq!(push(&fixture.router, path, TOKEN, "{}").await.problem(), (400, "invalid-push".to_owned()));
    }
    let empty = r#"{"message":{"messageId":"1"}}"#;
    assert_eq!(push(&fixture.router, "/push/deliver", TOKEN, empty).await.problem(), (400, "invalid-push".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_503() {
    let fixture = Fixture::new().await;
    let mut state = fixture.state.clone();
    state.store = Store::open(Database::from_url("postgres://fn_webhooks@%2Fnowhere/none").unwrap());
    let router = router(state);
    let id = "whd_01a19467ec227e7b9e5d918d33f08169";
    for (path, envelope) in
        [("/push/notify", r#"{"message":{"messageId":"1"}}"#.to_owned()), ("/push/deliver", fixture.order(id))]
    {
        assert_eq!(push(&router, path, TOKEN, &envelope).await.problem(), (503, "unavailable".to_owned()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_the_endpoints() {
    let fixture = Fixture::new().await;
    let answer = ask(&fixture.router, Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    let document = answer.json();
    assert!(document["components"]["securitySchemes"]["push"].is_object());
    insta::assert_json_snapshot!(document["paths"]);
}

#[tokio::test]
async fn everything_that_is_missing_is_named_at_start() {
    let mistakes = webhooks::start(Environment::from([
        ("REGION", "us-east1"),
        ("RETRY_SCHEDULE", "soon"),
        ("ALLOW_LOOPBACK_WEBHOOKS", "perhaps"),
        ("DELIVERY_QUEUE", "queue"),
    ]))
    .await
    .unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - DATABASE_URL is not set
      - WRAPPING_KEYS is not set
      - DELIVERY_QUEUE: not a task queue: http://<loopback address>:<port>/<path> or projects/<project>/locations/<region>/queues/<queue>
      - RETRY_SCHEDULE: not a schedule: up to 50 numbers of seconds with commas between, none above 2592000 (30 days)
      - ALLOW_LOOPBACK_WEBHOOKS: provided string was not `true` or `false`
    ");
}
