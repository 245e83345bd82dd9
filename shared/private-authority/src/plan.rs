//! What an authority is made like.

use crate::{OTHER_POLICY, POLICY};

/// What an authority is made like.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The kind of its keys.
    pub key: Key,
    /// The hash of its signatures, as the program calls it: `sha256`.
    pub hash: &'static str,
    /// The hash by which its tokens name its certificate: `sha1` (RFC 2634) or another (RFC 5035).
    pub certificate_hash: &'static str,
    /// Days until its certificate expires.
    pub days: u16,
    /// The extended key usage of its certificate, as in the program's configuration.
    pub purpose: &'static str,
    /// Its name, as the program writes it.
    pub subject: &'static str,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA with 2,048 bits.
    Rsa,
    /// ECDSA over P-256.
    P256,
    /// ECDSA over P-384.
    P384,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            key: Key::P256,
            hash: "sha256",
            certificate_hash: "sha256",
            days: 3650,
            purpose: "critical,timeStamping",
            subject: "/O=Proveniq/CN=Private timestamp authority",
        }
    }
}

impl Key {
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Self::P256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::P384 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        }
    }
}

impl Plan {
    /// The program's configuration.
    pub(crate) fn config(&self) -> String {
        let Self { hash, certificate_hash, purpose, .. } = self;
        let usage = if purpose.is_empty() { String::new() } else { format!("extendedKeyUsage = {purpose}\n") };
        format!(
            "[req]\ndistinguished_name = name\n[name]\n\
             [root]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign\nsubjectKeyIdentifier = hash\n\
             [signer]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n\
             subjectKeyIdentifier = hash\n{usage}\
             [tsa]\ndefault_tsa = authority\n\
             [authority]\nserial = ./serial\nsigner_cert = ./signer.pem\nsigner_key = ./signer.key\nsigner_digest = {hash}\n\
             default_policy = {POLICY}\nother_policies = {OTHER_POLICY}\ndigests = sha256\naccuracy = secs:1\nordering = no\n\
             tsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = {certificate_hash}\n"
        )
    }
}
