//! What no log holds yet: the end of each chain, from its sealed events to its head.

use truth_kernel::audit::{Fault, Place};

use super::chains::Chains;
use super::copy::{self, COLUMNS};
use super::frontier::{Frontier, Head};
use super::session::Session;
use super::{PAGE, Step, sound};

/// A stretch of one chain.
struct Piece<'f> {
    head: &'f Head,
    count: u64,
}

/// Reads the end of every chain, many short ones in one transaction.
pub(super) async fn inspect(session: &mut Session, frontier: &Frontier, chains: &mut Chains<'_>) -> Step {
    for head in &frontier.heads {
        let sealed = Fault::unless_equal("`seq`", &head.sealed, &chains.tail(&head.name).seq);
        sound(sealed.map_err(|fault| fault.at("chain_seals", Place::chain(&head.name))))?;
    }
    let mut heads = frontier.heads.iter().filter(|head| head.seq > head.sealed).peekable();
    while heads.peek().is_some() {
        let mut room = PAGE;
        let mut pieces = Vec::new();
        while let Some(head) = heads.peek().copied().filter(|_| room > 0) {
            let count = (head.seq - chains.tail(&head.name).seq).min(room);
            room -= count;
            pieces.push(Piece { head, count });
            if room > 0 {
                heads.next();
            }
        }
        read(session, &pieces, chains).await?;
        chains.report();
        session.rest().await;
        heads.next_if(|head| chains.tail(&head.name).seq == head.seq);
    }
    Ok(())
}

async fn read(session: &mut Session, pieces: &[Piece<'_>], chains: &mut Chains<'_>) -> Step {
    let query = query(pieces, chains);
    let mut left = pieces.iter().flat_map(|piece| (0..piece.count).map(|_| piece.head));
    copy::events(session, &query, |row| match left.next() {
        Some(head) => chains.advance(&head.name, &head.log, row),
        None => Ok(()),
    })
    .await?;
    let Some(head) = left.next() else { return Ok(()) };
    let missing = Place::event(&head.name, chains.tail(&head.name).seq + 1, None);
    sound(Err(Fault::Missing.at("ledger_events", missing)))
}

fn query(pieces: &[Piece<'_>], chains: &Chains<'_>) -> String {
    let values = pieces.iter().map(|Piece { head, count }| {
        let (org, mode, chain) = (head.name.org.as_uuid(), head.name.mode, head.name.chain);
        let first = chains.tail(&head.name).seq + 1;
        format!("('{org}'::uuid, '{mode}', '{chain}', {first}::bigint, {})", first + count)
    });
    let values = values.collect::<Vec<_>>().join(", ");
    format!(
        "SELECT {COLUMNS} FROM (VALUES {values}) p(org, mode, chain, first, beyond),
             LATERAL (SELECT * FROM ledger_events e WHERE e.org = p.org AND e.mode = p.mode AND e.chain = p.chain
                      AND e.seq >= p.first AND e.seq < p.beyond ORDER BY e.seq OFFSET 0) e"
    )
}
