//! `GET /api/v1/webhooks/endpoints/{id}`: one endpoint.

use axum::Json;
use axum::extract::State;
use truth_kernel::id::WebhookEndpointId;
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksRead;

use crate::state::Webhooks;
use crate::views::EndpointView;

/// An endpoint of the organization, never its secrets.
#[utoipa::path(get, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", params(("id" = String, Path)), responses(
    (status = 200, body = EndpointView),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_endpoint(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksRead>,
    ParsedPath(id): ParsedPath<WebhookEndpointId>,
) -> Result<Json<EndpointView>, Problem> {
    let endpoint = state.store.begin(caller.org).await?.webhook(caller.mode, id).await?;
    endpoint.map(|endpoint| Json(endpoint.into())).ok_or_else(Problem::not_found)
}
