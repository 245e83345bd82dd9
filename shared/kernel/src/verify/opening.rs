//! The opening step: the disclosed body is the one the header commits to, and of the claim it names.

use super::document::Opening;
use super::finding::{Finding, settle};
use crate::body::{Body, ClaimId, Salt, commitment};
use crate::header::Header;
use crate::stream::{StreamKey, stream_id};

/// Checks what is disclosed of one event.
pub(super) fn check(opening: Option<&Opening>, header: Option<&Header>) -> Finding {
    match (opening, header) {
        (None, _) => Finding::not_present("The body is not disclosed, or erased."),
        (Some(_), None) => Finding::cannot_tell("There is no header to hold the body against."),
        (Some(opening), Some(header)) => settle(judge(opening, header)),
    }
}

fn judge(opening: &Opening, header: &Header) -> Result<Finding, Finding> {
    let salt: Salt =
        opening.salt.parse().map_err(|error| Finding::failed(format!("The salt is not 32 bytes in hex: {error}.")))?;
    let body = Body::parse(&opening.body).map_err(|error| Finding::failed(format!("What is disclosed is {error}.")))?;
    if commitment(&salt, &opening.body) != header.commitment {
        return Err(Finding::failed("The header commits to another body or salt."));
    }
    let key = opening.stream_key.as_deref();
    match (&body.claim_id, &header.stream) {
        (Some(claim), Some(place)) => {
            let stream = stream_of(claim, key)?;
            if stream != place.stream {
                return Err(Finding::failed("The stream is not that of the claim under this key."));
            }
            Ok(Finding::passed("The header commits to this body and its claim's stream."))
        }
        (None, None) if key.is_some() => {
            Ok(Finding::passed("The header commits to this body, which is of no claim: the stream key proves nothing."))
        }
        (None, None) => Ok(Finding::passed("The header commits to this body.")),
        (Some(_), None) => Err(Finding::failed("The body names a claim, the header no stream.")),
        (None, Some(_)) => Err(Finding::failed("The header names a stream, the body no claim.")),
    }
}

fn stream_of(claim: &ClaimId, key: Option<&str>) -> Result<crate::hash::Hash, Finding> {
    let key = key.ok_or_else(|| {
        Finding::cannot_tell("The header commits to this body, but no stream key ties its claim to the stream.")
    })?;
    let key: StreamKey =
        key.parse().map_err(|error| Finding::failed(format!("The stream key is not 32 bytes in hex: {error}.")))?;
    Ok(stream_id(&key, claim))
}
