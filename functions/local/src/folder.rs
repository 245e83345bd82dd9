//! A region's folder: its database cluster, bucket and keys.

use std::fs;
use std::path::{Path, PathBuf};

use cloud::bucket::Folder as BucketFolder;
use cloud::clock::Clock;
use cloud::key_file;
use cloud::random::Random;
use cloud::signer;
use truth_kernel::region::Region;

use crate::error::Error;

/// Where everything of one region lies, outside the checkout.
#[derive(Clone, Debug)]
pub struct RegionFolder(PathBuf);

impl RegionFolder {
    /// The region's folder below the state folder, made with its keys where they are missing.
    pub fn prepare(state: &Path, region: &Region) -> Result<Self, Error> {
        let folder = Self(state.join(region.as_str()));
        for path in [folder.0.clone(), folder.keys(), folder.checkpoint_keys(), folder.dead_letters()] {
            fs::create_dir_all(&path).map_err(Error::io(format!("cannot make {}", path.display())))?;
        }
        let checkpoint_keys = ["1", "test-1"].map(|number| folder.checkpoint_keys().join(format!("{number}.key")));
        for secret in checkpoint_keys.iter().chain([&folder.receipt_key(), &folder.push_token()]) {
            if !secret.exists() {
                key_file::generate(secret, Random::system())?;
            }
        }
        for bucket in [folder.bucket(), folder.anchor_bucket()] {
            if !bucket.exists() {
                BucketFolder::create_in(&bucket, region, Clock::System)?;
            }
        }
        Ok(folder)
    }

    /// The database cluster.
    pub fn cluster(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// The bucket.
    pub fn bucket(&self) -> PathBuf {
        self.0.join("bucket")
    }

    /// The bucket of note and token of every anchor.
    pub fn anchor_bucket(&self) -> PathBuf {
        self.0.join("anchor-bucket")
    }

    /// All keys.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// What wraps the generation keys.
    pub fn wrapping_keys(&self) -> PathBuf {
        self.keys().join("wrapping")
    }

    /// The seed of the receipt key.
    pub fn receipt_key(&self) -> PathBuf {
        self.keys().join("receipts.key")
    }

    /// The seeds of the checkpoint keys, one per log.
    pub fn checkpoint_keys(&self) -> PathBuf {
        self.keys().join("checkpoints")
    }

    /// The vkeys of the region's logs and receipts: what others trust.
    pub fn verifier_keys(&self, domain: &str, region: &Region) -> Result<Vec<String>, Error> {
        let key = |path: PathBuf, name: &str| -> Result<String, Error> {
            Ok(signer::from_file(&path, &format!("{domain}/{region}/{name}"))?.verifier().to_string())
        };
        Ok(vec![
            key(self.checkpoint_keys().join("1.key"), "1")?,
            key(self.checkpoint_keys().join("test-1.key"), "test-1")?,
            key(self.receipt_key(), "receipts")?,
        ])
    }

    /// The token of whoever may push messages.
    pub fn push_token(&self) -> PathBuf {
        self.keys().join("push.token")
    }

    /// The secrets of the operator and the demo organization.
    pub fn accounts(&self) -> PathBuf {
        self.keys().join("accounts.json")
    }

    /// Messages that nobody took.
    pub fn dead_letters(&self) -> PathBuf {
        self.0.join("dead-letters")
    }
}
