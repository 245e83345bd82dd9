//! The collector that metrics and spans are sent to.

use std::str::FromStr;

use axum::http::Uri;
use thiserror::Error;

use super::Environment;

/// `OTEL_EXPORTER_OTLP_ENDPOINT`: the base URL of a collector beside the function. Only `http://`: what leaves the instance, and where to, is the
/// collector's business, which also holds the credentials for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(String);

/// A text that is not a [`Collector`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not of the form http://<host>:<port>")]
pub struct NotACollector;

impl FromStr for Collector {
    type Err = NotACollector;

    fn from_str(text: &str) -> Result<Self, NotACollector> {
        let uri: Uri = text.parse().map_err(|_| NotACollector)?;
        let is_plain = uri.scheme_str() == Some("http") && uri.query().is_none();
        if is_plain { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(NotACollector) }
    }
}

impl Collector {
    /// None where the variable is not set; refused in a program that cannot export.
    pub(super) fn read(environment: &mut Environment) -> Option<Self> {
        let collector = environment.optional("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        if cfg!(feature = "otlp") {
            return Some(collector);
        }
        let mistake = "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this program was built without the feature `otlp`";
        environment.take(Err(mistake.to_owned().into()))
    }

    /// Where one signal goes: `/v1/metrics`, `/v1/traces`.
    #[cfg(feature = "otlp")]
    pub(crate) fn signal(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Collector, Environment, NotACollector};

    #[test]
    fn only_a_program_that_can_export_is_told_where_to() {
        let read = |url: &str| {
            let mut environment = Environment::from([("OTEL_EXPORTER_OTLP_ENDPOINT", url)]);
            let collector = Collector::read(&mut environment);
            environment.finish(|| Some(collector.is_some())).map_err(|mistakes| mistakes.to_string())
        };
        assert_eq!(read(""), Ok(false));
        match read("http://127.0.0.1:4318") {
            Ok(is_there) => assert!(is_there && cfg!(feature = "otlp")),
            Err(mistake) => assert!(mistake.contains("without the feature `otlp`") && cfg!(not(feature = "otlp"))),
        }
    }

    #[test]
    fn a_collector_is_spoken_to_without_tls() {
        for (text, expected) in [
            ("http://127.0.0.1:4318", Ok("http://127.0.0.1:4318")),
            ("http://collector:4318/", Ok("http://collector:4318")),
            ("https://telemetry.googleapis.com", Err(NotACollector)),
            ("127.0.0.1:4318", Err(NotACollector)),
            ("http://", Err(NotACollector)),
            ("", Err(NotACollector)),
        ] {
            assert_eq!(text.parse(), expected.map(|url| Collector(url.to_owned())), "{text}");
        }
    }
}
