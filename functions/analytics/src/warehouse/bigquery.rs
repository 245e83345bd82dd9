//! How a dataset of `BigQuery` is reached.

use std::str::FromStr;

use cloud::warehouse::{Access, BigQuery, regional_url};
use http::Uri;
use thiserror::Error;
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
        None => {
            let region = start.settings()?.region.clone();
            let none = || {
                format!(
                    "WAREHOUSE: BigQuery has no endpoint of its own in {region}; BIGQUERY_URL may name a private one"
                )
            };
            (start.take(regional_url(&region).ok_or_else(|| none().into()))?, Access::Default)
        }
    };
    Some(BigQuery::new(project, dataset, &url, access))
}

#[cfg(test)]
mod tests {
    use super::{ApiUrl, NotAnApiUrl};

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
