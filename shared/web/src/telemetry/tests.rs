#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::subscriber::with_default;
use truth_kernel::time::Timestamp;

use super::{Clock, Filter, LevelFilter, subscriber};
use crate::edge::observe;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::test_http::ask;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn parsed(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap();
        str::from_utf8(&bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Interested in everything and never dropped: whether a line of code is of interest is remembered for
/// the whole process, and tests that run without a subscriber would have it remembered as uninteresting.
static INTEREST: LazyLock<Dispatch> =
    LazyLock::new(|| Dispatch::new(subscriber(Filter(LevelFilter::TRACE), None, Clock::System, std::io::sink)));

/// The lines that `work` logs at `level` and above.
fn logged(level: LevelFilter, work: impl FnOnce()) -> Vec<Value> {
    LazyLock::force(&INTEREST);
    let (lines, project) = (Lines::default(), Some("p".to_owned()));
    let (clock, _) = Clock::manual(Timestamp::from_millis(1_795_211_045_123));
    let writer = lines.clone();
    with_default(subscriber(Filter(level), project, clock, move || writer.clone()), work);
    lines.parsed()
}

fn answer(request: axum::http::request::Builder, level: LevelFilter) -> Vec<Value> {
    logged(level, || {
        let router = Router::new()
            .route("/claims/{id}", get(async || "fine"))
            .route("/health", get(async || "fine"))
            .route("/gone", get(async || Problem::unavailable()))
            .layer(from_fn_with_state(Metrics::default(), observe));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(ask(&router, request, ""));
    })
}

#[test]
fn a_request_is_one_line_without_its_ids_query_or_body() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Request::get("/claims/secret-id?name=secret").header("traceparent", traceparent);
    let mut lines = answer(request, LevelFilter::INFO);
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].to_string().contains("secret"));
    let latency = lines[0]["httpRequest"]["latency"].take();
    assert!(latency.as_str().unwrap().strip_suffix('s').unwrap().parse::<f64>().is_ok());
    let expected = json!({
        "severity": "INFO",
        "time": Timestamp::from_millis(1_795_211_045_123).to_string(),
        "logger": "web::edge",
        "message": "GET /claims/{id} 200",
        "httpRequest": {"requestMethod": "GET", "requestUrl": "/claims/{id}", "status": 200, "latency": null},
        "logging.googleapis.com/trace": "projects/p/traces/0af7651916cd43dd8448eb211c80319c",
        "logging.googleapis.com/spanId": "b7ad6b7169203331",
        "logging.googleapis.com/trace_sampled": true,
    });
    assert_eq!(lines[0], expected);
}

#[test]
fn refusals_of_ours_are_louder_and_probes_are_quiet() {
    assert_eq!(answer(Request::get("/gone"), LevelFilter::WARN)[0]["severity"], "WARNING");
    assert_eq!(answer(Request::get("/claims/1"), LevelFilter::WARN), [json!(null); 0]);
    assert_eq!(answer(Request::get("/health"), LevelFilter::INFO), [json!(null); 0]);
    assert_eq!(answer(Request::get("/health"), LevelFilter::DEBUG)[0]["severity"], "DEBUG");
}

#[test]
fn a_field_that_is_not_on_the_list_is_withheld_and_named() {
    let lines = logged(LevelFilter::INFO, || {
        tracing::info!(claim_id = "secret", password = 1, attempts = 3, "hello \"world\"\n");
    });
    assert!(!lines[0].to_string().contains("secret"));
    assert_eq!(lines[0]["message"], "hello \"world\"\n");
    assert_eq!((&lines[0]["attempts"], &lines[0]["withheld"]), (&json!(3), &json!(["claim_id", "password"])));
}

#[test]
fn an_error_is_told_with_its_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("the database")]
    struct Outer(#[from] std::io::Error);
    let lines = logged(LevelFilter::INFO, || {
        let error = Outer::from(std::io::Error::other("went away"));
        tracing::error!(error = &error as &(dyn std::error::Error + 'static), "cannot append");
    });
    assert_eq!(lines[0]["error"], "the database: went away");
}
