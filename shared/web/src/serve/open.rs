//! The three endpoints that are open to everyone.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use tokio::time::timeout;

use super::{READY_WITHIN, Ready};
use crate::problem::{Problem, ProblemDocument};

/// Whether the process lives.
#[utoipa::path(
    get,
    path = "/health",
    security(()),
    responses((status = 200, description = "It lives", body = String))
)]
pub(super) async fn health() -> &'static str {
    "alive"
}

/// Whether what it depends on answers.
#[utoipa::path(
    get,
    path = "/ready",
    security(()),
    responses(
        (status = 200, description = "It does", body = String),
        (
            status = 503,
            description = "Something does not",
            body = ProblemDocument,
            content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn ready(State(Ready(ask)): State<Ready>) -> Result<&'static str, Problem> {
    match timeout(READY_WITHIN, ask()).await {
        Ok(true) => Ok("ready"),
        _ => Err(Problem::unavailable().with_detail("a dependency does not answer").with_retry_after(1)),
    }
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1"))
)]
pub(super) async fn openapi(State(document): State<Bytes>) -> impl IntoResponse {
    let content_type = "application/vnd.oai.openapi+json;version=3.1";
    ([(header::CONTENT_TYPE, content_type)], document)
}
