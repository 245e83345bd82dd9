//! `GET /api/v1/webhooks/endpoints`: the organization's endpoints.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::caller::Authorized;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksRead;

use crate::state::Webhooks;
use crate::views::EndpointView;

/// All endpoints of the key's mode.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpoints {
    /// The endpoints, newest first.
    endpoints: Vec<EndpointView>,
}

/// The organization's endpoints of the key's mode, newest first, never their secrets.
#[utoipa::path(get, path = "/api/v1/webhooks/endpoints", tag = "webhooks", responses(
    (status = 200, body = WebhookEndpoints),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn list_endpoints(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksRead>,
) -> Result<Json<WebhookEndpoints>, Problem> {
    let endpoints = state.store.begin(caller.org).await?.webhooks(caller.mode).await?;
    Ok(Json(WebhookEndpoints { endpoints: endpoints.into_iter().map(Into::into).collect() }))
}
