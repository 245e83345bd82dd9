//! `POST /push/seal`: a nudge; seals everything that is pending in the region's logs.

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use web::problem::{Problem, ProblemDocument};
use web::push::{Push, Pusher};

use crate::error::SealError;
use crate::sealer::Sealer;

/// What the function has at hand. Clones share everything.
#[derive(Clone, Debug)]
pub struct Batcher {
    /// Seals.
    pub sealer: Sealer,
    /// Who may push.
    pub pusher: Pusher,
}

impl FromRef<Batcher> for Pusher {
    fn from_ref(batcher: &Batcher) -> Self {
        batcher.pusher.clone()
    }
}

/// Look for pending events and seal them.
///
/// The message has no content: what is pending is read from the database. So any number of deliveries, in any order, do no harm.
#[utoipa::path(post, path = "/push/seal", tag = "push", security(("push" = [])), request_body(content = Object, content_type = "application/json",
    description = "The envelope of Pub/Sub push around an empty message"), responses(
    (status = 204, description = "Nothing was pending when this run last looked, or it has done its share"),
    (status = 503, description = "Try again; what was done stays", body = ProblemDocument, content_type = "application/problem+json"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn seal(State(batcher): State<Batcher>, _nudge: Push<()>) -> Result<StatusCode, Problem> {
    batcher.sealer.run().await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        if error.is_transient() {
            tracing::warn!(error = %error, "sealing stopped");
            Self::unavailable().with_detail("sealing stopped on the way and will go on").with_retry_after(1)
        } else {
            tracing::error!(error = %error, "sealing is refused");
            Self::internal()
        }
    }
}
