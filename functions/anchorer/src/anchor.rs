//! `POST /push/anchor`: a nudge; anchors the newest published checkpoint of every log for which it is time.

use axum::extract::FromRef;
use axum::http::StatusCode;
use web::problem::{Problem, ProblemDocument};
use web::push::{Push, Pusher};

use crate::anchorer::Anchorer;

/// What the function has at hand. Clones share everything.
#[derive(Clone, Debug)]
pub struct State {
    /// Anchors.
    pub anchorer: Anchorer,
    /// Who may push.
    pub pusher: Pusher,
}

impl FromRef<State> for Pusher {
    fn from_ref(state: &State) -> Self {
        state.pusher.clone()
    }
}

/// Look for checkpoints that should be anchored by now.
///
/// The message has no content: any number of deliveries, in any order, do no harm. An authority or a bucket that fails is tried again
/// when it is time, whatever is delivered until then; so that is a 204.
#[utoipa::path(post, path = "/push/anchor", tag = "push", security(("push" = [])), request_body(content = Object, content_type = "application/json",
    description = "The envelope of Pub/Sub push around an empty message"), responses(
    (status = 204, description = "Whatever was due was anchored, or its failure noted"),
    (status = 503, description = "The database cannot be reached; try again", body = ProblemDocument, content_type = "application/problem+json"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn anchor(
    axum::extract::State(state): axum::extract::State<State>,
    _nudge: Push<()>,
) -> Result<StatusCode, Problem> {
    state.anchorer.run().await?;
    Ok(StatusCode::NO_CONTENT)
}
