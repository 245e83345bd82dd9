//! A region with events, a locked bucket, and anchorers of it.

use std::path::PathBuf;
use std::time::Duration;

use anchorer::{Anchorer, Authority};
use cloud::bucket::{Bucket, Folder};
use cloud::clock::{Clock, ManualClock};
use cloud::random::Random;
use store::append::{Appender, Draft, Outcome};
use store::follow::Consumer;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use timestamp::{Demands, Token};
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use truth_kernel::region::LogOrigin;

use crate::authority::TestAuthority;

pub struct Ledger {
    pub region: TestRegion,
    pub authority: TestAuthority,
    pub bucket: Bucket,
    pub folder: PathBuf,
    pub clock: Clock,
    pub hands: ManualClock,
    org: OrgId,
    appender: Appender,
}

pub fn test_log() -> LogOrigin {
    TestRegion::log(Mode::Test)
}

/// Log, size, note and token of an anchor.
type Row = (String, i64, String, Vec<u8>);

impl Ledger {
    pub async fn new(test: &str) -> Option<Self> {
        let authority = TestAuthority::start(test).await?;
        let region = TestRegion::new().await;
        let folder = std::env::temp_dir()
            .join(format!("proveniq-anchoring-{:032x}", u128::from_be_bytes(Random::system().bytes())));
        let bucket = Folder::create_in(&folder, &TestRegion::founding().region, Clock::System).unwrap();
        let (clock, hands) = Clock::manual(Clock::System.now());
        let (org, appender) = (region.organization().await, region.appender());
        Some(Self { region, authority, bucket: Bucket::Folder(bucket), folder, clock, hands, org, appender })
    }

    /// An anchorer of its own, with its own connections.
    pub fn anchorer(&self) -> Anchorer {
        self.anchorer_asking(self.authority.url())
    }

    pub fn anchorer_asking(&self, url: &str) -> Anchorer {
        let authority = Authority::new(url.parse().unwrap(), self.authority.roots(), None);
        let store = self.region.store("fn_anchorer");
        Anchorer::new(store, self.bucket.clone(), authority, self.clock.clone()).with_interval(Duration::from_mins(1))
    }

    /// Appends an event to the log of a mode and publishes a checkpoint over it; answers with its size.
    pub async fn publish(&self, mode: Mode) -> u64 {
        let draft = Draft { mode, ..claim_filed(self.org, 1, None) };
        assert!(matches!(self.appender.append(draft).await.unwrap(), Outcome::Appended(_)));
        self.region.seal(mode).await
    }

    pub fn after_seconds(&self, seconds: i64) {
        self.hands.advance(seconds * 1000);
    }

    pub async fn cursor(&self, origin: &LogOrigin) -> u64 {
        let store = self.region.store("fn_anchorer");
        store.begin_system().await.unwrap().cursor(Consumer::Anchorer, origin).await.unwrap()
    }

    /// Failures in a row, and the kind of the last.
    pub async fn failures(&self) -> (u32, Option<String>) {
        let store = self.region.store("fn_anchorer");
        let state = store.begin_system().await.unwrap().logs().anchor_state(&test_log()).await.unwrap();
        state.map(|state| (state.failures, state.last_error)).unwrap_or_default()
    }

    /// The sizes anchored in the test log. Each anchor must verify over its note, and the bucket must hold exactly the same.
    pub async fn anchored(&self) -> Vec<u64> {
        let sql = "SELECT log, size, note, token FROM anchors JOIN checkpoints USING (log, size) ORDER BY log, size";
        let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(&mut self.region.superuser().await).await.unwrap();
        let mut expected = Vec::new();
        for (log, size, note, token) in &rows {
            let verified = Token::from_der(token.clone());
            verified.verify(note.as_bytes(), &Demands::default(), &self.authority.roots()).unwrap();
            let number = log.rsplit('/').next().unwrap();
            let folder = format!("log/{number}/anchors/{size}");
            expected.push((format!("{folder}/checkpoint"), note.clone().into_bytes()));
            expected.push((format!("{folder}/token.der"), token.clone()));
        }
        expected.sort();
        assert_eq!(self.objects(), expected, "the bucket is a copy of the database");
        let of_test_log = rows.iter().filter(|(log, ..)| log == test_log().as_str());
        of_test_log.map(|(_, size, ..)| size.unsigned_abs()).collect()
    }

    /// Every object of the bucket.
    pub fn objects(&self) -> Vec<(String, Vec<u8>)> {
        let root = self.folder.join("objects");
        let (mut folders, mut objects) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    objects.push((name, std::fs::read(path).unwrap()));
                }
            }
        }
        objects.sort();
        objects
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
