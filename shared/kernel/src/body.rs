//! The body of an event: everything in it that may be personal, and the commitment to it.

mod names;

use crate::canonical::{MAX_DEPTH, Object, Value, parse, push_string};
use crate::classification::{Tag, Tags};
use crate::hash::{Hash, hmac_sha256, sha256};
use crate::secret::secret;
use crate::time::Timestamp;

pub use names::{ClaimId, EventType, NameError, SubjectId};

const COMMITMENT: &[u8] = b"proveniq/v1/payload\0";

secret! {
    /// What makes a commitment unguessable: 32 random bytes per event, kept only beside the body.
    Salt
}

/// What the header commits to without disclosing it.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The claim that the event belongs to.
    pub claim_id: Option<ClaimId>,
    /// When it happened, as the organization says.
    pub occurred_at: Option<Timestamp>,
    /// What happened.
    pub payload: Value,
    /// The person that it is about.
    pub subject_id: Option<SubjectId>,
    /// What it is about.
    pub tags: Tags,
}

/// A text is not a body in canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a body in canonical form")]
pub struct BodyError;

impl Body {
    /// The canonical form: what is stored, sealed and committed to.
    pub fn canonical(&self) -> CanonicalBody {
        let mut text = String::with_capacity(512);
        text.push('{');
        push_member("claim_id", self.claim_id.as_ref().map(ClaimId::as_str), &mut text);
        let occurred_at = self.occurred_at.map(|time| time.to_string());
        push_member("occurred_at", occurred_at.as_deref(), &mut text);
        text.push_str("\"payload\":");
        let start = text.len();
        self.payload.canonical_into(&mut text);
        let payload = start..text.len();
        text.push(',');
        push_member("subject_id", self.subject_id.as_ref().map(SubjectId::as_str), &mut text);
        push_tags(self.tags, &mut text);
        CanonicalBody { text, payload }
    }

    /// Parses what [`Body::canonical`] writes and nothing else.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        // The body is one level more than its payload.
        let value = parse(text.as_bytes(), MAX_DEPTH + 1).map_err(|_| BodyError)?;
        let Value::Object(members) = value else {
            return Err(BodyError);
        };
        let body = Self::from_members(members).ok_or(BodyError)?;
        // One comparison refuses every unknown member and every other spelling.
        if body.canonical().as_str() == text { Ok(body) } else { Err(BodyError) }
    }

    fn from_members(mut members: Object) -> Option<Self> {
        let payload = members.remove("payload")?;
        let tags = members.get("tags")?.as_array()?.iter();
        Some(Self {
            claim_id: optional(&members, "claim_id")?,
            occurred_at: optional(&members, "occurred_at")?,
            payload,
            subject_id: optional(&members, "subject_id")?,
            tags: tags.map(|tag| tag.as_str()?.parse().ok()).collect::<Option<Tags>>()?,
        })
    }
}

/// The member's value, if there is one; none if there is one and it is not such a text.
#[expect(clippy::option_option, reason = "absent is not the same as wrong")]
fn optional<T: std::str::FromStr>(members: &Object, name: &str) -> Option<Option<T>> {
    match members.get(name) {
        None => Some(None),
        Some(value) => value.as_str()?.parse().ok().map(Some),
    }
}

fn push_member(name: &str, value: Option<&str>, out: &mut String) {
    if let Some(value) = value {
        push_string(name, out);
        out.push(':');
        push_string(value, out);
        out.push(',');
    }
}

fn push_tags(tags: Tags, out: &mut String) {
    out.push_str("\"tags\":[");
    for (index, tag) in tags.iter().map(Tag::as_str).enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(tag, out);
    }
    out.push_str("]}");
}

/// A body in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalBody {
    text: String,
    payload: std::ops::Range<usize>,
}

impl CanonicalBody {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        self.text
    }

    /// The canonical payload within the text.
    pub fn payload(&self) -> &str {
        &self.text[self.payload.clone()]
    }

    /// SHA-256 of the canonical payload, as the API answers it; never stored outside the envelope.
    pub fn payload_sha256(&self) -> Hash {
        sha256(&[self.payload().as_bytes()])
    }

    /// The commitment of the header to this body.
    pub fn commitment(&self, salt: &Salt) -> Hash {
        commitment(salt, &self.text)
    }
}

/// The commitment to a body in canonical form under its salt.
pub fn commitment(salt: &Salt, body: &str) -> Hash {
    hmac_sha256(salt.as_bytes(), &[COMMITMENT, body.as_bytes()])
}

#[cfg(test)]
mod tests;
