//! Failures of the store as problems: what the caller may know of them is whether to try again.

use super::Problem;

impl From<store::Error> for Problem {
    /// For requests that have written nothing: an append's outcome is told by the appender.
    fn from(error: store::Error) -> Self {
        if error.is_transient() {
            tracing::warn!(error = %error, "store");
            Self::unavailable().with_detail("the database cannot be reached now").with_retry_after(1)
        } else {
            tracing::error!(error = %error, "store");
            Self::internal()
        }
    }
}
