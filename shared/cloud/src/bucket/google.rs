//! A bucket of Cloud Storage, by its JSON interface. An object's generation is Cloud Storage's own.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use google_cloud_auth::signer::Signer;
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::StatusDetails;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_storage::client::Storage;
use google_cloud_storage::read_resume_policy::NeverResume;
use tokio::sync::OnceCell;
use truth_kernel::region::Region;

use super::address::BucketName;
use super::location;
use super::signed_url::{Lifetime, Request, SignedMethod, SignedUrl};
use super::{BucketError, Generation, LARGEST, Object, ObjectPath};
use crate::google::names::KeyName;
use crate::google::{Access, Attempts, erased, to_io};

/// A bucket of Cloud Storage. Clones share its connections; the first call makes them.
#[derive(Clone)]
pub struct CloudStorage(Arc<Inner>);

struct Inner {
    name: BucketName,
    /// The key that every object is encrypted with; the bucket's default key if none.
    key: Option<KeyName>,
    access: Access,
    client: OnceCell<Storage>,
    signer: OnceCell<Signer>,
}

impl CloudStorage {
    /// The bucket of this name, whose objects are encrypted with `key`, or with the bucket's default key if there is none.
    pub fn new(name: BucketName, key: Option<KeyName>, access: Access) -> Self {
        Self(Arc::new(Inner { name, key, access, client: OnceCell::new(), signer: OnceCell::new() }))
    }

    /// The bucket, with somebody else to sign its URLs than the account that the function runs as.
    pub fn with_signer(name: BucketName, key: Option<KeyName>, access: Access, signer: Signer) -> Self {
        Self(Arc::new(Inner { name, key, access, client: OnceCell::new(), signer: OnceCell::new_with(Some(signer)) }))
    }

    /// A create that found the object there may have found what its own earlier attempt wrote. Both are [`BucketError::Exists`]: whoever
    /// creates compares the bytes.
    pub(super) async fn create(&self, path: &ObjectPath, bytes: Vec<u8>) -> Result<Generation, BucketError> {
        let written = self.write(path, bytes, Generation(0)).await?;
        written.outcome.map_err(|error| match error.http_status_code() {
            Some(412) => BucketError::Exists,
            _ => refusal(error),
        })
    }

    /// A replacement that was overtaken after an attempt of unknown outcome may have been overtaken by itself: that is an unknown outcome
    /// too, and not [`BucketError::Changed`].
    pub(super) async fn replace(
        &self,
        path: &ObjectPath,
        bytes: Vec<u8>,
        expected: Generation,
    ) -> Result<Generation, BucketError> {
        let Attempts { outcome, in_doubt } = self.write(path, bytes, expected).await?;
        outcome.map_err(|error| match error.http_status_code() {
            Some(412) if !in_doubt => BucketError::Changed,
            Some(412) => {
                BucketError::Io(io::Error::other("an attempt was not answered, and then the object had changed"))
            }
            _ => refusal(error),
        })
    }

    async fn write(
        &self,
        path: &ObjectPath,
        bytes: Vec<u8>,
        expected: Generation,
    ) -> Result<Attempts<Generation>, BucketError> {
        let client = self.client().await?;
        let (bytes, expected) = (Bytes::from(bytes), i64::try_from(expected.0).unwrap_or(i64::MAX));
        let attempt = || async {
            let write = client.write_object(self.resource(), path.as_str(), bytes.clone());
            let write = write.set_if_generation_match(expected);
            let write = match &self.0.key {
                Some(key) => write.set_kms_key(key.to_string()),
                None => write,
            };
            erased(write.send_buffered()).await.and_then(|object| generation(object.generation))
        };
        Ok(self.0.access.budget().run(bytes.len(), attempt).await)
    }

    pub(super) async fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BucketError> {
        let client = self.client().await?;
        match self.0.access.budget().run(0, || self.read(client, path)).await.outcome {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.http_status_code() == Some(404) => Ok(None),
            Err(error) => Err(refusal(error)),
        }
    }

    /// One reading: bytes and generation are of one answer, and the client compares the bytes with their CRC32C.
    async fn read(&self, client: &Storage, path: &ObjectPath) -> Result<Object, Error> {
        let mut answer = client.read_object(self.resource(), path.as_str()).send().await?;
        let generation = generation(answer.object().generation)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.next().await.transpose()? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(Error::deser("the object is larger than what is read into memory"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Object { bytes, generation })
    }

    /// A URL by which somebody without an account reads or makes the object. It leads to the region's endpoint. A folder has no such URLs,
    /// because nobody serves it. On Cloud Run the signature is asked of the IAM Credentials service, which is global and sees a digest of
    /// the request ([`Service::IamCredentials`]).
    ///
    /// [`Service::IamCredentials`]: crate::google::endpoints::Service::IamCredentials
    pub async fn signed_url(
        &self,
        path: &ObjectPath,
        method: SignedMethod,
        lifetime: Lifetime,
    ) -> Result<SignedUrl, BucketError> {
        let Inner { access, key, signer, .. } = &*self.0;
        let signer = signer.get_or_try_init(|| async { access.signer() }).await?;
        let (bucket, endpoint, key) = (self.resource(), access.endpoint().url(), key.as_ref());
        let request = Request { bucket, path, method, lifetime, endpoint, key };
        let signing = tokio::time::timeout(access.budget().total, request.sign(signer));
        erased(signing).await.map_err(io::Error::from)?
    }

    pub(super) async fn location(&self) -> Result<Region, BucketError> {
        location::of(&self.0.access, &self.0.name).await
    }

    async fn client(&self) -> Result<&Storage, BucketError> {
        Ok(self.0.client.get_or_try_init(|| self.connect()).await?)
    }

    /// The budget repeats whole attempts, each with its own limit of time, which this client does not have; so it repeats nothing itself.
    async fn connect(&self) -> io::Result<Storage> {
        let access = &self.0.access;
        let client = Storage::builder()
            .with_endpoint(access.endpoint().url())
            .with_credentials(access.credentials()?)
            .with_retry_policy(NeverRetry)
            .with_read_resume_policy(NeverResume);
        client.build().await.map_err(io::Error::other)
    }

    fn resource(&self) -> String {
        format!("projects/_/buckets/{}", self.0.name)
    }
}

impl fmt::Debug for CloudStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloudStorage(gs://{})", self.0.name)
    }
}

fn generation(number: i64) -> Result<Generation, Error> {
    match u64::try_from(number) {
        Ok(number) if number > 0 => Ok(Generation(number)),
        _ => Err(Error::deser("an answer without a generation")),
    }
}

fn refusal(error: Error) -> BucketError {
    if error.http_status_code() == Some(403) && is_retained(&error) {
        return BucketError::Retained;
    }
    BucketError::Io(to_io(error))
}

/// Whether it is a refusal that no permission would mend: by the bucket's retention policy, the object's own, or a hold (Cloud Storage,
/// "Use and lock retention policies", "Object holds").
fn is_retained(error: &Error) -> bool {
    let reasons = error.status().into_iter().flat_map(|status| &status.details).filter_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info.reason.as_str()),
        _ => None,
    });
    let mut of_retention = reasons.filter(|reason| ["retentionPolicyNotMet", "objectUnderActiveHold"].contains(reason));
    of_retention.next().is_some()
}
