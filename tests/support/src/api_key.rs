//! API keys of test organizations.

use cloud::clock::Clock;
use cloud::random::Random;
use store::api_key::NewKey;
use truth_kernel::classification::Mode;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::id::OrgId;
use truth_kernel::time::Timestamp;

use crate::region::{TestRegion, fresh_id};

const HOUR: i64 = 3_600_000;

impl TestRegion {
    /// A new API key of an organization with these scopes, valid for an hour: its text.
    pub async fn api_key(&self, org: OrgId, mode: Mode, scopes: &[&str]) -> String {
        let region = Self::founding().region;
        let secret = Hash::from_bytes(Random::system().bytes()).to_string();
        let text = format!("pk_{mode}_{region}_{}", &secret[..43]);
        let admin = self.store("fn_admin");
        let mut tx = admin.begin(org).await.expect("a transaction");
        tx.create_key(&NewKey {
            id: fresh_id(),
            mode,
            secret_sha256: sha256(&[text.as_bytes()]),
            name: "test".into(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            region,
            expires: Timestamp::from_millis(Clock::System.now().millis() + HOUR),
        })
        .await
        .expect("an API key");
        tx.commit().await.expect("a commit");
        admin.close().await;
        text
    }
}
