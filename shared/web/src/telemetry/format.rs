//! One event as one line of JSON, with the field names of Cloud Logging's structured logs (Google Cloud: "Structured logging") and beside
//! them the members that the ledger's log entries have: `service`, `context`, `latencyMs`, `error`.

use std::fmt;

use cloud::clock::Clock;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::ErrorReporting;
use super::fields::Fields;
use super::object::Object;
use crate::trace;

/// What makes an entry a report to Error Reporting (Google Cloud: "Format error messages in Cloud Logging").
const REPORT: &str = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent";

pub(super) struct CloudLogging {
    pub(super) project: Option<String>,
    pub(super) service: String,
    pub(super) reporting: ErrorReporting,
    pub(super) clock: Clock,
}

impl<S, N> FormatEvent<S, N> for CloudLogging
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Object::line();
        line.member("severity", severity(*event.metadata().level()));
        line.member("time", &self.clock.now().to_string());
        line.member("service", &self.service);
        line.member("logger", event.metadata().target());
        let mut fields = Fields::of(&mut line);
        event.record(&mut fields);
        if let Some(known) = trace::known() {
            fields.request(&known);
        }
        let is_report = self.reporting == ErrorReporting::On && *event.metadata().level() == Level::ERROR;
        if is_report {
            let place = fields.location.take().or_else(|| place(event));
            let place = place.as_deref().and_then(file_and_line).unwrap_or(("unknown", 0));
            fields.report_location(place.0, place.1);
        }
        fields.finish();
        if is_report {
            self.report(&mut line);
        }
        self.trace(&mut line);
        writer.write_str(&line.finish())?;
        writer.write_char('\n')
    }
}

/// The line of code that logs.
fn place(event: &Event<'_>) -> Option<String> {
    Some(format!("{}:{}:1", event.metadata().file()?, event.metadata().line()?))
}

/// Of `<file>:<line>:<column>`.
fn file_and_line(place: &str) -> Option<(&str, u32)> {
    let (file, line) = place.rsplit_once(':')?.0.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

impl CloudLogging {
    fn report(&self, line: &mut Object) {
        let mut service = Object::new();
        service.member("service", &self.service);
        line.part("serviceContext", service);
        line.member("@type", REPORT);
    }

    fn trace(&self, line: &mut Object) {
        let Some(trace) = trace::current() else {
            return;
        };
        let id = match &self.project {
            Some(project) => format!("projects/{project}/traces/{}", trace.id),
            None => trace.id.to_string(),
        };
        line.member("logging.googleapis.com/trace", &id);
        line.member("logging.googleapis.com/spanId", &format!("{:016x}", trace.span));
        line.member("logging.googleapis.com/trace_sampled", &trace.sampled);
    }
}

const fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}
