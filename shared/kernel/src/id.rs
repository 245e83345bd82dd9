//! Identifiers: a prefix that names the kind and 32 hex digits of a `UUIDv7` (RFC 9562 §5.7).

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{Builder, Uuid, Variant};

use crate::encoding::decode_hex;

/// A kind of thing that has identifiers.
pub trait Kind: Copy + Ord + std::hash::Hash + 'static {
    /// What its identifiers begin with, before the underscore.
    const PREFIX: &'static str;
}

/// An identifier of one kind; identifiers of different kinds are different types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<K: Kind>(Uuid, PhantomData<fn() -> K>);

/// The registry of kinds: every prefix stands here, once.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $id:ident = $prefix:literal;)+) => {
        $(
            #[doc = concat!("The kind with the prefix `", $prefix, "`.")]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $kind {}

            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
            }

            $(#[$doc])*
            pub type $id = Id<$kind>;
        )+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix,)+];
    };
}

kinds! {
    /// An event.
    Event, EventId = "evt";
    /// An organization.
    Org, OrgId = "org";
    /// An API key's record, not its secret.
    ApiKey, ApiKeyId = "key";
    /// A data key, under which payloads are sealed.
    DataKey, DataKeyId = "dek";
    /// An endpoint of webhooks.
    WebhookEndpoint, WebhookEndpointId = "whe";
    /// What one endpoint is told of one event.
    WebhookDelivery, WebhookDeliveryId = "whd";
    /// A request, as in log lines and problems.
    Request, RequestId = "req";
}

/// A text is not an identifier of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form {prefix}_<32 hex digits of a UUIDv7>")]
pub struct IdError {
    /// The prefix that was wanted.
    pub prefix: &'static str,
}

impl<K: Kind> Id<K> {
    /// The identifier made at this Unix time in milliseconds with these random bytes, of which the
    /// six bits that hold version and variant are overwritten.
    pub fn from_parts(millis: u64, random: [u8; 10]) -> Self {
        Self::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The identifier of a stored UUID; the caller answers for its being one of ours.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The UUID, as it is stored.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// Appends the text form.
    pub(crate) fn push_to(&self, out: &mut String) {
        out.push_str(K::PREFIX);
        out.push('_');
        crate::encoding::push_hex(self.0.as_bytes(), out);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(36);
        self.push_to(&mut text);
        f.pad(&text)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        digits
            .and_then(|digits| decode_hex(digits).ok())
            .map(Uuid::from_bytes)
            .filter(|uuid| uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122)
            .map(Self::from_uuid)
            .ok_or(IdError { prefix: K::PREFIX })
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVENT: &str = "evt_01a19467ec227e7b9e5d918d33f08169";

    #[test]
    fn every_other_spelling_is_refused() {
        assert_eq!(EVENT.parse::<EventId>().unwrap().to_string(), EVENT);
        for wrong in [
            "evt_01A19467EC227E7B9E5D918D33F08169",     // upper case
            "evt_01a19467-ec22-7e7b-9e5d-918d33f08169", // hyphens
            "evt-01a19467ec227e7b9e5d918d33f08169",     // another separator
            "org_01a19467ec227e7b9e5d918d33f08169",     // another kind
            "evt_01a19467ec224e7b9e5d918d33f08169",     // UUIDv4
            "evt_01a19467ec227e7bde5d918d33f08169",     // another variant
            "evt_01a19467ec227e7b9e5d918d33f0816",      // too short
            "evt_01a19467ec227e7b9e5d918d33f081690",    // too long
            " evt_01a19467ec227e7b9e5d918d33f08169",    // space
            "",
        ] {
            assert_eq!(wrong.parse::<EventId>(), Err(IdError { prefix: "evt" }), "{wrong:?}");
        }
    }

    #[test]
    fn no_prefix_is_used_twice() {
        let unique: std::collections::BTreeSet<_> = PREFIXES.iter().collect();
        assert_eq!(unique.len(), PREFIXES.len());
    }

    proptest! {
        #[test]
        fn an_identifier_is_its_text(millis in 0_u64..1 << 48, random: [u8; 10]) {
            let id = OrgId::from_parts(millis, random);
            prop_assert_eq!(id.to_string().parse::<OrgId>().unwrap(), id);
            prop_assert_eq!(OrgId::from_uuid(*id.as_uuid()), id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<OrgId>(&json).unwrap(), id);
        }

        #[test]
        fn later_identifiers_sort_after_earlier_ones(millis in 0_u64..(1 << 48) - 1, a: [u8; 10], b: [u8; 10]) {
            prop_assert!(EventId::from_parts(millis, a) < EventId::from_parts(millis + 1, b));
        }
    }
}
