//! The answer while a proof does not exist yet.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Events are sealed within a second or two; asking again sooner is of no use.
const RETRY_AFTER: u8 = 1;

/// Not every event is under a published checkpoint yet: ask again after `Retry-After`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pending {
    /// Always `pending`.
    status: &'static str,
    /// Seconds to wait.
    retry_after: u8,
}

impl Pending {
    /// The answer, 202.
    pub fn answer() -> Response {
        let body = Json(Self { status: "pending", retry_after: RETRY_AFTER });
        let headers = [(header::RETRY_AFTER, RETRY_AFTER.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())];
        (StatusCode::ACCEPTED, headers, body).into_response()
    }
}
