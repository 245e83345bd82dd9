//! The keys of a region: what it verifies by, and what it signs receipts with.

use std::str::FromStr;
use std::sync::Arc;

use store::event::StoredEvent;
use truth_kernel::evidence::{LogKeys, Receipt};
use truth_kernel::note::{KeyError, NoteSigner, VerifierKey};
use truth_kernel::region::LogOrigin;

/// The published keys of the region's logs and its receipt key. Keys are looked up by name and key id, never "the current one".
#[derive(Clone, Debug)]
pub struct Keyring {
    logs: Arc<[VerifierKey]>,
    receipts: Arc<NoteSigner>,
}

impl Keyring {
    /// The logs' keys, named like their origins, and the key that signs receipts and stream heads.
    pub fn new(logs: impl IntoIterator<Item = VerifierKey>, receipts: Arc<NoteSigner>) -> Self {
        let is_log = |key: &VerifierKey| key.name() != receipts.verifier().name();
        Self { logs: logs.into_iter().filter(is_log).collect(), receipts }
    }

    /// A log with its keys, as documents name them.
    pub fn log(&self, origin: &LogOrigin) -> LogKeys {
        let keys = self.logs.iter().filter(|key| key.name() == origin.as_str());
        LogKeys { origin: origin.clone(), keys: keys.cloned().collect() }
    }

    /// Every key that the region has published: of its logs and of its receipts.
    pub fn published(&self) -> Vec<VerifierKey> {
        let receipts = self.receipts.verifier();
        self.logs.iter().chain([receipts]).cloned().collect()
    }

    /// The key that signs receipts and stream heads.
    pub fn receipts(&self) -> &NoteSigner {
        &self.receipts
    }

    /// The receipt that an event was answered with: Ed25519 is deterministic, so it is signed again, if the region still holds the key
    /// that was named at append.
    pub fn receipt(&self, event: &StoredEvent) -> Option<Receipt> {
        let named = &event.payload.as_ref()?.receipt_key;
        let held = *named == self.receipts.verifier().to_string();
        held.then(|| Receipt::sign(&self.receipts, &event.hash))
    }
}

/// `LOG_KEYS`: verifier keys, one a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKeys(pub Vec<VerifierKey>);

impl FromStr for VerifierKeys {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let keys = text.split_ascii_whitespace().map(str::parse);
        keys.collect::<Result<_, _>>().map(Self)
    }
}
