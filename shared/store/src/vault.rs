//! Envelope encryption: data keys per subject (or organization), wrapped by generation keys, wrapped by the region's key wrapper.
//!
//! What is cached was read under a generation of the chain head and is used only under that one: whatever must be effective
//! at commit (an erasure above all) raises the generation, and the append then refuses what was decided before.

mod data_key;
mod generation;
mod stream_key;
mod webhook_secret;

use std::sync::Arc;

use cloud::aead::Key;
use cloud::key_wrapper::KeyWrapper;
use cloud::random::Random;
use quick_cache::sync::Cache;
use truth_kernel::body::{Salt, SubjectId};
use truth_kernel::id::{DataKeyId, EventId, OrgId};
use zeroize::Zeroizing;

pub use self::data_key::{DataKey, WrappedKey};
pub use self::generation::{GenerationState, WrapGeneration};
pub use self::webhook_secret::SealedSecret;
use crate::database::Store;
use crate::error::{Error, Result};
use crate::stream::{StreamEntry, StreamName};

/// Data keys and claims that are kept unwrapped.
const CACHED: usize = 20_000;

/// A sealed body as it is stored, with the wrapped key that opens it.
#[derive(Clone, Debug)]
pub struct SealedPayload {
    /// The data key.
    pub data_key: DataKeyId,
    /// The data key, wrapped.
    pub wrapped: WrappedKey,
    /// `0x01 ‖ key id (16) ‖ nonce (12) ‖ ciphertext` (DESIGN §3.2).
    pub envelope: Vec<u8>,
}

/// What a commitment was made of.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The salt.
    pub salt: Salt,
    /// The canonical body.
    pub body: String,
}

/// Seals and opens. Clones share their caches.
#[derive(Clone, Debug)]
pub struct Vault(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Store,
    wrapper: KeyWrapper,
    random: Random,
    generations: Cache<i32, Arc<Key>>,
    by_subject: Cache<(OrgId, Option<SubjectId>), Arc<DataKey>>,
    by_id: Cache<DataKeyId, Arc<DataKey>>,
    streams: Cache<StreamName, Arc<StreamEntry>>,
}

impl Vault {
    /// A vault over the region's database and key wrapper.
    pub fn new(store: Store, wrapper: KeyWrapper) -> Self {
        Self(Arc::new(Shared {
            store,
            wrapper,
            random: Random::system(),
            generations: Cache::new(16),
            by_subject: Cache::new(CACHED),
            by_id: Cache::new(CACHED),
            streams: Cache::new(CACHED),
        }))
    }

    /// Opens a stored body.
    pub async fn open(&self, org: OrgId, event: EventId, payload: &SealedPayload) -> Result<Opened> {
        let key = self.data_key_by_id(org, payload.data_key, &payload.wrapped).await?;
        let text = key.open_envelope(org, event, &payload.envelope)?;
        let (salt, body) = text.split_first_chunk::<32>().ok_or(FAULT)?;
        Ok(Opened { salt: Salt::from_bytes(*salt), body: std::str::from_utf8(body).map_err(|_| FAULT)?.to_owned() })
    }

    /// Forgets the data key of a subject: the next use reads it again.
    pub fn forget(&self, org: OrgId, subject: Option<&SubjectId>) {
        self.0.by_subject.remove(&(org, subject.cloned()));
    }

    /// Forgets a claim's stream key.
    pub fn forget_stream(&self, name: &StreamName) {
        self.0.streams.remove(name);
    }
}

const FAULT: Error = Error::Inconsistent { table: "event_payloads", fault: "an envelope of another form" };

/// `label ‖ parts`: what a sealed text is bound to.
fn associated(label: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([label, &parts.concat()].concat())
}
