//! `proveniq demo`: shows that what is changed behind the ledger's back is found.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection, Row};
use uuid::Uuid;

use crate::audit::runtime;
use crate::failure::{Exit, Failure};
use crate::{output, regions_file};

/// Demonstrations against a local region.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Tamper(Tamper),
}

/// Changes one row of a local region's database as its superuser, past every trigger and grant.
#[derive(Debug, Args)]
pub(crate) struct Tamper {
    /// The region of `bin/dev` on this machine.
    #[arg(long, required_unless_present = "database")]
    region: Option<String>,
    /// The database, by a superuser.
    #[arg(long, value_name = "URL", conflicts_with = "region")]
    database: Option<String>,
    /// What to change.
    #[arg(long, value_enum, default_value_t = What::Header)]
    what: What,
    /// The state folder of `bin/dev`.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Which row is changed, and how.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// One character of an event's header: the last digit of its year.
    Header,
    /// One byte of an event's sealed body (`audit --openings` finds it).
    Payload,
    /// One byte of an event's hash.
    Hash,
    /// One byte of a tile of the tree.
    Tile,
    /// A whole event.
    Delete,
}

/// An event in the middle of the longest chain.
const VICTIM: &str = "SELECT e.id, e.org, e.mode, e.chain, e.seq, e.header FROM
        (SELECT org, mode, chain, (seq + 1) / 2 AS middle FROM chain_heads WHERE seq > 0 ORDER BY seq DESC LIMIT 1) h
    JOIN ledger_events e ON e.org = h.org AND e.mode = h.mode AND e.chain = h.chain AND e.seq = h.middle";

pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    let Command::Tamper(options) = command;
    let url = match (&options.region, &options.database) {
        (Some(code), _) => regions_file::find(options.state.as_deref(), code)?.database_url,
        (None, Some(url)) => url.clone(),
        (None, None) => return Err(Failure::usage("either --region or --database is needed")),
    };
    let done = runtime()?.block_on(tamper(&url, options.what))?;
    output::line(&format!("Changed behind the ledger's back: {done}."))?;
    Ok(Exit::Done)
}

async fn tamper(url: &str, what: What) -> Result<String, Failure> {
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = connection.begin().await?;
    // Triggers do not fire for a session that claims to be a replica: only a superuser may claim that.
    sqlx::query("SET LOCAL session_replication_role = replica").execute(&mut *tx).await?;
    let victim = sqlx::query(VICTIM).fetch_optional(&mut *tx).await?;
    let victim = victim.ok_or_else(|| Failure::new(Exit::Refused, "there is no event to tamper with"))?;
    let done = match what {
        What::Header => header(&mut tx, &victim).await?,
        What::Payload => byte(&mut tx, &victim, "event_payloads", "envelope", 60).await?,
        What::Hash => byte(&mut tx, &victim, "ledger_events", "hash", 0).await?,
        What::Tile => tile(&mut tx).await?,
        What::Delete => delete(&mut tx, &victim).await?,
    };
    tx.commit().await?;
    Ok(done)
}

async fn header(tx: &mut PgConnection, victim: &PgRow) -> Result<String, Failure> {
    let header: String = victim.try_get("header")?;
    // `"time":"2026-…`: the fourth digit.
    let at = header.find("\"time\":\"").map_or(0, |start| start + 11);
    let (before, rest) = header.split_at_checked(at).unwrap_or((&header, ""));
    let old = rest.get(..1).unwrap_or_default();
    let new = if old == "5" { "4" } else { "5" };
    let changed = format!("{before}{new}{}", rest.get(1..).unwrap_or_default());
    sqlx::query("UPDATE ledger_events SET header = $2 WHERE id = $1")
        .bind(victim.try_get::<Uuid, _>("id")?)
        .bind(changed)
        .execute(tx)
        .await?;
    Ok(format!("the header of {}: the last digit of its year was {old} and is {new}", name(victim)?))
}

async fn byte(tx: &mut PgConnection, victim: &PgRow, table: &str, column: &str, at: i32) -> Result<String, Failure> {
    let sql = format!("UPDATE {table} SET {column} = set_byte({column}, $2, get_byte({column}, $2) # 1) WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(victim.try_get::<Uuid, _>("id")?).bind(at).execute(tx).await?;
    Ok(format!("one bit of {column} in {table} of {}", name(victim)?))
}

async fn tile(tx: &mut PgConnection) -> Result<String, Failure> {
    let sql = "UPDATE tiles t SET hashes = set_byte(hashes, 8, get_byte(hashes, 8) # 1)
        FROM (SELECT log, level, index FROM tiles WHERE level = 0 ORDER BY log, index LIMIT 1) v
        WHERE t.log = v.log AND t.level = v.level AND t.index = v.index RETURNING t.log";
    let log: Option<String> = sqlx::query_scalar(sql).fetch_optional(tx).await?;
    let log =
        log.ok_or_else(|| Failure::new(Exit::Refused, "nothing is sealed yet, so there is no tile to tamper with"))?;
    Ok(format!("one bit of tile 0/000 of {log}"))
}

async fn delete(tx: &mut PgConnection, victim: &PgRow) -> Result<String, Failure> {
    sqlx::query("DELETE FROM ledger_events WHERE id = $1").bind(victim.try_get::<Uuid, _>("id")?).execute(tx).await?;
    Ok(format!("{} is deleted", name(victim)?))
}

fn name(victim: &PgRow) -> Result<String, Failure> {
    let id: Uuid = victim.try_get("id")?;
    let (mode, chain, seq): (String, String, i64) =
        (victim.try_get("mode")?, victim.try_get("chain")?, victim.try_get("seq")?);
    Ok(format!("event evt_{} (number {seq} of a {mode} {chain} chain)", id.simple()))
}
