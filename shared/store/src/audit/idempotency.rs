//! Idempotency keys: each names an event of its organization and mode.

use truth_kernel::audit::{ChainName, Fault, Place};
use truth_kernel::classification::Chain;
use uuid::Uuid;

use super::session::Session;
use super::{Step, sound};
use crate::row::Columns;

/// A page of keys: how many, the last one, and one without its event, if there is one.
const PAGE: &str = "WITH page AS MATERIALIZED (SELECT org, mode, digest, event_id FROM idempotency_keys
        WHERE (org, mode, digest) > ($1, $2, $3) ORDER BY org, mode, digest LIMIT 16384)
    SELECT p.org, p.mode, p.digest, p.event_id, NULL::bigint AS count FROM
        (SELECT * FROM page p WHERE NOT EXISTS
            (SELECT 1 FROM ledger_events e WHERE e.id = p.event_id AND e.org = p.org AND e.mode = p.mode) LIMIT 1) p
    UNION ALL
    SELECT p.org, p.mode, p.digest, p.event_id, n.count FROM (SELECT count(*) FROM page) n,
        LATERAL (SELECT * FROM page p OFFSET greatest(n.count - 1, 0) LIMIT 1) p";

/// Answers with how many keys there are.
pub(super) async fn inspect(session: &mut Session) -> Step<u64> {
    let (mut org, mut mode, mut digest) = (Uuid::nil(), String::new(), Uuid::nil());
    let mut keys = 0;
    loop {
        let rows = sqlx::query(PAGE).bind(org).bind(mode).bind(digest).fetch_all(&mut session.0).await?;
        let Some(row) = rows.first() else { return Ok(keys) };
        let row = Columns::of("idempotency_keys", row);
        let Some(count) = row.get::<Option<i64>>("count")? else { return dangling(&row) };
        keys += count.unsigned_abs();
        (org, mode, digest) = (row.get("org")?, row.get("mode")?, row.get("digest")?);
    }
}

fn dangling(row: &Columns<'_>) -> Step<u64> {
    let name = ChainName { org: row.id("org")?, mode: row.parsed("mode")?, chain: Chain::Ledger };
    let place = Place { event: Some(row.id("event_id")?), chain: None, ..Place::chain(&name) };
    sound(Err(Fault::Other("the event that the key names does not exist".into()).at("idempotency_keys", place)))
}
