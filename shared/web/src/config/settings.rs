//! The settings that every function has.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;

use truth_kernel::region::Region;

use super::{Collector, Environment, Host, pusher};
use crate::caller::RegionUrls;
use crate::push::Pusher;
use crate::telemetry::Logging;

/// What every function reads from its environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `REGION`: where this instance runs.
    pub region: Region,
    /// What hands requests to the process.
    pub host: Host,
    /// `REGION_URLS`: the base URLs of all regions, `europe-west1=https://…,us-east1=https://…`.
    pub regions: RegionUrls,
    /// `BIND_ADDRESS`: where connections are accepted, on every interface if not set.
    pub address: IpAddr,
    /// `PORT`, 8080 if not set.
    pub port: u16,
    /// `METRICS_PORT`: where `/metrics` is served, on the loopback only; nowhere if not set.
    pub metrics_port: Option<u16>,
    /// `ROUTES`: the endpoints to serve, `post_event,…`; all if not set.
    pub routes: Routes,
    /// Who may push messages: the bearer of a token that Google signed for `PUSH_AUDIENCE` and one of `PUSH_SERVICE_ACCOUNTS`; else of
    /// the one in `PUSH_TOKEN_FILE`; nobody if neither is set.
    pub pusher: Pusher,
    /// `LOG`: what is logged, `info` if not set; and as whom and where to.
    pub log: Logging,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where metrics and spans are sent; nowhere if not set.
    pub collector: Option<Collector>,
}

impl Settings {
    /// Reads them; mistakes are collected in `environment`, and there are settings if there are none.
    pub fn read(environment: &mut Environment) -> Option<Self> {
        let region = environment.required("REGION");
        let host = Host::read(environment);
        let regions = environment.optional::<RegionUrlsText>("REGION_URLS");
        let address = environment.optional("BIND_ADDRESS").unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let port = environment.optional("PORT").unwrap_or(8080);
        let metrics_port = environment.optional("METRICS_PORT");
        let routes = environment.optional("ROUTES").unwrap_or_default();
        let pusher = pusher::read(environment);
        let log = logging(environment);
        let collector = Collector::read(environment);
        let regions = regions.map(|text| text.0).unwrap_or_default();
        let (region, host) = (region?, host?);
        Some(Self { region, host, regions, address, port, metrics_port, routes, pusher: pusher?, log, collector })
    }
}

/// The name is that of the service where one is told (OpenTelemetry, Cloud Run, Lambda), else the program's; `GOOGLE_CLOUD_PROJECT` is the
/// project that traces belong to; `ERROR_REPORTING` is `off` if not set.
fn logging(environment: &mut Environment) -> Logging {
    let names = ["OTEL_SERVICE_NAME", "K_SERVICE", "AWS_LAMBDA_FUNCTION_NAME"];
    let service = names.into_iter().find_map(|name| environment.optional(name));
    Logging {
        filter: environment.optional("LOG").unwrap_or_default(),
        service: service.unwrap_or_else(program),
        project: environment.optional("GOOGLE_CLOUD_PROJECT"),
        reporting: environment.optional("ERROR_REPORTING").unwrap_or_default(),
    }
}

fn program() -> String {
    let path = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Which endpoints of a function an instance serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Routes {
    /// All of them.
    #[default]
    All,
    /// Those with these names.
    Only(Vec<String>),
}

impl FromStr for Routes {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::Only(text.split(',').map(|name| name.trim().to_owned()).collect()))
    }
}

/// The text form of [`RegionUrls`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionUrlsText(pub RegionUrls);

/// A part of a text that is no `<region>=<url>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotARegionUrl(String);

impl fmt::Display for NotARegionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not of the form <region>=http(s)://<host>", self.0)
    }
}

impl FromStr for RegionUrlsText {
    type Err = NotARegionUrl;

