//! What a function has in Google Cloud, bound to its region. A build without a service says so, instead of doing without.

#[cfg(any(feature = "kms", feature = "pubsub", feature = "secrets", feature = "storage", feature = "tasks"))]
use cloud::google::Access;
#[cfg(feature = "kms")]
use cloud::google::Kms;
#[cfg(feature = "secrets")]
use cloud::google::endpoints::Endpoint;
#[cfg(any(feature = "kms", feature = "pubsub", feature = "secrets", feature = "storage", feature = "tasks"))]
use cloud::google::endpoints::{GivenEndpoint, Service};
use cloud::google::names::{KeyName, KeyVersionName, SecretVersionName};
use cloud::key_wrapper::KeyWrapper;
use cloud::secret::Secret;
use cloud::signer::Signer;
use cloud::task_queue::{QueueName, TaskQueue};
#[cfg(feature = "pubsub")]
use cloud::topic::GoogleTopic;
use cloud::topic::{Topic, TopicName};
use cloud::{bucket::Bucket, bucket::BucketName};
use truth_kernel::region::{LogOrigin, Region};

use super::Start;
use crate::boot::Binding;

/// A service that is not reached by an endpoint of the region: told when the function starts, because what is sent to it may be handled
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointException {
    /// The service's name, `cloudkms`.
    pub service: &'static str,
    /// The region that has no endpoint of it.
    pub region: Region,
    /// Why, in words.
    pub reason: &'static str,
}

impl EndpointException {
    pub(crate) fn tell(&self) {
        let Self { service, region, reason } = self;
        tracing::warn!(
            cloud.service = *service,
            region = region.as_str(),
            reason,
            "a service is not reached by an endpoint of the region"
        );
    }
}

impl Start {
    /// `STORAGE_ENDPOINT`, `BUCKET_KEY`: how a bucket of Cloud Storage is reached and what its objects are encrypted with, both optional.
    #[cfg(feature = "storage")]
    pub(super) fn cloud_storage(&mut self, _: &str, name: BucketName) -> Option<Bucket> {
        let key = self.environment.optional::<KeyName>("BUCKET_KEY");
        if let Some(key) = &key {
            self.bind(|binding| binding.key(&key.to_string(), key.region()))?;
        }
        let access = self.access(Service::Storage, "STORAGE_ENDPOINT")?;
        Some(Bucket::Google(cloud::bucket::CloudStorage::new(name, key, access)))
    }

    #[cfg(not(feature = "storage"))]
    pub(super) fn cloud_storage(&mut self, variable: &str, _: BucketName) -> Option<Bucket> {
        self.missing(variable, "Cloud Storage")
    }

    /// `KMS_ENDPOINT`: how Cloud KMS is reached, optional.
    #[cfg(feature = "kms")]
    pub(super) fn kms_wrapper(&mut self, key: KeyName) -> Option<KeyWrapper> {
        self.bind(|binding| binding.key(&key.to_string(), key.region()))?;
        let kms = Kms::new(self.access(Service::Kms, "KMS_ENDPOINT")?);
        Some(KeyWrapper::Google(cloud::key_wrapper::KmsWrapper::new(kms, key)))
    }

    #[cfg(not(feature = "kms"))]
    pub(super) fn kms_wrapper(&mut self, _: KeyName) -> Option<KeyWrapper> {
        self.missing("WRAPPING_KEYS", "Cloud KMS")
    }

    /// The signers of these logs, each with the public half of its key.
    #[cfg(feature = "kms")]
    pub(super) async fn kms_signers(
        &mut self,
        keys: Vec<(LogOrigin, KeyVersionName)>,
    ) -> Option<Vec<(LogOrigin, Signer)>> {
        for (_, key) in &keys {
            self.bind(|binding| binding.key(&key.to_string(), key.key().region()))?;
        }
        let kms = Kms::new(self.access(Service::Kms, "KMS_ENDPOINT")?);
        let mut signers = Vec::with_capacity(keys.len());
        for (origin, key) in keys {
            let fetched = cloud::signer::KmsSigner::fetch(kms.clone(), key, origin.as_str()).await;
            let fetched = fetched.map_err(|error| format!("CHECKPOINT_KEYS: {origin}: {error}").into());
            signers.push((origin, Signer::Google(self.environment.take(fetched)?)));
        }
        Some(signers)
    }

    #[cfg(not(feature = "kms"))]
    #[expect(clippy::unused_async, reason = "with Cloud KMS it asks for the public keys")]
    pub(super) async fn kms_signers(
        &mut self,
        _: Vec<(LogOrigin, KeyVersionName)>,
    ) -> Option<Vec<(LogOrigin, Signer)>> {
        self.missing("CHECKPOINT_KEYS", "Cloud KMS")
    }

