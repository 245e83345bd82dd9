//! An Ed25519 public key in PEM (RFC 7468 §13, RFC 8410 §4).

use truth_kernel::encoding;

/// DER of `SubjectPublicKeyInfo` before the key's 32 bytes: two sequences, the object identifier 1.3.101.112, a bit string.
const PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The key's bytes, if the text is one such key and nothing else.
pub(super) fn ed25519(text: &str) -> Option<[u8; 32]> {
    let body = text.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    let lines: String = body.split_ascii_whitespace().collect();
    let der = encoding::decode_base64(&lines).ok()?;
    der.strip_prefix(&PREFIX)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use truth_kernel::encoding;

    use super::ed25519;

    /// The example of RFC 8410 §10.1.
    const EXAMPLE: &str = "-----BEGIN PUBLIC KEY-----\n\
                           MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                           -----END PUBLIC KEY-----\n";

    #[test]
    fn the_example_of_the_standard_is_read() {
        let key = ed25519(EXAMPLE).map(|key| encoding::hex(&key));
        assert_eq!(key.as_deref(), Some("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"));
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            &EXAMPLE.replace("PUBLIC", "PRIVATE"),
            &EXAMPLE.replace("MCow", "MCox"),
            &EXAMPLE.replace("ZuE=", "ZuE"),
            &EXAMPLE.repeat(2),
        ] {
            assert_eq!(ed25519(text), None, "{text}");
        }
    }
}
