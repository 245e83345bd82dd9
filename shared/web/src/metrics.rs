//! Counters and histograms in the text format of Prometheus 0.0.4, with the names of requirement R154.

mod family;
mod text;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::routing::get;

use self::family::{Counter, Family, Histogram};

/// What one region's functions in one process count. Clones count together.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Families>);

#[derive(Debug)]
struct Families {
    events_written: Family<2, Counter>,
    write_latency: Family<1, Histogram>,
    proofs_generated: Family<1, Counter>,
    requests: Family<3, Counter>,
    latency: Family<2, Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Families {
            events_written: Family::new("ledger_events_written_total", ["event_type", "partner_id"]),
            write_latency: Family::new("ledger_write_latency_seconds", ["event_type"]),
            proofs_generated: Family::new("ledger_proofs_generated_total", ["proof_type"]),
            requests: Family::new("api_requests_total", ["method", "path", "status"]),
            latency: Family::new("api_latency_seconds", ["method", "path"]),
        }))
    }
}

impl Metrics {
    /// An event was written: its type, its organization, and how long the append took. Labels never
    /// hold claim or subject ids.
    pub fn event_written(&self, event_type: &str, partner_id: &str, took: Duration) {
        self.0.events_written.with([event_type, partner_id], Counter::increment);
        self.0.write_latency.with([event_type], |histogram| histogram.observe(took));
    }

    /// A proof was made: `inclusion`, `batch`, `consistency`.
    pub fn proof_generated(&self, proof_type: &'static str) {
        self.0.proofs_generated.with([proof_type], Counter::increment);
    }

    /// A request was answered. `path` is the route's template, never the path that was asked for.
    pub(crate) fn answered(&self, method: &str, path: &str, status: &str, took: Duration) {
        self.0.requests.with([method, path, status], Counter::increment);
        self.0.latency.with([method, path], |histogram| histogram.observe(took));
    }

    /// Everything counted so far, in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.0.events_written.write(&mut out);
        self.0.write_latency.write(&mut out);
        self.0.proofs_generated.write(&mut out);
        self.0.requests.write(&mut out);
        self.0.latency.write(&mut out);
        out
    }

    /// Serves `/metrics`. For the loopback only: its labels name organizations.
    pub fn router(self) -> Router {
        let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
        let handler = async move || (content_type, self.text());
        Router::new().route("/metrics", get(handler))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::Request;

    use super::Metrics;
    use crate::test_http::{ask, header};

    #[tokio::test]
    async fn what_was_counted_is_served_as_text() {
        let metrics = Metrics::default();
        for millis in [2, 30] {
            metrics.event_written("claim.filed", "org_1", Duration::from_millis(millis));
        }
        metrics.proof_generated("inclusion");
        metrics.answered("POST", "/api/v1/events", "201", Duration::from_micros(700));
        let (parts, body) = ask(&metrics.clone().router(), Request::get("/metrics"), "").await;
        assert_eq!(header(&parts, "content-type"), "text/plain; version=0.0.4");
        assert_eq!(body, metrics.text());
        insta::assert_snapshot!(metrics.text());
    }

    #[test]
    fn nothing_counted_is_no_text() {
        assert_eq!(Metrics::default().text(), "");
    }
}
