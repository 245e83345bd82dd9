//! Claim streams: the history of one claim.

use truth_kernel::body::ClaimId;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::id::{DataKeyId, OrgId};
use truth_kernel::stream::StreamKey;

use crate::database::Tx;
use crate::error::Result;
use crate::row::Columns;
use crate::vault::{Vault, WrappedKey};

/// Which claim, of whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    /// The organization.
    pub org: OrgId,
    /// Live or test.
    pub mode: Mode,
    /// The claim.
    pub claim: ClaimId,
}

/// A claim's stream with its secret key.
#[derive(Debug)]
pub(crate) struct StreamEntry {
    pub name: StreamName,
    pub stream: Hash,
    pub key: StreamKey,
    pub data_key: DataKeyId,
    pub sealed_key: Vec<u8>,
    pub head_generation: u64,
}

/// A stored stream: its pseudonym, its head, and its sealed key.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Which claim.
    pub name: StreamName,
    /// The pseudonym.
    pub stream: Hash,
    /// How many events it has.
    pub seq: u64,
    /// The hash of its last event.
    pub hash: Hash,
    sealed: SealedStreamKey,
}

/// A stream's secret key as it is stored.
#[derive(Clone, Debug)]
pub struct SealedStreamKey {
    data_key: DataKeyId,
    wrapped: WrappedKey,
    sealed: Vec<u8>,
}

impl Stream {
    /// Opens the stream's key.
    pub async fn key(&self, vault: &Vault) -> Result<StreamKey> {
        self.sealed.open(vault, &self.name).await
    }
}

impl SealedStreamKey {
    /// Opens the key of the stream of this name.
    pub async fn open(&self, vault: &Vault, name: &StreamName) -> Result<StreamKey> {
        vault.open_stream_key(name, self.data_key, &self.wrapped, &self.sealed).await
    }

    /// From the columns that stand beside an event; none where the stream or its data key is gone.
    pub(crate) fn beside(row: &Columns<'_>) -> Result<Option<Self>> {
        let (Some(sealed), Some(key)) = (row.get("stream_sealed_key")?, row.get("stream_wrapped_key")?) else {
            return Ok(None);
        };
        let wrapped = WrappedKey { generation: row.get("stream_wrap_generation")?, key };
        Ok(Some(Self { data_key: row.id("stream_data_key")?, wrapped, sealed }))
    }
}

impl Tx {
    /// The stream of a claim, unless there is none or it was erased.
    pub async fn stream(&mut self, mode: Mode, claim: &ClaimId) -> Result<Option<Stream>> {
        let row = sqlx::query(
            "SELECT s.stream, s.seq, s.hash, s.data_key, s.sealed_key, k.wrap_generation, k.wrapped_key
             FROM streams s JOIN data_keys k ON k.id = s.data_key WHERE s.org = $1 AND s.mode = $2 AND s.claim_id = $3",
        )
        .bind(self.org.as_uuid())
        .bind(mode.as_str())
        .bind(claim.as_str())
        .fetch_optional(&mut *self.inner)
        .await?;
        let name = StreamName { org: self.org, mode, claim: claim.clone() };
        row.map(|row| {
            let row = Columns::of("streams", &row);
            Ok(Stream {
                name,
                stream: row.hash("stream")?,
                seq: row.size("seq")?,
                hash: row.hash("hash")?,
                sealed: SealedStreamKey {
                    data_key: row.id("data_key")?,
                    wrapped: WrappedKey { generation: row.get("wrap_generation")?, key: row.get("wrapped_key")? },
                    sealed: row.get("sealed_key")?,
                },
            })
        })
        .transpose()
    }
}
