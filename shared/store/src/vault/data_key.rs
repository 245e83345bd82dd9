//! Data keys: one per subject, and one per organization for events without a subject.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cloud::aead::{Cipher, DoesNotOpen, Key};
use cloud::clock::Clock;
use cloud::random::Random;
use truth_kernel::body::{Salt, SubjectId};
use truth_kernel::id::{DataKeyId, EventId, OrgId};
use zeroize::Zeroizing;

use super::{Vault, associated};
use crate::error::Result;
use crate::row::Columns;

/// Version of the envelope format.
const VERSION: u8 = 1;
/// `version ‖ key id`.
const PREFIX: usize = 17;

/// A data key under its generation key.
#[derive(Clone, Debug)]
pub struct WrappedKey {
    /// Number of the wrap generation.
    pub generation: i32,
    /// The sealed key.
    pub key: Vec<u8>,
}

/// A data key that can be used.
#[derive(Debug)]
pub struct DataKey {
    /// Its id.
    pub id: DataKeyId,
    /// Its wrapped form: stored, or proposed to be.
    pub wrapped: WrappedKey,
    cipher: Cipher,
    head_generation: u64,
    confirmed: AtomicBool,
}

impl DataKey {
    fn new(id: DataKeyId, wrapped: WrappedKey, key: &Key, head_generation: u64, confirmed: Confirmed) -> Self {
        let confirmed = AtomicBool::new(matches!(confirmed, Confirmed::Stored));
        Self { id, wrapped, cipher: key.expand(), head_generation, confirmed }
    }

    /// Whether the key is known to be on disk; otherwise an append proposes it.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed.load(Ordering::Relaxed)
    }

    /// An event sealed with it is durable, and so is the key.
    pub fn confirm(&self) {
        self.confirmed.store(true, Ordering::Relaxed);
    }

    /// `0x01 ‖ key id ‖ nonce ‖ AES-256-GCM(salt ‖ body)`, bound to organization and event.
    pub fn seal_envelope(&self, random: Random, org: OrgId, event: EventId, salt: &Salt, body: &str) -> Vec<u8> {
        let text = Zeroizing::new([salt.as_bytes().as_slice(), body.as_bytes()].concat());
        let mut envelope = Vec::with_capacity(PREFIX + text.len() + cloud::aead::OVERHEAD);
        envelope.push(VERSION);
        envelope.extend_from_slice(self.id.as_uuid().as_bytes());
        self.cipher.seal_onto(&mut envelope, random, &envelope_binding(org, event), &text);
        envelope
    }

    /// The text of an envelope: `salt ‖ body`.
    pub fn open_envelope(
        &self,
        org: OrgId,
        event: EventId,
        envelope: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        match envelope.split_at_checked(PREFIX) {
            Some((prefix, sealed)) if prefix[0] == VERSION && prefix[1..] == *self.id.as_uuid().as_bytes() => {
                self.cipher.open(&envelope_binding(org, event), sealed)
            }
            _ => Err(DoesNotOpen),
        }
    }

    pub(super) fn cipher(&self) -> &Cipher {
        &self.cipher
    }
}

#[derive(Clone, Copy)]
enum Confirmed {
    Stored,
    Proposed,
}

fn envelope_binding(org: OrgId, event: EventId) -> Zeroizing<Vec<u8>> {
    associated(b"proveniq/v1/envelope\0", &[org.as_uuid().as_bytes(), event.as_uuid().as_bytes()])
}

fn key_binding(org: OrgId, id: DataKeyId) -> Zeroizing<Vec<u8>> {
    associated(b"proveniq/v1/data-key\0", &[org.as_uuid().as_bytes(), id.as_uuid().as_bytes()])
}

impl Vault {
    /// The data key of a subject (of the organization, without one): stored, or a new one that the next append proposes.
    /// Concurrent callers get the same.
    pub async fn data_key(
        &self,
        org: OrgId,
        subject: Option<&SubjectId>,
        head_generation: u64,
    ) -> Result<Arc<DataKey>> {
        let name = (org, subject.cloned());
        let current = |key: &Arc<DataKey>| key.head_generation == head_generation;
        if let Some(key) = self.0.by_subject.get(&name).filter(current) {
            return Ok(key);
        }
        self.0.by_subject.remove_if(&name, |key| !current(key));
        self.0.by_subject.get_or_insert_async(&name, self.find_or_propose(org, subject, head_generation)).await
    }

    async fn find_or_propose(
        &self,
        org: OrgId,
        subject: Option<&SubjectId>,
        head_generation: u64,
    ) -> Result<Arc<DataKey>> {
        if let Some((id, wrapped)) = self.find(org, subject).await? {
            let key = self.unwrap_data_key(org, id, &wrapped).await?;
            // Perhaps another writer's, and not yet on disk: a crash may still take it, so the next append proposes it again.
            return Ok(Arc::new(DataKey::new(id, wrapped, &key, head_generation, Confirmed::Proposed)));
        }
        let key = Key::generate(self.0.random);
        let id = DataKeyId::from_parts(Clock::System.now().millis().unsigned_abs(), self.0.random.bytes());
        let (generation, wrapping) = self.open_generation().await?;
        let wrapped =
            WrappedKey { generation, key: wrapping.expand().seal_key(self.0.random, &key_binding(org, id), &key) };
        Ok(Arc::new(DataKey::new(id, wrapped, &key, head_generation, Confirmed::Proposed)))
    }

    async fn find(&self, org: OrgId, subject: Option<&SubjectId>) -> Result<Option<(DataKeyId, WrappedKey)>> {
        let mut tx = self.0.store.begin(org).await?;
        let row = sqlx::query("SELECT id, wrap_generation, wrapped_key FROM data_keys WHERE org = $1 AND subject_id IS NOT DISTINCT FROM $2")
            .bind(org.as_uuid())
            .bind(subject.map(SubjectId::as_str))
            .fetch_optional(&mut *tx.inner)
            .await?;
        row.map(|row| {
            let row = Columns::of("data_keys", &row);
            Ok((row.id("id")?, WrappedKey { generation: row.get("wrap_generation")?, key: row.get("wrapped_key")? }))
        })
        .transpose()
    }

    /// The data key of a stored payload. The caller has just read its row, so it is not erased.
    pub(crate) async fn data_key_by_id(&self, org: OrgId, id: DataKeyId, wrapped: &WrappedKey) -> Result<Arc<DataKey>> {
        let unwrap = async {
            let key = self.unwrap_data_key(org, id, wrapped).await?;
            Ok(Arc::new(DataKey::new(id, wrapped.clone(), &key, 0, Confirmed::Stored)))
        };
        self.0.by_id.get_or_insert_async(&id, unwrap).await
    }

    async fn unwrap_data_key(&self, org: OrgId, id: DataKeyId, wrapped: &WrappedKey) -> Result<Key> {
        let wrapping = self.generation_key(wrapped.generation).await?;
        Ok(wrapping.expand().open_key(&key_binding(org, id), &wrapped.key)?)
    }
}
