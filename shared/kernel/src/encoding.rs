//! Strict text forms of bytes: lower-case hex and canonical padded base64 (RFC 4648 §4, §8).
//!
//! One value has exactly one spelling: decoding refuses every other one, so that two texts are equal
//! exactly when their bytes are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Why a text is not the strict encoding of the wanted bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// A character other than `0-9a-f`; upper case is refused too.
    #[error("not lower-case hex")]
    Hex,
    /// Not base64 with the standard alphabet, full padding and zero trailing bits.
    #[error("not canonical padded base64")]
    Base64,
    /// Well spelled, but of another number of bytes.
    #[error("wrong length: {expected} bytes expected")]
    Length {
        /// How many bytes the value has.
        expected: usize,
    },
}

/// Lower-case hex of the bytes.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    push_hex(bytes, &mut out);
    out
}

/// Appends the lower-case hex of the bytes.
pub fn push_hex(bytes: &[u8], out: &mut String) {
    // Through a buffer on the stack: a header holds up to six hashes and is on the write path.
    let mut buffer = [0; 64];
    for chunk in bytes.chunks(32) {
        let digits = &mut buffer[..chunk.len() * 2];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(chunk) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        // Digits are ASCII, so there is always a text.
        out.push_str(str::from_utf8(digits).unwrap_or_default());
    }
}

/// The bytes of a lower-case hex text of exactly `2 * N` digits.
pub fn decode_hex<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
    if text.len() != 2 * N {
        return Err(EncodingError::Length { expected: N });
    }
    let mut bytes = [0; N];
    let mut wrong = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        wrong |= high | low;
        *byte = high << 4 | low;
    }
    // One branch for all digits: audits decode millions of hashes.
    if wrong < 16 { Ok(bytes) } else { Err(EncodingError::Hex) }
}

/// The value of each character as a digit, 255 for those that are none.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// Base64 with the standard alphabet and padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a canonical base64 text: standard alphabet, full padding, zero trailing bits.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, EncodingError> {
    STANDARD.decode(text).map_err(|_| EncodingError::Base64)
}

/// Like [`decode_base64`], for a value of exactly `N` bytes.
pub fn decode_base64_array<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
    decode_base64(text)?.try_into().map_err(|_| EncodingError::Length { expected: N })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hex_in_upper_case_or_of_odd_length_is_refused() {
        assert_eq!(decode_hex::<2>("0aff"), Ok([0x0a, 0xff]));
        assert_eq!(decode_hex::<2>("0AFF"), Err(EncodingError::Hex));
        assert_eq!(decode_hex::<2>("0aé"), Err(EncodingError::Hex));
        for wrong in ["", "0af", "0aff0", " 0aff"] {
            assert_eq!(decode_hex::<2>(wrong), Err(EncodingError::Length { expected: 2 }));
        }
    }

    #[test]
    fn base64_in_another_spelling_is_refused() {
        assert_eq!(decode_base64("/w=="), Ok(vec![0xff]));
        for wrong in ["/w", "/w=", "/x==", "_w==", "/w==\n", " /w==", "/w===", "====", "/w==/w=="] {
            assert_eq!(decode_base64(wrong), Err(EncodingError::Base64), "{wrong:?}");
        }
        assert_eq!(decode_base64_array::<2>("/w=="), Err(EncodingError::Length { expected: 2 }));
    }

    proptest! {
        #[test]
        fn every_text_that_decodes_is_the_encoding_of_its_bytes(bytes: [u8; 33], text in "[0-9a-fA-F+/=]{0,8}") {
            prop_assert_eq!(decode_hex::<33>(&hex(&bytes)).unwrap(), bytes);
            prop_assert_eq!(decode_base64_array::<33>(&base64(&bytes)).unwrap(), bytes);
            if let Ok(decoded) = decode_base64(&text) {
                prop_assert_eq!(base64(&decoded), text.clone());
            }
            if let Ok(decoded) = decode_hex::<4>(&text) {
                prop_assert_eq!(hex(&decoded), text);
            }
        }
    }
}
