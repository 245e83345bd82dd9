//! What was committed when the audit began: logs, heads and seals in one snapshot.

use std::cmp::Ordering;
use std::collections::HashMap;

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use truth_kernel::audit::{ChainName, Divergence, Fault, Place};
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{self, Tiles};

use super::session::Session;
use super::{Step, sound};
use crate::log::LogReader;
use crate::row::Columns;

pub(super) struct Frontier {
    /// Oldest first, so that a chain that moved from one log to the next is read in order.
    pub logs: Vec<Log>,
    pub heads: Vec<Head>,
    /// The last sequence number of each chain.
    pub ends: HashMap<ChainName, u64>,
    /// Idempotency keys: each event has one.
    keys: u64,
}

pub(super) struct Log {
    pub origin: LogOrigin,
    pub size: u64,
    pub root: Hash,
    pub published_size: u64,
    /// The tiles that are not full.
    pub edge: Tiles,
    /// How many tiles each level has, by the largest index.
    tiles: Vec<i64>,
}

impl Log {
    pub fn tiles_on(&self, level: u8) -> u64 {
        self.tiles.get(usize::from(level)).map_or(0, |count| count.unsigned_abs())
    }
}

pub(super) struct Head {
    pub name: ChainName,
    pub seq: u64,
    pub hash: Hash,
    /// Unix milliseconds; none before the first event.
    pub time: Option<i64>,
    pub log: LogOrigin,
    /// How far `chain_seals` says the chain is in a log.
    pub sealed: u64,
}

const LOGS: &str = "SELECT origin, size, root, published_size,
    coalesce((SELECT first_leaf + count FROM segments WHERE log = origin ORDER BY first_leaf DESC LIMIT 1), 0) AS covered,
    (SELECT max(c.size) FROM checkpoints c WHERE c.log = origin) AS signed_size,
    ARRAY(SELECT coalesce((SELECT t.index + 1 FROM tiles t WHERE t.log = origin AND t.level = l ORDER BY t.index DESC LIMIT 1), 0)
          FROM generate_series(0, 7) l ORDER BY l) AS tiles
    FROM logs ORDER BY created_at, origin";

const HEADS: &str = "SELECT h.org, h.mode, h.chain, h.seq, h.hash, h.log,
    CASE WHEN isfinite(h.time) THEN (extract(epoch FROM h.time) * 1000)::bigint END AS time,
    coalesce((SELECT s.seq FROM chain_seals s WHERE s.org = h.org AND s.mode = h.mode AND s.chain = h.chain), 0) AS sealed,
    coalesce((SELECT e.seq FROM ledger_events e WHERE e.org = h.org AND e.mode = h.mode AND e.chain = h.chain
              ORDER BY e.seq DESC LIMIT 1), 0) AS last
    FROM chain_heads h ORDER BY h.org, h.mode, h.chain";

/// Chains with events but without a head: jumps from chain to chain along the primary key.
const HEADLESS: &str = "WITH RECURSIVE chains AS (
        (SELECT org, mode, chain FROM ledger_events ORDER BY org, mode, chain LIMIT 1)
        UNION ALL
        SELECT n.* FROM chains c, LATERAL (SELECT e.org, e.mode, e.chain FROM ledger_events e
            WHERE (e.org, e.mode, e.chain) > (c.org, c.mode, c.chain) ORDER BY e.org, e.mode, e.chain LIMIT 1) n)
    SELECT org, mode, chain FROM chains c
    WHERE NOT EXISTS (SELECT 1 FROM chain_heads h WHERE h.org = c.org AND h.mode = c.mode AND h.chain = c.chain) LIMIT 1";

