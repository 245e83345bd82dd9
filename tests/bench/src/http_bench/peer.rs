//! The peer: a Node server with the source architecture's own path, installed into the state folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use private_postgres::{Cluster, SUPERUSER, state_dir};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::process::Command;
use truth_kernel::hash::sha256;
use uuid::Uuid;

use super::requests::Target;
use super::server::Server;
use crate::Failure;
use crate::machine::Machine;

const DATABASE: &str = "http_peer";
const API_KEY: &str = "the peer takes any text that it knows";
const SCHEMA: &str = include_str!("../../peer/schema.sql");
const LOCK: &str = include_str!("../../peer/package-lock.json");
const FILES: [(&str, &str); 4] = [
    ("package.json", include_str!("../../peer/package.json")),
    ("package-lock.json", LOCK),
    ("schemas.mjs", include_str!("../../peer/schemas.mjs")),
    ("server.mjs", include_str!("../../peer/server.mjs")),
];

/// The running peer.
#[derive(Debug)]
pub struct Peer {
    /// How it is called.
    pub target: Target,
    cluster: &'static Cluster,
    _server: Server,
}

impl Peer {
    /// Installs and starts it; nothing where there is no Node.
    pub async fn start(machine: &Machine) -> Result<Option<Self>, Failure> {
        for program in ["node", "npm"] {
            if !answers(program).await {
                println!("Without {program} there is no peer over HTTP: its lines are left out (Node 20 or newer).");
                return Ok(None);
            }
        }
        let folder = install().await?;
        make_database(machine.cluster).await?;
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder).env("NODE_ENV", "production");
        command.env("PGHOST", machine.cluster.socket_dir()).env("PGPORT", machine.cluster.port().to_string());
        command.env("PGUSER", SUPERUSER).env("PGDATABASE", DATABASE);
        let server = Server::start(command).await?;
        let target = Target::new(server.address(), API_KEY);
        Ok(Some(Self { target, cluster: machine.cluster, _server: server }))
    }

    /// Events that are stored.
    pub async fn stored(&self) -> Result<u64, Failure> {
        let mut connection = PgConnection::connect(&self.cluster.url(DATABASE, SUPERUSER)).await?;
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut connection).await?;
        Ok(stored.try_into()?)
    }
}

async fn answers(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// Puts the peer's files into the state folder, with the packages that its lock file names.
async fn install() -> Result<PathBuf, Failure> {
    let folder = state_dir()?.join("bench-peer");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    let installed = folder.join("node_modules/installed-lock.json");
    if std::fs::read_to_string(&installed).is_ok_and(|lock| lock == LOCK) {
        return Ok(folder);
    }
    println!("Installing the peer's packages (npm ci) …");
    npm_ci(&folder).await?;
    std::fs::write(installed, LOCK)?;
    Ok(folder)
}

async fn npm_ci(folder: &Path) -> Result<(), Failure> {
    let mut command = Command::new("npm");
    command.args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    let output = command.stdin(Stdio::null()).output().await?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("npm ci: {}", String::from_utf8_lossy(&output.stderr)).into())
}

async fn make_database(cluster: &Cluster) -> Result<(), Failure> {
    let mut connection = PgConnection::connect(&cluster.url("postgres", SUPERUSER)).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {DATABASE}"))).execute(&mut connection).await?;
    let mut connection = PgConnection::connect(&cluster.url(DATABASE, SUPERUSER)).await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    sqlx::query("INSERT INTO api_keys (secret_sha256, org) VALUES ($1, $2)")
        .bind(sha256(&[API_KEY.as_bytes()]).as_bytes().as_slice())
        .bind(Uuid::from_u128(1))
        .execute(&mut connection)
        .await?;
    Ok(())
}
