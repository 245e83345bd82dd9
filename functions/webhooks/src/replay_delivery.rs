//! `POST /api/v1/webhooks/deliveries/{id}/replay`: delivers again.

use axum::extract::State;
use axum::http::StatusCode;
use store::webhook::Replay;
use truth_kernel::id::WebhookDeliveryId;
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksWrite;

use crate::state::{Order, Webhooks};

/// Delivers a finished delivery again, at once and with all its attempts before it, under the same `webhook-id`.
#[utoipa::path(post, path = "/api/v1/webhooks/deliveries/{id}/replay", tag = "webhooks", params(("id" = String, Path)), responses(
    (status = 202, description = "It is pending again"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn replay_delivery(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksWrite>,
    ParsedPath(id): ParsedPath<WebhookDeliveryId>,
) -> Result<StatusCode, Problem> {
    let due = state.clock.now();
    let mut tx = state.store.begin(caller.org).await?;
    match tx.replay_delivery(caller.mode, id, due).await? {
        Replay::Due => tx.commit().await?,
        Replay::Unknown => return Err(Problem::not_found()),
        Replay::Pending => return Err(Problem::conflict().with_detail("the delivery is pending already")),
        Replay::Disabled => return Err(Problem::conflict().with_detail("the endpoint is disabled: enable it first")),
    }
    state.enqueue(Order { organization: caller.org, delivery: id }, 1, due).await;
    Ok(StatusCode::ACCEPTED)
}
