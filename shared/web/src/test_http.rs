//! Asking a router and reading its answer, in tests.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, response};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Status, headers and JSON of an answer; a body that is not JSON is given as a string.
pub(crate) async fn read(answer: impl IntoResponse) -> (response::Parts, Value) {
    let (parts, body) = answer.into_response().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = || Value::from(str::from_utf8(&bytes).unwrap());
    (parts, serde_json::from_slice(&bytes).unwrap_or_else(|_| text()))
}

/// Asks a router once.
pub(crate) async fn ask(router: &Router, request: Builder, body: impl Into<Body>) -> (response::Parts, Value) {
    let request: Request<Body> = request.body(body.into()).unwrap();
    read(router.clone().oneshot(request).await.unwrap()).await
}

/// A header that must be there.
pub(crate) fn header<'a>(parts: &'a response::Parts, name: &str) -> &'a str {
    parts.headers[name].to_str().unwrap()
}

/// The last segment of a problem's type.
pub(crate) fn slug(body: &Value) -> &str {
    body["type"].as_str().unwrap().rsplit('/').next().unwrap()
}
