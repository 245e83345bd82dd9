//! Where `BigQuery` answers for one region alone.

use truth_kernel::region::Region;

/// Regions whose endpoint serves nothing but resources of the region, and ends TLS within it
/// (`cloud.google.com/bigquery/docs/regional-endpoints`).
const REGIONAL: [&str; 18] = [
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

/// The base URL of the API in a region; none where Google has no regional endpoint: there a request could be served elsewhere.
pub fn regional_url(region: &Region) -> Option<String> {
    REGIONAL.contains(&region.as_str()).then(|| format!("https://bigquery.{region}.rep.googleapis.com/bigquery/v2"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::regional_url;

    #[test]
    fn there_is_no_url_for_a_region_without_an_endpoint_of_its_own() {
        let url = |code: &str| regional_url(&code.parse().unwrap());
        let expected = "https://bigquery.europe-west1.rep.googleapis.com/bigquery/v2";
        assert_eq!(url("europe-west1").as_deref(), Some(expected));
        assert_eq!(url("northamerica-northeast1"), None);
    }
}
