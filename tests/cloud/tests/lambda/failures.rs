//! What goes wrong in one invocation and must not end the process, and how the process ends.

use std::process::{Command, Stdio};

use cloud_tests::function::Process;
use cloud_tests::runtime_api::Outcome;
use serde_json::json;

use crate::events::{Asked, Front};
use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_no_request_fails_alone() {
    let fixture = Fixture::start("query", "fn_query").await;
    for event in [json!({}), json!([]), json!({"Records": [{"eventSource": "aws:sqs"}]}), json!(null)] {
        assert!(matches!(fixture.invoke(event.clone()).await, Outcome::Error(_)), "{event}");
    }
    let alive = fixture.ask(Front::HttpApi, &Asked::get("/health", "")).await;
    assert_eq!((alive.status, alive.body.as_slice()), (200, &b"alive"[..]));
    fixture.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_one_failed_invocation() {
    let fixture = Fixture::start("query", "fn_query").await;
    // The library panics over a host that is none.
    let mut event = Asked::get("/health", "").event(Front::HttpApi);
    event["headers"]["host"] = "not a host".into();
    let Outcome::Error(error) = fixture.invoke(event).await else { panic!("it did not fail") };
    assert!(error["errorMessage"].as_str().unwrap().contains("panicked"), "{error}");
    assert_eq!(fixture.ask(Front::HttpApi, &Asked::get("/health", "")).await.status, 200);
    fixture.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_process_in_good_order() {
    let mut fixture = Fixture::start("ledger-writer", "fn_ledger_writer").await;
    assert_eq!(fixture.ask(Front::HttpApi, &Asked::get("/health", "")).await.status, 200);
    let (status, fixture) = tokio::task::spawn_blocking(move || (fixture.function.stop(), fixture)).await.unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(fixture.api.violations(), [""; 0]);
}

#[test]
fn without_the_variables_of_lambda_it_does_not_start_and_says_why() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_function-main"));
    command.arg("query").env_clear().env("REGION", "europe-west1").env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9");
    let process = Process(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut process = process;
    let status = process.0.wait().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(process.0.stderr.as_mut().unwrap(), &mut said).unwrap();
    assert_eq!(status.code(), Some(78), "{said}");
    assert!(said.contains("AWS_LAMBDA_FUNCTION_NAME is not set"), "{said}");
}
