//! What an API key may do: one registry of scopes, each with a type of its own for handlers to name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A permission as a type: a handler that asks for `Authorized<scope::EventsWrite>` cannot be reached
/// without it.
pub trait Permission: Send + Sync + 'static {
    /// The scope that grants it.
    const SCOPE: Scope;
}

/// A text that names no scope.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is no scope {0:?}")]
pub struct UnknownScope(String);

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// A permission of an API key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($(#[$doc])* $name,)+ }

        impl Scope {
            /// All scopes.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its name, as stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }

        impl FromStr for Scope {
            type Err = UnknownScope;

            fn from_str(text: &str) -> Result<Self, UnknownScope> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(UnknownScope(text.to_owned())),
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl Permission for $name {
                const SCOPE: Scope = Scope::$name;
            }
        )+
    };
}

scopes! {
    /// Append events and verify claims.
    EventsWrite = "events:write";
    /// Read the organization's events and histories.
    EventsRead = "events:read";
    /// Read proofs and verify evidence.
    ProofsRead = "proofs:read";
    /// Read the whole region's log, entry bundles included: for auditors.
    LogAudit = "log:audit";
    /// Read registered event types.
    TypesRead = "types:read";
    /// Register event types.
    TypesWrite = "types:write";
    /// Read the organization's API keys (never their secrets).
    KeysRead = "keys:read";
    /// Make and revoke API keys.
    KeysWrite = "keys:write";
    /// Read organizations: for operators.
    PartnersRead = "partners:read";
    /// Make organizations: for operators.
    PartnersWrite = "partners:write";
    /// Read the organization's webhook endpoints (never their secrets) and deliveries.
    WebhooksRead = "webhooks:read";
    /// Make, change and delete webhook endpoints, and replay deliveries.
    WebhooksWrite = "webhooks:write";
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes; as JSON a list of names in the registry's order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u32);

impl Scopes {
    /// Whether the set grants a scope.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u32) != 0
    }

    /// Whether every scope of `other` is in this set: a key cannot give what it does not have.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The scopes in the registry's order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }

    /// The set of these names, as stored.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownScope> {
        names.into_iter().map(Scope::from_str).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << scope as u32))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Scope::as_str))
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Self::parse(names.iter().map(String::as_str)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Permission, Scope, Scopes};

    #[test]
    fn every_scope_parses_from_its_name() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(*scope));
        }
        assert!("events:*".parse::<Scope>().is_err());
        assert_eq!(<super::EventsRead as Permission>::SCOPE, Scope::EventsRead);
    }

    #[test]
    fn a_set_grants_exactly_its_scopes() {
        let set = Scopes::parse(["proofs:read", "events:write", "events:write"]).unwrap();
        for scope in Scope::ALL {
            assert_eq!(set.contains(*scope), matches!(scope, Scope::EventsWrite | Scope::ProofsRead));
        }
        assert!(set.contains_all(Scopes::parse(["proofs:read"]).unwrap()));
        assert!(!set.contains_all(Scopes::parse(["proofs:read", "events:read"]).unwrap()));
        assert!(!Scopes::default().contains(Scope::EventsWrite));
    }

    #[test]
    fn a_set_is_a_list_of_names_in_json() {
        let set: Scopes = serde_json::from_str(r#"["proofs:read","events:write"]"#).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["events:write","proofs:read"]"#);
        assert!(serde_json::from_str::<Scopes>(r#"["all"]"#).is_err());
    }
}
