//! Log lines as Cloud Logging reads them: one JSON object a line, with the trace of its request.

mod fields;
mod form;
mod format;
mod object;
mod panics;

use std::str::FromStr;

use cloud::clock::Clock;
use cloud::topic::Message;
use thiserror::Error;
use tracing::level_filters::{LevelFilter, ParseLevelFilterError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, fmt};
use truth_kernel::id::EventId;

use self::format::CloudLogging;
use crate::config::Mistakes;
use crate::trace;

/// Which lines are written: `off`, `error`, `warn`, `info`, `debug` or `trace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter(LevelFilter);

impl Default for Filter {
    fn default() -> Self {
        Self(LevelFilter::INFO)
    }
}

impl FromStr for Filter {
    type Err = ParseLevelFilterError;

    fn from_str(text: &str) -> Result<Self, ParseLevelFilterError> {
        text.parse().map(Self)
    }
}

/// Whether errors are reported to Google's Error Reporting. It is a global service: what it is told leaves the region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorReporting {
    /// They stay in the region's log.
    #[default]
    Off,
    /// Lines of severity ERROR are marked as reports.
    On,
}

/// A text that is neither `on` nor `off`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("neither on nor off")]
pub struct NeitherOnNorOff;

impl FromStr for ErrorReporting {
    type Err = NeitherOnNorOff;

    fn from_str(text: &str) -> Result<Self, NeitherOnNorOff> {
        match text {
            "off" => Ok(Self::Off),
            "on" => Ok(Self::On),
            _ => Err(NeitherOnNorOff),
        }
    }
}

/// How a process logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// Which lines.
    pub filter: Filter,
    /// The name of the service in every line.
    pub service: String,
    /// The Google Cloud project that traces belong to.
    pub project: Option<String>,
    /// Whether errors are reported.
    pub reporting: ErrorReporting,
}

impl Logging {
    /// Of a service outside of Google Cloud.
    pub fn of(service: &str, filter: Filter) -> Self {
        Self { filter, service: service.to_owned(), project: None, reporting: ErrorReporting::Off }
    }
}

/// Starts logging to standard output, panics too. Once per process.
pub fn init(logging: Logging) -> Result<(), Mistakes> {
    let subscriber = subscriber(logging, Clock::System, std::io::stdout);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| "telemetry was started twice".to_owned())?;
    std::panic::set_hook(Box::new(panics::log));
    Ok(())
}

/// Says which event the request of this task is about: its log lines name it.
pub fn about(event: EventId) {
    trace::note_event(event);
}

/// The message as sent by the request of this task: whoever gets it goes on with its trace.
pub fn traced(message: Message) -> Message {
    match trace::current() {
        Some(trace) => message.traced(trace.to_string()),
        None => message,
    }
}

/// `work` for a task of its own that belongs to this task's request: its log lines and messages are of the same trace.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    trace::carried(work)
}

fn subscriber<W>(logging: Logging, clock: Clock, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let Logging { filter, service, project, reporting } = logging;
    let lines = fmt::layer().event_format(CloudLogging { project, service, reporting, clock }).with_writer(writer);
    Registry::default().with(filter.0).with(lines)
}

#[cfg(test)]
mod tests;
