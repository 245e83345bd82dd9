//! What every endpoint of the function has at hand.

use axum::extract::FromRef;
use cloud::clock::Clock;
use store::Store;
use truth_kernel::region::Region;
use web::caller::Door;

/// The function's state.
#[derive(Clone, Debug)]
pub struct State {
    /// The region's database, as `fn_admin`.
    pub store: Store,
    /// Lets callers in.
    pub door: Door,
    /// Tells when a key ends.
    pub clock: Clock,
    /// The region, which new keys bear in their text.
    pub region: Region,
}

impl FromRef<State> for Door {
    fn from_ref(state: &State) -> Self {
        state.door.clone()
    }
}
