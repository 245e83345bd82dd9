//! The fields that are written, and where in the line. A new one is added here, by someone who has thought about what it may hold.

use std::error::Error;
use std::fmt;

use serde::Serialize;
use tracing::field::{Field, Visit};

use super::form::Form;
use super::object::Object;
use crate::trace::Known;

/// Fields that hold no personal data and no secret, with the form that their values must have. They are members of the line.
const ALLOWED: &[(&str, Form)] = &[
    ("anchor.age_seconds", Form::Number),
    ("anchor.time", Form::Name),
    ("attempts", Form::Number),
    ("batch.size", Form::Number),
    ("bucket.object", Form::Name),
    ("checkpoint.size", Form::Number),
    ("cloud.service", Form::Name),
    ("delivery.id", Form::Id),
    ("duration_ms", Form::Number),
    ("endpoint", Form::Name),
    ("event.type", Form::Name),
    ("events", Form::Number),
    ("failures", Form::Number),
    ("job", Form::Name),
    ("leaf", Form::Number),
    ("location", Form::Name),
    ("log", Form::Name),
    ("log.leaves", Form::Number),
    ("log.origin", Form::Name),
    ("log.size", Form::Number),
    ("log.unpublished", Form::Number),
    ("message", Form::Text),
    ("mode", Form::Name),
    ("port", Form::Number),
    ("reads", Form::Name),
    ("reason", Form::Text),
    ("region", Form::Name),
    ("rows", Form::Number),
    ("seq", Form::Number),
    ("signal", Form::Name),
    ("subscription", Form::Name),
    ("version", Form::Name),
    ("webhook.id", Form::Id),
    ("webhook.status", Form::Number),
];

/// Fields with a place of their own in the line.
const PLACED: &[(&str, Form, Place, &str)] = &[
    ("error", Form::Text, Place::Error, "message"),
    ("error.code", Form::Name, Place::Error, "code"),
    ("error.stack", Form::Text, Place::Error, "stack"),
    ("event.id", Form::Id, Place::Context, "event"),
    ("http.latency", Form::Name, Place::Http, "latency"),
    ("http.method", Form::Name, Place::Http, "requestMethod"),
    ("http.route", Form::Name, Place::Http, "requestUrl"),
    ("http.status", Form::Number, Place::Http, "status"),
    ("key.id", Form::Id, Place::Context, "user"),
    ("latency_ms", Form::Number, Place::Line, "latencyMs"),
    ("org.id", Form::Id, Place::Context, "partner"),
];

/// A part of the line.
#[derive(Clone, Copy)]
enum Place {
    Line,
    Http,
    Context,
    Error,
}

/// Sorts an event's fields into the parts of the line, or withholds them by name.
pub(super) struct Fields<'a> {
    line: &'a mut Object,
    http: Object,
    error: Object,
    context: Object,
    /// Members that the context has, since what the request is known to be about does not replace what the event says.
    in_context: Vec<&'static str>,
    /// Where a panic happened.
    pub(super) location: Option<String>,
    withheld: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(line: &'a mut Object) -> Self {
        let [http, error, context] = [(); 3].map(|()| Object::new());
        Self { line, http, error, context, in_context: Vec::new(), location: None, withheld: Vec::new() }
    }

    /// Adds what is known of the request.
    pub(super) fn request(&mut self, known: &Known) {
        self.context.member("requestId", &known.request.to_string());
        let (org, key) = known.caller.unzip();
        let known = [
            ("partner", org.map(|org| org.to_string())),
            ("user", key.map(|key| key.to_string())),
            ("event", known.event.map(|event| event.to_string())),
        ];
        for (name, id) in known {
            if let Some(id) = id.filter(|_| !self.in_context.contains(&name)) {
                self.context.member(name, &id);
            }
        }
    }

    /// Adds where in the code the event is, as Error Reporting wants it.
    pub(super) fn report_location(&mut self, file: &str, line: u32) {
        let mut location = Object::new();
        location.member("filePath", file);
        location.member("lineNumber", &line);
        self.context.part("reportLocation", location);
    }

    /// Writes the parts into the line.
    pub(super) fn finish(self) {
        let Self { line, http, error, context, withheld, .. } = self;
        line.part("context", context);
        line.part("error", error);
        line.part("httpRequest", http);
        if !withheld.is_empty() {
            line.member("withheld", &withheld);
        }
    }

    fn put(&mut self, field: &Field, value: &(impl Serialize + ?Sized), fits: impl FnOnce(Form) -> bool) {
        let name = field.name();
        if let Some((_, form, place, member)) = PLACED.iter().find(|(field, ..)| *field == name) {
            return if fits(*form) { self.place(*place, member, value) } else { self.withheld.push(name) };
        }
        match ALLOWED.iter().find(|(field, _)| *field == name) {
            Some((_, form)) if fits(*form) => self.line.member(name, value),
            _ => self.withheld.push(name),
        }
    }

    fn place(&mut self, place: Place, member: &'static str, value: &(impl Serialize + ?Sized)) {
        match place {
            Place::Line => self.line.member(member, value),
            Place::Http => self.http.member(member, value),
            Place::Error => self.error.member(member, value),
            Place::Context => {
                self.in_context.push(member);
                self.context.member(member, value);
            }
        }
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value, |form| form.admits(value));
        if field.name() == "location" {
            self.location = Some(value.to_owned());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &value, |form| form == Form::Number);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &value, |form| form == Form::Number);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &value, |form| form == Form::Number);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &value, |form| form == Form::Name);
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
        self.record_str(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
