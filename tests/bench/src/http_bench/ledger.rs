//! The ledger's side: a region, and the ledger writer as a process of its own with everything on.

use std::net::SocketAddr;
use std::path::PathBuf;

use local::folder::RegionFolder;
use sqlx::{Connection, PgConnection};
use test_support::{DOMAIN, TestRegion};
use tokio::process::Command;
use truth_kernel::classification::Mode;

use super::requests::Target;
use super::role::Role;
use super::server::Server;
use super::sink::Sink;
use crate::Failure;
use crate::machine::Machine;

/// A region with one organization.
#[derive(Debug)]
pub struct Ledger {
    region: TestRegion,
    folder: RegionFolder,
    wrapping_keys: PathBuf,
    api_key: String,
}

/// A ledger writer that serves, and whom it nudges.
#[derive(Debug)]
pub struct Writer {
    /// The process.
    pub server: Server,
    /// How it is called.
    pub target: Target,
    /// Served as long as the writer is.
    _nudged: Nudged,
}

/// Who takes the nudges.
#[derive(Debug)]
enum Nudged {
    Sink(Sink),
    Batcher(Server),
}

impl Nudged {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Sink(sink) => sink.address(),
            Self::Batcher(server) => server.address(),
        }
    }
}

impl Ledger {
    /// Makes region, keys, organization and API key.
    pub async fn prepare(machine: &Machine) -> Result<Self, Failure> {
        let region = TestRegion::within(machine.cluster).await;
        let beside = |name| machine.cluster.data_dir().with_file_name(name);
        let folder = RegionFolder::prepare(&beside("http"), &TestRegion::founding().region)?;
        let org = region.organization().await;
        let api_key = region.api_key(org, Mode::Test, &["events:write"]).await;
        Ok(Self { region, folder, wrapping_keys: beside("keys"), api_key })
    }

    /// A writer whose nudges nobody acts on: the batcher is another service on another machine.
    pub async fn writer(&self) -> Result<Writer, Failure> {
        self.writer_nudging(Nudged::Sink(Sink::start().await?)).await
    }

    /// A writer with a proof batcher that seals what it appends, on the same cores.
    pub async fn sealed_writer(&self) -> Result<Writer, Failure> {
        let batcher = self.start(Role::BeBatcher, "fn_proof_batcher", None).await?;
        self.writer_nudging(Nudged::Batcher(batcher)).await
    }

    async fn writer_nudging(&self, nudged: Nudged) -> Result<Writer, Failure> {
        let server = self.start(Role::BeWriter, "fn_ledger_writer", Some(nudged.address())).await?;
        let target = Target::new(server.address(), &self.api_key);
        Ok(Writer { server, target, _nudged: nudged })
    }

    async fn start(&self, role: Role, database_role: &str, nudged: Option<SocketAddr>) -> Result<Server, Failure> {
        let region = TestRegion::founding().region;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(role.argument()).env_clear();
        command.env("REGION", region.as_str()).env("DATABASE_URL", self.region.url(database_role));
        command.env("WRAPPING_KEYS", &self.wrapping_keys).env("RECEIPT_KEY", self.folder.receipt_key());
        command.env("CHECKPOINT_KEYS", self.folder.checkpoint_keys()).env("BUCKET", self.folder.bucket());
        command.env("LOG_KEYS", self.folder.verifier_keys(DOMAIN, &region)?.join(" "));
        command.env("PUSH_TOKEN_FILE", self.folder.push_token()).env("DEAD_LETTERS", self.folder.dead_letters());
        if let Some(address) = nudged {
            command.env("SEAL_TOPIC", format!("http://{address}/push/seal"));
        }
        Server::start(command).await
    }

    /// Average bytes of header and envelope.
    pub async fn row_sizes(&self) -> Result<(i32, i32), Failure> {
        let sizes = "SELECT avg(octet_length(header))::int, avg(octet_length(envelope))::int
             FROM ledger_events JOIN event_payloads USING (id)";
        Ok(sqlx::query_as(sizes).fetch_one(&mut self.region.superuser().await).await?)
    }

    /// Events that are stored.
    pub async fn stored(&self) -> Result<u64, Failure> {
        let mut connection: PgConnection = self.region.superuser().await;
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_events").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(stored.try_into()?)
    }
}
