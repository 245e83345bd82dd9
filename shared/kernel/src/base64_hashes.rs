//! Lists of hashes as JSON: canonical base64 strings, as in checkpoints.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use crate::hash::Hash;

/// For `#[serde(with)]`: writes each hash in base64.
pub(crate) fn serialize<S: Serializer>(hashes: &[Hash], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(hashes.iter().map(Hash::base64))
}

/// For `#[serde(with)]`: refuses what is not canonical base64 of 32 bytes.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let hashes = texts.iter().map(|text| Hash::from_base64(text));
    hashes.collect::<Result<_, _>>().map_err(D::Error::custom)
}
