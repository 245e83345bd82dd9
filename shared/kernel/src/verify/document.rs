//! The members of each kind of document, as texts: what they mean is for the steps to say.

mod anchor;
mod batch;
mod evidence;
mod history;
mod parts;

use super::json::Json;
use super::members::{FormatError, Members, Unchecked};
use crate::evidence::VERSION;

pub(super) use anchor::{Anchor, Rfc3161};
pub(super) use batch::{Batch, Multiproof};
pub(super) use evidence::Evidence;
pub(super) use history::History;
pub(super) use parts::{Event, Inclusion, Log, Opening, Signed};

/// A document with all the members of its kind.
pub(super) enum Document {
    Evidence(Evidence),
    Batch(Batch),
    History(History),
}

impl Document {
    /// Reads a document of version 1 and names the members it does not know.
    pub(super) fn read(bytes: &[u8], unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let json: Json = serde_json::from_slice(bytes).map_err(|error| FormatError::NotJson(error.to_string()))?;
        let mut from = Members::of(json, "")?;
        if from.count("version")? != Some(u64::from(VERSION)) {
            return Err(FormatError::OtherVersion);
        }
        let document = if from.has("events") && from.has("multiproof") {
            Self::Batch(Batch::read(&mut from, unchecked)?)
        } else if from.has("events") && from.has("head") {
            Self::History(History::read(&mut from, unchecked)?)
        } else {
            Self::Evidence(Evidence::read(&mut from, unchecked)?)
        };
        from.finish(unchecked);
        Ok(document)
    }
}
