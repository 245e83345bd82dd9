//! One log in leaf order: segments, events, tiles, roots and checkpoints.

mod checkpoints;
mod segments;
mod tiles;

use truth_kernel::audit::{EventRow, Fault, Growth, Place};
use truth_kernel::note::VerifierKey;

use self::checkpoints::Checkpoints;
use self::segments::Segments;
use super::chains::Chains;
use super::copy;
use super::frontier::Log;
use super::session::Session;
use super::{LogSummary, PAGE, Step, sound};

/// Reads all of a log.
pub(super) async fn inspect(
    session: &mut Session,
    log: &Log,
    trust: &[VerifierKey],
    chains: &mut Chains<'_>,
) -> Step<LogSummary> {
    let mut checkpoints = Checkpoints::new(log, trust);
    let mut growth = Growth::default();
    checkpoints.read(session, 0, PAGE.min(log.size)).await?;
    checkpoints.compare(&growth)?;
    while growth.size() < log.size {
        let from = growth.size();
        let to = log.size.min(from + PAGE);
        if from > 0 {
            checkpoints.read(session, from + 1, to).await?;
        }
        let mut segments = Segments::read(session, log, from, to).await?;
        let query = segments.events_query(log, from, to);
        copy::events(session, &query, |row| {
            take(log, row, &mut segments, chains, &mut growth)?;
            checkpoints.compare(&growth)
        })
        .await?;
        if growth.size() < to {
            let name = segments.chain_of(log, growth.size(), chains)?;
            let place = Place::event(&name, chains.tail(&name).seq + 1, None);
            return sound(Err(Fault::Missing.at("ledger_events", place)));
        }
        tiles::compare_full(session, log, &mut growth).await?;
        chains.report();
        session.rest().await;
    }
    tiles::compare_edge(log, &growth)?;
    let root = Fault::unless_equal("`root`", &log.root, &growth.root());
    sound(root.map_err(|fault| fault.at("logs", Place { size: Some(log.size), ..Place::log(&log.origin) })))?;
    checkpoints.end()
}

/// The row of the next leaf.
fn take(log: &Log, row: &EventRow<'_>, segments: &mut Segments, chains: &mut Chains<'_>, growth: &mut Growth) -> Step {
    let leaf = growth.size();
    let name = segments.chain_of(log, leaf, chains)?;
    chains.advance(&name, &log.origin, row)?;
    growth.push(row.hash);
    Ok(())
}
