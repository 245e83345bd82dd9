//! API keys as the region's database knows them, remembered for a short time.

use std::fmt;
use std::sync::Arc;

use cloud::clock::Clock;
use quick_cache::sync::Cache;
use store::Store;
use store::api_key::PresentedKey;
use truth_kernel::hash::Hash;
use truth_kernel::time::Timestamp;

use crate::caller::{Authentication, Authenticator, Caller, CannotTell, Finding};
use crate::problem::Problem;

/// How long an answer is believed, in milliseconds. It bounds how long a revoked key still reads;
/// it never writes, because an append names the generation that it was read under.
const BELIEVED: i64 = 30_000;

/// Keys that are remembered. Only those that count are: nobody fills this with guesses, and a refusal ends when its reason does.
const REMEMBERED: usize = 20_000;

/// Finds the caller of a key. Clones share what they remember.
#[derive(Clone)]
pub struct Authority(Arc<Shared>);

struct Shared {
    store: Store,
    clock: Clock,
    known: Cache<Hash, Arc<Known>>,
}

/// What was read of a key, and when.
struct Known {
    caller: Caller,
    expires: Timestamp,
    revoked: bool,
    active: bool,
    read: Timestamp,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({} keys)", self.0.known.len())
    }
}

impl Authority {
    /// Over the store of a role that may authenticate.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self(Arc::new(Shared { store, clock, known: Cache::new(REMEMBERED) }))
    }

    /// The caller as the database knows it now: for after an append was refused because something has
    /// changed since the caller was read.
    pub async fn renew(&self, caller: &Caller) -> Result<Caller, Problem> {
        let is_old = |known: &Arc<Known>| known.caller.generation <= caller.generation;
        self.0.known.remove_if(&caller.secret_sha256, is_old);
        self.find(&caller.secret_sha256).await?.caller()
    }

    async fn find(&self, key: &Hash) -> Result<Finding, CannotTell> {
        let now = self.0.clock.now();
        if let Some(known) = self.0.known.get(key).filter(|known| known.is_believed(now)) {
            return Ok(known.finding(now));
        }
        let presented = self.0.store.authenticate(key).await.map_err(|error| {
            tracing::error!(error = %error, "an API key cannot be looked up");
            CannotTell
        })?;
        let Some(presented) = presented else { return Ok(Finding::Unknown) };
        let known = Arc::new(Known::new(presented, *key, now));
        let finding = known.finding(now);
        if matches!(finding, Finding::Active(_)) {
            self.0.known.insert(*key, known);
        }
        Ok(finding)
    }
}

impl Authenticator for Authority {
    fn authenticate<'a>(&'a self, key: &'a Hash) -> Authentication<'a> {
        Box::pin(self.find(key))
    }
}

impl Known {
    fn new(key: PresentedKey, secret_sha256: Hash, read: Timestamp) -> Self {
        let caller = Caller {
            org: key.org,
            mode: key.mode,
            key: key.id,
            // A scope that only newer code knows grants nothing here.
            scopes: key.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
            region: key.region,
            operator: key.system,
            generation: key.generation,
            secret_sha256,
        };
        Self { caller, expires: key.expires, revoked: key.revoked, active: key.active, read }
    }

    /// A clock that was set back ends belief too.
    fn is_believed(&self, now: Timestamp) -> bool {
        (0..BELIEVED).contains(&(now.millis() - self.read.millis()))
    }

    fn finding(&self, now: Timestamp) -> Finding {
        if self.revoked {
            Finding::Revoked
        } else if self.expires <= now {
            Finding::Expired
        } else if !self.active {
            Finding::Suspended
        } else {
            Finding::Active(self.caller.clone())
        }
    }
}

#[cfg(test)]
mod tests;
