//! `POST /api/v1/admin/partners`: makes an organization.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cloud::random::Random;
use serde::Deserialize;
use store::organization::OrganizationKind;
use truth_kernel::id::OrgId;
use utoipa::ToSchema;
use web::json::StrictJson;
use web::problem::{Problem, ProblemDocument};
use web::scope::PartnersWrite;

use crate::body::{LIMIT, name, typed};
use crate::target::Operator;
use crate::views::Partner;

/// An organization to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPartner {
    /// What people call it.
    name: String,
}

/// Makes an organization with its live and test chains. For operators.
#[utoipa::path(post, path = "/api/v1/admin/partners", tag = "admin", request_body = NewPartner, responses(
    (status = 201, body = Partner),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn create_partner(
    State(state): State<crate::State>,
    _: Operator<PartnersWrite>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<(StatusCode, Json<Partner>), Problem> {
    let wanted: NewPartner = typed(&body)?;
    let org = OrgId::from_parts(state.clock.now().millis().unsigned_abs(), Random::system().bytes());
    let mut tx = state.store.begin(org).await?;
    tx.create_organization(name(&wanted.name)?, OrganizationKind::Partner).await?;
    let made = tx.organization().await?.ok_or_else(Problem::internal)?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
