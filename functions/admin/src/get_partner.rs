//! `GET /api/v1/admin/partners/{id}`: one organization.

use axum::Json;
use axum::extract::State;
use truth_kernel::id::OrgId;
use web::caller::Authorized;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::PartnersRead;

use crate::target::target;
use crate::views::Partner;

/// One organization: the caller's own, or any for an operator.
#[utoipa::path(get, path = "/api/v1/admin/partners/{id}", tag = "admin", params(("id" = String, Path)), responses(
    (status = 200, body = Partner),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_partner(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<PartnersRead>,
    ParsedPath(id): ParsedPath<OrgId>,
) -> Result<Json<Partner>, Problem> {
    let mut tx = state.store.begin(target(&caller, Some(id))?).await?;
    tx.organization().await?.map(|organization| Json(organization.into())).ok_or_else(Problem::not_found)
}
