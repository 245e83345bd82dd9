//! CRC32C (RFC 3720 appendix B.4), by which both ends notice bytes that changed on the way.

/// The checksum as Google's interfaces carry it: 32 bits in a 64-bit integer.
pub(crate) fn checksum(bytes: &[u8]) -> i64 {
    i64::from(crc32c::crc32c(bytes))
}

/// Whether bytes came with their checksum. One that is missing proves nothing and counts as wrong.
pub(crate) fn is_intact(bytes: &[u8], claimed: Option<i64>) -> bool {
    claimed == Some(checksum(bytes))
}

#[cfg(test)]
mod tests {
    use super::{checksum, is_intact};

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        // RFC 3720 appendix B.4: 32 bytes of zeros, of ones, and counting up.
        assert_eq!(checksum(&[0; 32]), 0x8a91_36aa);
        assert_eq!(checksum(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(checksum(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
    }

    #[test]
    fn a_missing_checksum_is_a_wrong_one() {
        assert!(is_intact(b"x", Some(checksum(b"x"))));
        assert!(!is_intact(b"x", Some(checksum(b"y"))));
        assert!(!is_intact(b"x", None));
    }
}
