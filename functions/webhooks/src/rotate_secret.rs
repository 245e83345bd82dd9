//! `POST /api/v1/webhooks/endpoints/{id}/rotate-secret`: gives an endpoint a new secret.

use axum::Json;
use axum::extract::State;
use cloud::random::Random;
use truth_kernel::id::WebhookEndpointId;
use truth_kernel::time::Timestamp;
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksWrite;

use crate::signature::Secret;
use crate::state::Webhooks;
use crate::views::EndpointWithSecret;

/// Milliseconds for which the secret before goes on signing beside the new one: a day, for the receiver to change over.
const OVERLAP: i64 = 86_400_000;

/// Makes a new secret and tells it once. For a day every notification bears a signature of each.
#[utoipa::path(post, path = "/api/v1/webhooks/endpoints/{id}/rotate-secret", tag = "webhooks", params(("id" = String, Path)), responses(
    (status = 200, body = EndpointWithSecret),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn rotate_secret(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksWrite>,
    ParsedPath(id): ParsedPath<WebhookEndpointId>,
) -> Result<Json<EndpointWithSecret>, Problem> {
    let secret = Secret::generate(Random::system());
    let sealed = state.vault.seal_webhook_secret(caller.org, id, secret.as_bytes()).await?;
    let mut tx = state.store.begin(caller.org).await?;
    let endpoint = tx.webhook(caller.mode, id).await?.ok_or_else(Problem::not_found)?;
    let now = state.clock.now();
    tx.rotate_webhook_secret(id, &sealed, now, Timestamp::from_millis(now.millis() + OVERLAP)).await?;
    tx.commit().await?;
    Ok(Json(EndpointWithSecret { endpoint: endpoint.into(), secret: secret.disclose().to_string() }))
}