    /// `SECRETS_ENDPOINT`: how Secret Manager is reached, optional. A secret without a location is an exception of its own.
    #[cfg(feature = "secrets")]
    pub(super) fn managed_secret(&mut self, name: SecretVersionName) -> Option<Secret> {
        let access = if let Some(region) = name.region() {
            self.bind(|binding| binding.secret(&name.to_string(), region))?;
            self.access(Service::SecretManager, "SECRETS_ENDPOINT")?
        } else {
            let given = self.environment.optional::<GivenEndpoint>("SECRETS_ENDPOINT");
            let endpoint = given.map_or_else(Endpoint::of_global_secrets, Endpoint::Given);
            self.noting(Service::SecretManager, Access::to(endpoint))?
        };
        Some(Secret::Google(cloud::secret::SecretManager::new(access, name)))
    }

    #[cfg(not(feature = "secrets"))]
    pub(super) fn managed_secret(&mut self, _: SecretVersionName) -> Option<Secret> {
        self.missing("RECEIPT_KEY", "Secret Manager")
    }

    /// `PUBSUB_ENDPOINT`: how Pub/Sub is reached, optional.
    #[cfg(feature = "pubsub")]
    pub(super) fn pubsub_topic(&mut self, _: &str, topic: TopicName) -> Option<Topic> {
        Some(Topic::Google(GoogleTopic::new(topic, self.access(Service::PubSub, "PUBSUB_ENDPOINT")?)))
    }

    #[cfg(not(feature = "pubsub"))]
    pub(super) fn pubsub_topic(&mut self, variable: &str, _: TopicName) -> Option<Topic> {
        self.missing(variable, "Pub/Sub")
    }

    /// `TASKS_ENDPOINT`: how Cloud Tasks is reached, optional.
    #[cfg(feature = "tasks")]
    pub(super) fn cloud_tasks(&mut self, variable: &str, queue: QueueName) -> Option<TaskQueue> {
        let url = self.environment.required(&format!("{variable}_TARGET"));
        let service_account = self.environment.required(&format!("{variable}_ACCOUNT"));
        self.bind(|binding| binding.task_queue(queue.region()))?;
        let target = cloud::task_queue::Target { url: url?, service_account: service_account? };
        let access = self.access(Service::Tasks, "TASKS_ENDPOINT")?;
        Some(TaskQueue::Google(cloud::task_queue::GoogleQueue::new(queue, target, access)))
    }

    #[cfg(not(feature = "tasks"))]
    pub(super) fn cloud_tasks(&mut self, variable: &str, _: QueueName) -> Option<TaskQueue> {
        self.missing(variable, "Cloud Tasks")
    }

    /// A service by the region's endpoint or by the one that `variable` gives.
    #[cfg(any(feature = "kms", feature = "pubsub", feature = "secrets", feature = "storage", feature = "tasks"))]
    fn access(&mut self, service: Service, variable: &str) -> Option<Access> {
        let given = self.environment.optional::<GivenEndpoint>(variable);
        let access = Access::new(service, &self.settings.as_ref()?.region, given);
        self.noting(service, access)
    }

    #[cfg(any(feature = "kms", feature = "pubsub", feature = "secrets", feature = "storage", feature = "tasks"))]
    fn noting(&mut self, service: Service, access: Access) -> Option<Access> {
        let region = self.settings.as_ref()?.region.clone();
        if let Some(reason) = access.endpoint().exception() {
            let exception = EndpointException { service: service.host(), region, reason };
            if !self.exceptions.contains(&exception) {
                self.exceptions.push(exception);
            }
        }
        Some(access)
    }

    /// Compares with the region; none after a mistake.
    #[cfg_attr(
        not(any(feature = "kms", feature = "pubsub", feature = "secrets", feature = "storage", feature = "tasks")),
        expect(dead_code, reason = "a build without Google Cloud is bound to nothing of it")
    )]
    fn bind(&mut self, compare: impl FnOnce(Binding) -> Binding) -> Option<()> {
        let binding = Binding::of(&self.settings.as_ref()?.region);
        self.environment.take(compare(binding).check())
    }

    #[cfg_attr(
        all(feature = "kms", feature = "pubsub", feature = "secrets", feature = "storage", feature = "tasks"),
        expect(dead_code, reason = "a build with every service lacks none")
    )]
    fn missing<T>(&mut self, variable: &str, service: &str) -> Option<T> {
        self.environment.take(Err(format!("{variable}: this build has no {service}").into()))
    }
}
