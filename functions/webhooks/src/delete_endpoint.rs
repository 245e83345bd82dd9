//! `DELETE /api/v1/webhooks/endpoints/{id}`: deletes an endpoint.

use axum::extract::State;
use axum::http::StatusCode;
use truth_kernel::id::WebhookEndpointId;
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksWrite;

use crate::state::Webhooks;

/// Deletes an endpoint with its secrets and its delivery log. An attempt that has begun may still arrive.
#[utoipa::path(delete, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", params(("id" = String, Path)), responses(
    (status = 204, description = "The endpoint is deleted"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn delete_endpoint(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksWrite>,
    ParsedPath(id): ParsedPath<WebhookEndpointId>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.store.begin(caller.org).await?;
    if !tx.delete_webhook(caller.mode, id).await? {
        return Err(Problem::not_found());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
