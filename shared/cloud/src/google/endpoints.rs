//! Where a service is reached from a region: by its regional endpoint, or by an exception that says why not.
//!
//! A regional endpoint (`<service>.<region>.rep.googleapis.com`) ends TLS and serves within its region; a global one may do both elsewhere
//! (Google Cloud: "Regional and multiregional API endpoints overview"). Which exist is a list of each service's own documentation, as
//! read in November 2026; a region that is not on it is an exception, never a guess.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;
use truth_kernel::region::Region;

/// A service of Google Cloud that functions call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The warehouse.
    BigQuery,
    /// What signs URLs for an account without a key of its own.
    IamCredentials,
    /// Key Management Service.
    Kms,
    /// Messages.
    PubSub,
    /// Secret Manager, for secrets that belong to a region.
    SecretManager,
    /// Cloud Storage.
    Storage,
    /// Cloud Tasks.
    Tasks,
}

/// Where a service is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The region's own.
    Regional(String),
    /// The global one, because the region has none.
    Exception {
        /// Its URL.
        url: String,
        /// Why, in words for whoever operates the region.
        reason: &'static str,
    },
    /// As the configuration says: a private endpoint, or a fake on this machine.
    Given(GivenEndpoint),
}

/// Every service: what the exceptions of a region are listed from.
pub const SERVICES: [Service; 7] = [
    Service::BigQuery,
    Service::IamCredentials,
    Service::Kms,
    Service::PubSub,
    Service::SecretManager,
    Service::Storage,
    Service::Tasks,
];

/// Regions whose Cloud KMS has an endpoint of its own (Cloud KMS REST reference, "Choose a location").
const KMS: [&str; 16] = [
    "europe-west3",
    "europe-west8",
    "europe-west9",
    "me-central2",
    "us-central1",
    "us-central2",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-east7",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
    "us-west8",
];

/// Regions whose BigQuery has one (BigQuery, "Regional endpoints", supported locations).
const BIGQUERY: [&str; 18] = [
    "asia-south1",
    "asia-south2",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central2",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

const NOT_LISTED: &str = "the service's documentation lists no regional endpoint for this region";
const NO_ENDPOINTS: &str = "the service has no regional endpoints; it works where the queue lies";
const SIGNS_DIGESTS: &str = "the service is global; it sees the digest of a request for an object, not the object";
const GLOBAL_SECRET: &str = "a secret without a location is read from the global service; use a regional secret";

impl Service {
    /// Its part of the host name.
    pub const fn host(self) -> &'static str {
        match self {
            Self::BigQuery => "bigquery",
            Self::IamCredentials => "iamcredentials",
            Self::Kms => "cloudkms",
            Self::PubSub => "pubsub",
            Self::SecretManager => "secretmanager",
            Self::Storage => "storage",
            Self::Tasks => "cloudtasks",
        }
    }

    /// Where it is reached from a region.
    pub fn endpoint(self, region: &Region) -> Endpoint {
        let listed = |regions: &[&str]| regions.contains(&region.to_string().as_str());
        match self {
            // Cloud Storage, "Regional endpoints": all regions. Pub/Sub's discovery document: all regions. A regional secret exists only
            // behind its region's endpoint (Secret Manager, "Create a regional secret").
            Self::Storage | Self::PubSub | Self::SecretManager => self.regional(region),
            Self::Kms if listed(&KMS) => self.regional(region),
            Self::BigQuery if listed(&BIGQUERY) => self.regional(region),
            Self::Kms | Self::BigQuery => self.exception(NOT_LISTED),
            Self::IamCredentials => self.exception(SIGNS_DIGESTS),
            Self::Tasks => self.exception(NO_ENDPOINTS),
        }
    }

    fn regional(self, region: &Region) -> Endpoint {
        Endpoint::Regional(format!("https://{}.{region}.rep.googleapis.com", self.host()))
    }

    fn exception(self, reason: &'static str) -> Endpoint {
        Endpoint::Exception { url: format!("https://{}.googleapis.com", self.host()), reason }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host())
    }
}

