//! The evidence document: the one file a partner keeps (`application/vnd.proveniq.evidence+json`).
//!
//! These types write documents; [`crate::verify::verify`] reads them. Members stand in the order in
//! which a person reads them.

mod tlog_proof;

use serde::{Serialize, Serializer};

use crate::body::Salt;
use crate::encoding::base64;
use crate::hash::Hash;
use crate::header::event_hash;
use crate::note::{NoteSigner, VerifierKey};
use crate::receipt::receipt_message;
use crate::region::LogOrigin;
use crate::stream::StreamKey;

/// The media type of evidence documents.
pub const MEDIA_TYPE: &str = "application/vnd.proveniq.evidence+json";

/// The version of the document formats.
pub(crate) const VERSION: u8 = 1;

/// One event, and what proves that the log holds it.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    version: u8,
    /// Which log.
    pub log: LogKeys,
    /// The event.
    pub event: EventText,
    /// What the header commits to, if it is disclosed and not erased.
    pub opening: Option<Opening>,
    /// Where the event stands in the checkpoint's tree, once it does.
    pub inclusion: Option<Inclusion>,
    /// The signed note, byte for byte.
    pub checkpoint: Option<String>,
    /// The promise to include the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Witnesses outside the log.
    anchors: Vec<Anchor>,
}

/// The log and the keys it says are its own: information, never trust.
#[derive(Debug, Clone, Serialize)]
pub struct LogKeys {
    /// The name of the log.
    pub origin: LogOrigin,
    /// Its keys.
    pub keys: Vec<VerifierKey>,
}

/// The header byte for byte, and its hash.
#[derive(Debug, Clone, Serialize)]
pub struct EventText {
    header: String,
    hash: Hash,
}

/// The disclosed body, with what ties it to the header.
#[derive(Debug, Clone, Serialize)]
pub struct Opening {
    #[serde(serialize_with = "disclose")]
    salt: Salt,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "disclose_stream")]
    stream_key: Option<StreamKey>,
}

/// A leaf's place and its audit path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inclusion {
    /// The leaf's index.
    pub index: u64,
    /// The audit path, from the leaf up.
    #[serde(serialize_with = "crate::base64_hashes::serialize")]
    pub hashes: Vec<Hash>,
}

/// A signature with the key that verifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The region's receipt key.
    pub key: VerifierKey,
    /// Ed25519 over what is receipted.
    #[serde(serialize_with = "signature")]
    pub signature: [u8; 64],
}

/// A third party's word that the checkpoint was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Anchor {
    /// A timestamp (RFC 3161) over the SHA-256 hash of the document's checkpoint: of the whole note, byte for byte.
    Rfc3161 {
        /// The `TimeStampToken` in DER.
        #[serde(serialize_with = "in_base64")]
        token: Vec<u8>,
    },
}

impl Evidence {
    /// What the answer to an append holds: the promise, and no inclusion yet.
    pub fn receipted(log: LogKeys, event: EventText, opening: Opening, receipt: Receipt) -> Self {
        Self { opening: Some(opening), receipt: Some(receipt), ..Self::closed(log, event) }
    }

    /// The event with its proof under a checkpoint's note.
    pub fn included(
        log: LogKeys,
        event: EventText,
        opening: Option<Opening>,
        inclusion: Inclusion,
        checkpoint: String,
    ) -> Self {
        Self { opening, inclusion: Some(inclusion), checkpoint: Some(checkpoint), ..Self::closed(log, event) }
    }

    /// The same with the receipt beside the proof.
    #[must_use]
    pub fn with_receipt(self, receipt: Receipt) -> Self {
        Self { receipt: Some(receipt), ..self }
    }

    /// The same with an anchor of its checkpoint.
    #[must_use]
    pub fn with_anchor(mut self, anchor: Anchor) -> Self {
        self.anchors.push(anchor);
        self
    }

    const fn closed(log: LogKeys, event: EventText) -> Self {
        Self {
            version: VERSION,
            log,
            event,
            opening: None,
            inclusion: None,
            checkpoint: None,
            receipt: None,
            anchors: Vec::new(),
        }
    }
}

impl EventText {
    /// The event with this header.
    pub fn new(header: String) -> Self {
        let hash = event_hash(header.as_bytes());
        Self { header, hash }
    }

    /// The header, byte for byte.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The event hash.
    pub const fn hash(&self) -> Hash {
        self.hash
    }
}

impl Opening {
    /// Discloses a canonical body; an event of a claim needs its stream key too.
    pub const fn new(salt: Salt, body: String, stream_key: Option<StreamKey>) -> Self {
        Self { salt, body, stream_key }
    }
}

impl Receipt {
    /// Promises inclusion of an event.
    pub fn sign(signer: &NoteSigner, event_hash: &Hash) -> Self {
        Self { key: signer.verifier().clone(), signature: signer.sign_bytes(&receipt_message(event_hash)) }
    }
}

fn disclose<S: Serializer>(salt: &Salt, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&salt.disclose())
}

#[expect(clippy::ref_option, reason = "serde passes the member as it is")]
fn disclose_stream<S: Serializer>(key: &Option<StreamKey>, to: S) -> Result<S::Ok, S::Error> {
    key.as_ref().map(StreamKey::disclose).serialize(to)
}

pub(crate) fn signature<S: Serializer>(bytes: &[u8; 64], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&base64(bytes))
}

fn in_base64<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&base64(bytes))
}
