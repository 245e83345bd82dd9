//! The bodies, opened: the commitment, the columns that queries use, the claim's pseudonym.

use sqlx::postgres::PgRow;
use truth_kernel::audit::{ChainName, Divergence, Fault, Place};
use truth_kernel::body::{Body, ClaimId, SubjectId, commitment};
use truth_kernel::classification::Tag;
use truth_kernel::header::Header;
use truth_kernel::id::DataKeyId;
use truth_kernel::stream::stream_id;

use super::frontier::Frontier;
use super::session::Session;
use super::{Step, Stop, sound};
use crate::database::Store;
use crate::error::{Error, Result};
use crate::row::{Columns, bigint};
use crate::stream::StreamName;
use crate::vault::{SealedPayload, Vault, WrappedKey};

const TABLE: &str = "event_payloads";

/// Events of one page: envelopes are up to 256 KiB each.
const PAGE: i64 = 128;

const QUERY: &str = "SELECT e.seq, e.header, p.org, p.claim_id, p.subject_id, p.tags, p.data_key, p.envelope,
        k.subject_id AS key_subject, k.wrap_generation, k.wrapped_key,
        s.data_key AS stream_data_key, s.sealed_key, t.wrap_generation AS stream_generation, t.wrapped_key AS stream_wrapped
    FROM (SELECT * FROM ledger_events WHERE org = $1 AND mode = $2 AND chain = $3 AND seq >= $4 AND seq <= $5 ORDER BY seq LIMIT $6) e
        LEFT JOIN LATERAL (SELECT * FROM event_payloads p WHERE p.id = e.id LIMIT 1) p ON true
        LEFT JOIN LATERAL (SELECT * FROM data_keys k WHERE k.id = p.data_key AND k.org = e.org LIMIT 1) k ON true
        LEFT JOIN LATERAL (SELECT * FROM streams s WHERE e.stream_seq = 1 AND s.org = e.org AND s.mode = e.mode
                           AND s.claim_id = p.claim_id LIMIT 1) s ON true
        LEFT JOIN LATERAL (SELECT * FROM data_keys t WHERE t.id = s.data_key AND t.org = e.org LIMIT 1) t ON true
    ORDER BY e.seq";

/// Opens every body that there was when the audit began; answers with how many.
pub(super) async fn inspect(
    session: &mut Session,
    store: &Store,
    vault: &Vault,
    frontier: &Frontier,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Step<u64> {
    let total = frontier.heads.iter().map(|head| head.seq).sum();
    let mut opened = 0;
    for head in &frontier.heads {
        let mut next = 1;
        while next <= head.seq {
            let mut tx = store.begin_system().await?;
            let rows = sqlx::query(QUERY)
                .bind(head.name.org.as_uuid())
                .bind(head.name.mode.as_str())
                .bind(head.name.chain.as_str())
                .bind(bigint(next))
                .bind(bigint(head.seq))
                .bind(PAGE)
                .fetch_all(&mut *tx.inner)
                .await?;
            tx.commit().await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                next = 1 + of_event(vault, &head.name, row).await?;
                opened += 1;
            }
            progress(opened, total);
            session.rest().await;
        }
    }
    Ok(opened)
}

/// Opens one body; answers with its event's sequence number.
async fn of_event(vault: &Vault, chain: &ChainName, row: &PgRow) -> Step<u64> {
    let row = Columns::of(TABLE, row);
    let seq = row.size("seq")?;
    let header = Header::parse(row.get("header")?).map_err(|_| row.fault("a header that does not parse"))?;
    let at = |table: &'static str, fault: Fault| -> Divergence {
        fault.at(table, Place::event(chain, seq, Some(header.id)))
    };
    // No version of this program erases yet; erasure will leave an event that says so.
    let Some(sealed) = sealed(&row)? else { return sound(Err(at(TABLE, Fault::Missing))) };
    let opened = match vault.open(chain.org, header.id, &sealed).await {
        Err(error) => return sound(Err(at(TABLE, unopened(error)?))),
        Ok(opened) => opened,
    };
    let committed = commitment(&opened.salt, &opened.body);
    sound(
        Fault::unless_equal("the commitment to the body", &committed, &header.commitment)
            .map_err(|fault| at(TABLE, fault)),
    )?;
    let body = sound(Body::parse(&opened.body).map_err(|error| at(TABLE, Fault::Other(error.to_string()))))?;
    sound(columns_are_of(&row, chain, &body)?.map_err(|fault| at(TABLE, fault)))?;
    if let Some(position) = header.stream.filter(|position| position.seq == 1) {
        let fault = stream_is_of(vault, chain, &row, body.claim_id, position.stream).await?;
        sound(fault.map_err(|fault| at("streams", fault)))?;
    }
    Ok(seq)
}

