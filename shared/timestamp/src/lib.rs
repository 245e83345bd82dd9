//! Timestamps of a third party: RFC 3161 with the certificate hashes of RFC 5816.
//!
//! A [`Request`] asks an authority (TSA) to sign the SHA-256 hash of some bytes together with the time. Its [`Token`] verifies purely:
//! no network, no clock. Whether a certificate was revoked meanwhile is not looked up; it had to be valid at the time that it signed.

mod algorithm;
mod attributes;
mod error;
mod gen_time;
mod info;
mod request;
mod response;
mod roots;
mod signed;
mod signer;
mod token;

pub use error::{Failure, ResponseError, TokenError};
pub use request::{NotAPolicyId, PolicyId, Request};
pub use response::token_of_response;
pub use roots::{Roots, RootsError};
pub use token::{Demands, Timestamp, Token};

/// The media type of a request (RFC 3161 §3.4).
pub const QUERY_TYPE: &str = "application/timestamp-query";
/// The media type of a response (RFC 3161 §3.4).
pub const REPLY_TYPE: &str = "application/timestamp-reply";
