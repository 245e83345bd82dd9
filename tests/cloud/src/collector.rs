//! A strict fake of a collector (OpenTelemetry Protocol 1.x, OTLP over HTTP with protobuf): it keeps what it is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

/// A running fake. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Collector(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    bytes: Vec<u8>,
    resources: Vec<Resource>,
    metrics: Vec<Metric>,
    spans: Vec<Span>,
}

/// Names and values, as texts.
pub type Labels = BTreeMap<String, String>;

impl Collector {
    /// Serves on the loopback as long as the runtime of the test lives; the second is its URL.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let router = Router::new()
            .route("/v1/metrics", post(take_metrics))
            .route("/v1/traces", post(take_spans))
            .with_state(collector.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, url)
    }

    /// Every byte of a body.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    /// What senders say of themselves; each once.
    pub fn senders(&self) -> Vec<Labels> {
        let mut senders: Vec<_> =
            self.0.lock().unwrap().resources.iter().map(|resource| labels(&resource.attributes)).collect();
        senders.dedup();
        senders
    }

    /// The spans, with their attributes.
    pub fn spans(&self) -> Vec<(Span, Labels)> {
        self.0.lock().unwrap().spans.iter().map(|span| (span.clone(), labels(&span.attributes))).collect()
    }

    /// The unit of a metric and what was last told of it: by labels the sum of a counter, or how many a histogram counted.
    pub fn metric(&self, name: &str) -> Option<(String, BTreeMap<Labels, u64>)> {
        let taken = self.0.lock().unwrap();
        let metric = taken.metrics.iter().rev().find(|metric| metric.name == name)?;
        Some((metric.unit.clone(), series(metric.data.as_ref()?)))
    }

    /// The names of all metrics.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.lock().unwrap().metrics.iter().map(|metric| metric.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

async fn take_metrics(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(request) = parse::<ExportMetricsServiceRequest>(&headers, &body) else { return StatusCode::BAD_REQUEST };
    let mut taken = collector.0.lock().unwrap();
    taken.bytes.extend_from_slice(&body);
    for of_resource in request.resource_metrics {
        taken.resources.extend(of_resource.resource);
        taken.metrics.extend(of_resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics));
    }
    StatusCode::OK
}

async fn take_spans(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(request) = parse::<ExportTraceServiceRequest>(&headers, &body) else { return StatusCode::BAD_REQUEST };
    let mut taken = collector.0.lock().unwrap();
    taken.bytes.extend_from_slice(&body);
    for of_resource in request.resource_spans {
        taken.resources.extend(of_resource.resource);
        taken.spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
    }
    StatusCode::OK
}

fn parse<M: Message + Default>(headers: &HeaderMap, body: &[u8]) -> Option<M> {
    let is_protobuf = headers.get("content-type")? == "application/x-protobuf";
    M::decode(body).ok().filter(|_| is_protobuf)
}

fn series(data: &Data) -> BTreeMap<Labels, u64> {
    match data {
        Data::Sum(sum) if sum.is_monotonic => {
            sum.data_points.iter().map(|point| (labels(&point.attributes), number(point.value.as_ref()))).collect()
        }
        Data::Histogram(histogram) => {
            histogram.data_points.iter().map(|point| (labels(&point.attributes), point.count)).collect()
        }
        other => panic!("neither a counter nor a histogram: {other:?}"),
    }
}

fn number(value: Option<&opentelemetry_proto::tonic::metrics::v1::number_data_point::Value>) -> u64 {
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
    match value {
        Some(Value::AsInt(number)) => u64::try_from(*number).unwrap(),
        other => panic!("not a whole number: {other:?}"),
    }
}

fn labels(attributes: &[KeyValue]) -> Labels {
    let text = |value: Option<&AnyValue>| match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("an attribute of another type: {other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.clone(), text(pair.value.as_ref()))).collect()
}
