//! A span per request, with the ids that its log lines and messages have, recorded when it has been answered.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use cloud::clock::Clock;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, Sampler, SdkTracer, SdkTracerProvider, SpanExporter};

use crate::trace;

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served<'a> {
    /// The endpoint's name: its file's.
    pub(crate) endpoint: &'a str,
    pub(crate) method: &'static str,
    /// The template of the path.
    pub(crate) route: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
}

#[derive(Debug)]
pub(super) struct Spans(SdkTracer);

/// A provider whose spans are sampled where their senders' are, and else always: the collector may take fewer.
pub(super) fn provider(exporter: impl SpanExporter + 'static, resource: Resource) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_resource(resource)
        .with_id_generator(Ids(RandomIdGenerator::default()))
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_batch_exporter(exporter)
        .build()
}

impl Spans {
    pub(super) fn of(tracers: &SdkTracerProvider) -> Self {
        Self(tracers.tracer("proveniq"))
    }

    /// Within the request's task.
    pub(super) fn record(&self, served: &Served<'_>) {
        let end = SystemTime::UNIX_EPOCH + Duration::from_millis(Clock::System.now().millis().unsigned_abs());
        let attributes = [
            KeyValue::new("http.request.method", served.method),
            KeyValue::new("http.route", served.route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(served.status.as_u16())),
        ];
        let mut span = self
            .0
            .span_builder(served.endpoint.to_owned())
            .with_kind(SpanKind::Server)
            .with_start_time(end - served.took)
            .with_attributes(attributes)
            .start_with_context(&self.0, &sender());
        if served.status.is_server_error() {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }
}

/// The span of whoever sent the request.
fn sender() -> Context {
    let Some((trace, parent)) = trace::current().and_then(|trace| Some((trace, trace.parent?))) else {
        return Context::new();
    };
    let flags = if trace.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (id, parent) = (TraceId::from_bytes(trace.id.bytes()), SpanId::from_bytes(parent.to_be_bytes()));
    Context::new().with_remote_span_context(SpanContext::new(id, parent, flags, true, TraceState::NONE))
}

/// The ids that the request has already.
#[derive(Debug)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        trace::current().map_or_else(|| self.0.new_trace_id(), |trace| TraceId::from_bytes(trace.id.bytes()))
    }

    fn new_span_id(&self) -> SpanId {
        trace::current().map_or_else(|| self.0.new_span_id(), |trace| SpanId::from_bytes(trace.span.to_be_bytes()))
    }
}
