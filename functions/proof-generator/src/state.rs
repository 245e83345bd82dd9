//! What every endpoint of the function has at hand.

use axum::extract::FromRef;
use cloud::clock::Clock;
use store::Store;
use store::vault::Vault;
use web::authority::Authority;
use web::caller::Door;
use web::config::Settings;
use web::evidence::{Keyring, Witness};

use crate::publications::Publications;

/// The function's state. Clones share everything.
#[derive(Clone, Debug)]
pub struct State {
    /// The region's database, as `fn_proof_generator`.
    pub store: Store,
    /// Puts evidence together.
    pub witness: Witness,
    /// Waits for checkpoints.
    pub publications: Publications,
    door: Door,
}

impl State {
    /// The state of an instance with these settings.
    pub fn new(store: Store, vault: Vault, keyring: Keyring, settings: &Settings) -> Self {
        let authority = Authority::new(store.clone(), Clock::System);
        Self {
            witness: Witness::new(store.clone(), vault, keyring),
            publications: Publications::of(store.clone()),
            store,
            door: Door::new(authority, settings.region.clone(), settings.regions.clone()),
        }
    }
}

impl FromRef<State> for Door {
    fn from_ref(state: &State) -> Self {
        state.door.clone()
    }
}
