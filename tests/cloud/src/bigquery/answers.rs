//! Answers as the API gives them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::fault::Trouble;

/// An error document of Google's APIs.
pub(super) fn error(code: u16, reason: &str) -> Response {
    let error = json!({ "message": reason, "domain": "global", "reason": reason });
    let document = json!({ "error": { "code": code, "message": reason, "errors": [error], "status": "FAILED" } });
    (status(code), Json(document)).into_response()
}

pub(super) async fn trouble(trouble: Trouble) -> Response {
    match trouble {
        Trouble::Error(code, reason) => error(code, reason),
        Trouble::Page(code) => (status(code), Html("<h1>Bad gateway</h1>")).into_response(),
        Trouble::Silence => std::future::pending().await,
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a status")
}
