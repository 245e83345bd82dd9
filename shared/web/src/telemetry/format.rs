//! One event as one line of JSON, with the field names of Cloud Logging's structured logs. Only fields of
//! an allow-list are written: a new one is added here, by someone who has thought about what it may hold.

use std::error::Error;
use std::fmt;

use cloud::clock::Clock;
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use crate::trace;

/// Fields that hold no personal data and no secret: opaque ids, numbers, names of our own things.
const ALLOWED: &[&str] = &[
    "attempts",
    "batch.size",
    "bucket.object",
    "checkpoint.size",
    "duration_ms",
    "endpoint",
    "error",
    "event.id",
    "event.type",
    "events",
    "job",
    "key.id",
    "leaf",
    "location",
    "log",
    "log.leaves",
    "log.origin",
    "log.size",
    "log.unpublished",
    "message",
    "mode",
    "org.id",
    "port",
    "reads",
    "reason",
    "region",
    "rows",
    "seq",
    "service",
    "signal",
    "subscription",
    "version",
];

/// Fields of the request line, as members of `httpRequest`.
const HTTP: &[(&str, &str)] = &[
    ("http.method", "requestMethod"),
    ("http.route", "requestUrl"),
    ("http.status", "status"),
    ("http.latency", "latency"),
];

pub(super) struct CloudLogging {
    pub(super) project: Option<String>,
    pub(super) clock: Clock,
}

impl<S, N> FormatEvent<S, N> for CloudLogging
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Object::new();
        line.member("severity", severity(*event.metadata().level()));
        line.member("time", &self.clock.now().to_string());
        line.member("logger", event.metadata().target());
        let mut fields = Fields { line: &mut line, http: Object::new(), withheld: Vec::new() };
        event.record(&mut fields);
        let Fields { http, withheld, .. } = fields;
        if !http.is_empty() {
            line.raw_member("httpRequest", &http.finish());
        }
        if !withheld.is_empty() {
            line.member("withheld", &withheld);
        }
        self.trace(&mut line);
        writer.write_str(&line.finish())?;
        writer.write_char('\n')
    }
}

impl CloudLogging {
    fn trace(&self, line: &mut Object) {
        let Some(trace) = trace::current() else {
            return;
        };
        let id = match &self.project {
            Some(project) => format!("projects/{project}/traces/{}", trace.id),
            None => trace.id.to_string(),
        };
        line.member("logging.googleapis.com/trace", &id);
        if let Some(span) = trace.span {
            line.member("logging.googleapis.com/spanId", &format!("{span:016x}"));
        }
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

/// A JSON object under construction.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self(String::with_capacity(512))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn member(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        // Texts, numbers and lists of texts always have a JSON form.
        self.raw_member(name, &serde_json::to_string(value).unwrap_or_default());
    }

    /// `name` is one of our own, without anything to escape.
    fn raw_member(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        for part in ["\"", name, "\":", json] {
            self.0.push_str(part);
        }
    }

    fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

/// Sorts an event's fields: into the line, into `httpRequest`, or withheld by name.
struct Fields<'a> {
    line: &'a mut Object,
    http: Object,
    withheld: Vec<&'static str>,
}

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        let name = field.name();
        if let Some((_, name)) = HTTP.iter().find(|(field, _)| *field == name) {
            self.http.member(name, value);
        } else if ALLOWED.contains(&name) {
            self.line.member(name, value);
        } else {
            self.withheld.push(name);
        }
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &value);
    }

    /// With its causes, since the outermost error often says only which layer failed.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        self.put(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format!("{value:?}"));
    }
}
