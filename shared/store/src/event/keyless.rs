//! An event without the keys that open it: all that a replica may be asked for.

use sqlx::postgres::PgRow;
use truth_kernel::body::ClaimId;
use truth_kernel::hash::Hash;
use truth_kernel::header::Header;
use truth_kernel::id::DataKeyId;
use truth_kernel::region::LogOrigin;

use super::{StoredEvent, StoredPayload};
use crate::error::Result;
use crate::row::Columns;
use crate::stream::SealedStreamKey;
use crate::vault::{SealedPayload, WrappedKey};

/// Header, sealed body and place of an event.
#[derive(Debug)]
pub(crate) struct KeylessEvent {
    pub header: Header,
    pub leaf: Option<u64>,
    /// None once it was erased.
    pub body: Option<KeylessBody>,
    header_text: String,
    hash: Hash,
}

/// The erasable row of an event.
#[derive(Debug)]
pub(crate) struct KeylessBody {
    data_key: DataKeyId,
    claim: Option<ClaimId>,
    receipt_key: String,
    envelope: Vec<u8>,
}

/// What opens a body, and its claim's stream.
#[derive(Debug)]
pub(crate) struct Keys {
    wrapped: WrappedKey,
    stream: Option<SealedStreamKey>,
}

impl KeylessEvent {
    pub fn read(row: &PgRow) -> Result<Self> {
        let row = Columns::of("ledger_events", row);
        let header_text: String = row.get("header")?;
        let header = Header::parse(&header_text).map_err(|_| row.fault("a header that does not parse"))?;
        Ok(Self {
            leaf: leaf(&row, &header.log)?,
            body: KeylessBody::read(&row)?,
            hash: row.hash("hash")?,
            header,
            header_text,
        })
    }

    /// The event as it is stored; erased without keys.
    pub fn with_keys(self, keys: Option<Keys>) -> StoredEvent {
        let payload = self.body.zip(keys).map(|(body, keys)| StoredPayload {
            sealed: SealedPayload { data_key: body.data_key, wrapped: keys.wrapped, envelope: body.envelope },
            claim: body.claim,
            stream_key: keys.stream,
            receipt_key: body.receipt_key,
        });
        let Self { header_text, header, hash, leaf, .. } = self;
        StoredEvent { header_text, header, hash, payload, leaf }
    }
}

impl KeylessBody {
    /// None once the row is gone.
    fn read(row: &Columns<'_>) -> Result<Option<Self>> {
        let Some(envelope) = row.get("envelope")? else {
            return Ok(None);
        };
        let claim: Option<&str> = row.get("claim_id")?;
        let claim = claim.map(|claim| claim.parse().map_err(|_| row.fault("a claim id that does not parse")));
        let (data_key, receipt_key) = (row.id("data_key")?, row.get("receipt_key")?);
        Ok(Some(Self { data_key, claim: claim.transpose()?, receipt_key, envelope }))
    }
}

impl Keys {
    /// From the columns [`super::KEYS`]; none once the data key is gone.
    pub fn beside(row: &Columns<'_>) -> Result<Option<Self>> {
        let Some(key) = row.get("wrapped_key")? else {
            return Ok(None);
        };
        let wrapped = WrappedKey { generation: row.get("wrap_generation")?, key };
        Ok(Some(Self { wrapped, stream: SealedStreamKey::beside(row)? }))
    }
}

fn leaf(row: &Columns<'_>, log: &LogOrigin) -> Result<Option<u64>> {
    if row.get::<Option<i64>>("leaf")?.is_none() {
        return Ok(None);
    }
    if row.get::<&str>("leaf_log")? != log.as_str() {
        return Err(row.fault("an event that was sealed into another log"));
    }
    row.size("leaf").map(Some)
}