    fn from_str(text: &str) -> Result<Self, NotARegionUrl> {
        let parse = |entry: &str| {
            let (region, url) = entry.trim().split_once('=')?;
            let is_url = url.starts_with("https://") || url.starts_with("http://");
            Some((region.parse().ok()?, is_url.then(|| url.trim_end_matches('/').to_owned())?))
        };
        let entries = text.split(',').map(|entry| parse(entry).ok_or_else(|| NotARegionUrl(entry.to_owned())));
        entries.collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use super::{Environment, Pusher, Routes, Settings};
    use crate::telemetry::ErrorReporting;

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Settings, String> {
        let mut environment = Environment::from(variables);
        let settings = Settings::read(&mut environment);
        environment.finish(|| settings).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn a_region_is_all_that_is_needed() {
        let settings = read([("REGION", "europe-west1")]).unwrap();
        assert_eq!((settings.port, settings.routes), (8080, Routes::All));
        assert!(settings.address.is_unspecified());
        assert!(settings.regions.is_empty() && settings.metrics_port.is_none());
        assert!(matches!(settings.pusher, Pusher::Nobody));
    }

    #[test]
    fn every_setting_is_read() {
        let settings = read([
            ("REGION", "europe-west1"),
            ("REGION_URLS", "europe-west1=https://eu.example/, us-east1=http://127.0.0.1:8081"),
            ("BIND_ADDRESS", "127.0.0.1"),
            ("PORT", "9000"),
            ("METRICS_PORT", "9001"),
            ("ROUTES", "post_event, post_batch"),
        ])
        .unwrap();
        assert!(settings.address.is_loopback());
        assert_eq!((settings.port, settings.metrics_port), (9000, Some(9001)));
        assert_eq!(settings.routes, Routes::Only(vec!["post_event".to_owned(), "post_batch".to_owned()]));
        let urls: Vec<_> = settings.regions.iter().map(|(region, url)| format!("{region} {url}")).collect();
        assert_eq!(urls, ["europe-west1 https://eu.example", "us-east1 http://127.0.0.1:8081"]);
    }

    #[test]
    fn lines_are_of_the_service_that_the_platform_names() {
        let of = |variables: &[(&str, &str)]| {
            let variables = variables.iter().chain(&[("REGION", "us-east1")]);
            let mut environment = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Settings::read(&mut environment).unwrap().log
        };
        let (run, own) = (("K_SERVICE", "query-eu"), ("OTEL_SERVICE_NAME", "query"));
        assert_eq!(of(&[run]).service, "query-eu");
        assert_eq!(of(&[run, own]).service, "query");
        assert!(!of(&[]).service.is_empty());
        assert_eq!(of(&[]).reporting, ErrorReporting::Off);
        assert_eq!(of(&[("ERROR_REPORTING", "on")]).reporting, ErrorReporting::On);
    }

    #[test]
    fn mistakes_are_told_all_together() {
        let mistakes = read([
            ("REGION", "Belgium"),
            ("REGION_URLS", "europe-west1=eu.example"),
            ("PORT", "port"),
            ("PUSH_TOKEN_FILE", "/nowhere/token"),
            ("LOG", "loud"),
            ("ERROR_REPORTING", "yes"),
        ])
        .unwrap_err();
        insta::assert_snapshot!(mistakes, @r#"
        cannot start:
          - REGION: not a region code
          - REGION_URLS: "europe-west1=eu.example" is not of the form <region>=http(s)://<host>
          - PORT: invalid digit found in string
          - PUSH_TOKEN_FILE: /nowhere/token: No such file or directory (os error 2)
          - LOG: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
          - ERROR_REPORTING: neither on nor off
        "#);
    }

    #[test]
    fn a_push_token_file_must_hold_a_token_and_be_private() {
        let path = std::env::temp_dir().join(format!("proveniq-token-{}", std::process::id()));
        let with = |text: &str, mode| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let settings = read([("REGION", "us-east1"), ("PUSH_TOKEN_FILE", path.to_str().unwrap())]);
            settings.map(|settings| matches!(settings.pusher, Pusher::Token(_)))
        };
        assert_eq!(with("0123456789abcdef\n", 0o600), Ok(true));
        assert!(with("0123456789abcdef\n", 0o644).unwrap_err().contains("chmod 600"));
        assert!(with("\n", 0o600).unwrap_err().contains("holds no token"));
        std::fs::remove_file(path).unwrap();
    }
}
