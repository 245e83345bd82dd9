//! A `TimeStampReq` (RFC 3161 §2.4.1).

use std::fmt;
use std::str::FromStr;

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Encode, Sequence};
use thiserror::Error;
use truth_kernel::hash::sha256;

use crate::algorithm::sha256_identifier;
use crate::info::MessageImprint;

/// The policy under which an authority stamps: an object identifier such as `1.3.6.1.4.1.13762.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyId(pub(crate) ObjectIdentifier);

/// A text that is not a [`PolicyId`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an object identifier such as 1.2.3.4")]
pub struct NotAPolicyId;

impl FromStr for PolicyId {
    type Err = NotAPolicyId;

    fn from_str(text: &str) -> Result<Self, NotAPolicyId> {
        ObjectIdentifier::new(text).map(Self).map_err(|_| NotAPolicyId)
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Asks for a timestamp over the SHA-256 hash of some bytes, with the authority's certificate in the token.
#[derive(Clone, Debug)]
pub struct Request(TimeStampReq);

#[derive(Clone, Debug, Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    req_policy: Option<ObjectIdentifier>,
    nonce: u64,
    cert_req: bool,
}

impl Request {
    /// Over these bytes; the nonce is random, and the token must repeat it.
    pub fn new(stamped: &[u8], nonce: u64, policy: Option<PolicyId>) -> Result<Self, der::Error> {
        let message_imprint = MessageImprint {
            hash_algorithm: sha256_identifier(),
            hashed_message: OctetString::new(sha256(&[stamped]).as_bytes().as_slice())?,
        };
        let req_policy = policy.map(|policy| policy.0);
        Ok(Self(TimeStampReq { version: 1, message_imprint, req_policy, nonce, cert_req: true }))
    }

    /// The request as it is sent.
    pub fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        self.0.to_der()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use truth_kernel::encoding::hex;

    use super::{PolicyId, Request};

    #[test]
    fn a_request_has_the_bytes_of_rfc_3161() {
        let imprint =
            "3031300d060960864801650304020105000420ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let plain = Request::new(b"abc", 0x80, None).unwrap().to_der().unwrap();
        assert_eq!(hex(&plain), format!("303d020101{imprint}020200800101ff"));
        let policy = "1.2.3.4".parse::<PolicyId>().unwrap();
        let with_policy = Request::new(b"abc", 1, Some(policy)).unwrap().to_der().unwrap();
        assert_eq!(hex(&with_policy), format!("3041020101{imprint}06032a03040201010101ff"));
    }

    #[test]
    fn a_policy_is_an_object_identifier() {
        assert_eq!("1.3.6.1.4.1.13762.3".parse::<PolicyId>().unwrap().to_string(), "1.3.6.1.4.1.13762.3");
        for other in ["", "1", "x", "1.2.", "4.1.2"] {
            assert!(other.parse::<PolicyId>().is_err(), "{other}");
        }
    }
}
