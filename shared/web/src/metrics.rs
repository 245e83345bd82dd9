//! Counters and histograms in the text format of Prometheus 0.0.4, with the names of requirement R154.

mod family;
mod text;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use truth_kernel::body::EventType;
use truth_kernel::id::OrgId;

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

/// What a request did besides being answered. A handler adds it to the extensions of its response, and the edge counts it.
#[derive(Clone, Debug)]
pub enum Counted {
    /// Events were written.
    Written(Vec<Written>),
    /// A proof was made: `inclusion`, `batch` or `consistency`.
    Proof(&'static str),
}

/// An event that was written. Labels never hold claim or subject ids.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its type.
    pub event_type: EventType,
    /// Its organization.
    pub org: OrgId,
    /// How long the append took.
    pub took: Duration,
}

impl Metrics {
    /// A request did this.
    pub(crate) fn count(&self, counted: &Counted) {
        match counted {
            Counted::Written(events) => events.iter().for_each(|event| self.count_event(event)),
            Counted::Proof(proof_type) => self.0.proofs_generated.with([proof_type], Counter::increment),
        }
    }

    fn count_event(&self, event: &Written) {
        let event_type = event.event_type.as_str();
        self.0.events_written.with([event_type, &event.org.to_string()], Counter::increment);
        self.0.write_latency.with([event_type], |histogram| histogram.observe(event.took));
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
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::time::Duration;

    use axum::http::Request;

    use super::{Counted, Metrics, Written};
    use crate::test_http::{ask, header};

    #[tokio::test]
    async fn what_was_counted_is_served_as_text() {
        let metrics = Metrics::default();
        let written = [2, 30].map(|millis| Written {
            event_type: "claim.filed".parse().unwrap(),
            org: "org_01890a5d000070008000000000000001".parse().unwrap(),
            took: Duration::from_millis(millis),
        });
        metrics.count(&Counted::Written(written.into()));
        metrics.count(&Counted::Proof("inclusion"));
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
