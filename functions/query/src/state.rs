//! What every endpoint of the function has at hand.

use axum::extract::FromRef;
use cloud::bucket::Bucket;
use cloud::clock::Clock;
use store::Store;
use store::vault::Vault;
use web::authority::Authority;
use web::caller::Door;
use web::config::Settings;
use web::evidence::{Keyring, Witness};

/// The function's state. Clones share everything.
#[derive(Clone, Debug)]
pub struct State {
    /// The region's database, as `fn_query`.
    pub store: Store,
    /// Opens bodies.
    pub vault: Vault,
    /// Puts histories and proofs together.
    pub witness: Witness,
    /// The public log.
    pub bucket: Bucket,
    /// Tells how old an anchor is.
    pub clock: Clock,
    door: Door,
}

impl State {
    /// The state of an instance with these settings.
    pub fn new(store: Store, vault: Vault, keyring: Keyring, bucket: Bucket, settings: &Settings) -> Self {
        let authority = Authority::new(store.clone(), Clock::System);
        Self {
            witness: Witness::new(store.clone(), vault.clone(), keyring),
            store,
            vault,
            bucket,
            clock: Clock::System,
            door: Door::new(authority, settings.region.clone(), settings.regions.clone()),
        }
    }
}

impl FromRef<State> for Door {
    fn from_ref(state: &State) -> Self {
        state.door.clone()
    }
}
