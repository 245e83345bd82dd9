//! Why a response or a token is refused.

use thiserror::Error;

/// What an authority says of a request that it did not grant (RFC 3161 §2.4.2).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// It does not know the hash algorithm.
    #[error("unrecognized or unsupported algorithm")]
    BadAlg,
    /// It does not allow or support the transaction.
    #[error("transaction not permitted or supported")]
    BadRequest,
    /// It cannot read the request.
    #[error("the data submitted has the wrong format")]
    BadDataFormat,
    /// It has no time to give.
    #[error("the time source is not available")]
    TimeNotAvailable,
    /// It does not stamp under the policy that was asked for.
    #[error("the requested policy is not supported")]
    UnacceptedPolicy,
    /// It does not know an extension.
    #[error("the requested extension is not supported")]
    UnacceptedExtension,
    /// It does not have the additional information.
    #[error("the additional information is not available")]
    AddInfoNotAvailable,
    /// It is in trouble.
    #[error("a system failure")]
    SystemFailure,
    /// No reason, or one that RFC 3161 does not have.
    #[error("no known reason")]
    Unknown,
}

/// A response without a token.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ResponseError {
    /// The bytes are not a `TimeStampResp`.
    #[error("not a response: {0}")]
    Malformed(der::Error),
    /// The authority refused, with a `PKIStatus`.
    #[error("the authority refused with status {status}: {failure}")]
    Refused {
        /// 2 rejection, 3 waiting, 4 revocation warning, 5 revocation notification.
        status: u32,
        /// Its reason.
        failure: Failure,
    },
    /// It granted, and sent no token.
    #[error("the request was granted, but there is no token")]
    NoToken,
}

/// A token that does not prove that the bytes were there at its time.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TokenError {
    /// The bytes are not a token.
    #[error("not a token: {0}")]
    Malformed(#[from] der::Error),
    /// Signed data, but not of a timestamp; or not in the form that RFC 3161 prescribes.
    #[error("not a token: {0}")]
    Form(&'static str),
    /// It stamps the hash of other bytes, or not with SHA-256.
    #[error("it stamps other bytes")]
    OtherBytes,
    /// It answers another request.
    #[error("it has another nonce than the request")]
    OtherNonce,
    /// It was issued under another policy.
    #[error("it was issued under another policy: {0}")]
    OtherPolicy(String),
    /// It must be understood as a whole, and holds an extension that is not.
    #[error("it has a critical extension that is not known")]
    CriticalExtension,
    /// The signer's certificate is not in it.
    #[error("the signer's certificate is not in it")]
    NoCertificate,
    /// An attribute that the signature must cover is missing, there twice, or of another form.
    #[error("the signed attribute {0} is missing or malformed")]
    Attribute(&'static str),
    /// What is signed is the digest of another content.
    #[error("the signature is of another content")]
    OtherContent,
    /// The signed attributes name another certificate than the signer's.
    #[error("the signed attributes name another certificate")]
    OtherCertificate,
    /// A hash or signature algorithm that is not supported.
    #[error("the algorithm {0} is not supported")]
    Algorithm(String),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The certificate is not one of an authority for timestamps: the key purpose `id-kp-timeStamping`, alone and critical (RFC 3161 §2.3).
    #[error("the signer's certificate is not for timestamps alone")]
    Purpose,
    /// At the time of the token, no chain led from the certificate to a trusted root.
    #[error("the signer's certificate was not trusted at that time: {0}")]
    Chain(webpki::Error),
}

impl TokenError {
    /// Whether everything fits but for the roots: somebody signed whom none of them vouches for. A root of the right name with another
    /// key is another root.
    pub fn is_of_a_stranger(&self) -> bool {
        matches!(self, Self::Chain(webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey))
    }
}
