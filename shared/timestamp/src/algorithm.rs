//! Hashes and signatures by their object identifiers: SHA-256/384/512; RSA PKCS#1 v1.5 and ECDSA over P-256 and P-384.

use der::asn1::{Any, ObjectIdentifier};
use rustls_pki_types::SignatureVerificationAlgorithm;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use webpki::ring;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::error::TokenError;

pub(crate) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

/// What signs certificates and tokens.
pub(crate) type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// A hash function of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashFunction {
    Sha256,
    Sha384,
    Sha512,
}

impl HashFunction {
    /// By its identifier, whatever its parameters.
    pub fn of(identifier: &AlgorithmIdentifierOwned) -> Result<Self, TokenError> {
        match identifier.oid {
            SHA_256 => Ok(Self::Sha256),
            SHA_384 => Ok(Self::Sha384),
            SHA_512 => Ok(Self::Sha512),
            other => Err(TokenError::Algorithm(other.to_string())),
        }
    }

    /// The digest of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// The algorithms that a signature may be of, one for each kind of key. `rsaEncryption` alone means RSA with the hash of the digest
/// (RFC 3370 §3.2); an identifier that names a hash must name the digest's.
pub(crate) fn signature_algorithms(
    identifier: &AlgorithmIdentifierOwned,
    digest: HashFunction,
) -> Result<&'static [Algorithm], TokenError> {
    use HashFunction::{Sha256, Sha384, Sha512};
    match (identifier.oid, digest) {
        (RSA | RSA_SHA_256, Sha256) => Ok(WITH_RSA_SHA_256),
        (RSA | RSA_SHA_384, Sha384) => Ok(WITH_RSA_SHA_384),
        (RSA | RSA_SHA_512, Sha512) => Ok(WITH_RSA_SHA_512),
        (ECDSA_SHA_256, Sha256) => Ok(WITH_ECDSA_SHA_256),
        (ECDSA_SHA_384, Sha384) => Ok(WITH_ECDSA_SHA_384),
        (other, _) => Err(TokenError::Algorithm(other.to_string())),
    }
}

static WITH_RSA_SHA_256: &[Algorithm] = &[ring::RSA_PKCS1_2048_8192_SHA256];
static WITH_RSA_SHA_384: &[Algorithm] = &[ring::RSA_PKCS1_2048_8192_SHA384];
static WITH_RSA_SHA_512: &[Algorithm] = &[ring::RSA_PKCS1_2048_8192_SHA512];
static WITH_ECDSA_SHA_256: &[Algorithm] = &[ring::ECDSA_P256_SHA256, ring::ECDSA_P384_SHA256];
static WITH_ECDSA_SHA_384: &[Algorithm] = &[ring::ECDSA_P256_SHA384, ring::ECDSA_P384_SHA384];

/// Everything that the signatures of a chain may be of.
pub(crate) static CHAIN_ALGORITHMS: &[Algorithm] = &[
    ring::RSA_PKCS1_2048_8192_SHA256,
    ring::RSA_PKCS1_2048_8192_SHA384,
    ring::RSA_PKCS1_2048_8192_SHA512,
    ring::ECDSA_P256_SHA256,
    ring::ECDSA_P256_SHA384,
    ring::ECDSA_P384_SHA256,
    ring::ECDSA_P384_SHA384,
];

/// SHA-256 with the NULL that most authorities expect beside it.
pub(crate) fn sha256_identifier() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA_256, parameters: Some(Any::null()) }
}
