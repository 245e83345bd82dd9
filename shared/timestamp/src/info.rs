//! What an authority signs: `TSTInfo` (RFC 3161 §2.4.2).

use der::asn1::{Any, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use truth_kernel::hash::sha256;
use truth_kernel::time::Timestamp;
use x509_cert::ext::Extensions;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::algorithm::SHA_256;
use crate::error::TokenError;
use crate::gen_time;
use crate::token::Demands;

#[derive(Clone, Debug, Sequence)]
pub(crate) struct MessageImprint {
    pub hash_algorithm: AlgorithmIdentifierOwned,
    pub hashed_message: OctetString,
}

#[derive(Clone, Debug, Sequence)]
pub(crate) struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Clone, Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

impl TstInfo {
    /// Reads all of `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        let info = Self::from_der(bytes)?;
        if info.version != 1 {
            return Err(TokenError::Form("its version is not 1"));
        }
        if info.extensions.iter().flatten().any(|extension| extension.critical) {
            return Err(TokenError::CriticalExtension);
        }
        Ok(info)
    }

    /// Whether it stamps these bytes, as demanded.
    pub fn check(&self, stamped: &[u8], demands: &Demands) -> Result<(), TokenError> {
        let imprint = &self.message_imprint;
        let is_sha256 = imprint.hash_algorithm.oid == SHA_256;
        if !is_sha256 || imprint.hashed_message.as_bytes() != sha256(&[stamped]).as_bytes() {
            return Err(TokenError::OtherBytes);
        }
        if let Some(policy) = demands.policy.filter(|policy| policy.0 != self.policy) {
            return Err(TokenError::OtherPolicy(format!("{} and not {policy}", self.policy)));
        }
        match demands.nonce {
            Some(nonce) if !self.repeats(nonce)? => Err(TokenError::OtherNonce),
            _ => Ok(()),
        }
    }

    /// The time that the authority vouches for.
    pub fn time(&self) -> Result<Timestamp, TokenError> {
        gen_time::parse(&self.gen_time)
    }

    fn repeats(&self, nonce: u64) -> Result<bool, der::Error> {
        Ok(self.nonce == Some(Int::from_der(&nonce.to_der()?)?))
    }
}
