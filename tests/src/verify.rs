//! What must hold of a region at the end of every story.

use cloud::key_wrapper::{Folder, KeyWrapper};
use cloud::random::Random;
use local::founding::{self, DATABASE};
use store::audit::{Audit, Finding, Pace, Summary};
use store::vault::Vault;

use crate::region::Region;

impl Region {
    /// Every event is sealed, the audit is green down to the opened bodies, and the bucket holds what the database says.
    pub async fn verify(&self) {
        self.everything_followed().await;
        if let Some(summary) = self.audit().await {
            for log in &summary.logs {
                assert_eq!(log.signed, log.checkpoints, "every checkpoint of {} is signed", log.origin);
            }
        }
        self.bucket_is_a_copy().await;
    }

    /// Audits the region as its auditors do; none if there is not one event.
    pub async fn audit(&self) -> Option<Summary> {
        let before = self.events().await;
        let store = founding::store(&self.local.cluster, DATABASE, "fn_auditor").expect("a store");
        let keys = Folder::open(&self.local.folder.wrapping_keys(), Random::system()).expect("wrapping keys");
        let vault = Vault::new(store.clone(), KeyWrapper::Folder(keys));
        let audit = Audit { pace: Pace::Full, trust: &self.trust, vault: Some(&vault), progress: &mut |_, _| {} };
        let finding = audit.run(&store).await.expect("an audit");
        store.close().await;
        match finding {
            Finding::Sound(summary) => Some(summary),
            Finding::Diverges(divergence) => panic!("{}: {divergence}", self.code()),
            Finding::Nothing(why) => {
                assert_eq!(before, 0, "{why}");
                None
            }
        }
    }

    /// How many events the region holds.
    pub async fn events(&self) -> i64 {
        let mut superuser = self.superuser().await;
        sqlx::query_scalar("SELECT count(*) FROM ledger_events").fetch_one(&mut superuser).await.expect("a count")
    }
}
