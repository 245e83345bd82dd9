//! What the kinds of documents have in common.

use super::{FormatError, Members, Unchecked};
use crate::note::{KeyError, VerifierKey};

pub(in crate::verify) struct Log {
    pub origin: String,
    pub keys: Vec<String>,
}

pub(in crate::verify) struct Event {
    pub header: String,
    pub hash: String,
}

pub(in crate::verify) struct Opening {
    pub salt: String,
    pub body: String,
    pub stream_key: Option<String>,
}

pub(in crate::verify) struct Inclusion {
    pub index: Option<u64>,
    pub hashes: Vec<String>,
}

pub(in crate::verify) struct Signed {
    pub key: String,
    pub signature: String,
}

impl Log {
    pub(super) fn read(from: &mut Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let mut log = from.object("log")?;
        let origin = log.text("origin")?;
        let keys = log.texts("keys")?;
        log.finish(unchecked);
        for key in &keys {
            // A key of a kind unknown to us is no mistake; one that is not what it says is.
            match key.parse::<VerifierKey>() {
                Ok(_) | Err(KeyError::UnknownType) => {}
                Err(error) => return Err(FormatError::Key(error)),
            }
        }
        Ok(Self { origin, keys })
    }
}

impl Event {
    pub(super) fn read(from: &mut Members) -> Result<Self, FormatError> {
        let (header, hash) = (from.text("header")?, from.text("hash")?);
        Ok(Self { header, hash })
    }
}

impl Opening {
    pub(super) fn read(from: &mut Members, unchecked: &mut Unchecked) -> Result<Option<Self>, FormatError> {
        let Some(mut opening) = from.nullable_object("opening")? else {
            return Ok(None);
        };
        let read = Self {
            salt: opening.text("salt")?,
            body: opening.text("body")?,
            stream_key: opening.optional_text("stream_key")?,
        };
        opening.finish(unchecked);
        Ok(Some(read))
    }
}

impl Inclusion {
    pub(super) fn read(mut from: Members, unchecked: &mut Unchecked) -> Result<Self, FormatError> {
        let (index, hashes) = (from.count("index")?, from.texts("hashes")?);
        from.finish(unchecked);
        Ok(Self { index, hashes })
    }
}

impl Signed {
    pub(super) fn read(from: &mut Members) -> Result<Self, FormatError> {
        let (key, signature) = (from.text("key")?, from.text("signature")?);
        Ok(Self { key, signature })
    }
}
