#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::subscriber::with_default;
use truth_kernel::id::{EventId, RequestId};
use truth_kernel::time::Timestamp;

use super::{Clock, ErrorReporting, Filter, LevelFilter, Logging, subscriber};
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
    LazyLock::new(|| Dispatch::new(subscriber(logging(LevelFilter::TRACE), Clock::System, std::io::sink)));

fn logging(level: LevelFilter) -> Logging {
    Logging { project: Some("p".to_owned()), ..Logging::of("test", Filter(level)) }
}

/// The lines that `work` logs at `level` and above.
fn logged(level: LevelFilter, work: impl FnOnce()) -> Vec<Value> {
    logged_by(logging(level), work)
}

fn logged_by(logging: Logging, work: impl FnOnce()) -> Vec<Value> {
    LazyLock::force(&INTEREST);
    let lines = Lines::default();
    let (clock, _) = Clock::manual(Timestamp::from_millis(1_795_211_045_123));
    let writer = lines.clone();
    with_default(subscriber(logging, clock, move || writer.clone()), work);
    lines.parsed()
}

/// As a handler of an organization's event.
async fn called(Path(id): Path<EventId>) -> Problem {
    crate::trace::note_caller(ORG.parse().unwrap(), KEY.parse().unwrap());
    super::about(id);
    tracing::warn!(attempts = 2, "within");
    Problem::not_found()
}

const ORG: &str = "org_01890a5d000070008000000000000001";
const KEY: &str = "key_01890a5d000070008000000000000002";
const EVENT: &str = "evt_01890a5d000070008000000000000003";

fn answer(request: axum::http::request::Builder, level: LevelFilter) -> Vec<Value> {
    logged(level, || {
        let router = Router::new()
            .route("/claims/{id}", get(async || "fine"))
            .route("/events/{id}", get(called))
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
    assert!(lines[0]["latencyMs"].take().is_f64());
    assert!(lines[0]["context"]["requestId"].take().as_str().unwrap().parse::<RequestId>().is_ok());
    let span = lines[0]["logging.googleapis.com/spanId"].take();
    assert!(span.as_str().unwrap().len() == 16 && span != "b7ad6b7169203331", "its own span");
    let expected = json!({
        "severity": "INFO",
        "time": Timestamp::from_millis(1_795_211_045_123).to_string(),
        "service": "test",
        "logger": "web::edge",
        "message": "GET /claims/{id} 200",
        "httpRequest": {"requestMethod": "GET", "requestUrl": "/claims/{id}", "status": 200, "latency": null},
        "logging.googleapis.com/trace": "projects/p/traces/0af7651916cd43dd8448eb211c80319c",
        "logging.googleapis.com/spanId": null,
        "latencyMs": null,
        "context": {"requestId": null},
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
    assert_eq!(lines[0]["error"], json!({"message": "the database: went away"}));
}

#[test]
fn every_line_of_a_request_names_it_its_caller_and_its_event() {
    let mut lines = answer(Request::get(format!("/events/{EVENT}")), LevelFilter::INFO);
    assert_eq!(lines.len(), 2);
    let request = lines[0]["context"]["requestId"].take();
    assert_eq!(lines[1]["context"]["requestId"].take(), request);
    let context = json!({"requestId": null, "partner": ORG, "user": KEY, "event": EVENT});
    assert_eq!((&lines[0]["context"], &lines[1]["context"]), (&context, &context));
    assert_eq!((&lines[0]["severity"], &lines[1]["severity"]), (&"WARNING".into(), &"INFO".into()));
    assert_eq!((&lines[0]["error"], &lines[1]["error"]), (&json!(null), &json!({"code": "not-found"})));
}

#[test]
fn what_an_event_says_of_itself_stands_and_a_value_of_another_form_is_withheld() {
    let lines = logged(LevelFilter::INFO, || {
        tracing::info!(event.id = EVENT, org.id = "Jane Doe", rows = "Jane Doe", region = "Jane Doe", "x");
    });
    assert!(!lines[0].to_string().contains("Jane"));
    assert_eq!(lines[0]["context"], json!({"event": EVENT}));
    assert_eq!(lines[0]["withheld"], json!(["org.id", "rows", "region"]));
}

#[test]
fn a_panic_is_one_line_that_tells_a_literal_and_withholds_what_came_in() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(super::panics::log));
    let claim = "Jane Doe";
    let lines = logged(LevelFilter::INFO, || {
        let _ = std::panic::catch_unwind(|| panic!("a rule of ours"));
        let _ = std::panic::catch_unwind(|| panic!("the claim of {claim}"));
    });
    std::panic::set_hook(before);
    assert_eq!(lines.len(), 2);
    let said: Vec<_> = lines.iter().map(|line| line["error"]["message"].as_str().unwrap()).collect();
    assert_eq!(said, ["a rule of ours", "a message that is not written"]);
    for line in lines {
        assert!(!line.to_string().contains("Jane"));
        assert_eq!((&line["severity"], &line["error"]["code"]), (&"ERROR".into(), &"panic".into()));
        assert!(line["location"].as_str().unwrap().contains("telemetry/tests.rs:"), "{line}");
        assert!(line["error"]["stack"].as_str().unwrap().contains("0:"), "{line}");
        assert!(line.get("@type").is_none(), "nothing is reported unless somebody says so");
    }
}

#[test]
fn errors_are_reported_only_where_that_is_switched_on() {
    let log = || {
        tracing::error!("broken");
        tracing::warn!("not broken");
    };
    let silent = logged(LevelFilter::INFO, log);
    assert!(silent.iter().all(|line| line.get("@type").is_none() && line.get("serviceContext").is_none()));
    let reporting = Logging { reporting: ErrorReporting::On, ..logging(LevelFilter::INFO) };
    let told = logged_by(reporting, log);
    assert!(told[0]["@type"].as_str().unwrap().ends_with("ReportedErrorEvent"));
    assert_eq!(told[0]["serviceContext"], json!({"service": "test"}));
    let place = &told[0]["context"]["reportLocation"];
    assert!(
        place["filePath"].as_str().unwrap().ends_with("telemetry/tests.rs") && place["lineNumber"].as_u64() > Some(0)
    );
    assert!(told[1].get("@type").is_none());
}

#[test]
fn a_service_without_an_endpoint_in_the_region_is_a_warning_that_names_both() {
    let region = "europe-west1".parse().unwrap();
    let exception = crate::runtime::EndpointException { service: "cloudkms", region, reason: "there is none" };
    let line = logged(LevelFilter::INFO, || exception.tell()).remove(0);
    assert_eq!(line["severity"], "WARNING");
    assert_eq!((&line["cloud.service"], &line["region"]), (&json!("cloudkms"), &json!("europe-west1")));
    assert_eq!((&line["reason"], &line["withheld"]), (&json!("there is none"), &Value::Null));
}
