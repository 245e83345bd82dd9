//! `GET /api/v1/admin/event-types`: the event types that an organization may append.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use truth_kernel::body::EventType;
use utoipa::ToSchema;
use web::caller::Authorized;
use web::event_type::built_in;
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::TypesRead;

use crate::list_api_keys::Query;
use crate::target::target;
use crate::views::TypeView;

/// All event types of an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventTypes {
    /// The types, each in its newest version: the built-in ones that the organization has not replaced, then its own.
    event_types: Vec<TypeView>,
}

/// The event types that the organization may append in the mode of the key, each in its newest version.
#[utoipa::path(get, path = "/api/v1/admin/event-types", tag = "admin", params(Query), responses(
    (status = 200, body = EventTypes),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn list_event_types(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<TypesRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Json<EventTypes>, Problem> {
    let mut tx = state.store.begin(target(&caller, query.org)?).await?;
    let own = tx.event_types(caller.mode).await?;
    let is_replaced = |name: &EventType| own.iter().any(|own| own.name == *name);
    let built_in = built_in().iter().filter(|(name, _)| !is_replaced(name));
    let built_in = built_in.map(|(name, schema)| TypeView::built_in(name.as_str(), schema.text()));
    Ok(Json(EventTypes { event_types: built_in.chain(own.iter().map(TypeView::from)).collect() }))
}
