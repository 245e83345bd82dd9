//! `GET /api/v1/events/{id}`: one event of the organization.

use axum::Json;
use axum::extract::State;
use store::replica::Wanted;
use truth_kernel::id::EventId;
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::EventsRead;
use web::telemetry::about;

use crate::event_view::EventView;

/// One event.
#[utoipa::path(get, path = "/api/v1/events/{id}", params(("id" = String, Path)), tag = "events", responses(
    (status = 200, body = EventView),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_event(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<EventsRead>,
    ParsedPath(id): ParsedPath<EventId>,
) -> Result<Json<EventView>, Problem> {
    about(id);
    let wanted = Wanted::ById { mode: caller.mode, ids: &[id] };
    let (tx, mut events) = state.store.read(caller.org, wanted).await?;
    drop(tx);
    let event = events.pop().ok_or_else(Problem::not_found)?;
    Ok(Json(EventView::open(&state.vault, event).await?))
}
