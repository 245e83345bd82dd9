//! Evidence of stored events: what several functions put together from the store, the vault and the region's keys.

mod document;
mod history;
mod keyring;
mod prover;
#[cfg(test)]
mod tests;

use store::event::{OpenedEvent, StoredEvent};
use store::log::Published;
use store::vault::Vault;
use store::{Error, Store};
use truth_kernel::evidence::{EventText, Evidence, Inclusion, Opening};

pub use self::document::{Document, DocumentBytes};
pub use self::keyring::{Keyring, VerifierKeys};
pub use self::prover::Prover;

/// Puts evidence together. Clones share their caches.
#[derive(Clone, Debug)]
pub struct Witness {
    store: Store,
    vault: Vault,
    keyring: Keyring,
    prover: Prover,
}

impl Witness {
    /// A witness of the region's database, as the function's own role.
    pub fn new(store: Store, vault: Vault, keyring: Keyring) -> Self {
        Self { store, vault, keyring, prover: Prover::default() }
    }

    /// The region's keys.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// What proves places in the log.
    pub fn prover(&self) -> &Prover {
        &self.prover
    }

    /// What an event's header commits to; none once it was erased. Nothing of it is ever cached.
    pub async fn opening(&self, event: &StoredEvent) -> Result<Option<Opening>, Error> {
        Ok(event.open(&self.vault).await?.map(disclose))
    }

    /// What the append of this event was answered with, byte for byte: for a replay. The region must still hold the receipt key.
    pub fn receipt_only(&self, event: &StoredEvent, opened: OpenedEvent) -> Result<Evidence, Error> {
        let receipt = self.keyring.receipt(event).ok_or(OTHER_RECEIPT_KEY)?;
        let log = self.keyring.log(&event.header.log);
        Ok(Evidence::receipted(log, text(event)?, disclose(opened), receipt))
    }

    /// The event with its place under a published checkpoint, and with its receipt where the region still holds the receipt key.
    pub async fn with_inclusion(
        &self,
        event: &StoredEvent,
        inclusion: Inclusion,
        published: &Published,
    ) -> Result<Evidence, Error> {
        let log = self.keyring.log(&event.header.log);
        let opening = self.opening(event).await?;
        let evidence = Evidence::included(log, text(event)?, opening, inclusion, published.note.clone());
        Ok(match self.keyring.receipt(event) {
            Some(receipt) => evidence.with_receipt(receipt),
            None => evidence,
        })
    }
}

const OTHER_RECEIPT_KEY: Error =
    Error::Inconsistent { table: "event_payloads", fault: "a receipt key that the region does not hold" };

/// The header as documents carry it; refuses one that was changed behind the ledger's back.
pub fn text(event: &StoredEvent) -> Result<EventText, Error> {
    let text = EventText::new(event.header_text.clone());
    if text.hash() == event.hash {
        Ok(text)
    } else {
        tracing::error!(event.id = %event.header.id, "the header does not have the stored hash");
        Err(Error::Inconsistent { table: "ledger_events", fault: "a header that does not have the stored hash" })
    }
}

fn disclose(opened: OpenedEvent) -> Opening {
    Opening::new(opened.salt, opened.body, opened.stream_key)
}
