//! Metrics and spans for a collector, by OTLP over HTTP (OpenTelemetry Protocol 1.x, protobuf).
//!
//! An instance that nobody asks has no processor, so nothing is sent on time there: what was not sent is sent at SIGTERM, when Cloud Run gives
//! the processor back, and under Lambda after each invocation.

mod client;
mod instruments;
mod spans;

use std::time::Duration;

use cloud::random::Random;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use self::client::Client;
use self::instruments::Instruments;
pub(crate) use self::spans::Served;
use self::spans::Spans;
use crate::config::{Collector, Mistakes, Settings};
use crate::metrics::Counted;

/// How long the collector may take to take something.
const WITHIN: Duration = Duration::from_secs(2);

/// What is sent, and how.
#[derive(Debug)]
pub(crate) struct Exporter {
    instruments: Instruments,
    spans: Spans,
    meters: SdkMeterProvider,
    tracers: SdkTracerProvider,
}

impl Exporter {
    /// Starts to export; must be called within a tokio runtime. Intervals and queues are set by the variables of OpenTelemetry's SDK
    /// (`OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_BSP_SCHEDULE_DELAY`, …).
    pub(crate) fn start(collector: &Collector, settings: &Settings) -> Result<Self, Mistakes> {
        let providers = providers(collector, settings);
        let (meters, tracers) = providers.map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}"))?;
        let (instruments, spans) = (Instruments::of(&meters.meter("proveniq")), Spans::of(&tracers));
        crate::trace::sample();
        Ok(Self { instruments, spans, meters, tracers })
    }

    pub(crate) fn count(&self, counted: &Counted) {
        self.instruments.count(counted);
    }

    /// A request was served.
    pub(crate) fn served(&self, served: &Served<'_>) {
        self.instruments.answered(served);
        self.spans.record(served);
    }

    /// Sends what was not sent yet.
    #[cfg(feature = "lambda")]
    pub(crate) fn flush(&self) {
        tell(self.meters.force_flush());
        tell(self.tracers.force_flush());
    }

    /// Sends what was not sent yet, and nothing afterwards.
    pub(crate) fn stop(&self) {
        tell(self.meters.shutdown_with_timeout(WITHIN));
        tell(self.tracers.shutdown_with_timeout(WITHIN));
    }
}

fn tell(done: OTelSdkResult) {
    if let Err(error) = done {
        tracing::warn!(error = %error, "not all metrics or spans were sent");
    }
}

/// One attempt each: metrics are cumulative, so that the next ones make up for those that were lost, and spans are samples anyway.
fn providers(
    collector: &Collector,
    settings: &Settings,
) -> Result<(SdkMeterProvider, SdkTracerProvider), ExporterBuildError> {
    let (client, resource) = (Client::new(WITHIN), resource(settings));
    let metrics = MetricExporter::builder()
        .with_http()
        .with_http_client(client.clone())
        .with_retry_policy(RetryPolicy::disabled())
        .with_endpoint(collector.signal("/v1/metrics"))
        .build()?;
    let traces = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_retry_policy(RetryPolicy::disabled())
        .with_endpoint(collector.signal("/v1/traces"))
        .build()?;
    let meters = SdkMeterProvider::builder().with_resource(resource.clone()).with_periodic_exporter(metrics).build();
    Ok((meters, spans::provider(traces, resource)))
}

/// Who sends: the instances of a service count each for itself.
fn resource(settings: &Settings) -> Resource {
    let instance = format!("{:016x}", u64::from_be_bytes(Random::system().bytes()));
    Resource::builder()
        .with_service_name(settings.log.service.clone())
        .with_attribute(KeyValue::new("service.instance.id", instance))
        .with_attribute(KeyValue::new("cloud.region", settings.region.to_string()))
        .build()
}
