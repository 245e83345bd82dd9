//! A region with a bucket and keys, events in it, and sealers of it.

use std::path::PathBuf;

use cloud::bucket::{Bucket, Folder};
use cloud::clock::Clock;
use cloud::random::Random;
use cloud::signer::Signer;
use proof_batcher::{Limits, Sealer};
use store::append::{Appender, Draft, Outcome};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use truth_kernel::note::NoteSigner;
use truth_kernel::region::LogOrigin;
use truth_kernel::signature::SigningKey;

pub struct Ledger {
    pub region: TestRegion,
    pub bucket: Bucket,
    folder: PathBuf,
    orgs: Vec<OrgId>,
    appender: Appender,
}

pub fn origin(mode: Mode) -> LogOrigin {
    let number = match mode {
        Mode::Live => "1",
        Mode::Test => "test-1",
    };
    format!("ledger.example/europe-west1/{number}").parse().unwrap()
}

pub fn test_log() -> LogOrigin {
    origin(Mode::Test)
}

/// The log's key, the same in every test.
pub fn key(origin: &LogOrigin) -> NoteSigner {
    NoteSigner::new(origin.as_str(), SigningKey::from_seed(&[9; 32])).unwrap()
}

pub fn signer(mode: Mode) -> Signer {
    Signer::KeyFile(key(&origin(mode)))
}

impl Ledger {
    pub async fn new() -> Self {
        let region = TestRegion::new().await;
        let folder = std::env::temp_dir()
            .join(format!("proveniq-sealing-{:032x}", u128::from_be_bytes(Random::system().bytes())));
        let bucket = Folder::create_in(&folder, &TestRegion::founding().region, Clock::System).unwrap();
        let orgs = vec![region.organization().await, region.organization().await, region.organization().await];
        let appender = region.appender();
        Self { region, bucket: Bucket::Folder(bucket), folder, orgs, appender }
    }

    /// One that serves from another ledger's bucket: as after the restore of a backup.
    pub async fn beside(bucket: &Bucket) -> Self {
        let mut ledger = Self::new().await;
        ledger.bucket = bucket.clone();
        ledger
    }

    /// A batcher of its own, with its own connections, that never pauses.
    pub fn sealer(&self) -> Sealer {
        self.sealer_with(vec![signer(Mode::Live), signer(Mode::Test)])
    }

    pub fn sealer_with(&self, signers: Vec<Signer>) -> Sealer {
        let limits = Limits { pause: std::time::Duration::ZERO, ..Limits::default() };
        Sealer::new(self.region.store("fn_proof_batcher"), self.bucket.clone(), signers).with_limits(limits)
    }

    /// Appends test events, spread over the organizations.
    pub async fn append(&self, count: usize) {
        self.append_drafts((0..count).map(|number| claim_filed(self.org(number), 1, None))).await;
    }

    pub async fn append_live(&self, count: usize) {
        let live = |number| Draft { mode: Mode::Live, ..claim_filed(self.org(number), 1, None) };
        self.append_drafts((0..count).map(live)).await;
    }

    fn org(&self, number: usize) -> OrgId {
        self.orgs[number % self.orgs.len()]
    }

    async fn append_drafts(&self, drafts: impl Iterator<Item = Draft>) {
        let append = |draft| {
            let appender = self.appender.clone();
            async move { appender.append(draft).await.unwrap() }
        };
        let appending: JoinSet<_> = drafts.map(append).collect();
        let outcomes = appending.join_all().await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Appended(_))));
    }

    /// Runs SQL behind the ledger's back: as a superuser, past every trigger.
    pub async fn tamper(&self, sql: &'static str) {
        let mut connection = self.region.superuser().await;
        sqlx::query("SET session_replication_role = replica").execute(&mut connection).await.unwrap();
        let changed = sqlx::query(sql).execute(&mut connection).await.unwrap();
        assert_ne!(changed.rows_affected(), 0, "{sql}");
    }

    /// A number from the database.
    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.region.superuser().await).await.unwrap()
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
