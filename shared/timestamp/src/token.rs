//! A `TimeStampToken`: an authority's signature over a hash and the time.

use truth_kernel::time::Timestamp as Time;

use crate::error::TokenError;
use crate::info::TstInfo;
use crate::request::PolicyId;
use crate::roots::Roots;
use crate::signed::Signed;
use crate::signer;

/// A token in DER, as an authority sent it or a file holds it. Nothing is believed before [`Token::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Vec<u8>);

/// What a token must answer beside stamping the right bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demands {
    /// The nonce of the request, where the request is known.
    pub nonce: Option<u64>,
    /// The policy, where only one will do.
    pub policy: Option<PolicyId>,
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// When the bytes were there at the latest (`genTime`, in whole milliseconds).
    pub time: Time,
    /// The name of the authority: the subject of its certificate (RFC 4514).
    pub authority: String,
}

impl Token {
    /// A token with these bytes, whatever they are.
    pub const fn from_der(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Whether an authority that one of `roots` vouches for says that `stamped` was there: imprint, nonce, policy, the signed attributes,
    /// the signature, the key purpose, and the chain of certificates at `genTime`.
    pub fn verify(&self, stamped: &[u8], demands: &Demands, roots: &Roots) -> Result<Timestamp, TokenError> {
        let signed = Signed::parse(&self.0)?;
        let info = TstInfo::parse(&signed.content)?;
        info.check(stamped, demands)?;
        let time = info.time()?;
        let unix_seconds = u64::try_from(time.millis().div_euclid(1000));
        let unix_seconds = unix_seconds.map_err(|_| TokenError::Form("its time is before 1970"))?;
        let authority = signer::check(&signed, unix_seconds, roots)?;
        Ok(Timestamp { time, authority })
    }
}
