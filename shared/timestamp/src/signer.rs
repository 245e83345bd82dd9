//! The signer of a token: his signature, and whether he may give the time.

use der::Encode;
use der::asn1::ObjectIdentifier;
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::algorithm::{HashFunction, signature_algorithms};
use crate::error::TokenError;
use crate::signed::Signed;
use crate::{attributes, roots::Roots};

/// `id-kp-timeStamping`.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// Whether the token is signed by an authority that one of the roots vouched for at `unix_seconds`. Answers with the authority's name.
pub(crate) fn check(token: &Signed, unix_seconds: u64, roots: &Roots) -> Result<String, TokenError> {
    let certificate = token.signer_certificate()?;
    let certificate_der = CertificateDer::from(certificate.to_der()?);
    check_signature(token, &certificate_der)?;
    check_purpose(certificate)?;
    let others: Result<Vec<_>, _> =
        token.certificates.iter().map(|other| other.to_der().map(CertificateDer::from)).collect();
    roots.check(&certificate_der, &others?, unix_seconds).map_err(TokenError::Chain)?;
    Ok(certificate.tbs_certificate().subject().to_string())
}

fn check_signature(token: &Signed, certificate: &CertificateDer<'_>) -> Result<(), TokenError> {
    let signer = &token.signer;
    let digest = HashFunction::of(&signer.digest_alg)?;
    let covered = signer.signed_attrs.as_ref().ok_or(TokenError::Form("its attributes are not signed"))?;
    attributes::check(covered, digest, &token.content, certificate)?;
    let key = EndEntityCert::try_from(certificate).map_err(TokenError::Chain)?;
    let (message, signature) = (token.signed_bytes()?, signer.signature.as_bytes());
    let algorithms = signature_algorithms(&signer.signature_algorithm, digest)?;
    let verifies = algorithms.iter().any(|algorithm| key.verify_signature(*algorithm, &message, signature).is_ok());
    if verifies { Ok(()) } else { Err(TokenError::Signature) }
}

/// RFC 3161 §2.3: the key purpose is timestamps, nothing else, and critical.
fn check_purpose(certificate: &Certificate) -> Result<(), TokenError> {
    match certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
        Ok(Some((true, usage))) if usage.0 == [TIME_STAMPING] => Ok(()),
        _ => Err(TokenError::Purpose),
    }
}
