//! A `TimeStampResp` (RFC 3161 §2.4.2).

use der::asn1::{Any, BitString};
use der::{Decode, Encode, Sequence};

use crate::error::{Failure, ResponseError};
use crate::token::Token;

#[derive(Sequence)]
struct TimeStampResp {
    status: PkiStatusInfo,
    #[asn1(optional = "true")]
    time_stamp_token: Option<Any>,
}

#[derive(Sequence)]
struct PkiStatusInfo {
    status: u32,
    #[asn1(optional = "true")]
    status_string: Option<Vec<String>>,
    #[asn1(optional = "true")]
    fail_info: Option<BitString>,
}

/// `granted` and `grantedWithMods`.
const GRANTED: [u32; 2] = [0, 1];

/// `PKIFailureInfo`, by the number of the bit.
const FAILURES: [(usize, Failure); 8] = [
    (0, Failure::BadAlg),
    (2, Failure::BadRequest),
    (5, Failure::BadDataFormat),
    (14, Failure::TimeNotAvailable),
    (15, Failure::UnacceptedPolicy),
    (16, Failure::UnacceptedExtension),
    (17, Failure::AddInfoNotAvailable),
    (25, Failure::SystemFailure),
];

/// The token of a granted request; it is not verified yet.
pub fn token_of_response(bytes: &[u8]) -> Result<Token, ResponseError> {
    let response = TimeStampResp::from_der(bytes).map_err(ResponseError::Malformed)?;
    let PkiStatusInfo { status, fail_info, .. } = response.status;
    if !GRANTED.contains(&status) {
        return Err(ResponseError::Refused { status, failure: failure(fail_info.as_ref()) });
    }
    let token = response.time_stamp_token.ok_or(ResponseError::NoToken)?;
    token.to_der().map(Token::from_der).map_err(ResponseError::Malformed)
}

fn failure(info: Option<&BitString>) -> Failure {
    let is_set = |bit: usize| info.is_some_and(|info| info.bits().nth(bit) == Some(true));
    FAILURES.into_iter().find(|(bit, _)| is_set(*bit)).map_or(Failure::Unknown, |(_, failure)| failure)
}

#[cfg(test)]
mod tests {
    use super::{Failure, ResponseError, token_of_response};

    #[test]
    fn a_refusal_says_why() {
        let refused = |status, failure| Err(ResponseError::Refused { status, failure });
        for (bytes, expected) in [
            (&b"\x30\x05\x30\x03\x02\x01\x02"[..], refused(2, Failure::Unknown)),
            (b"\x30\x09\x30\x07\x02\x01\x02\x03\x02\x05\x20", refused(2, Failure::BadRequest)),
            (b"\x30\x0c\x30\x0a\x02\x01\x02\x03\x05\x06\x00\x00\x00\x40", refused(2, Failure::SystemFailure)),
            (b"\x30\x0d\x30\x0b\x02\x01\x03\x30\x06\x0c\x04wait", refused(3, Failure::Unknown)),
            (b"\x30\x05\x30\x03\x02\x01\x00", Err(ResponseError::NoToken)),
        ] {
            assert_eq!(token_of_response(bytes), expected, "{bytes:?}");
        }
        assert!(matches!(token_of_response(b"<html>"), Err(ResponseError::Malformed(_))));
        assert!(matches!(token_of_response(b"\x30\x05\x30\x03\x02\x01\x00x"), Err(ResponseError::Malformed(_))));
    }
}
