//! `POST /api/v1/admin/api-keys`: makes an API key and tells its secret once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cloud::random::Random;
use serde::{Deserialize, Serialize};
use store::api_key::NewKey;
use truth_kernel::classification::Mode;
use truth_kernel::id::{ApiKeyId, OrgId};
use truth_kernel::region::Region;
use truth_kernel::time::Timestamp;
use utoipa::ToSchema;
use web::api_key::ApiKey;
use web::caller::{Authorized, Caller};
use web::json::StrictJson;
use web::problem::{Problem, ProblemDocument};
use web::scope::{KeysWrite, Scopes};

use crate::body::{LIMIT, name, typed};
use crate::target::{may_manage_keys, target};

/// How long a key lives at most, and unless told: 365 days in milliseconds.
const LONGEST: i64 = 365 * 24 * 60 * 60 * 1000;

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedKey {
    /// Whose it is; the caller's own unless told.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    /// `live` or `test`.
    #[schema(value_type = String)]
    mode: Mode,
    /// What people call it.
    name: String,
    /// What it may do: no more than the caller may.
    #[schema(value_type = Vec<String>)]
    scopes: Scopes,
    /// The region that it calls from, by its Google code: the target of everything that it reads.
    region: String,
    /// When it ends (RFC 3339), within 365 days; after 365 days unless told.
    expires_at: Option<String>,
}

/// A key that was made. The secret is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// Its id.
    #[schema(value_type = String)]
    id: ApiKeyId,
    /// The secret, `pk_<live|test>_<region>_…`: only its hash is kept.
    key: String,
    /// When it ends.
    expires_at: String,
}

/// Makes an API key for the caller's organization, or for any by an operator.
#[utoipa::path(post, path = "/api/v1/admin/api-keys", tag = "admin", request_body = WantedKey, responses(
    (status = 201, body = MadeKey),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn create_api_key(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<KeysWrite>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let wanted: WantedKey = typed(&body)?;
    let org = target(&caller, wanted.org)?;
    let expires = wanted.expires(state.clock.now())?;
    let secret = ApiKey::generate(Random::system(), wanted.mode, &state.region);
    let key = wanted.key(&caller, &secret, expires, state.clock.now())?;
    let mut tx = state.store.begin(org).await?;
    tx.organization().await?.ok_or_else(Problem::not_found)?;
    tx.create_key(&key).await?;
    tx.commit().await?;
    let made = MadeKey { id: key.id, key: secret.disclose().to_owned(), expires_at: expires.to_string() };
    Ok((StatusCode::CREATED, Json(made)))
}

impl WantedKey {
    fn expires(&self, now: Timestamp) -> Result<Timestamp, Problem> {
        let latest = Timestamp::from_millis(now.millis() + LONGEST);
        let Some(text) = &self.expires_at else { return Ok(latest) };
        let wrong = |detail: &'static str| Problem::invalid_request().with_error("/expires_at", detail);
        let expires = Timestamp::parse_rfc3339(text).map_err(|_| wrong("not an RFC 3339 time"))?;
        if now < expires && expires <= latest { Ok(expires) } else { Err(wrong("not within the next 365 days")) }
    }

    fn key(&self, caller: &Caller, secret: &ApiKey, expires: Timestamp, now: Timestamp) -> Result<NewKey, Problem> {
        if !caller.operator && !caller.scopes.contains_all(self.scopes) {
            return Err(Problem::forbidden().with_rule("a key may do no more than the key that makes it"));
        }
        may_manage_keys(caller, self.mode)?;
        let region: Result<Region, _> = self.region.parse();
        Ok(NewKey {
            id: ApiKeyId::from_parts(now.millis().unsigned_abs(), Random::system().bytes()),
            mode: self.mode,
            secret_sha256: secret.hash(),
            name: name(&self.name)?.to_owned(),
            scopes: self.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            region: region.map_err(|_| {
                Problem::invalid_request().with_error("/region", "not a region's code, such as europe-west1")
            })?,
            expires,
        })
    }
}
