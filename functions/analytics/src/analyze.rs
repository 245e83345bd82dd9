//! `POST /push/analyze`: a nudge; brings the facts up to what is published.

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use web::problem::{Problem, ProblemDocument};
use web::push::{Push, Pusher};

use crate::analyst::Analyst;
use crate::error::AnalyzeError;

/// What the function has at hand. Clones share everything.
#[derive(Clone, Debug)]
pub struct Analytics {
    /// Follows the log.
    pub analyst: Analyst,
    /// Who may push.
    pub pusher: Pusher,
}

impl FromRef<Analytics> for Pusher {
    fn from_ref(analytics: &Analytics) -> Self {
        analytics.pusher.clone()
    }
}

/// Bring the facts up to what is published.
///
/// The message has no content: what is new is read from the database. So any number of deliveries, in any order, do no harm.
#[utoipa::path(post, path = "/push/analyze", tag = "push", security(("push" = [])), request_body(content = Object, content_type = "application/json",
    description = "The envelope of Pub/Sub push around an empty message"), responses(
    (status = 204, description = "Nothing was new when this run last looked, or it has done its share"),
    (status = 503, description = "Try again; what was done stays", body = ProblemDocument, content_type = "application/problem+json"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn analyze(State(analytics): State<Analytics>, _nudge: Push<()>) -> Result<StatusCode, Problem> {
    analytics.analyst.run().await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<AnalyzeError> for Problem {
    fn from(error: AnalyzeError) -> Self {
        if error.is_transient() {
            tracing::warn!(error = %error, "analysing stopped");
            Self::unavailable().with_detail("analysing stopped on the way and will go on").with_retry_after(1)
        } else {
            tracing::error!(error = %error, "analysing is refused");
            Self::internal()
        }
    }
}
