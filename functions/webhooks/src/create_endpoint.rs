//! `POST /api/v1/webhooks/endpoints`: registers an endpoint and tells its secret once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cloud::random::Random;
use serde::Deserialize;
use store::webhook::{Endpoint, EndpointStatus};
use utoipa::ToSchema;
use web::caller::Authorized;
use web::json::StrictJson;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksWrite;

use crate::body::{LIMIT, description, event_types, typed};
use crate::signature::Secret;
use crate::state::Webhooks;
use crate::views::EndpointWithSecret;

/// Endpoints of an organization and mode at most: each event is sent to every one of them.
const MOST: u32 = 50;

/// An endpoint to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedEndpoint {
    /// Where notifications are sent: `https://`, of a public address, without user name, password or fragment.
    url: String,
    /// What people call it, up to 200 bytes.
    #[serde(default)]
    description: String,
    /// Of which types it is told; of every type unless told.
    #[serde(default)]
    event_types: Vec<String>,
}

/// Registers an endpoint for the events of the key's mode that are published from now on.
#[utoipa::path(post, path = "/api/v1/webhooks/endpoints", tag = "webhooks", request_body = WantedEndpoint, responses(
    (status = 201, body = EndpointWithSecret),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn create_endpoint(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksWrite>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<(StatusCode, Json<EndpointWithSecret>), Problem> {
    let wanted: WantedEndpoint = typed(&body)?;
    let endpoint = Endpoint {
        id: state.id(),
        mode: caller.mode,
        description: description(wanted.description)?,
        event_types: event_types(&wanted.event_types)?,
        url: wanted.url,
        status: EndpointStatus::Enabled,
        created: state.clock.now(),
    };
    state.sender.check(&endpoint.url).await?;
    let secret = Secret::generate(Random::system());
    let sealed = state.vault.seal_webhook_secret(caller.org, endpoint.id, secret.as_bytes()).await?;
    let mut tx = state.store.begin(caller.org).await?;
    if !tx.create_webhook(&endpoint, &sealed, MOST).await? {
        return Err(Problem::conflict().with_detail(format!("there are {MOST} endpoints already")));
    }
    tx.commit().await?;
    let made = EndpointWithSecret { endpoint: endpoint.into(), secret: secret.disclose().to_string() };
    Ok((StatusCode::CREATED, Json(made)))
}
