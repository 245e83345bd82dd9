//! Stream keys: 32 random bytes per claim, sealed under the data key of the claim's first event.

use std::sync::Arc;

use cloud::aead::DoesNotOpen;
use truth_kernel::id::DataKeyId;
use truth_kernel::stream::{StreamKey, stream_id};
use zeroize::Zeroizing;

use super::data_key::{DataKey, WrappedKey};
use super::{Vault, associated};
use crate::append::StoredStreamKey;
use crate::error::{Error, Result};
use crate::row::Columns;
use crate::stream::{StreamEntry, StreamName};

fn binding(name: &StreamName) -> Zeroizing<Vec<u8>> {
    associated(
        b"proveniq/v1/stream-key\0",
        &[name.org.as_uuid().as_bytes(), name.mode.as_str().as_bytes(), name.claim.as_str().as_bytes()],
    )
}

impl DataKey {
    fn open_stream_key(&self, name: &StreamName, sealed: &[u8]) -> Result<StreamKey, DoesNotOpen> {
        Ok(StreamKey::from_bytes(*self.cipher().open_key(&binding(name), sealed)?.as_bytes()))
    }
}

impl Vault {
    /// The claim's stream as this process knows it, or a new one that the next append proposes.
    pub(crate) fn stream(&self, name: StreamName, head_generation: u64, data_key: &DataKey) -> Arc<StreamEntry> {
        let current = |entry: &Arc<StreamEntry>| entry.head_generation == head_generation;
        if let Some(entry) = self.0.streams.get(&name).filter(current) {
            return entry;
        }
        let key = StreamKey::from_bytes(self.0.random.bytes());
        let sealed_key = data_key.cipher().seal(self.0.random, &binding(&name), key.as_bytes());
        let stream = stream_id(&key, &name.claim);
        Arc::new(StreamEntry { name, stream, key, data_key: data_key.id, sealed_key, head_generation })
    }

    /// Remembers and answers the key that the claim's stream really has; `data_key` is that of the event.
    pub(crate) async fn settle_stream(
        &self,
        own: Arc<StreamEntry>,
        data_key: &DataKey,
        head_generation: u64,
        stored: StoredStreamKey,
    ) -> Result<StreamKey> {
        let entry = match stored {
            StoredStreamKey::Known(entry) => entry,
            StoredStreamKey::Sealed { stream, data_key: id, sealed_key } => {
                let name = own.name.clone();
                let key = if id == data_key.id {
                    data_key.open_stream_key(&name, &sealed_key)?
                } else {
                    self.open_foreign_stream_key(&name, id, &sealed_key).await?
                };
                Arc::new(StreamEntry { name, stream, key, data_key: id, sealed_key, head_generation })
            }
        };
        let key = entry.key.clone();
        if entry.head_generation == head_generation {
            self.0.streams.insert(entry.name.clone(), entry);
        }
        Ok(key)
    }

    /// Opens the key of a stream that began under the data key of another subject. The append has just read the stream, so that key is
    /// not erased.
    async fn open_foreign_stream_key(&self, name: &StreamName, id: DataKeyId, sealed: &[u8]) -> Result<StreamKey> {
        if let Some(data_key) = self.0.by_id.get(&id) {
            return Ok(data_key.open_stream_key(name, sealed)?);
        }
        let mut tx = self.0.store.begin(name.org).await?;
        let row = sqlx::query("SELECT wrap_generation, wrapped_key FROM data_keys WHERE id = $1 AND org = $2")
            .bind(id.as_uuid())
            .bind(name.org.as_uuid())
            .fetch_optional(&mut *tx.inner)
            .await?
            .ok_or(Error::Inconsistent { table: "streams", fault: "a key whose data key is gone" })?;
        let row = Columns::of("data_keys", &row);
        let wrapped = WrappedKey { generation: row.get("wrap_generation")?, key: row.get("wrapped_key")? };
        self.open_stream_key(name, id, &wrapped, sealed).await
    }

    /// Opens a stored stream key.
    pub async fn open_stream_key(
        &self,
        name: &StreamName,
        data_key: DataKeyId,
        wrapped: &WrappedKey,
        sealed: &[u8],
    ) -> Result<StreamKey> {
        let data_key = self.data_key_by_id(name.org, data_key, wrapped).await?;
        Ok(data_key.open_stream_key(name, sealed)?)
    }
}
