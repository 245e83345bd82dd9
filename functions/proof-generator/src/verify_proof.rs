//! `POST /api/v1/proofs/verify`: the kernel's verifier for those who cannot run it themselves.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use truth_kernel::note::VerifierKey;
use truth_kernel::verify::verify;
use web::caller::Authorized;
use web::evidence::DocumentBytes;
use web::parsed::ParsedQuery;
use web::problem::{Problem, ProblemDocument};
use web::scope::ProofsRead;

/// The largest document that is verified.
const LIMIT: usize = 16 * 1024 * 1024;

/// Keys of one request at most.
const MAX_TRUST: usize = 32;

/// Verifies an evidence, batch or history document against the region's own published keys and those given as `trust`.
#[utoipa::path(post, path = "/api/v1/proofs/verify", tag = "proofs",
    request_body(content = Object, content_type = "application/vnd.proveniq.evidence+json"),
    params(("trust" = Option<Vec<String>>, Query, explode, description = "A further trusted key (vkey), any number of times.")),
    responses(
        (status = 200, body = Object, description = "`verdict` (valid, invalid, cannot-tell), `steps` and `unchecked`"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn verify_proof(
    State(state): State<crate::State>,
    _: Authorized<ProofsRead>,
    ParsedQuery(query): ParsedQuery<Vec<(String, String)>>,
    DocumentBytes(document): DocumentBytes<LIMIT>,
) -> Result<Response, Problem> {
    let mut trust = state.witness.keyring().published();
    trust.extend(trusted(&query)?);
    // A large document takes tenths of a second: not on a thread that others wait for.
    let verified = tokio::task::spawn_blocking(move || verify(&document, &trust)).await;
    let report = verified.map_err(|error| {
        tracing::error!(error = %error, "a verification broke off");
        Problem::internal()
    })?;
    Ok(Json(report).into_response())
}

fn trusted(query: &[(String, String)]) -> Result<Vec<VerifierKey>, Problem> {
    if query.len() > MAX_TRUST {
        return Err(Problem::invalid_query().with_detail(format!("at most {MAX_TRUST} keys")));
    }
    let key = |(name, value): &(String, String)| match name.as_str() {
        "trust" => value.parse().map_err(|_| Problem::invalid_query().with_detail("trust is not a verifier key")),
        _ => Err(Problem::invalid_query().with_detail("only trust may be given")),
    };
    query.iter().map(key).collect()
}
