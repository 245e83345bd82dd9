//! Starting: what the function needs of its environment.

use cloud::clock::Clock;
use store::append::Appender;
use web::authority::Authority;
use web::caller::Door;
use web::config::{Environment, Mistakes};
use web::evidence::Witness;
use web::runtime::{Function, Start};

use crate::endpoints;
use crate::registry::EventTypes;
use crate::writer::{Parts, Writer};

/// The function from its environment, or every mistake in it.
pub async fn start(environment: Environment) -> Result<Function, Mistakes> {
    let mut start = Start::read(environment);
    let store = start.store().await;
    let vault = start.vault();
    let keyring = start.keyring().await;
    let batcher = start.seal_topic();
    start.finish(|settings| {
        let (store, vault, keyring) = (store?, vault?, keyring?);
        let authority = Authority::new(store.clone(), Clock::System);
        let receipt_key = keyring.receipts().verifier().to_string();
        let writer = Writer::new(Parts {
            door: Door::new(authority.clone(), settings.region.clone(), settings.regions.clone()),
            appender: Appender::start(&store, vault.clone(), &receipt_key),
            types: EventTypes::new(store.clone()),
            batcher: batcher?,
            witness: Witness::new(store.clone(), vault.clone(), keyring),
            authority,
            store,
            vault,
        });
        Some(endpoints().select(&settings.routes, writer))
    })
}
