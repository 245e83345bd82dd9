//! `DELETE /api/v1/admin/api-keys/{id}`: revokes a key.

use axum::extract::State;
use axum::http::StatusCode;
use truth_kernel::id::ApiKeyId;
use web::caller::Authorized;
use web::parsed::{ParsedPath, ParsedQuery};
use web::problem::{Problem, ProblemDocument};
use web::scope::KeysWrite;

use crate::list_api_keys::Query;
use crate::target::{may_manage_keys, target};

/// Revokes a key: no append under it commits afterwards; reads end within half a minute.
#[utoipa::path(delete, path = "/api/v1/admin/api-keys/{id}", tag = "admin", params(("id" = String, Path), Query), responses(
    (status = 204, description = "The key is revoked"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn revoke_api_key(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<KeysWrite>,
    ParsedPath(id): ParsedPath<ApiKeyId>,
    ParsedQuery(query): ParsedQuery<Query>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.store.begin(target(&caller, query.org)?).await?;
    let mode = tx.key_mode(id).await?.ok_or_else(Problem::not_found)?;
    may_manage_keys(&caller, mode)?;
    if !tx.revoke_key(id).await? {
        return Err(Problem::not_found());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
