//! The members of an anchor.

use super::super::json::Json;
use super::{FormatError, Members, Unchecked};

pub(in crate::verify) struct Anchor {
    /// Where it stands in the document.
    pub path: String,
    /// What it is, if this version knows its kind.
    pub known: Option<Rfc3161>,
}

pub(in crate::verify) struct Rfc3161 {
    /// In base64.
    pub token: String,
    /// Members that this version does not know.
    pub unknown_members: Unchecked,
}

impl Anchor {
    /// Of a kind that this version does not know, it may be anything.
    pub(super) fn read(item: Json, path: String) -> Result<Self, FormatError> {
        let Json::Object(members) = &item else { return Ok(Self { path, known: None }) };
        let is_known = members.iter().any(|(name, value)| name == "kind" && *value == Json::String("rfc3161".into()));
        if !is_known {
            return Ok(Self { path, known: None });
        }
        let mut members = Members::of(item, path.clone())?;
        members.text("kind")?;
        let token = members.text("token")?;
        let mut unknown_members = Unchecked::new();
        members.finish(&mut unknown_members);
        Ok(Self { path, known: Some(Rfc3161 { token, unknown_members }) })
    }
}
