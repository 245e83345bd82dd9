//! The metrics of requirement R154 as instruments. Their labels are closed sets but for event types and organizations; of these the SDK keeps
//! 2,000 combinations an instrument, and counts the others as `otel.metric.overflow`.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::Served;
use crate::metrics::{BOUNDS, Counted, Written};

#[derive(Debug)]
pub(super) struct Instruments {
    events_written: Counter<u64>,
    write_latency: Histogram<f64>,
    proofs_generated: Counter<u64>,
    requests: Counter<u64>,
    latency: Histogram<f64>,
}

impl Instruments {
    pub(super) fn of(meter: &Meter) -> Self {
        let counter = |name, unit| meter.u64_counter(name).with_unit(unit).build();
        let seconds = |name| {
            let bounds = BOUNDS.iter().map(|micros| Duration::from_micros(*micros).as_secs_f64()).collect();
            meter.f64_histogram(name).with_unit("s").with_boundaries(bounds).build()
        };
        Self {
            events_written: counter("ledger_events_written_total", "{event}"),
            write_latency: seconds("ledger_write_latency_seconds"),
            proofs_generated: counter("ledger_proofs_generated_total", "{proof}"),
            requests: counter("api_requests_total", "{request}"),
            latency: seconds("api_latency_seconds"),
        }
    }

    pub(super) fn count(&self, counted: &Counted) {
        match counted {
            Counted::Written(events) => events.iter().for_each(|event| self.written(event)),
            Counted::Proof(proof_type) => self.proofs_generated.add(1, &[KeyValue::new("proof_type", *proof_type)]),
        }
    }

    fn written(&self, event: &Written) {
        let event_type = KeyValue::new("event_type", event.event_type.as_str().to_owned());
        self.write_latency.record(event.took.as_secs_f64(), std::slice::from_ref(&event_type));
        self.events_written.add(1, &[event_type, KeyValue::new("partner_id", event.org.to_string())]);
    }

    pub(super) fn answered(&self, served: &Served<'_>) {
        let (method, path) = (KeyValue::new("method", served.method), KeyValue::new("path", served.route.to_owned()));
        self.latency.record(served.took.as_secs_f64(), &[method.clone(), path.clone()]);
        self.requests.add(1, &[method, path, KeyValue::new("status", served.status.as_str().to_owned())]);
    }
}
