//! A region's database for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use cloud::clock::Clock;
use cloud::key_wrapper::{Folder, KeyWrapper};
use cloud::random::Random;
use private_postgres::{Cluster, SUPERUSER, Settings, test_cluster};
use sqlx::{Connection, PgConnection};
use store::append::Appender;
use store::migrate::{Founding, OWNER, create_database, fingerprint, found, found_system_organization, migrate};
use store::organization::OrganizationKind;
use store::vault::Vault;
use store::{Database, Store};
use truth_kernel::id::{Id, Kind, OrgId};

use crate::seal::receipt_signer;

/// The domain of test logs.
pub const DOMAIN: &str = "ledger.example";
/// The name of the key that signs receipts of test appends.
pub const RECEIPT_KEY: &str = "ledger.example/europe-west1/receipts";

/// A database of the region `europe-west1`, dropped with this value.
#[derive(Debug)]
pub struct TestRegion {
    cluster: &'static Cluster,
    database: String,
    keys: PathBuf,
}

impl TestRegion {
    /// A fresh region in the cluster that all tests share.
    pub async fn new() -> Self {
        let cluster = test_cluster().expect("PostgreSQL for tests");
        Self::within(cluster).await
    }

    /// A fresh region in a cluster of the test's own.
    pub async fn within(cluster: &'static Cluster) -> Self {
        let keys = cluster.data_dir().with_file_name("keys");
        let template = template(cluster, &keys).await;
        let database = fresh_name();
        let superuser = store(cluster, "postgres", SUPERUSER, 1);
        create_database(&superuser, &database, Some(&template)).await.expect("a database from the template");
        superuser.close().await;
        Self { cluster, database, keys }
    }

    /// A fresh region in a new cluster of its own, which ends with the process.
    pub async fn apart() -> Self {
        // What a standby missed while it was away must still be there when it comes back.
        let settings = Settings::scratch().volatile().set("wal_keep_size", "256MB");
        let cluster = Cluster::start(&settings).expect("a cluster of its own");
        Self::within(Box::leak(Box::new(cluster))).await
    }

    /// The region's name.
    pub fn founding() -> Founding {
        Founding {
            domain: DOMAIN.into(),
            region: "europe-west1".parse().expect("a region"),
            system: OrgId::from_parts(0, *b"test system"[..10].first_chunk().expect("ten bytes")),
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> &'static Cluster {
        self.cluster
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The address of the database for a role.
    pub fn url(&self, role: &str) -> String {
        self.cluster.url(&self.database, role)
    }

    /// The store as one function's role.
    pub fn store(&self, role: &str) -> Store {
        store(self.cluster, &self.database, role, 4)
    }

    /// A connection that may do anything, for tampering and looking behind.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.url(SUPERUSER)).await.expect("a superuser's connection")
    }

    /// Changes rows behind the ledger's back, as a superuser whom no trigger stops; answers with how many.
    pub async fn tamper(&self, sql: &'static str) -> u64 {
        let mut connection = self.superuser().await;
        sqlx::query("SET session_replication_role = replica").execute(&mut connection).await.expect("triggers off");
        sqlx::query(sql).execute(&mut connection).await.expect("a change").rows_affected()
    }

    /// The folder of the keys that wrap the generation keys.
    pub fn wrapping_keys(&self) -> &std::path::Path {
        &self.keys
    }

    /// The region's key wrapper.
    pub fn wrapper(&self) -> KeyWrapper {
        wrapper(&self.keys)
    }

    /// A vault as one function's role.
    pub fn vault(&self, role: &str) -> Vault {
        Vault::new(self.store(role), self.wrapper())
    }

    /// A running appender.
    pub fn appender(&self) -> Appender {
        let receipts = receipt_signer().verifier().to_string();
        Appender::start(&self.store("fn_ledger_writer"), self.vault("fn_ledger_writer"), &receipts)
    }

    /// A new organization.
    pub async fn organization(&self) -> OrgId {
        let org = fresh_id();
        let admin = self.store("fn_admin");
        let mut tx = admin.begin(org).await.expect("a transaction");
        tx.create_organization("Test Mutual", OrganizationKind::Partner).await.expect("an organization");
        tx.commit().await.expect("a commit");
        admin.close().await;
        org
    }

    /// The generation of an organization's chains.
    pub async fn generation(&self, org: OrgId) -> u64 {
        let mut connection = self.superuser().await;
        let generation: i64 = sqlx::query_scalar("SELECT max(generation) FROM chain_heads WHERE org = $1")
            .bind(org.as_uuid())
            .fetch_one(&mut connection)
            .await
            .expect("a generation");
        u64::try_from(generation).expect("a positive generation")
    }
}

impl Drop for TestRegion {
    fn drop(&mut self) {
        let url = self.cluster.url("postgres", SUPERUSER);
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        // On a thread of its own, because a test's runtime may be single-threaded and must not be blocked on itself.
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await.map_err(std::io::Error::other)?;
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.map_err(std::io::Error::other)
            })
        })
        .join();
    }
}

/// An id that nobody else has.
pub fn fresh_id<K: Kind>() -> Id<K> {
    Id::from_parts(Clock::System.now().millis().unsigned_abs(), Random::system().bytes())
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let random: [u8; 4] = Random::system().bytes();
    format!("t_{}_{}_{:08x}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed), u32::from_be_bytes(random))
}

fn store(cluster: &Cluster, database: &str, role: &str, connections: u32) -> Store {
    Store::open(Database::from_url(&cluster.url(database, role)).expect("a database URL").connections(connections))
}

fn wrapper(keys: &std::path::Path) -> KeyWrapper {
    KeyWrapper::Folder(Folder::open(keys, Random::system()).expect("a folder of wrapping keys"))
}

/// A migrated and founded database that new ones are copied from; made by whoever comes first.
async fn template(cluster: &Cluster, keys: &std::path::Path) -> String {
    let name = format!("template_{}", &fingerprint().to_string()[..16]);
    let mut lock = PgConnection::connect(&cluster.url("postgres", SUPERUSER)).await.expect("a superuser's connection");
    sqlx::query("SELECT pg_advisory_lock(7)").execute(&mut lock).await.expect("the template's lock");
    let ready: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)")
            .bind(&name)
            .fetch_one(&mut lock)
            .await
            .expect("the list of databases");
    if !ready {
        make_template(cluster, keys, &name).await;
        let keep = format!("ALTER DATABASE {name} IS_TEMPLATE true");
        sqlx::query(sqlx::AssertSqlSafe(keep)).execute(&mut lock).await.expect("a template");
    }
    lock.close().await.expect("the lock is given back");
    name
}

async fn make_template(cluster: &Cluster, keys: &std::path::Path, name: &str) {
    let superuser = store(cluster, "postgres", SUPERUSER, 1);
    create_database(&superuser, name, None).await.expect("an empty database");
    superuser.close().await;
    let owner = store(cluster, name, OWNER, 1);
    migrate(&owner).await.expect("migrations");
    found(&owner, &wrapper(keys), &TestRegion::founding()).await.expect("a founded region");
    owner.close().await;
    let admin = store(cluster, name, "fn_admin", 1);
    found_system_organization(&admin, &TestRegion::founding()).await.expect("a system organization");
    admin.close().await;
}
