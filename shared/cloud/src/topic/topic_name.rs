//! Names of topics of Pub/Sub. They are always known, so that a build without Pub/Sub can say so.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// `projects/<project>/topics/<topic>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicName(String);

/// A text that is not a [`TopicName`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a topic of Pub/Sub: projects/<project>/topics/<topic>")]
pub struct NotATopicName;

impl FromStr for TopicName {
    type Err = NotATopicName;

    fn from_str(text: &str) -> Result<Self, NotATopicName> {
        let fits =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+%:".contains(&b));
        match text.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "topics", topic] if fits(project) && fits(topic) => Ok(Self(text.to_owned())),
            _ => Err(NotATopicName),
        }
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::TopicName;

    #[test]
    fn a_topic_is_named_with_its_project() {
        for (text, fits) in [
            ("projects/claims-eu/topics/seal", true),
            ("projects/example.com:claims/topics/seal.eu", true),
            ("projects/claims-eu/topics/", false),
            ("projects//topics/seal", false),
            ("projects/claims-eu/subscriptions/seal", false),
            ("projects/claims-eu/topics/seal/more", false),
            ("projects/claims eu/topics/seal", false),
            ("seal", false),
        ] {
            assert_eq!(text.parse::<TopicName>().is_ok(), fits, "{text}");
        }
    }
}
