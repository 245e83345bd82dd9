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

#[cfg(feature = "otlp")]
pub(crate) use self::family::BOUNDS;
use self::family::{Counter, Family, Histogram};
use crate::config::{Mistakes, Settings};
#[cfg(feature = "otlp")]
use crate::otlp::{Exporter, Served};

/// What one region's functions in one process count. Clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    families: Arc<Families>,
    #[cfg(feature = "otlp")]
    exporter: Option<Arc<Exporter>>,
}

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
        let families = Families {
            events_written: Family::new("ledger_events_written_total", ["event_type", "partner_id"]),
            write_latency: Family::new("ledger_write_latency_seconds", ["event_type"]),
            proofs_generated: Family::new("ledger_proofs_generated_total", ["proof_type"]),
            requests: Family::new("api_requests_total", ["method", "path", "status"]),
            latency: Family::new("api_latency_seconds", ["method", "path"]),
        };
        Self {
            families: Arc::new(families),
            #[cfg(feature = "otlp")]
            exporter: None,
        }
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
    /// Of a function with these settings: where a collector is set, everything is also sent there.
    #[cfg(feature = "otlp")]
    pub(crate) fn of(settings: &Settings) -> Result<Self, Mistakes> {
        let exporter = settings.collector.as_ref().map(|collector| Exporter::start(collector, settings)).transpose()?;
        Ok(Self { exporter: exporter.map(Arc::new), ..Self::default() })
    }

    /// Of a function with these settings, which name no collector.
    #[cfg(not(feature = "otlp"))]
    #[expect(clippy::unnecessary_wraps, reason = "as with the feature")]
    pub(crate) fn of(_: &Settings) -> Result<Self, Mistakes> {
        Ok(Self::default())
    }

    /// A request was served, for the collector; called by the request's task.
    #[cfg(feature = "otlp")]
    pub(crate) fn served(&self, served: &Served<'_>) {
        if let Some(exporter) = &self.exporter {
            exporter.served(served);
        }
    }

    /// Sends what the collector was not sent yet; waits for a second at most. Before the process may be frozen.
    #[cfg(feature = "lambda")]
    pub(crate) async fn flush(&self) {
        #[cfg(feature = "otlp")]
        self.export(Exporter::flush).await;
    }

    /// The same, and then no more.
    pub(crate) async fn stop(&self) {
        #[cfg(feature = "otlp")]
        self.export(Exporter::stop).await;
    }

    /// The exporters block, so that it is done on a thread for that; one that takes too long goes on by itself.
    #[cfg(feature = "otlp")]
    async fn export(&self, how: fn(&Exporter)) {
        let Some(exporter) = self.exporter.clone() else { return };
        let exporting = tokio::task::spawn_blocking(move || how(&exporter));
        if tokio::time::timeout(Duration::from_secs(1), exporting).await.is_err() {
            tracing::warn!("the collector takes too long");
        }
    }

    /// A request did this.
    pub(crate) fn count(&self, counted: &Counted) {
        #[cfg(feature = "otlp")]
        if let Some(exporter) = &self.exporter {
            exporter.count(counted);
        }
        match counted {
            Counted::Written(events) => events.iter().for_each(|event| self.count_event(event)),
            Counted::Proof(proof_type) => self.families.proofs_generated.with([proof_type], Counter::increment),
        }
    }

    fn count_event(&self, event: &Written) {
        let event_type = event.event_type.as_str();
        self.families.events_written.with([event_type, &event.org.to_string()], Counter::increment);
        self.families.write_latency.with([event_type], |histogram| histogram.observe(event.took));
    }

    /// A request was answered. `path` is the route's template, never the path that was asked for.
    pub(crate) fn answered(&self, method: &str, path: &str, status: &str, took: Duration) {
        self.families.requests.with([method, path, status], Counter::increment);
        self.families.latency.with([method, path], |histogram| histogram.observe(took));
    }

    /// Everything counted so far, in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.families.events_written.write(&mut out);
        self.families.write_latency.write(&mut out);
        self.families.proofs_generated.write(&mut out);
        self.families.requests.write(&mut out);
        self.families.latency.write(&mut out);
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
