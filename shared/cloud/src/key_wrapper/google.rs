//! Key versions of one key in Cloud KMS (`ENCRYPT_DECRYPT`); a version's number is Cloud KMS's own.
//!
//! A destroyed version is first scheduled: from then on it neither wraps nor unwraps for anybody (Cloud KMS, "Consistency": usually within
//! a minute, at most three hours), and until its material is gone (30 days, or what the key's `destroyScheduledDuration` says) an operator
//! may restore it.

use std::io;

use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_gax::paginator::ItemPaginator;
use google_cloud_kms_v1::model::crypto_key_version::CryptoKeyVersionState as State;
use google_cloud_kms_v1::model::{CryptoKeyVersion, DecryptResponse, EncryptResponse};
use google_cloud_wkt::FieldMask;
use tokio::time::{Duration, Instant, sleep};
use zeroize::Zeroizing;

use super::{KeyVersion, WrapError};
use crate::aead::{DoesNotOpen, Key};
use crate::google::names::KeyName;
use crate::google::{Kms, checksum, code, is_intact, to_io};

/// How often a version that is not ready yet is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// A key in Cloud KMS.
#[derive(Clone, Debug)]
pub struct KmsWrapper {
    kms: Kms,
    key: KeyName,
}

impl KmsWrapper {
    /// The versions of this key.
    pub fn new(kms: Kms, key: KeyName) -> Self {
        Self { kms, key }
    }

    /// A version that was made but not heard of is merely unused, so this is not repeated by itself.
    pub(super) async fn create_version(&self) -> Result<KeyVersion, WrapError> {
        let create = self.kms.client().await?.create_crypto_key_version().set_parent(self.key.to_string());
        let made = create.set_crypto_key_version(CryptoKeyVersion::new()).send().await.map_err(to_io)?;
        let version = self.number(&made.name)?;
        let deadline = Instant::now() + self.kms.access().budget().total;
        let mut state = made.state;
        while state != State::Enabled {
            if state != State::PendingGeneration || Instant::now() > deadline {
                return Err(io::Error::other(format!("key version {version} was made and is not enabled")).into());
            }
            sleep(PAUSE).await;
            state = self.state(version).await?.unwrap_or(State::Unspecified);
        }
        Ok(version)
    }

    pub(super) async fn wrap(&self, version: KeyVersion, associated: &[u8], key: &Key) -> Result<Vec<u8>, WrapError> {
        let bound = bind(version, associated);
        let ask = self.kms.client().await?.encrypt().set_name(self.name(version));
        let ask = ask.set_plaintext_crc32c(checksum(key.as_bytes())).set_plaintext(key.as_bytes().to_vec());
        let ask = ask.set_additional_authenticated_data_crc32c(checksum(&bound));
        let ask = ask.set_additional_authenticated_data(bound).with_idempotency(true);
        let answer = ask.send().await.map_err(|error| match code(&error) {
            Some(Code::NotFound | Code::FailedPrecondition) => WrapError::NoVersion(version),
            _ => to_io(error).into(),
        })?;
        self.check(version, &answer)?;
        Ok(answer.ciphertext.to_vec())
    }

    fn check(&self, version: KeyVersion, answer: &EncryptResponse) -> Result<(), WrapError> {
        let compared = answer.verified_plaintext_crc32c && answer.verified_additional_authenticated_data_crc32c;
        if answer.name != self.name(version) {
            Err(refused("it is of another key version"))
        } else if !compared || !is_intact(&answer.ciphertext, answer.ciphertext_crc32c) {
            Err(refused("a checksum is wrong"))
        } else {
            Ok(())
        }
    }

    pub(super) async fn unwrap(
        &self,
        version: KeyVersion,
        associated: &[u8],
        wrapped: &[u8],
    ) -> Result<Key, WrapError> {
        let bound = bind(version, associated);
        let ask = self.kms.client().await?.decrypt().set_name(self.key.to_string());
        let ask = ask.set_ciphertext_crc32c(checksum(wrapped)).set_ciphertext(wrapped.to_vec());
        let ask = ask.set_additional_authenticated_data_crc32c(checksum(&bound));
        let ask = ask.set_additional_authenticated_data(bound).with_idempotency(true);
        match ask.send().await {
            Ok(answer) => opened(&answer),
            Err(error) => Err(self.not_opened(version, error).await),
        }
    }

