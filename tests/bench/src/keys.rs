//! An API key of every organization of a stage.

use std::collections::HashMap;

use truth_kernel::classification::Mode;
use uuid::Uuid;

use crate::Failure;
use crate::stage::Stage;

/// The keys, by organization.
#[derive(Debug)]
pub struct Keys {
    by_org: HashMap<Uuid, String>,
    all: Vec<String>,
}

impl Keys {
    /// Makes them.
    pub async fn make(stage: &Stage) -> Result<Self, Failure> {
        let mut by_org = HashMap::new();
        for org in stage.workload.organizations() {
            let key = stage.region.api_key(*org, Mode::Test, &["events:write", "proofs:read"]).await;
            by_org.insert(*org.as_uuid(), key);
        }
        Ok(Self { all: by_org.values().cloned().collect(), by_org })
    }

    /// Of an organization.
    pub fn of(&self, org: Uuid) -> Result<&str, Failure> {
        self.by_org.get(&org).map(String::as_str).ok_or_else(|| format!("no key of {org}").into())
    }

    /// Of one after the other.
    pub fn in_turn(&self, number: usize) -> &str {
        &self.all[number % self.all.len()]
    }
}
