//! Whom the caller trusts to appoint authorities.

use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use thiserror::Error;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::algorithm::CHAIN_ALGORITHMS;

/// `id-kp-timeStamping`, the bytes of its encoding.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

/// Trusted root certificates. As trust anchors they have no period of validity (RFC 5280 §6.1.1): who trusts one decides for how long.
#[derive(Clone, Debug)]
pub struct Roots(Vec<TrustAnchor<'static>>);

/// Text that holds no trusted roots.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RootsError {
    /// It is broken PEM.
    #[error("not certificates in PEM: {0}")]
    Pem(String),
    /// There is no `BEGIN CERTIFICATE` in it.
    #[error("there is no certificate in it")]
    Empty,
    /// One of them is not a certificate that can be trusted.
    #[error("certificate {0} in it is not one: {1}")]
    Certificate(usize, webpki::Error),
}

impl Roots {
    /// The certificates of a PEM file, one or more.
    pub fn from_pem(text: &[u8]) -> Result<Self, RootsError> {
        let mut roots = Vec::new();
        for (at, certificate) in CertificateDer::pem_slice_iter(text).enumerate() {
            let certificate = certificate.map_err(|error| RootsError::Pem(error.to_string()))?;
            let anchor = anchor_from_trusted_cert(&certificate);
            roots.push(anchor.map_err(|error| RootsError::Certificate(at + 1, error))?.to_owned());
        }
        if roots.is_empty() { Err(RootsError::Empty) } else { Ok(Self(roots)) }
    }

    /// Whether a chain leads from the certificate to a root, each link valid at that time.
    pub(crate) fn check(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        unix_seconds: u64,
    ) -> Result<(), webpki::Error> {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(unix_seconds));
        // The signer's own purpose is checked more strictly; an authority between him and a root need not have any.
        let usage = KeyUsage::required_if_present(TIME_STAMPING);
        let certificate = EndEntityCert::try_from(certificate)?;
        certificate.verify_for_usage(CHAIN_ALGORITHMS, &self.0, others, time, usage, None, None).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::{Roots, RootsError};

    #[test]
    fn what_holds_no_certificate_is_no_file_of_roots() {
        assert_eq!(Roots::from_pem(b"").err(), Some(RootsError::Empty));
        assert_eq!(Roots::from_pem(b"# nothing\n").err(), Some(RootsError::Empty));
        let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(matches!(Roots::from_pem(broken), Err(RootsError::Pem(_))));
        let other = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Roots::from_pem(other), Err(RootsError::Certificate(1, _))));
    }
}
