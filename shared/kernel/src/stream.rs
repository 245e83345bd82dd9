//! A claim's stream: the name that ties its events together, and the signed head of its history.

use crate::body::ClaimId;
use crate::fixed::{FormError, Reader};
use crate::hash::{Hash, hmac_sha256, sha256};
use crate::region::LogOrigin;
use crate::secret::secret;
use crate::signature::{PublicKey, SignatureError, SigningKey};

const STREAM_ID: &[u8] = b"proveniq/v1/stream\0";
const HEAD: &[u8] = b"proveniq/v1/head\0";

const HASH: &str = r#"{"hash":""#;
const LOG: &str = r#"","log":""#;
const SIZE: &str = r#"","size":"#;
const STREAM: &str = r#","stream":""#;
const STREAM_SEQ: &str = r#"","stream_seq":"#;
const END: &str = "}";

secret! {
    /// 32 random bytes per claim; who has them can tell that a stream is this claim's, and no other's.
    StreamKey
}

/// The name of a claim's stream: `HMAC-SHA256(stream key, "proveniq/v1/stream\0" ‖ claim id)`.
pub fn stream_id(key: &StreamKey, claim: &ClaimId) -> Hash {
    hmac_sha256(key.as_bytes(), &[STREAM_ID, claim.as_str().as_bytes()])
}

/// The end of a claim's history in a log of this size: signed, it makes a hidden tail a provable lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamHead {
    /// The event hash of the last event.
    pub hash: Hash,
    /// The log.
    pub log: LogOrigin,
    /// The size of the log for which it holds: 0 before the first checkpoint, at most 2^53.
    pub size: u64,
    /// The stream.
    pub stream: Hash,
    /// The place of the last event in the stream, from 1, at most 2^53.
    pub stream_seq: u64,
}

impl StreamHead {
    /// The statement that is signed, in canonical form.
    pub fn statement(&self) -> String {
        let Self { hash, log, size, stream, stream_seq } = self;
        format!("{HASH}{hash}{LOG}{log}{SIZE}{size}{STREAM}{stream}{STREAM_SEQ}{stream_seq}{END}")
    }

    /// Parses what [`StreamHead::statement`] writes and nothing else.
    pub fn parse(statement: &str) -> Result<Self, FormError> {
        let mut reader = Reader::new(statement);
        let head = Self {
            hash: reader.string(HASH)?,
            log: reader.string(LOG)?,
            size: reader.size(SIZE)?,
            stream: reader.string(STREAM)?,
            stream_seq: reader.position(STREAM_SEQ)?,
        };
        reader.end(END)?;
        Ok(head)
    }

    /// The bytes under the signature: `"proveniq/v1/head\0" ‖ SHA-256(statement)`.
    pub fn signed_bytes(&self) -> Vec<u8> {
        [HEAD, sha256(&[self.statement().as_bytes()]).as_bytes()].concat()
    }

    /// Signs the head with the region's receipt key.
    pub fn sign(&self, key: &SigningKey) -> [u8; 64] {
        key.sign(&self.signed_bytes())
    }

    /// Verifies the signature of a head.
    pub fn verify(&self, key: &PublicKey, signature: &[u8; 64]) -> Result<(), SignatureError> {
        key.verify_strict(&self.signed_bytes(), signature)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::canonical::Canonical;
    use proptest::prelude::*;

    prop_compose! {
        fn any_head()(hash: [u8; 32], stream: [u8; 32], size in 0_u64..=1 << 53, stream_seq in 1_u64..=1 << 53) -> StreamHead {
            StreamHead {
                hash: Hash::from_bytes(hash),
                log: "ledger.example/us-east1/1".parse().unwrap(),
                size,
                stream: Hash::from_bytes(stream),
                stream_seq,
            }
        }
    }

    proptest! {
        #[test]
        fn a_head_is_its_statement_which_is_canonical(head in any_head()) {
            let statement = head.statement();
            prop_assert_eq!(Canonical::from_json(statement.as_bytes()).unwrap().into_string(), statement.clone());
            prop_assert_eq!(StreamHead::parse(&statement).unwrap(), head);
        }

        #[test]
        fn a_changed_statement_is_refused_or_another_head(head in any_head(), at: prop::sample::Index, byte in b' '..=b'~') {
            let mut changed = head.statement().into_bytes();
            let index = at.index(changed.len());
            prop_assume!(changed[index] != byte);
            changed[index] = byte;
            let changed = String::from_utf8(changed).unwrap();
            if let Ok(other) = StreamHead::parse(&changed) {
                prop_assert_eq!(other.statement(), changed);
                let key = SigningKey::from_seed(&[1; 32]);
                let verdict = other.verify(&key.public(), &head.sign(&key));
                prop_assert_eq!(verdict, Err(SignatureError::Mismatch));
            }
        }

        #[test]
        fn streams_differ_by_claim_and_by_key(claim in "[a-z]{1,9}", other in "[a-z]{1,9}", key: [u8; 32]) {
            prop_assume!(claim != other);
            let (claim, other): (ClaimId, ClaimId) = (claim.parse().unwrap(), other.parse().unwrap());
            let mut other_key = key;
            other_key[31] ^= 1;
            let stream = stream_id(&StreamKey::from_bytes(key), &claim);
            prop_assert_ne!(stream, stream_id(&StreamKey::from_bytes(key), &other));
            prop_assert_ne!(stream, stream_id(&StreamKey::from_bytes(other_key), &claim));
        }
    }
}
