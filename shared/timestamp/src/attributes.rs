//! The attributes that the signature covers: content type, message digest (RFC 5652 §11) and the signer's certificate, by its SHA-1 hash
//! (`ESSCertID`, RFC 2634) or another one (`ESSCertIDv2`, RFC 5035).

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use sha1::{Digest as _, Sha1};
use x509_cert::attr::Attributes;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::algorithm::HashFunction;
use crate::error::TokenError;
use crate::signed::TST_INFO;

const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

#[derive(Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

#[derive(Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

#[derive(Sequence)]
struct EssCertIdV2 {
    /// SHA-256 where it is missing.
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// Whether the attributes are those of a timestamp over this content by this certificate (in DER).
pub(crate) fn check(
    attributes: &Attributes,
    digest: HashFunction,
    content: &[u8],
    certificate: &[u8],
) -> Result<(), TokenError> {
    let content_type: ObjectIdentifier = only(attributes, CONTENT_TYPE, "contentType")?;
    if content_type != TST_INFO {
        return Err(TokenError::Attribute("contentType"));
    }
    let message_digest: OctetString = only(attributes, MESSAGE_DIGEST, "messageDigest")?;
    if message_digest.as_bytes() != digest.digest(content) {
        return Err(TokenError::OtherContent);
    }
    if names_signer(attributes, certificate)? { Ok(()) } else { Err(TokenError::OtherCertificate) }
}

/// One of the two must be there, and each that is must name the certificate first. Its hash alone decides.
fn names_signer(attributes: &Attributes, certificate: &[u8]) -> Result<bool, TokenError> {
    const NAME: &str = "signingCertificate";
    let is_there = |oid| attributes.iter().any(|attribute| attribute.oid == oid);
    let (v1, v2) = (is_there(SIGNING_CERTIFICATE), is_there(SIGNING_CERTIFICATE_V2));
    if !v1 && !v2 {
        return Err(TokenError::Attribute(NAME));
    }
    if v1 {
        let named: SigningCertificate = only(attributes, SIGNING_CERTIFICATE, NAME)?;
        let first = named.certs.first().ok_or(TokenError::Attribute(NAME))?;
        if first.cert_hash.as_bytes() != Sha1::digest(certificate).as_slice() {
            return Ok(false);
        }
    }
    if v2 {
        let named: SigningCertificateV2 = only(attributes, SIGNING_CERTIFICATE_V2, NAME)?;
        let first = named.certs.first().ok_or(TokenError::Attribute(NAME))?;
        let hash = first.hash_algorithm.as_ref().map_or(Ok(HashFunction::Sha256), HashFunction::of)?;
        return Ok(first.cert_hash.as_bytes() == hash.digest(certificate));
    }
    Ok(true)
}

/// The only value of the only attribute of this type.
fn only<T>(attributes: &Attributes, oid: ObjectIdentifier, name: &'static str) -> Result<T, TokenError>
where
    T: for<'d> Decode<'d>,
{
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return Err(TokenError::Attribute(name));
    };
    match attribute.values.as_slice() {
        [value] => T::from_der(&value.to_der()?).map_err(|_| TokenError::Attribute(name)),
        _ => Err(TokenError::Attribute(name)),
    }
}
