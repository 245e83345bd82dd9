//! `PATCH /api/v1/webhooks/endpoints/{id}`: changes an endpoint.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use store::webhook::Endpoint;
use truth_kernel::id::WebhookEndpointId;
use utoipa::ToSchema;
use web::caller::Authorized;
use web::json::StrictJson;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksWrite;

use crate::body::{LIMIT, description, event_types, typed};
use crate::state::Webhooks;
use crate::views::EndpointView;

/// What to change; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointChange {
    /// Where notifications are sent.
    url: Option<String>,
    /// What people call it.
    description: Option<String>,
    /// Of which types it is told; an empty list is every type.
    event_types: Option<Vec<String>>,
    /// `enabled` or `disabled`. What is pending for an endpoint that is disabled is dropped when it is due.
    status: Option<String>,
}

/// Changes an endpoint, for every attempt that begins afterwards.
#[utoipa::path(patch, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", params(("id" = String, Path)),
    request_body = EndpointChange, responses(
    (status = 200, body = EndpointView),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn update_endpoint(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksWrite>,
    ParsedPath(id): ParsedPath<WebhookEndpointId>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<Json<EndpointView>, Problem> {
    let change: EndpointChange = typed(&body)?;
    if let Some(url) = &change.url {
        state.sender.check(url).await?;
    }
    let mut tx = state.store.begin(caller.org).await?;
    let before = tx.webhook(caller.mode, id).await?.ok_or_else(Problem::not_found)?;
    let after = change.apply(before)?;
    tx.change_webhook(&after).await?;
    tx.commit().await?;
    Ok(Json(after.into()))
}

impl EndpointChange {
    fn apply(self, mut endpoint: Endpoint) -> Result<Endpoint, Problem> {
        if let Some(url) = self.url {
            endpoint.url = url;
        }
        if let Some(text) = self.description {
            endpoint.description = description(text)?;
        }
        if let Some(names) = self.event_types {
            endpoint.event_types = event_types(&names)?;
        }
        if let Some(status) = self.status {
            let unknown = |()| Problem::invalid_request().with_error("/status", "one of enabled, disabled");
            endpoint.status = status.parse().map_err(unknown)?;
        }
        Ok(endpoint)
    }
}
