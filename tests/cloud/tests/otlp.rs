//! What a function sends to a collector: its own main as a process, over the network and under Lambda.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::{Command, Stdio};
use std::time::Duration;

use cloud_tests::collector::{Collector, Labels};
use cloud_tests::function::{Folder, Process};
use cloud_tests::runtime_api::{Outcome, RuntimeApi};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::json;
use test_support::TestRegion;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use truth_kernel::classification::Mode;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const EVENT: &str = r#"{"type":"claim.filed","classification":"transactional","claim_id":"Mustermann-1","subject_id":"Erika-Mustermann","tags":["claim"],"payload":{"amount":"1200.50","note":"hagelschaden"}}"#;

struct Writer {
    region: TestRegion,
    folder: Folder,
    org: String,
    key: String,
    collector: Collector,
    command: Command,
}

impl Writer {
    async fn new() -> Self {
        let region = TestRegion::new().await;
        let org = region.organization().await;
        let key = region.api_key(org, Mode::Test, &["events:write"]).await;
        let (folder, (collector, url)) = (Folder::new(), Collector::start().await);
        let mut command = Command::new(env!("CARGO_BIN_EXE_function-main"));
        command.arg("ledger-writer").env_clear().envs(folder.environment(&region, "fn_ledger_writer"));
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url).env("OTEL_SERVICE_NAME", "ledger-writer");
        // Nothing is sent because its time has come.
        command.env("OTEL_METRIC_EXPORT_INTERVAL", "3600000").env("OTEL_BSP_SCHEDULE_DELAY", "3600000");
        command.stdout(Stdio::null());
        Self { region, folder, org: org.to_string(), key, collector, command }
    }

    /// Nothing that a partner wrote, and no key, is in what was sent.
    fn check_nothing_personal(&self) {
        let sent = self.collector.bytes();
        assert!(!sent.is_empty());
        for secret in ["Mustermann", "1200.50", "hagelschaden", &self.key, "x-api-key", "192.0.2.1", "127.0.0.1"] {
            assert!(!sent.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
    }
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn post(port: u16, key: &str, body: &str) -> u16 {
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => break stream,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    let request = format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-api-key: {key}\r\n\
         traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_and_served_is_sent_at_the_end() {
    let mut writer = Writer::new().await;
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    writer.command.env("BIND_ADDRESS", "127.0.0.1").env("PORT", port.to_string());
    let mut process = Process(writer.command.spawn().unwrap());
    for (body, status) in [(EVENT, 201), (EVENT, 201), ("{}", 422)] {
        assert_eq!(post(port, &writer.key, body).await, status);
    }
    assert_eq!(writer.collector.names(), [""; 0], "nothing is sent while requests are served");
    assert!(tokio::task::spawn_blocking(move || process.stop()).await.unwrap().success());

    let route = [("method", "POST"), ("path", "/api/v1/events")];
    let requests =
        [("201", 2), ("422", 1)].map(|(status, count)| (labels([route[0], route[1], ("status", status)]), count));
    let written = [(labels([("event_type", "claim.filed"), ("partner_id", &writer.org)]), 2)];
    for (name, unit, series) in [
        ("api_requests_total", "{request}", requests.into()),
        ("api_latency_seconds", "s", [(labels(route), 3)].into()),
        ("ledger_events_written_total", "{event}", written.into()),
        ("ledger_write_latency_seconds", "s", [(labels([("event_type", "claim.filed")]), 2)].into()),
    ] {
        assert_eq!(writer.collector.metric(name), Some((unit.to_owned(), series)), "{name}");
    }
    let spans = writer.collector.spans();
    assert_eq!(spans.len(), 3);
    for (span, attributes) in &spans {
        assert_eq!((span.name.as_str(), span.kind), ("post_event", SpanKind::Server as i32));
        assert_eq!(format!("{:032x}", u128::from_be_bytes(span.trace_id.clone().try_into().unwrap())), TRACE);
        assert_eq!(span.parent_span_id, 0xb7ad_6b71_6920_3331_u64.to_be_bytes());
        assert!(span.span_id.len() == 8 && span.end_time_unix_nano >= span.start_time_unix_nano);
        let status = &attributes["http.response.status_code"];
        let expected =
            [("http.request.method", "POST"), ("http.route", "/api/v1/events"), ("http.response.status_code", status)];
        assert_eq!(attributes, &labels(expected));
        assert_ne!(span.status.as_ref().map_or(0, |status| status.code), StatusCode::Error as i32);
    }
    let senders = writer.collector.senders();
    assert!(senders.iter().all(|sender| *sender == senders[0]));
    assert_eq!((&*senders[0]["service.name"], &*senders[0]["cloud.region"]), ("ledger-writer", "europe-west1"));
    assert_eq!(senders[0]["service.instance.id"].len(), 16);
    writer.check_nothing_personal();
}

#[tokio::test(flavor = "multi_thread")]
async fn under_lambda_it_is_sent_before_the_answer() {
    let mut writer = Writer::new().await;
    let api = RuntimeApi::start().await;
    writer.command.env("AWS_LAMBDA_RUNTIME_API", api.address()).env("AWS_LAMBDA_FUNCTION_NAME", "f");
    writer.command.env("AWS_LAMBDA_FUNCTION_VERSION", "1").env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
    let _process = Process(writer.command.spawn().unwrap());
    for count in 1..=2 {
        let event = json!({
            "version": "2.0", "rawPath": "/api/v1/events", "rawQueryString": "", "body": EVENT, "isBase64Encoded": false,
            "headers": {"host": "ledger.example", "x-api-key": writer.key, "content-type": "application/json"},
            "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/api/v1/events", "sourceIp": "192.0.2.1"}},
        });
        let Outcome::Response(answer) = api.invoke(event).await else { panic!("it failed") };
        assert_eq!(answer["statusCode"], 201);
        let (_, series) = writer.collector.metric("ledger_events_written_total").unwrap();
        assert_eq!(series.values().sum::<u64>(), count);
        assert_eq!(writer.collector.spans().len() as u64, count);
    }
    writer.check_nothing_personal();
    assert_eq!(api.violations(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_keeps_nobody_waiting_for_long() {
    let mut writer = Writer::new().await;
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    // A listener that takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    writer.command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", silent.local_addr().unwrap()));
    writer.command.env("BIND_ADDRESS", "127.0.0.1").env("PORT", port.to_string());
    let mut process = Process(writer.command.spawn().unwrap());
    assert_eq!(post(port, &writer.key, EVENT).await, 201);
    assert!(tokio::task::spawn_blocking(move || process.stop()).await.unwrap().success());
    assert!(writer.collector.bytes().is_empty() && writer.folder.bucket().exists());
    drop(writer.region);
}
