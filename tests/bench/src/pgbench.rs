//! The peer `pgbench`: one prepared statement per transaction that does the appender's three inserts, without chain or encryption.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use private_postgres::{Cluster, SUPERUSER};
use sqlx::{Connection, PgConnection};
use tokio::process::Command;

use crate::Failure;
use crate::load::Sample;

/// The statement; header and envelope are as long as the appender's own.
fn script(header: i32, envelope: i32) -> String {
    format!(
        r"\set o random(1, 256)
\set c random(1, 200000)
WITH n AS (SELECT nextval('peer_seq') AS n),
e AS (INSERT INTO ledger_events (org, mode, chain, seq, id, hash, time, class, type, stream, stream_seq, header)
 SELECT lpad(to_hex(:o::int), 32, '0')::uuid, 'test', 'ledger', n, lpad(to_hex(n), 32, '0')::uuid, sha256(n::text::bytea),
        clock_timestamp(), 'transactional', 'claim.filed', sha256(:c::text::bytea), n, repeat('x', {header}) FROM n
 RETURNING org, id),
p AS (INSERT INTO event_payloads (id, org, data_key, claim_id, subject_id, tags, receipt_key, envelope)
 SELECT id, org, id, 'C-' || :c, NULL, '{{claim}}', 'ledger.example/europe-west1/receipts', decode(repeat('ab', {envelope}), 'hex') FROM e)
INSERT INTO idempotency_keys (org, mode, digest, event_id) SELECT org, 'test', gen_random_uuid(), id FROM e;
"
    )
}

/// One database to insert into.
#[derive(Debug, Clone)]
pub struct Pgbench {
    cluster: &'static Cluster,
    database: String,
    script: PathBuf,
}

impl Pgbench {
    /// Prepares a database that has the ledger's tables, and writes the script beside the cluster.
    pub async fn prepare(
        cluster: &'static Cluster,
        database: String,
        header: i32,
        envelope: i32,
    ) -> Result<Self, Failure> {
        let mut connection = PgConnection::connect(&cluster.url(&database, SUPERUSER)).await?;
        sqlx::query("CREATE SEQUENCE peer_seq").execute(&mut connection).await?;
        let path = cluster.data_dir().with_file_name(format!("{database}.sql"));
        std::fs::write(&path, script(header, envelope))?;
        Ok(Self { cluster, database, script: path })
    }

    /// Runs with so many clients.
    pub async fn run(&self, clients: usize, time: Duration) -> Result<Sample, Failure> {
        let mut command = Command::new(self.cluster.binaries().folder().join("pgbench"));
        command.args(["--no-vacuum", "--protocol", "prepared", "--username", SUPERUSER]);
        command.args(["--time", &time.as_secs().max(1).to_string(), "--client", &clients.to_string()]);
        command.args(["--jobs", if clients > 1 { "2" } else { "1" }, "--file"]).arg(&self.script);
        command.arg("--host").arg(self.cluster.socket_dir());
        command.args(["--port", &self.cluster.port().to_string(), &self.database]);
        let output = command.stdin(Stdio::null()).output().await?;
        let said = String::from_utf8_lossy(&output.stdout);
        sample(&said).ok_or_else(|| format!("pgbench: {said}{}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// Rate and mean of what pgbench says at its end.
fn sample(said: &str) -> Option<Sample> {
    let number =
        |label: &str| said.lines().find_map(|line| line.strip_prefix(label)?.split(' ').next()?.parse::<f64>().ok());
    Some(Sample {
        per_second: number("tps = ")?,
        mean: Duration::from_secs_f64(number("latency average = ")? / 1000.0),
        p99: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_mean_are_read_from_what_pgbench_says() {
        let said = "latency average = 1.250 ms\ninitial connection time = 9 ms\ntps = 800.5 (without initial connection time)\n";
        let expected = Sample { per_second: 800.5, mean: Duration::from_micros(1250), p99: None };
        assert_eq!(sample(said), Some(expected));
        assert_eq!(sample("pgbench: error"), None);
    }
}
