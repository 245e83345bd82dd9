//! The endpoint, as Pub/Sub calls it.

use analytics::{Analytics, endpoints};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use store::{Database, Store};
use test_support::http::{Answer, ask, get};
use web::config::{Environment, Routes, Secret};
use web::metrics::Metrics;
use web::push::Pusher;
use web::serve::Ready;

use crate::fixture::Ledger;

fn router(analyst: analytics::Analyst) -> Router {
    let state = Analytics { analyst, pusher: Pusher::new(Some(Secret::new("a token of the test"))) };
    let service = endpoints().select(&Routes::All, state).unwrap();
    service.into_router(Ready::when(|| async { true }), Metrics::default())
}

async fn push(router: &Router, token: &str) -> Answer {
    let request =
        Request::post("/push/analyze").header("content-type", "application/json").header("authorization", token);
    let envelope = Body::from(r#"{"message":{"messageId":"1"},"subscription":"analyze"}"#);
    ask(router, request.body(envelope).unwrap()).await
}

const TOKEN: &str = "Bearer a token of the test";

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_nudges_tells_everything_once() {
    let ledger = Ledger::published(8).await;
    let router = router(ledger.analyst());
    for _ in 0..2 {
        let (a, b, c) = tokio::join!(push(&router, TOKEN), push(&router, TOKEN), push(&router, TOKEN));
        assert_eq!([a.status, b.status, c.status], [204; 3]);
    }
    ledger.is_all_told(8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_token_is_heard() {
    let ledger = Ledger::published(1).await;
    let router = router(ledger.analyst());
    for token in ["", "Bearer another token"] {
        assert_eq!(push(&router, token).await.problem(), (401, "unauthenticated".to_owned()));
    }
    assert_eq!(ledger.cursor().await, 0);
    assert_eq!(push(&router, TOKEN).await.status, 204);
    ledger.is_all_told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_503_and_what_will_not_is_500() {
    let gone = Store::open(Database::from_url("postgres://fn_analytics@%2Fnowhere/none").unwrap());
    let warehouse = analytics::Warehouse::Postgres(store::analytics::Warehouse::new(gone.clone()));
    let answer = push(&router(analytics::Analyst::new(gone, warehouse)), TOKEN).await;
    assert_eq!((answer.problem(), answer.header("retry-after")), ((503, "unavailable".to_owned()), "1"));

    let ledger = Ledger::published(1).await;
    ledger.change("REVOKE INSERT ON analytics.facts FROM fn_analytics").await;
    assert_eq!(push(&router(ledger.analyst()), TOKEN).await.problem(), (500, "internal".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_the_endpoint() {
    let ledger = Ledger::new().await;
    let document = get(&router(ledger.analyst()), "", "/openapi.json").await.json();
    assert!(document["components"]["securitySchemes"]["push"].is_object());
    insta::assert_json_snapshot!(document["paths"]["/push/analyze"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_missing_is_named_at_start() {
    let mistakes = analytics::start(Environment::from([("REGION", "us-east1")])).await.unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - DATABASE_URL is not set
      - WAREHOUSE is not set
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_starts_with_the_warehouse_of_its_region() {
    let ledger = Ledger::new().await;
    let url = ledger.region.url("fn_analytics");
    let start = async |region: &str, warehouse: &str| {
        let variables = [("REGION", region), ("DATABASE_URL", url.as_str()), ("WAREHOUSE", warehouse)];
        analytics::start(Environment::from(variables)).await.map(drop).map_err(|mistakes| mistakes.to_string())
    };
    assert_eq!(start("europe-west1", "postgres").await, Ok(()));
    assert!(start("us-east1", "postgres").await.unwrap_err().contains("the database serves europe-west1"));
    assert!(start("europe-west1", "analytics").await.unwrap_err().contains("WAREHOUSE: not a warehouse"));
}
