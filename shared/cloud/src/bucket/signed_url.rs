//! URLs that let somebody without an account read or write one object for a while (Cloud Storage, "Signed URLs", V4).

use std::time::Duration;

use google_cloud_auth::signer::Signer;
use google_cloud_storage::builder::storage::SignedUrlBuilder;
use http::Method;

use super::{BucketError, ObjectPath};
use crate::google::names::KeyName;

/// What a signed URL lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedMethod {
    /// Read the object.
    Get,
    /// Make the object, which must not exist: nobody replaces one by a signed URL.
    Put,
}

/// How long a signed URL is good for: from a second to seven days, which is the longest that Cloud Storage takes. There is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(Duration);

/// A URL, and the headers that must be sent with it exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL. Whoever has it may do what it is for; so it is never logged.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
}

impl Lifetime {
    /// The longest.
    pub const LONGEST: Duration = Duration::from_hours(7 * 24);

    /// A lifetime, in whole seconds.
    pub fn new(lifetime: Duration) -> Option<Self> {
        (Duration::from_secs(1)..=Self::LONGEST).contains(&lifetime).then_some(Self(lifetime))
    }
}

/// What a URL is signed for.
pub(super) struct Request<'a> {
    pub(super) bucket: String,
    pub(super) path: &'a ObjectPath,
    pub(super) method: SignedMethod,
    pub(super) lifetime: Lifetime,
    /// The region's endpoint: the URL leads to no other.
    pub(super) endpoint: &'a str,
    pub(super) key: Option<&'a KeyName>,
}

impl Request<'_> {
    pub(super) async fn sign(&self, signer: &Signer) -> Result<SignedUrl, BucketError> {
        let headers = self.headers();
        let method = match self.method {
            SignedMethod::Get => Method::GET,
            SignedMethod::Put => Method::PUT,
        };
        let builder = SignedUrlBuilder::for_object(self.bucket.as_str(), self.path.as_str())
            .with_method(method)
            .with_endpoint(self.endpoint)
            .with_expiration(self.lifetime.0);
        let request = headers.iter().fold(builder, |builder, (name, value)| builder.with_header(name, value));
        let url = request.sign_with(signer).await.map_err(std::io::Error::other)?;
        Ok(SignedUrl { url, headers })
    }

    fn headers(&self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        if self.method == SignedMethod::Put {
            headers.push(("x-goog-if-generation-match".to_owned(), "0".to_owned()));
            headers.extend(self.key.map(|key| ("x-goog-encryption-kms-key-name".to_owned(), key.to_string())));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Lifetime};

    #[test]
    fn a_lifetime_is_given_and_ends_within_a_week() {
        for (seconds, allowed) in [(0, false), (1, true), (604_800, true), (604_801, false)] {
            assert_eq!(Lifetime::new(Duration::from_secs(seconds)).is_some(), allowed, "{seconds}");
        }
    }
}
