//! What the function shows.

use serde::Serialize;
use store::api_key::ListedKey;
use store::event_type::RegisteredType;
use store::organization::Organization;
use truth_kernel::id::{ApiKeyId, OrgId};
use utoipa::ToSchema;

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct Partner {
    /// Its id.
    #[schema(value_type = String)]
    id: OrgId,
    /// What people call it.
    name: String,
    /// `active`, `suspended` or `closed`.
    status: &'static str,
    /// When it was made.
    created_at: String,
}

impl From<Organization> for Partner {
    fn from(organization: Organization) -> Self {
        let Organization { org, name, status, created } = organization;
        Self { id: org, name, status: status.as_str(), created_at: created.to_string() }
    }
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its id.
    #[schema(value_type = String)]
    id: ApiKeyId,
    /// `live` or `test`.
    mode: &'static str,
    /// What people call it.
    name: String,
    /// What it may do.
    scopes: Vec<String>,
    /// The region that it is registered to call from.
    region: String,
    /// When it was made.
    created_at: String,
    /// When it ends.
    expires_at: String,
    /// When it was revoked.
    revoked_at: Option<String>,
}

impl From<ListedKey> for KeyView {
    fn from(key: ListedKey) -> Self {
        Self {
            id: key.id,
            mode: key.mode.as_str(),
            name: key.name,
            scopes: key.scopes,
            region: key.region.to_string(),
            created_at: key.created.to_string(),
            expires_at: key.expires.to_string(),
            revoked_at: key.revoked.map(|time| time.to_string()),
        }
    }
}

/// A registered event type in its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeView {
    /// Its name.
    name: String,
    /// Its version, from 1; 0 for one that is built in.
    version: i32,
    /// The JSON Schema of its payload.
    schema: serde_json::Value,
    /// When this version was registered; null for one that is built in.
    registered_at: Option<String>,
}

impl From<&RegisteredType> for TypeView {
    fn from(registered: &RegisteredType) -> Self {
        Self {
            name: registered.name.to_string(),
            version: registered.version,
            schema: schema(&registered.schema),
            registered_at: Some(registered.created.to_string()),
        }
    }
}

impl TypeView {
    /// A built-in type.
    pub fn built_in(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), version: 0, schema: schema(text), registered_at: None }
    }
}

fn schema(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_default()
}
