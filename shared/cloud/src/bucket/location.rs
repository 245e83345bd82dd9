//! Where a bucket of Cloud Storage lies. The client crate asks this by gRPC only, which the regional endpoints of storage are not asked by
//! anything else for; so it is one plain GET of the JSON interface (`buckets.get`).

use std::io;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use google_cloud_gax::error::Error;
use http::{Extensions, HeaderMap};
use reqwest::Client;
use serde::Deserialize;
use truth_kernel::region::Region;

use super::BucketError;
use super::address::BucketName;
use crate::google::{Access, to_io};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    location: String,
    location_type: String,
}

/// The region of a bucket. One that lies in several (`EU`, `EUR4`, a pair of regions) is refused: its bytes are not in one place.
pub(super) async fn of(access: &Access, bucket: &BucketName) -> Result<Region, BucketError> {
    // First the credentials: they choose the cryptography that the client needs.
    let credentials = access.credentials()?;
    let client = Client::builder().build().map_err(io::Error::other)?;
    let url = format!("{}/storage/v1/b/{bucket}?fields=location,locationType", access.endpoint().url());
    let asked = access.budget().run(0, || ask(&client, &credentials, &url)).await;
    let Answer { location, location_type } = asked.outcome.map_err(to_io)?;
    let region = location.to_ascii_lowercase().parse().ok().filter(|_| location_type == "region");
    region.ok_or(BucketError::NotOneRegion(location))
}

async fn ask(client: &Client, credentials: &Credentials, url: &str) -> Result<Answer, Error> {
    let headers = match credentials.headers(Extensions::new()).await.map_err(Error::authentication)? {
        CacheableResource::New { data, .. } => data,
        CacheableResource::NotModified => HeaderMap::new(),
    };
    let request = client.get(url).headers(headers);
    let answer = request.send().await.map_err(Error::io)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.map_err(Error::io)?;
    if !status.is_success() {
        return Err(Error::http(status.as_u16(), headers, bytes));
    }
    serde_json::from_slice(&bytes).map_err(Error::deser)
}
