//! Which chain's events are which leaves.

use std::collections::VecDeque;

use truth_kernel::audit::{ChainName, Fault, Place};

use super::super::chains::Chains;
use super::super::copy::COLUMNS;
use super::super::frontier::{Log, chain_name};
use super::super::session::Session;
use super::super::{Step, sound};
use crate::row::{Columns, bigint};

/// The segments that a page of leaves touches.
pub(super) struct Segments {
    rows: VecDeque<Segment>,
    first: u64,
}

struct Segment {
    first_leaf: u64,
    name: ChainName,
    first_seq: u64,
    count: u64,
}

const TABLE: &str = "segments";

const QUERY: &str = "SELECT first_leaf, org, mode, chain, first_seq, count FROM segments
    WHERE log = $1 AND first_leaf < $3 AND first_leaf >= coalesce(
        (SELECT first_leaf FROM segments WHERE log = $1 AND first_leaf <= $2 ORDER BY first_leaf DESC LIMIT 1), 0)
    ORDER BY first_leaf";

impl Segments {
    /// Those of leaves `from .. to`.
    pub async fn read(session: &mut Session, log: &Log, from: u64, to: u64) -> Step<Self> {
        let rows = sqlx::query(QUERY)
            .bind(log.origin.as_str())
            .bind(bigint(from))
            .bind(bigint(to))
            .fetch_all(&mut session.connection)
            .await?;
        let segment = |row| {
            let row = Columns::of("segments", row);
            let (first_leaf, first_seq, count) = (row.size("first_leaf")?, row.size("first_seq")?, row.size("count")?);
            Ok(Segment { first_leaf, name: chain_name(&row)?, first_seq, count })
        };
        let rows: VecDeque<Segment> = rows.iter().map(segment).collect::<crate::error::Result<_>>()?;
        let first = rows.front().map_or(0, |segment| segment.first_leaf);
        Ok(Self { rows, first })
    }

    /// The events of leaves `from .. to`, in leaf order.
    pub fn events_query(&self, log: &Log, from: u64, to: u64) -> String {
        let (origin, first) = (&log.origin, self.first);
        format!(
            "SELECT {COLUMNS} FROM
                 (SELECT * FROM segments WHERE log = '{origin}' AND first_leaf >= {first} AND first_leaf < {to} ORDER BY first_leaf) g,
                 LATERAL (SELECT * FROM ledger_events e WHERE e.org = g.org AND e.mode = g.mode AND e.chain = g.chain
                          AND e.seq >= g.first_seq + greatest({from} - g.first_leaf, 0)
                          AND e.seq < g.first_seq + least({to} - g.first_leaf, g.count) ORDER BY e.seq OFFSET 0) e"
        )
    }

    /// Whose event the leaf is; the segment must go on where its chain's last one ended.
    pub fn chain_of(&mut self, log: &Log, leaf: u64, chains: &Chains<'_>) -> Step<ChainName> {
        let place = || Place { leaf: Some(leaf), ..Place::log(&log.origin) };
        while self.rows.front().is_some_and(|segment| segment.end() <= leaf) {
            self.rows.pop_front();
            if self.rows.front().is_some_and(|segment| segment.first_leaf < leaf) {
                let fault = Fault::Surplus("two segments hold the same leaf");
                return sound(Err(fault.at(TABLE, place())));
            }
        }
        let Some(segment) = self.rows.front().filter(|segment| segment.first_leaf <= leaf) else {
            return sound(Err(Fault::Missing.at(TABLE, place())));
        };
        sound(segment.fits(log, leaf, chains).map_err(|fault| {
            fault.at(TABLE, Place { log: place().log, leaf: place().leaf, ..Place::chain(&segment.name) })
        }))?;
        Ok(segment.name)
    }
}

impl Segment {
    fn end(&self) -> u64 {
        self.first_leaf + self.count
    }

    fn fits(&self, log: &Log, leaf: u64, chains: &Chains<'_>) -> Result<(), Fault> {
        if self.name.mode != log.origin.mode() {
            return Err(Fault::Surplus("a chain of the other mode is in this log"));
        }
        let seq = self.first_seq + (leaf - self.first_leaf);
        Fault::unless_equal("the sequence number of the leaf", &seq, &(chains.tail(&self.name).seq + 1))
    }
}
