//! Calls to a region of this process, without a socket.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::error::Error;

/// Posts a JSON body with a key, and answers with the JSON of a 2xx.
pub async fn post(router: &Router, what: &'static str, path: &str, key: &str, body: &Value) -> Result<Value, Error> {
    let refused = |answer: String| Error::Refused { what, answer };
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .map_err(|error| refused(error.to_string()))?;
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let bytes = response.into_body().collect().await.map_err(|error| refused(error.to_string()))?.to_bytes();
    if status.is_success() {
        serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))
    } else {
        Err(refused(format!("{status}: {}", String::from_utf8_lossy(&bytes))))
    }
}
