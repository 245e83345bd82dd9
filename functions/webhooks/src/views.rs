//! What the function shows.

use serde::Serialize;
use store::webhook::{Delivery, Endpoint};
use truth_kernel::id::{EventId, WebhookDeliveryId, WebhookEndpointId};
use utoipa::ToSchema;

/// An endpoint, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointView {
    /// Its id.
    #[schema(value_type = String)]
    id: WebhookEndpointId,
    /// Where notifications are sent.
    url: String,
    /// What people call it.
    description: String,
    /// Of which types it is told; of every type when there is none.
    event_types: Vec<String>,
    /// `enabled` or `disabled`.
    status: &'static str,
    /// When it was made.
    created_at: String,
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            event_types: endpoint.event_types.iter().map(ToString::to_string).collect(),
            status: endpoint.status.as_str(),
            created_at: endpoint.created.to_string(),
        }
    }
}

/// An endpoint with a secret that is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: EndpointView,
    /// The newest secret, `whsec_…`, for the libraries of Standard Webhooks.
    pub secret: String,
}

/// What an endpoint was told of an event, or will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Its id, which is the `webhook-id` of every attempt.
    #[schema(value_type = String)]
    id: WebhookDeliveryId,
    /// To whom.
    #[schema(value_type = String)]
    endpoint: WebhookEndpointId,
    /// The event.
    #[schema(value_type = String)]
    event_id: EventId,
    /// What happened.
    event_type: String,
    /// `pending`, `delivered`, `failed` (never taken) or `dropped` (the endpoint was disabled).
    status: &'static str,
    /// Attempts begun since it was made or replayed.
    attempts: u32,
    /// When the next attempt is due; null when there is none.
    next_attempt_at: Option<String>,
    /// The HTTP status that the last attempt was answered with; null when there was no answer.
    last_status: Option<u16>,
    /// In a word, why the last attempt did not succeed.
    last_error: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it ended.
    finished_at: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            endpoint: delivery.endpoint,
            event_id: delivery.event,
            event_type: delivery.event_type.to_string(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt.map(|time| time.to_string()),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            created_at: delivery.created.to_string(),
            finished_at: delivery.finished.map(|time| time.to_string()),
        }
    }
}
