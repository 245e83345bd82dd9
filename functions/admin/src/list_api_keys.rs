//! `GET /api/v1/admin/api-keys`: an organization's keys.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use truth_kernel::id::OrgId;
use utoipa::{IntoParams, ToSchema};
use web::caller::Authorized;
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::KeysRead;

use crate::target::target;
use crate::views::KeyView;

/// Whose.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// The organization; the caller's own unless told.
    #[param(value_type = Option<String>)]
    pub org: Option<OrgId>,
}

/// All keys of an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// The keys, newest first.
    api_keys: Vec<KeyView>,
}

/// The organization's keys, newest first, never their secrets.
#[utoipa::path(get, path = "/api/v1/admin/api-keys", tag = "admin", params(Query), responses(
    (status = 200, body = Keys),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn list_api_keys(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<KeysRead>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<Json<Keys>, Problem> {
    let mut tx = state.store.begin(target(&caller, query.org)?).await?;
    let keys = tx.keys().await?;
    Ok(Json(Keys { api_keys: keys.into_iter().map(Into::into).collect() }))
}
