//! `GET /api/v1/webhooks/deliveries`: the delivery log.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};
use store::webhook::{DeliveryFilter, DeliveryStatus};
use truth_kernel::id::{WebhookDeliveryId, WebhookEndpointId};
use utoipa::{IntoParams, ToSchema};
use web::caller::{Authorized, Caller};
use web::page::{Limit, List};
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::WebhooksRead;

use crate::state::Webhooks;
use crate::views::DeliveryView;

/// Which deliveries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Only to this endpoint.
    #[param(value_type = Option<String>)]
    endpoint: Option<WebhookEndpointId>,
    /// Only `pending`, `delivered`, `failed` or `dropped` ones.
    #[serde(deserialize_with = "status")]
    #[param(value_type = Option<String>)]
    status: Option<DeliveryStatus>,
    /// How many, 1 to 500.
    #[param(value_type = Option<u16>)]
    limit: Option<Limit>,
    /// Where to go on: the `next_cursor` of the page before, under the same filters.
    cursor: Option<String>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryPage {
    /// The deliveries, newest first.
    deliveries: Vec<DeliveryView>,
    /// Where the next page begins; null after the last.
    next_cursor: Option<String>,
}

/// What the organization's endpoints of the key's mode were told, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/deliveries", tag = "webhooks", params(Query), responses(
    (status = 200, body = DeliveryPage),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn list_deliveries(
    State(state): State<Webhooks>,
    Authorized { caller, .. }: Authorized<WebhooksRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Json<DeliveryPage>, Problem> {
    let list = query.list(&caller);
    let before = query.cursor.as_deref().map(|cursor| list.position(cursor)).transpose()?;
    let before = before.map(|position| WebhookDeliveryId::from_uuid(uuid::Uuid::from_u128(position)));
    let limit = query.limit.unwrap_or_default().get();
    let filter = DeliveryFilter { endpoint: query.endpoint, status: query.status };
    let mut tx = state.store.begin(caller.org).await?;
    let deliveries = tx.deliveries(caller.mode, filter, before, limit.into()).await?;
    let is_full = deliveries.len() >= usize::from(limit);
    let oldest = deliveries.last().filter(|_| is_full).map(|delivery| delivery.id.as_uuid().as_u128());
    Ok(Json(DeliveryPage {
        deliveries: deliveries.into_iter().map(Into::into).collect(),
        next_cursor: oldest.map(|position| list.cursor(position)),
    }))
}

impl Query {
    /// The list that a cursor belongs to.
    fn list(&self, caller: &Caller) -> List {
        let endpoint = self.endpoint.map(|endpoint| endpoint.to_string()).unwrap_or_default();
        let status = self.status.map_or("", DeliveryStatus::as_str);
        List::new(caller, "webhook deliveries", &[("endpoint", &endpoint), ("status", status)])
    }
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DeliveryStatus>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let unknown = |()| serde::de::Error::custom("status: one of pending, delivered, failed, dropped");
    text.parse().map(Some).map_err(unknown)
}
