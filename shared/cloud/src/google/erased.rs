//! Futures without their type.

use std::pin::Pin;

/// A call of a client as a future of no type: the clients' own are up to 32 KiB and nest so deeply that a compiler which is to see that they
/// may change threads gives up in the callers of our callers.
pub(crate) fn erased<'a, T>(call: impl Future<Output = T> + Send + 'a) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(call)
}
