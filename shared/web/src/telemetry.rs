//! Log lines as Cloud Logging reads them: one JSON object a line, with the trace of its request.

mod format;

use std::str::FromStr;

use cloud::clock::Clock;
use tracing::level_filters::{LevelFilter, ParseLevelFilterError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, fmt};

use self::format::CloudLogging;
use crate::config::Mistakes;

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

/// Starts logging to standard output and logs where panics happen (not their messages, which may hold
/// data). `project` is the Google Cloud project that traces belong to. Once per process.
pub fn init(filter: Filter, project: Option<String>) -> Result<(), Mistakes> {
    let subscriber = subscriber(filter, project, Clock::System, std::io::stdout);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| "telemetry was started twice".to_owned())?;
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(tracing::field::display);
        tracing::error!(location, "a panic");
    }));
    Ok(())
}

fn subscriber<W>(
    filter: Filter,
    project: Option<String>,
    clock: Clock,
    writer: W,
) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().event_format(CloudLogging { project, clock }).with_writer(writer);
    Registry::default().with(filter.0).with(lines)
}

#[cfg(test)]
mod tests;
