//! `PATCH /api/v1/admin/partners/{id}`: suspends, closes or reactivates an organization.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use store::organization::OrganizationStatus;
use truth_kernel::id::OrgId;
use utoipa::ToSchema;
use web::json::StrictJson;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::PartnersWrite;

use crate::body::{LIMIT, typed};
use crate::target::Operator;
use crate::views::Partner;

/// What to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `active`, `suspended` or `closed`; nothing leads back from `closed`.
    status: String,
}

/// Changes an organization's status, effective for every append that commits afterwards. For operators.
#[utoipa::path(patch, path = "/api/v1/admin/partners/{id}", tag = "admin", params(("id" = String, Path)), request_body = Change, responses(
    (status = 200, body = Partner),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn update_partner(
    State(state): State<crate::State>,
    _: Operator<PartnersWrite>,
    ParsedPath(id): ParsedPath<OrgId>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<Json<Partner>, Problem> {
    let change: Change = typed(&body)?;
    let unknown = |()| Problem::invalid_request().with_error("/status", "one of active, suspended, closed");
    let status: OrganizationStatus = change.status.parse().map_err(unknown)?;
    if state.store.begin_system().await?.system_organization().await? == Some(id) {
        return Err(Problem::conflict().with_detail("the region's own organization is always active"));
    }
    let mut tx = state.store.begin(id).await?;
    let before = tx.organization().await?.ok_or_else(Problem::not_found)?;
    if before.status == OrganizationStatus::Closed && status != OrganizationStatus::Closed {
        return Err(Problem::conflict().with_detail("the organization is closed, and nothing leads back"));
    }
    tx.set_status(status).await?;
    let after = tx.organization().await?.ok_or_else(Problem::internal)?;
    tx.commit().await?;
    Ok(Json(after.into()))
}