    /// Cloud KMS answers that a text does not open, or that its version is disabled. Which of our errors that is depends on whether the
    /// version that we were told lives.
    async fn not_opened(&self, version: KeyVersion, error: Error) -> WrapError {
        if !matches!(code(&error), Some(Code::InvalidArgument | Code::FailedPrecondition)) {
            return to_io(error).into();
        }
        match self.state(version).await {
            Ok(Some(State::Enabled)) => DoesNotOpen.into(),
            Ok(_) => WrapError::NoVersion(version),
            Err(error) => error,
        }
    }

    /// Cloud KMS has no condition by which two destroyers of the last two versions could see each other; so whoever finds afterwards that
    /// none is left takes its own destruction back, which is possible as long as it is only scheduled.
    pub(super) async fn destroy(&self, version: KeyVersion) -> Result<(), WrapError> {
        match self.state(version).await? {
            None => return Err(WrapError::NoVersion(version)),
            Some(State::Destroyed | State::DestroyScheduled) => return Ok(()),
            Some(_) if !self.lives_beside(version).await? => return Err(WrapError::LastVersion(version)),
            Some(_) => {}
        }
        let client = self.kms.client().await?;
        let destroyed = client.destroy_crypto_key_version().set_name(self.name(version)).with_idempotency(true);
        match destroyed.send().await {
            Ok(_) => {}
            // An attempt that was not answered had done it.
            Err(error) if code(&error) == Some(Code::FailedPrecondition) && self.is_destroyed(version).await? => {}
            Err(error) => return Err(to_io(error).into()),
        }
        if self.lives_beside(version).await? {
            return Ok(());
        }
        self.restore(version).await?;
        Err(WrapError::LastVersion(version))
    }

    async fn restore(&self, version: KeyVersion) -> Result<(), WrapError> {
        let client = self.kms.client().await?;
        client.restore_crypto_key_version().set_name(self.name(version)).send().await.map_err(to_io)?;
        // A restored version is disabled.
        let enabled = CryptoKeyVersion::new().set_name(self.name(version)).set_state(State::Enabled);
        let update = client.update_crypto_key_version().set_crypto_key_version(enabled);
        update.set_update_mask(FieldMask::default().set_paths(["state"])).send().await.map_err(to_io)?;
        Ok(())
    }

    async fn is_destroyed(&self, version: KeyVersion) -> Result<bool, WrapError> {
        Ok(matches!(self.state(version).await?, Some(State::Destroyed | State::DestroyScheduled)))
    }

    /// Whether another version than this one is enabled.
    async fn lives_beside(&self, version: KeyVersion) -> Result<bool, WrapError> {
        let list = self.kms.client().await?.list_crypto_key_versions().set_parent(self.key.to_string());
        let (mut versions, own) = (list.by_item(), self.name(version));
        while let Some(found) = versions.next().await {
            let found = found.map_err(to_io)?;
            if found.state == State::Enabled && found.name != own {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A version's state, if it was ever made.
    async fn state(&self, version: KeyVersion) -> Result<Option<State>, WrapError> {
        match self.kms.client().await?.get_crypto_key_version().set_name(self.name(version)).send().await {
            Ok(found) => Ok(Some(found.state)),
            Err(error) if code(&error) == Some(Code::NotFound) => Ok(None),
            Err(error) => Err(to_io(error).into()),
        }
    }

    fn name(&self, version: KeyVersion) -> String {
        self.key.version(version.number()).to_string()
    }

    fn number(&self, name: &str) -> Result<KeyVersion, WrapError> {
        let number = name.strip_prefix(&format!("{}/cryptoKeyVersions/", self.key));
        number.and_then(|number| number.parse().ok()).ok_or_else(|| refused("it is of another key"))
    }
}

/// What Cloud KMS binds a wrapped key to: its version beside the caller's own data, because it decrypts by key and not by version.
fn bind(version: KeyVersion, associated: &[u8]) -> Vec<u8> {
    [&b"proveniq/v1/wrap\0"[..], &version.number().to_be_bytes(), associated].concat()
}

/// The key in an answer. The client holds further copies of it that are not wiped; they live as long as the call.
fn opened(answer: &DecryptResponse) -> Result<Key, WrapError> {
    if !is_intact(&answer.plaintext, answer.plaintext_crc32c) {
        return Err(refused("a checksum is wrong"));
    }
    let bytes: [u8; 32] = answer.plaintext.as_ref().try_into().map_err(|_| DoesNotOpen)?;
    Ok(Key::from_bytes(&Zeroizing::new(bytes)))
}

fn refused(why: &str) -> WrapError {
    WrapError::Io(io::Error::new(io::ErrorKind::InvalidData, format!("the key service's answer is refused: {why}")))
}
