//! Idempotency keys: each names an event of its organization and mode.

use truth_kernel::audit::{ChainName, Fault, Place};
use truth_kernel::classification::Chain;
use uuid::Uuid;

use super::session::Session;
use super::{Step, sound};
use crate::row::Columns;

/// A stretch of the table as it lies on disk, which is in the order of the events, so that the look-ups stay close together: how many keys,
/// and one without its event, if there is one.
const STRETCH: &str = "WITH keys AS MATERIALIZED (SELECT org, mode, event_id FROM idempotency_keys
        WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $1::bigint + $2::bigint)::tid)
    SELECT n.count, d.org, d.mode, d.event_id FROM (SELECT count(*) FROM keys) n LEFT JOIN LATERAL
        (SELECT * FROM keys k WHERE NOT EXISTS
            (SELECT 1 FROM ledger_events e WHERE e.id = k.event_id AND e.org = k.org AND e.mode = k.mode) LIMIT 1) d ON true";

/// Blocks of one stretch: some 25,000 keys.
const BLOCKS: i64 = 256;

/// Answers with how many keys there are.
pub(super) async fn inspect(session: &mut Session) -> Step<u64> {
    let size = "SELECT pg_relation_size('idempotency_keys') / current_setting('block_size')::bigint";
    let blocks: i64 = sqlx::query_scalar(size).fetch_one(&mut session.connection).await?;
    let mut keys = 0;
    let mut next = 0;
    while next < blocks {
        let row = sqlx::query(STRETCH).bind(next).bind(BLOCKS).fetch_one(&mut session.connection).await?;
        let row = Columns::of("idempotency_keys", &row);
        if row.get::<Option<Uuid>>("event_id")?.is_some() {
            return dangling(&row);
        }
        keys += row.size("count")?;
        next += BLOCKS;
        session.rest().await;
    }
    Ok(keys)
}

fn dangling(row: &Columns<'_>) -> Step<u64> {
    let name = ChainName { org: row.id("org")?, mode: row.parsed("mode")?, chain: Chain::Ledger };
    let place = Place { event: Some(row.id("event_id")?), chain: None, ..Place::chain(&name) };
    sound(Err(Fault::Other("the event that the key names does not exist".into()).at("idempotency_keys", place)))
}
