//! The demo organization of a region: made once, through the public API, with the operator's key.

use std::fs;

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::json;
use truth_kernel::region::Region;

use crate::error::Error;
use crate::folder::RegionFolder;
use crate::regions_file::{DemoAccount, write_private};
use crate::request::post;

/// What the demo organization's key may do.
const SCOPES: [&str; 4] = ["events:write", "events:read", "proofs:read", "types:write"];

/// The secrets of a region, kept so that a second start finds the same organization.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Accounts {
    /// The operator's key.
    pub operator_key: String,
    /// The demo organization, once it is made.
    pub demo: Option<DemoAccount>,
}

impl Accounts {
    /// Those of an earlier start.
    pub fn read(folder: &RegionFolder) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.accounts()).ok()?).ok()
    }

    /// Keeps them for the next start.
    pub fn write(&self, folder: &RegionFolder) -> Result<(), Error> {
        write_private(&folder.accounts(), json!(self).to_string().as_bytes())
    }
}

/// The demo organization of a region: the one of an earlier start, or a new one.
pub async fn ensure(
    router: &Router,
    region: &Region,
    folder: &RegionFolder,
    accounts: &mut Accounts,
    name: &str,
) -> Result<DemoAccount, Error> {
    if let Some(demo) = &accounts.demo {
        return Ok(demo.clone());
    }
    let operator = &accounts.operator_key;
    let partner =
        post(router, "making the demo organization", "/api/v1/admin/partners", operator, &json!({ "name": name }))
            .await?;
    let text = |value: &serde_json::Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let org = text(&partner, "id");
    let wanted = json!({ "org": org, "mode": "test", "name": "walk-through", "scopes": SCOPES, "region": region });
    let key = post(router, "making the demo key", "/api/v1/admin/api-keys", operator, &wanted).await?;
    let demo = DemoAccount { name: name.to_owned(), org, key: text(&key, "key") };
    accounts.demo = Some(demo.clone());
    accounts.write(folder)?;
    Ok(demo)
}
