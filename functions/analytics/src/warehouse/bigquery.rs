//! How a dataset of `BigQuery` is reached.

use std::str::FromStr;

use cloud::google::endpoints::{Endpoint, Service};
use cloud::warehouse::{Access, BigQuery};
use http::Uri;
use thiserror::Error;
use truth_kernel::region::Region;
use web::config::Mistakes;
use web::runtime::Start;

/// `BIGQUERY_URL`: another base URL of the API than the region's own: a private endpoint, or an emulator on the loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ApiUrl {
    Private(String),
    Emulator(String),
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not the base URL of an API: https://…, or http:// on the loopback for an emulator")]
struct NotAnApiUrl;

impl FromStr for ApiUrl {
    type Err = NotAnApiUrl;

    fn from_str(text: &str) -> Result<Self, NotAnApiUrl> {
        let uri: Uri = text.parse().map_err(|_| NotAnApiUrl)?;
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => Ok(Self::Private(text.to_owned())),
            // A token must not travel in the clear, so this one is none.
            (Some("http"), Some("127.0.0.1" | "[::1]" | "localhost")) => Ok(Self::Emulator(text.to_owned())),
            _ => Err(NotAnApiUrl),
        }
    }
}

/// The dataset by the region's own endpoint, or by `BIGQUERY_URL`.
pub(super) fn read(start: &mut Start, project: &str, dataset: &str) -> Option<BigQuery> {
    let (url, access) = match start.optional::<ApiUrl>("BIGQUERY_URL") {
        Some(ApiUrl::Private(url)) => (url, Access::Default),
        Some(ApiUrl::Emulator(url)) => (url, Access::Token("emulator".to_owned())),
        None => (start.take(regional(&start.settings()?.region))?, Access::Default),
    };
    Some(BigQuery::new(project, dataset, &url, access))
}

/// The API in a region. Facts go nowhere else: where the region has no endpoint of its own, none is taken in its stead.
fn regional(region: &Region) -> Result<String, Mistakes> {
    match Service::BigQuery.endpoint(region) {
        Endpoint::Regional(url) => Ok(format!("{url}/bigquery/v2")),
        Endpoint::Exception { .. } | Endpoint::Given(_) => Err(format!(
            "WAREHOUSE: BigQuery has no endpoint of its own in {region}; BIGQUERY_URL may name a private one"
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiUrl, NotAnApiUrl, regional};

    #[test]
    fn a_region_without_an_endpoint_of_its_own_has_no_url() {
        let url = |code: &str| code.parse().ok().and_then(|region| regional(&region).ok());
        let expected = "https://bigquery.europe-west1.rep.googleapis.com/bigquery/v2";
        assert_eq!(url("europe-west1").as_deref(), Some(expected));
        assert_eq!(url("northamerica-northeast1"), None);
    }

    #[test]
    fn only_the_loopback_is_reached_in_the_clear() {
        for (text, expected) in [
            (
                "https://bigquery.p.googleapis.com/bigquery/v2",
                Ok(ApiUrl::Private("https://bigquery.p.googleapis.com/bigquery/v2".into())),
            ),
            ("http://127.0.0.1:9050/bigquery/v2", Ok(ApiUrl::Emulator("http://127.0.0.1:9050/bigquery/v2".into()))),
            ("http://10.0.0.1/bigquery/v2", Err(NotAnApiUrl)),
            ("http://127.0.0.1.example.com/", Err(NotAnApiUrl)),
            ("bigquery.googleapis.com", Err(NotAnApiUrl)),
            ("", Err(NotAnApiUrl)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
