//! A replica of the region's database, for what never changes: headers and sealed bodies under a published checkpoint.
//!
//! A replica lags, and may be gone, promoted, or on another branch of history. So a reader asks for events ([`Store::read`],
//! [`Store::read_page`]) and is never told whose rows they are:
//!
//! - From the replica come business events alone, and only those under a checkpoint that the replica knows as published and the primary has
//!   with the same root. A root pins every leaf below it: what the two have in common is the ledger's one history.
//! - Everything else comes from the primary: events not sealed there yet, audit events, heads, checkpoints, tiles and, for each event, the
//!   keys that open it together with the word that its body was not erased.
//! - A replica that fails, or is none, costs time but never an answer.

mod completion;
mod outage;
mod page;
mod sealed;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPool;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use truth_kernel::id::OrgId;

pub use self::completion::Wanted;
use self::outage::Outage;
use self::sealed::SealedTx;
pub use self::standing::Unusable;
use self::standing::{Confirmed, Server};
use crate::database::{Database, Store};

/// How long a replica is waited for before the primary is asked instead. An answer takes it a few milliseconds, a new connection some tens.
const PATIENCE: Duration = Duration::from_millis(500);

/// A replica, and what is known of it.
#[derive(Debug)]
pub(crate) struct Replica {
    pool: PgPool,
    /// Which database the primary's is.
    original: OnceCell<Server>,
    confirmed: Confirmed,
    outage: Outage,
}

impl Replica {
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

impl Store {
    /// With a replica to read sealed events from. Opens lazily, like the store itself.
    #[must_use]
    pub fn with_replica(self, replica: Database) -> Self {
        let replica = Replica {
            pool: replica.pool(PATIENCE),
            original: OnceCell::new(),
            confirmed: Confirmed::default(),
            outage: Outage::default(),
        };
        Self { replica: Some(Arc::new(replica)), ..self }
    }

    /// Whether the replica may be used now; nothing is wrong where there is none. It is asked again before every use.
    pub async fn check_replica(&self) -> Result<(), Unusable> {
        match &self.replica {
            Some(replica) => timeout(PATIENCE, replica.check(self)).await.unwrap_or(Err(Unusable::Slow)),
            None => Ok(()),
        }
    }

    /// A transaction on the replica that speaks for one organization; none where there is no replica, or none to rely on now.
    async fn begin_sealed(&self, org: OrgId) -> Option<SealedTx> {
        let replica = self.replica.as_ref().filter(|replica| replica.outage.may_ask())?;
        let begun = timeout(PATIENCE, SealedTx::begin(Arc::clone(replica), self, org)).await;
        begun.unwrap_or(Err(Unusable::Slow)).map_err(|reason| replica.outage.failed(&reason)).ok()
    }
}
