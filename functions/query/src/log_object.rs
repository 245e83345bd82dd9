//! Objects of the public log as answers, from the bucket.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use cloud::bucket::Bucket;
use web::problem::Problem;

use crate::log_choice::LogNumber;

/// How an object of the log is served.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
    /// Its media type.
    pub content_type: &'static str,
    /// How long others may keep it.
    pub cache_control: &'static str,
}

/// A tile or bundle never changes; a partial one may be gone once it is full.
pub const fn keep(width: usize) -> &'static str {
    if width == truth_kernel::tile::WIDTH { "public, max-age=31536000, immutable" } else { "public, max-age=3600" }
}

/// Answers with the object of this name in the folder of a log.
pub async fn serve(bucket: &Bucket, log: &LogNumber, name: &str, how: Serving) -> Result<Response, Problem> {
    let path = format!("log/{}/{name}", log.as_str());
    let path = path.parse().map_err(|_| Problem::not_found())?;
    let object = bucket.get(&path).await.map_err(|error| {
        tracing::error!(error = %error, "the bucket does not answer");
        Problem::unavailable().with_detail("the public log cannot be read now").with_retry_after(1)
    })?;
    let object = object.ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, how.content_type), (header::CACHE_CONTROL, how.cache_control)];
    Ok((headers, object.bytes).into_response())
}
