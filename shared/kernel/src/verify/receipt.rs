//! Signatures of the region's receipt key, and the receipt step.

use super::document::{Log, Signed};
use super::finding::{Finding, settle};
use crate::encoding::decode_base64_array;
use crate::hash::Hash;
use crate::note::VerifierKey;
use crate::receipt::verify_receipt;
use crate::signature::{PublicKey, SignatureError};

/// Checks the receipt of one event.
pub(super) fn check(receipt: Option<&Signed>, event: &Hash, log: &Log, trust: &[VerifierKey]) -> Finding {
    let Some(receipt) = receipt else {
        return Finding::not_present("There is no receipt.");
    };
    let verified = signed(receipt, log, trust, |key, signature| verify_receipt(key, event, signature));
    settle(verified.map(|key| Finding::passed(format!("{key} promised to include the event."))))
}

/// The name of the trusted receipt key of this log that made a signature, or why there is none.
pub(super) fn signed(
    signed: &Signed,
    log: &Log,
    trust: &[VerifierKey],
    verify: impl FnOnce(&PublicKey, &[u8; 64]) -> Result<(), SignatureError>,
) -> Result<String, Finding> {
    let key: VerifierKey =
        signed.key.parse().map_err(|error| Finding::failed(format!("The receipt key is refused: {error}.")))?;
    let signature = decode_base64_array(&signed.signature)
        .map_err(|error| Finding::failed(format!("The signature is {error}.")))?;
    let region = log.origin.rsplit_once('/').map(|(region, _)| region);
    let is_receipt_key = key.name().strip_suffix("/receipts") == region && region.is_some();
    if !is_receipt_key {
        let detail = format!("{} is not the receipt key of {}.", key.name(), log.origin);
        return Err(Finding::failed(detail));
    }
    verify(key.public(), &signature)
        .map_err(|error| Finding::failed(format!("The signature of {}: {error}.", key.name())))?;
    if !trust.contains(&key) {
        let detail = format!("The signature is by {key}, which is not among the trusted keys.");
        return Err(Finding::cannot_tell(detail));
    }
    Ok(key.name().to_owned())
}
