//! `GET /api/v1/claims/{id}/history`: the whole history of a claim, with its signed head.

use axum::extract::State;
use truth_kernel::body::ClaimId;
use truth_kernel::history::History;
use web::caller::Authorized;
use web::evidence::Document;
use web::parsed::ParsedPath;
use web::problem::{Problem, ProblemDocument};
use web::scope::EventsRead;

/// Every event of a claim from the first to the last, with the signed head that says there are no more.
#[utoipa::path(get, path = "/api/v1/claims/{id}/history", params(("id" = String, Path)), tag = "claims", responses(
    (status = 200, content_type = "application/vnd.proveniq.evidence+json", body = Object,
        description = "A history document: `proveniq verify` checks it offline."),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn get_history(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<EventsRead>,
    ParsedPath(claim): ParsedPath<ClaimId>,
) -> Result<Document<History>, Problem> {
    let history = state.witness.history(caller.org, caller.mode, &claim).await?;
    history.map(Document).ok_or_else(Problem::not_found)
}
