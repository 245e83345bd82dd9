//! The heads of streams: each is the last event of its claim.

use sqlx::postgres::PgRow;
use truth_kernel::audit::{ChainName, Divergence, Fault, Place, StreamTails};
use truth_kernel::classification::Chain;
use truth_kernel::hash::Hash;
use uuid::Uuid;

use super::frontier::{Frontier, chain_name};
use super::session::Session;
use super::{Step, sound};
use crate::error::Result;
use crate::row::Columns;

const TABLE: &str = "streams";

const HEADS: &str = "SELECT org, mode, claim_id, stream, seq, hash FROM streams
    WHERE (org, mode, claim_id) > ($1, $2, $3) ORDER BY org, mode, claim_id LIMIT 16384";

/// Heads that moved since the audit began, as they are now, with the events that they name: one snapshot.
const NOW: &str = "SELECT s.org, s.mode, 'ledger' AS chain, s.stream, s.seq, s.hash, e.hash AS last, e.seq AS chain_seq
    FROM unnest($1::uuid[], $2::text[], $3::text[]) m(org, mode, claim_id),
        LATERAL (SELECT * FROM streams s WHERE s.org = m.org AND s.mode = m.mode AND s.claim_id = m.claim_id LIMIT 1) s
        LEFT JOIN LATERAL (SELECT * FROM ledger_events e WHERE e.stream = s.stream AND e.stream_seq = s.seq AND e.org = s.org
                           AND e.mode = s.mode AND e.chain = 'ledger' LIMIT 1) e ON true";

/// A claim whose body is there and whose stream is not: both go together when a claim is erased.
const HEADLESS: &str = "SELECT e.org, e.mode, e.chain, e.stream FROM ledger_events e, LATERAL (SELECT * FROM event_payloads p WHERE p.id = e.id LIMIT 1) p
    WHERE e.stream_seq = 1 AND NOT EXISTS
        (SELECT 1 FROM streams s WHERE s.org = e.org AND s.mode = e.mode AND s.claim_id = p.claim_id AND s.stream = e.stream) LIMIT 1";

struct StreamHead {
    name: ChainName,
    claim: String,
    stream: Hash,
    seq: u64,
    hash: Hash,
}

/// Every stream ends where its head says; answers with how many there are.
pub(super) async fn inspect(session: &mut Session, frontier: &Frontier, tails: &StreamTails) -> Step<u64> {
    let (mut org, mut mode, mut claim) = (Uuid::nil(), String::new(), String::new());
    let mut known = 0;
    loop {
        let rows = sqlx::query(HEADS).bind(org).bind(mode).bind(claim).fetch_all(&mut session.connection).await?;
        let heads = rows.iter().map(stream_head).collect::<Result<Vec<_>>>()?;
        let Some(last) = heads.last() else { break };
        (org, mode, claim) = (*last.name.org.as_uuid(), last.name.mode.to_string(), last.claim.clone());
        let mut moved = Vec::new();
        for head in heads {
            known += u64::from(tails.get(&head.name, &head.stream).is_some());
            if sound(agrees(&head, tails))? == Agreement::Moved {
                moved.push(head);
            }
        }
        of_moved(session, frontier, &moved).await?;
        session.rest().await;
    }
    if known < tails.count() {
        of_headless(session).await?;
    }
    Ok(known)
}

#[derive(PartialEq, Eq)]
enum Agreement {
    Same,
    /// It names an event that was not read.
    Moved,
}

fn agrees(head: &StreamHead, tails: &StreamTails) -> Result<Agreement, Divergence> {
    let Some(tail) = tails.get(&head.name, &head.stream) else { return Ok(Agreement::Moved) };
    if head.seq > tail.seq {
        return Ok(Agreement::Moved);
    }
    let place = || Place::chain(&head.name).in_stream(head.stream);
    Fault::unless_equal("`seq`", &head.seq, &tail.seq).map_err(|fault| fault.at(TABLE, place()))?;
    if tail.ends_with(&head.hash) {
        return Ok(Agreement::Same);
    }
    let fault = Fault::Other(format!("`hash` is {}, which is not the hash of the stream's last event", head.hash));
    Err(fault.at(TABLE, place()))
}

/// What moved must name an event that was appended since.
async fn of_moved(session: &mut Session, frontier: &Frontier, moved: &[StreamHead]) -> Step {
    if moved.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query(NOW)
        .bind(moved.iter().map(|head| *head.name.org.as_uuid()).collect::<Vec<_>>())
        .bind(moved.iter().map(|head| head.name.mode.as_str()).collect::<Vec<_>>())
        .bind(moved.iter().map(|head| head.claim.as_str()).collect::<Vec<_>>())
        .fetch_all(&mut session.connection)
        .await?;
    for row in &rows {
        let row = Columns::of(TABLE, row);
        let name = chain_name(&row)?;
        let (hash, last): (Vec<u8>, Option<Vec<u8>>) = (row.get("hash")?, row.get("last")?);
        let seen = frontier.ends.get(&name).copied().unwrap_or(0);
        let appended_since = row.get::<Option<i64>>("chain_seq")?.is_some_and(|seq| seq.unsigned_abs() > seen);
        if !appended_since || last != Some(hash) {
            let fault = Fault::Other("`seq` and `hash` are not those of the stream's last event".into());
            return sound(Err(fault.at(TABLE, Place::chain(&name).in_stream(row.hash("stream")?))));
        }
    }
    Ok(())
}

async fn of_headless(session: &mut Session) -> Step {
    let Some(row) = sqlx::query(HEADLESS).fetch_optional(&mut session.connection).await? else { return Ok(()) };
    let row = Columns::of("ledger_events", &row);
    let place = Place::chain(&chain_name(&row)?).in_stream(row.hash("stream")?);
    sound(Err(Fault::Missing.at(TABLE, place)))
}

fn stream_head(row: &PgRow) -> Result<StreamHead> {
    let row = Columns::of(TABLE, row);
    let name = ChainName { org: row.id("org")?, mode: row.parsed("mode")?, chain: Chain::Ledger };
    Ok(StreamHead {
        name,
        claim: row.get("claim_id")?,
        stream: row.hash("stream")?,
        seq: row.size("seq")?,
        hash: row.hash("hash")?,
    })
}
