//! Closed vocabularies of an event: level, tags, mode and chain.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::serde_as_text;

/// A word that the vocabulary does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown {vocabulary}")]
pub struct UnknownWord {
    /// Which vocabulary was asked.
    pub vocabulary: &'static str,
}

/// An enum of words: its only text form is the word, everywhere.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident = $vocabulary:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { vocabulary: $vocabulary }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        serde_as_text!($name);
    };
}

words! {
    /// How sensitive an event is: `classification` in the API, `class` in the header.
    Level = "level" {
        /// Who somebody is.
        Identity = "identity",
        /// What happened between parties: claims, payments.
        Transactional = "transactional",
        /// How the service runs.
        Operational = "operational",
        /// What users wrote or uploaded.
        Content = "content",
        /// Figures derived from others.
        Analytical = "analytical",
    }
}

words! {
    /// What an event's content is about. `ledger_proof` is an operation's object, never an event's tag.
    // Declared by the alphabet, so that the order of the values is the order of the words.
    Tag = "tag" {
        /// Figures over many persons.
        Aggregate = "aggregate",
        /// An audit record.
        Audit = "audit",
        /// About a child.
        Child = "child",
        /// Belongs to an insurance claim.
        Claim = "claim",
        /// An education record (FERPA).
        EducationRecord = "education_record",
        /// Protected health information (HIPAA).
        Phi = "phi",
        /// Personally identifiable information.
        Pii = "pii",
        /// Reference data, copied one way from its master.
        Reference = "reference",
        /// A system log line.
        Syslog = "syslog",
    }
}

words! {
    /// Whether a key, chain or log is for real or for trying out; the two never mix.
    Mode = "mode" {
        /// For real.
        Live = "live",
        /// For trying out.
        Test = "test",
    }
}

words! {
    /// The two chains of an organization and mode.
    Chain = "chain" {
        /// What the organization appended.
        Ledger = "ledger",
        /// What was done with it.
        Audit = "audit",
    }
}

/// A set of tags; sorted and unique by its nature.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Tags(u16);

impl Tags {
    /// Whether the set has this tag.
    pub const fn contains(self, tag: Tag) -> bool {
        self.0 & (1 << tag as u16) != 0
    }

    /// Whether there is no tag.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The tags in the order of their words.
    pub fn iter(self) -> impl Iterator<Item = Tag> {
        Tag::ALL.iter().copied().filter(move |tag| self.contains(*tag))
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        Self(tags.into_iter().fold(0, |set, tag| set | (1 << tag as u16)))
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Tag>::deserialize(deserializer).map(Self::from_iter)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_word_parses_to_its_own_value_and_no_other_spelling_does() {
        for level in Level::ALL {
            assert_eq!(level.as_str().parse(), Ok(*level));
        }
        for tag in Tag::ALL {
            assert_eq!(tag.as_str().parse(), Ok(*tag));
        }
        for wrong in ["", "Identity", " identity", "personal"] {
            assert_eq!(wrong.parse::<Level>(), Err(UnknownWord { vocabulary: "level" }));
        }
    }

    #[test]
    fn a_ledger_proof_is_no_tag_of_an_event() {
        assert!("ledger_proof".parse::<Tag>().is_err());
    }

    #[test]
    fn tags_are_sorted_by_their_words() {
        assert!(Tag::ALL.is_sorted_by_key(|tag| tag.as_str()));
        let tags: Tags = serde_json::from_str(r#"["syslog","pii","audit","pii"]"#).unwrap();
        assert_eq!(serde_json::to_string(&tags).unwrap(), r#"["audit","pii","syslog"]"#);
        assert!(tags.contains(Tag::Pii) && !tags.contains(Tag::Phi));
        assert!(Tags::default().is_empty() && !tags.is_empty());
    }
}
