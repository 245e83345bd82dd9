//! The heads of chains: each is the last event of its chain.

use truth_kernel::audit::{Fault, Place};
use truth_kernel::time::Timestamp;

use super::chains::Chains;
use super::frontier::{Frontier, Head};
use super::{Step, sound};

/// Every chain ends where its head says; answers with how many have events.
pub(super) fn inspect(frontier: &Frontier, chains: &Chains<'_>) -> Step<u64> {
    for head in &frontier.heads {
        sound(agrees(head, chains).map_err(|fault| fault.at("chain_heads", Place::chain(&head.name))))?;
    }
    match chains.names().find(|name| !frontier.ends.contains_key(name)) {
        Some(name) => sound(Err(Fault::Missing.at("chain_heads", Place::chain(name)))),
        None => Ok(chains.names().count() as u64),
    }
}

fn agrees(head: &Head, chains: &Chains<'_>) -> Result<(), Fault> {
    let tail = chains.tail(&head.name);
    Fault::unless_equal("`seq`", &head.seq, &tail.seq)?;
    Fault::unless_equal("`hash`", &head.hash, &tail.hash)?;
    let (stored, last) = (head.time.unwrap_or(i64::MIN), tail.time.map_or(i64::MIN, Timestamp::millis));
    Fault::unless_equal("`time` in Unix milliseconds", &stored, &last)
}