impl Endpoint {
    /// Secret Manager for a secret that belongs to no region: always an exception.
    pub fn of_global_secrets() -> Self {
        Service::SecretManager.exception(GLOBAL_SECRET)
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> &str {
        match self {
            Self::Regional(url) | Self::Exception { url, .. } => url,
            Self::Given(given) => &given.0,
        }
    }

    /// Why it is not the region's own, to be told at start.
    pub fn exception(&self) -> Option<&'static str> {
        match self {
            Self::Exception { reason, .. } => Some(reason),
            Self::Regional(_) | Self::Given(_) => None,
        }
    }

    /// Whether it is a server of this machine over plain HTTP, which gets no credentials.
    pub fn is_loopback(&self) -> bool {
        matches!(self, Self::Given(given) if given.0.starts_with("http://"))
    }
}

/// An endpoint from the configuration: `https://<host>` of a private connection, or `http://<loopback>:<port>` of a fake. Never plain HTTP
/// to another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenEndpoint(String);

/// A text that is no [`GivenEndpoint`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an endpoint: https://<host>, or http://<loopback address>:<port>")]
pub struct NotAnEndpoint;

impl FromStr for GivenEndpoint {
    type Err = NotAnEndpoint;

    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        let uri: Uri = text.parse().map_err(|_| NotAnEndpoint)?;
        let host = uri.host().filter(|host| !host.is_empty() && !text.contains('@')).ok_or(NotAnEndpoint)?;
        let is_allowed = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_loopback(host),
            _ => false,
        };
        let is_root = uri.path() == "/" && uri.query().is_none();
        if is_allowed && is_root { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(NotAnEndpoint) }
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Endpoint, GivenEndpoint, SERVICES, Service};

    fn exceptions(region: &str) -> Vec<Service> {
        let region = region.parse().unwrap();
        SERVICES.into_iter().filter(|service| service.endpoint(&region).exception().is_some()).collect()
    }

    #[test]
    fn the_exceptions_of_our_regions_are_known() {
        let everywhere = [Service::IamCredentials, Service::Tasks];
        for (region, others) in [
            ("us-east1", vec![]),
            ("us-west1", vec![]),
            ("us-east4", vec![]),
            ("europe-west3", vec![]),
            ("europe-west1", vec![Service::Kms]),
            ("asia-south1", vec![Service::Kms]),
            ("asia-southeast1", vec![Service::BigQuery, Service::Kms]),
            ("northamerica-northeast1", vec![Service::BigQuery, Service::Kms]),
        ] {
            let (here, found) = ([&everywhere[..], &others].concat(), exceptions(region));
            assert_eq!(found.len(), here.len(), "{region}: {found:?}");
            assert!(here.iter().all(|service| found.contains(service)), "{region}: {found:?}");
        }
    }

    #[test]
    fn an_endpoint_names_its_region_or_says_why_not() {
        let region = "europe-west1".parse().unwrap();
        assert_eq!(Service::Storage.endpoint(&region).url(), "https://storage.europe-west1.rep.googleapis.com");
        assert_eq!(Service::Kms.endpoint(&region).url(), "https://cloudkms.googleapis.com");
        for service in SERVICES {
            let endpoint = service.endpoint(&region);
            assert_eq!(endpoint.url().contains("europe-west1"), endpoint.exception().is_none(), "{service}");
        }
        assert!(Endpoint::of_global_secrets().exception().is_some());
    }

    #[test]
    fn plain_http_never_leaves_the_machine() {
        for (text, allowed) in [
            ("https://storage.europe-west1.p.rep.googleapis.com", true),
            ("http://127.0.0.1:4443", true),
            ("http://127.0.0.1:4443/", true),
            ("http://[::1]:4443", true),
            ("http://localhost:1", true),
            ("http://10.0.0.1:80", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1@example.com", false),
            ("https://user@example.com", false),
            ("https://example.com/path", false),
            ("ftp://127.0.0.1", false),
            ("127.0.0.1:80", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<GivenEndpoint>().is_ok(), allowed, "{text}");
        }
    }
}