impl Frontier {
    pub async fn read(session: &mut Session) -> Step<Self> {
        let mut tx = session.connection.begin().await?;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *tx).await?;
        no_headless_chain(&mut tx).await?;
        let (logs, heads) = (logs(&mut tx).await?, heads(&mut tx).await?);
        let keys: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys").fetch_one(&mut *tx).await?;
        tx.commit().await?;
        let ends = heads.iter().map(|head| (head.name, head.seq)).collect();
        Ok(Self { logs, heads, ends, keys: keys.unsigned_abs() })
    }

    /// As many idempotency keys as events: an event without one would be made again by a retry.
    pub fn every_event_has_a_key(&self) -> Step {
        let events = self.heads.iter().map(|head| head.seq).sum();
        let equal = Fault::unless_equal("the number of rows, one for each event,", &self.keys, &events);
        sound(equal.map_err(|fault| fault.at("idempotency_keys", Place::default())))
    }

    /// Events that the heads and logs speak of.
    pub fn events(&self) -> u64 {
        let sealed: u64 = self.logs.iter().map(|log| log.size).sum();
        self.heads.iter().map(|head| head.seq).sum::<u64>().max(sealed)
    }
}

async fn logs(tx: &mut PgConnection) -> Step<Vec<Log>> {
    let rows = sqlx::query(LOGS).fetch_all(&mut *tx).await?;
    let mut logs = Vec::with_capacity(rows.len());
    for row in &rows {
        let row = Columns::of("logs", row);
        let (origin, size): (LogOrigin, _) = (row.parsed("origin")?, row.size("size")?);
        let place = || Place { size: Some(size), ..Place::log(&origin) };
        sound(
            Fault::unless_equal("the number of leaves that the segments cover", &row.size("covered")?, &size)
                .map_err(|fault| fault.at("segments", place())),
        )?;
        if row.get::<Option<i64>>("signed_size")?.is_some_and(|signed| signed.unsigned_abs() > size) {
            let fault = Fault::Surplus("a checkpoint is larger than the log");
            return sound(Err(fault.at("checkpoints", place())));
        }
        let edge = LogReader(tx).tiles(&origin, &tile::edge_tiles(size)).await?;
        logs.push(Log {
            root: row.hash("root")?,
            published_size: row.size("published_size")?,
            tiles: row.get("tiles")?,
            origin,
            size,
            edge,
        });
    }
    Ok(logs)
}

async fn heads(tx: &mut PgConnection) -> Step<Vec<Head>> {
    let rows = sqlx::query(HEADS).fetch_all(&mut *tx).await?;
    rows.iter()
        .map(|row| {
            let row = Columns::of("chain_heads", row);
            let head = head(&row)?;
            sound(ends_at(&head, row.size("last")?))?;
            Ok(head)
        })
        .collect()
}

/// The last event of the chain is the one that the head names.
fn ends_at(head: &Head, last: u64) -> Result<(), Divergence> {
    match last.cmp(&head.seq) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(Fault::Missing.at("ledger_events", Place::event(&head.name, last + 1, None))),
        Ordering::Greater => {
            let fault = Fault::Surplus("the head of the chain does not reach it");
            Err(fault.at("ledger_events", Place::event(&head.name, last, None)))
        }
    }
}

fn head(row: &Columns<'_>) -> crate::error::Result<Head> {
    Ok(Head {
        name: chain_name(row)?,
        seq: row.size("seq")?,
        hash: row.hash("hash")?,
        time: row.get("time")?,
        log: row.parsed("log")?,
        sealed: row.size("sealed")?,
    })
}

async fn no_headless_chain(tx: &mut PgConnection) -> Step {
    let Some(row) = sqlx::query(HEADLESS).fetch_optional(tx).await? else { return Ok(()) };
    let name = chain_name(&Columns::of("ledger_events", &row))?;
    sound(Err(Fault::Missing.at("chain_heads", Place::chain(&name))))
}

/// The chain that a row's columns `org`, `mode` and `chain` name.
pub(super) fn chain_name(row: &Columns<'_>) -> crate::error::Result<ChainName> {
    Ok(ChainName { org: row.id("org")?, mode: row.parsed("mode")?, chain: row.parsed("chain")? })
}
