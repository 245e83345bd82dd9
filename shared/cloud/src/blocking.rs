//! Work on the file system, away from the threads that serve requests.

use std::io;

/// Runs `work` on the pool for blocking work. If it panicked or the runtime is shutting down, the
/// outcome is an I/O error like any other failure of the device.
pub(crate) async fn blocking<T, E, F>(work: F) -> Result<T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
{
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.unwrap_or_else(|stopped| Err(io::Error::other(stopped).into()))
}
