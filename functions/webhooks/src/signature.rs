//! Signatures of Standard Webhooks 1.0 (symmetric, `v1`): HMAC-SHA256 over `webhook-id.webhook-timestamp.body`.

use cloud::random::Random;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use truth_kernel::encoding::base64;
use zeroize::Zeroizing;

/// Bytes of a new secret; the specification asks for 24 to 64.
const LENGTH: usize = 32;

/// A signing secret. It does not print and is wiped when dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new random secret.
    pub fn generate(random: Random) -> Self {
        Self(Zeroizing::new(random.secret::<LENGTH>().to_vec()))
    }

    /// The secret with these bytes.
    pub const fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `whsec_` and the base64 of the bytes, to be shown once to whom it belongs.
    pub fn disclose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("whsec_{}", base64(&self.0)))
    }

    /// `v1,` and the base64 of the signature.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "HMAC takes keys of every length (RFC 2104)")]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        for part in [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body] {
            mac.update(part);
        }
        format!("v1,{}", base64(&mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature for each secret that counts now, newest first.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use truth_kernel::encoding::decode_base64;

    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret(text: &str) -> Secret {
        Secret::from_bytes(Zeroizing::new(decode_base64(text).unwrap()))
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        // The example of the specification's reference libraries.
        let signature = secret(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_secret_signs_and_none_prints() {
        let both = [secret(SECRET), Secret::generate(Random::system())];
        let value = signatures(&both, "whd_1", 7, b"{}");
        let single: Vec<_> = value.split(' ').collect();
        assert_eq!(single, [both[0].sign("whd_1", 7, b"{}"), both[1].sign("whd_1", 7, b"{}")]);
        assert_ne!(single[0], single[1]);
        assert_eq!(both[0].disclose().as_str(), format!("whsec_{SECRET}"));
        assert_eq!(format!("{:?}", both[0]), "Secret(…)");
    }
}
