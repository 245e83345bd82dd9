//! Asking a router as a client would.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("an answer in JSON")
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("an answer in UTF-8")
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header in ASCII"))
    }

    /// Status and last segment of the type of a problem document.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", String::from_utf8_lossy(&self.body));
        let kind = self.json()["type"].as_str().map(str::to_owned).unwrap_or_default();
        (self.status, kind.rsplit('/').next().unwrap_or_default().to_owned())
    }
}

/// Asks once.
pub async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("a router never fails");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Asks for a path with an API key, or without one where it is empty.
pub async fn get(router: &Router, key: &str, path: &str) -> Answer {
    let request = Request::get(path).header("x-api-key", key).body(Body::empty());
    let mut request = request.expect("a request");
    if key.is_empty() {
        request.headers_mut().clear();
    }
    ask(router, request).await
}

/// Posts a JSON body with an API key.
pub async fn post(router: &Router, key: &str, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("x-api-key", key).header("content-type", "application/json");
    ask(router, request.body(body.into()).expect("a request")).await
}
