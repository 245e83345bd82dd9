//! `GET /api/v1/admin/partners`: every organization of the region.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use truth_kernel::id::OrgId;
use utoipa::{IntoParams, ToSchema};
use web::caller::Authorized;
use web::page::{Limit, List};
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::PartnersRead;

use crate::target::Operator;
use crate::views::Partner;

/// How much of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// How many, 1 to 500.
    #[param(value_type = Option<u16>)]
    limit: Option<Limit>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of organizations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    /// The organizations, newest first.
    partners: Vec<Partner>,
    /// Where the next page begins; null after the last.
    next_cursor: Option<String>,
}

/// Every organization of the region, newest first. For operators.
#[utoipa::path(get, path = "/api/v1/admin/partners", tag = "admin", params(Query), responses(
    (status = 200, body = Page),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn list_partners(
    State(state): State<crate::State>,
    _: Operator<PartnersRead>,
    Authorized { caller, .. }: Authorized<PartnersRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Json<Page>, Problem> {
    let list = List::new(&caller, "partners", &[]);
    let before = query.cursor.as_deref().map(|cursor| list.position(cursor)).transpose()?;
    let before = before.map(|position| OrgId::from_uuid(uuid::Uuid::from_u128(position)));
    let limit = query.limit.unwrap_or_default().get();
    let mut tx = state.store.begin_system().await?;
    let organizations = tx.organizations(before, limit.into()).await?;
    let is_full = organizations.len() >= usize::from(limit);
    let oldest = organizations.last().filter(|_| is_full).map(|organization| organization.org.as_uuid().as_u128());
    Ok(Json(Page {
        partners: organizations.into_iter().map(Into::into).collect(),
        next_cursor: oldest.map(|position| list.cursor(position)),
    }))
}