fn sealed(row: &Columns<'_>) -> Result<Option<SealedPayload>> {
    let (Some(envelope), Some(key)) = (row.get("envelope")?, row.get("wrapped_key")?) else { return Ok(None) };
    let wrapped = WrappedKey { generation: row.get("wrap_generation")?, key };
    Ok(Some(SealedPayload { data_key: row.id("data_key")?, wrapped, envelope }))
}

/// A sealed text that does not open is a divergence; a key wrapper that does not answer is not.
fn unopened(error: Error) -> Result<Fault, Stop> {
    match error {
        Error::DoesNotOpen(_) => Ok(Fault::Other("the envelope does not open with the data key that it names".into())),
        Error::Inconsistent { fault, .. } => Ok(Fault::Other(format!("the envelope holds {fault}"))),
        error => Err(error.into()),
    }
}

/// Holds the columns beside an envelope against what is in it.
fn columns_are_of(row: &Columns<'_>, chain: &ChainName, body: &Body) -> Result<Result<(), Fault>> {
    let org = row.id("org")?;
    let (claim, subject): (Option<String>, Option<String>) = (row.get("claim_id")?, row.get("subject_id")?);
    let (tags, key_subject): (Vec<String>, Option<String>) = (row.get("tags")?, row.get("key_subject")?);
    let body_claim = body.claim_id.as_ref().map(ClaimId::as_str);
    let body_subject = body.subject_id.as_ref().map(SubjectId::as_str);
    let body_tags = body.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(",");
    Ok(Fault::unless_equal("column `org`", &org, &chain.org)
        .and_then(|()| unless_same("column `claim_id`", claim.as_deref(), body_claim))
        .and_then(|()| unless_same("column `subject_id`", subject.as_deref(), body_subject))
        .and_then(|()| unless_same("the subject of the data key", key_subject.as_deref(), body_subject))
        .and_then(|()| Fault::unless_equal("column `tags`", &tags.join(","), &body_tags)))
}

/// Neither value is shown: they may be personal.
fn unless_same(what: &'static str, stored: Option<&str>, expected: Option<&str>) -> Result<(), Fault> {
    if stored == expected { Ok(()) } else { Err(Fault::Other(format!("{what} is not what the body says"))) }
}

/// The claim's pseudonym is made of its id with the stream's key.
async fn stream_is_of(
    vault: &Vault,
    chain: &ChainName,
    row: &Columns<'_>,
    claim: Option<ClaimId>,
    stream: truth_kernel::hash::Hash,
) -> Result<Result<(), Fault>, Stop> {
    let Some(claim) = claim else { return Ok(Err(Fault::Other("the stream belongs to no claim".into()))) };
    let (Some(sealed), Some(key)) = (row.get::<Option<Vec<u8>>>("sealed_key")?, row.get("stream_wrapped")?) else {
        return Ok(Err(Fault::Missing));
    };
    let wrapped = WrappedKey { generation: row.get("stream_generation")?, key };
    let data_key: DataKeyId = row.id("stream_data_key")?;
    let name = StreamName { org: chain.org, mode: chain.mode, claim };
    match vault.open_stream_key(&name, data_key, &wrapped, &sealed).await {
        Ok(key) => Ok(Fault::unless_equal("the stream of the claim", &stream_id(&key, &name.claim), &stream)),
        Err(Error::DoesNotOpen(_)) => Ok(Err(Fault::Other("the key of the stream does not open".into()))),
        Err(error) => Err(error.into()),
    }
}
