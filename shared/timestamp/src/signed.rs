//! The signed data around a `TSTInfo` (RFC 5652 §5): one signer, and his certificate beside him.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::error::TokenError;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// `id-ct-TSTInfo`.
pub(crate) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// The parts of a token.
pub(crate) struct Signed {
    /// The `TSTInfo`, byte for byte.
    pub content: Vec<u8>,
    /// Who signed.
    pub signer: SignerInfo,
    /// The certificates beside the signature, in no order.
    pub certificates: Vec<Certificate>,
}

impl Signed {
    /// Reads a token as a whole.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        let outer = ContentInfo::from_der(bytes)?;
        if outer.content_type != SIGNED_DATA {
            return Err(TokenError::Form("it is not signed"));
        }
        let data: SignedData = outer.content.decode_as()?;
        if data.encap_content_info.econtent_type != TST_INFO {
            return Err(TokenError::Form("it does not sign a time"));
        }
        let content = data.encap_content_info.econtent.ok_or(TokenError::Form("it is empty"))?;
        let content: OctetString = content.decode_as()?;
        let mut signers = data.signer_infos.0.into_vec().into_iter();
        let (Some(signer), None) = (signers.next(), signers.next()) else {
            return Err(TokenError::Form("it does not have exactly one signer"));
        };
        let choices = data.certificates.into_iter().flat_map(|set| set.0.into_vec());
        let certificates = choices.filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate),
            CertificateChoices::Other(_) => None,
        });
        Ok(Self { content: content.into_bytes().into(), signer, certificates: certificates.collect() })
    }

    /// The certificate that the signer says is his.
    pub fn signer_certificate(&self) -> Result<&Certificate, TokenError> {
        let is_named = |certificate: &&Certificate| is_named(&self.signer.sid, certificate);
        self.certificates.iter().find(is_named).ok_or(TokenError::NoCertificate)
    }

    /// What the signature is over: the signed attributes as the set that they are (RFC 5652 §5.4).
    pub fn signed_bytes(&self) -> Result<Vec<u8>, TokenError> {
        let attributes = self.signer.signed_attrs.as_ref().ok_or(TokenError::Form("its attributes are not signed"))?;
        Ok(attributes.to_der()?)
    }
}

fn is_named(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let certificate = certificate.tbs_certificate();
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == *certificate.issuer() && named.serial_number == *certificate.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            let own = certificate.get_extension::<SubjectKeyIdentifier>();
            own.is_ok_and(|own| own.is_some_and(|(_, own)| own == *named))
        }
    }
}
