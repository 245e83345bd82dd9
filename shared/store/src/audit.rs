//! The audit: everything that a region stores, held against what its events say.
//!
//! First every log in leaf order (events, chains, streams, tiles, roots, checkpoints), then the
//! events that are not sealed yet, then the heads of chains and streams, then idempotency keys, and
//! with a vault the bodies. What counts is what was committed when the audit began: later rows are
//! not looked at. Ranges are read in short transactions, so that nothing holds a vacuum back; the
//! rules are the kernel's.

mod bodies;
mod chains;
mod copy;
mod frontier;
mod heads;
mod idempotency;
mod log;
mod pending;
mod session;
mod streams;

use serde::Serialize;
use truth_kernel::audit::{Divergence, Fault, Place};
use truth_kernel::note::VerifierKey;
use truth_kernel::region::LogOrigin;

use self::chains::Chains;
use self::frontier::Frontier;
use self::session::Session;
use crate::database::Store;
use crate::error::Error;
use crate::vault::Vault;

/// Events that one transaction reads at most: about 0.1 s of work.
const PAGE: u64 = 1 << 15;

/// What an audit came to.
#[derive(Debug)]
pub enum Finding {
    /// All that was read is as it must be.
    Sound(Summary),
    /// The first thing that is not.
    Diverges(Box<Divergence>),
    /// There was nothing to hold against anything; the text says why.
    Nothing(&'static str),
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Every log.
    pub logs: Vec<LogSummary>,
    /// Chains with at least one event.
    pub chains: u64,
    /// Events in a log.
    pub sealed: u64,
    /// Events that are in no log yet.
    pub pending: u64,
    /// Claim streams.
    pub streams: u64,
    /// Idempotency keys.
    pub idempotency_keys: u64,
    /// Bodies that were opened; none without a vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bodies: Option<u64>,
}

/// What was read of one log.
#[derive(Clone, Debug, Serialize)]
pub struct LogSummary {
    /// The log.
    pub origin: LogOrigin,
    /// Its leaves.
    pub size: u64,
    /// Checkpoints whose root was recomputed.
    pub checkpoints: u64,
    /// Of these, how many bear the signature of a trusted key.
    pub signed: u64,
}

/// How much of its time an audit works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Half: after each page it rests as long as the page took, and a writer on the same server keeps most of its speed.
    HalfTime,
    /// All.
    Full,
}

/// What an audit goes by.
pub struct Audit<'a> {
    /// How it treats its neighbours.
    pub pace: Pace,
    /// Keys of the logs that are trusted; without one for a log its signatures are not checked.
    pub trust: &'a [VerifierKey],
    /// Opens the bodies; without it they are left closed.
    pub vault: Option<&'a Vault>,
    /// Hears how many events of how many were read.
    pub progress: &'a mut (dyn FnMut(u64, u64) + Send),
}

/// Why an audit ended early.
enum Stop {
    Failed(Error),
    Diverges(Box<Divergence>),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

type Step<T = ()> = std::result::Result<T, Stop>;

/// Refuses to go on after a divergence.
fn sound<T>(result: Result<T, Divergence>) -> Step<T> {
    result.map_err(|divergence| Stop::Diverges(Box::new(divergence)))
}

impl Audit<'_> {
    /// Audits the region, as `fn_auditor` or a superuser.
    pub async fn run(self, store: &Store) -> crate::error::Result<Finding> {
        let mut session = Session::open(store, self.pace).await?;
        if !session.sees_everything().await? {
            return Ok(Finding::Nothing("this role does not see every row; connect as fn_auditor"));
        }
        match self.inspect(&mut session, store).await {
            Ok(Some(summary)) => Ok(Finding::Sound(summary)),
            Ok(None) => Ok(Finding::Nothing("there is not one event")),
            Err(Stop::Diverges(divergence)) => Ok(Finding::Diverges(divergence)),
            // A row that cannot even be read as what it should be.
            Err(Stop::Failed(Error::Inconsistent { table, fault })) => Ok(Finding::Diverges(Box::new(
                Fault::Other(format!("the table holds {fault}")).at(table, Place::default()),
            ))),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn inspect(self, session: &mut Session, store: &Store) -> Step<Option<Summary>> {
        let frontier = Frontier::read(session).await?;
        if frontier.events() == 0 {
            return Ok(None);
        }
        let mut chains = Chains::new(frontier.events(), &mut *self.progress);
        let mut summary = Summary::default();
        for log in &frontier.logs {
            let read = log::inspect(session, log, self.trust, &mut chains).await?;
            summary.logs.push(read);
        }
        summary.sealed = chains.events();
        pending::inspect(session, &frontier, &mut chains).await?;
        summary.pending = chains.events() - summary.sealed;
        summary.chains = heads::inspect(&frontier, &chains)?;
        summary.streams = streams::inspect(session, &frontier, chains.streams()).await?;
        drop(chains);
        summary.idempotency_keys = idempotency::inspect(session).await?;
        frontier.every_event_has_a_key()?;
        if let Some(vault) = self.vault {
            summary.bodies = Some(bodies::inspect(session, store, vault, &frontier, &mut *self.progress).await?);
        }
        Ok(Some(summary))
    }
}
