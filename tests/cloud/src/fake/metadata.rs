//! The metadata server of a machine in Google Cloud: where default credentials come from (Compute Engine, "About VM metadata").

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::collections::BTreeMap;

use super::{Faults, Server};

/// The access token that it gives out.
pub const TOKEN: &str = "ya29.of-the-fake";

/// Starts one. It is found by `GCE_METADATA_HOST`.
pub async fn start() -> Server {
    Server::start(|_, faults| {
        let token = "/computeMetadata/v1/instance/service-accounts/default/token";
        let universe = "/computeMetadata/v1/universe/universe-domain";
        Router::new()
            .route(token, get(access_token))
            .route(universe, get(|| async { "googleapis.com" }))
            .with_state(faults.clone())
    })
    .await
}

async fn access_token(
    State(faults): State<Faults>,
    Query(_scopes): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if headers.get("metadata-flavor").is_none_or(|flavor| flavor != "Google") {
        // The real one refuses so that no page in a browser can ask for a token.
        faults.unexpected("a request for a token without Metadata-Flavor: Google");
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(json!({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})).into_response()
}
