//! `POST /api/v1/admin/event-types`: registers a version of an event type.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use truth_kernel::body::EventType;
use truth_kernel::canonical::Value;
use truth_kernel::id::OrgId;
use utoipa::ToSchema;
use web::caller::Authorized;
use web::event_type::{CLAIM_VERIFIED, Schema};
use web::json::StrictJson;
use web::problem::{Problem, ProblemDocument};
use web::scope::TypesWrite;

use crate::body::LIMIT;
use crate::target::target;

/// Event types of one organization: the writer keeps them compiled, a few hundred KB each at most.
const MOST: usize = 200;

/// An event type to register.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "only described: the body is read through the gate, because the schema is kept in canonical form"
)]
pub struct NewEventType {
    /// Whose it is; the caller's own unless told.
    org: Option<String>,
    /// Its name, such as `policy.renewed`.
    name: String,
    /// The JSON Schema (draft 2020-12) of its payload: at most 64 KiB, `$ref` only inside, patterns in linear time.
    schema: serde_json::Value,
}

/// What was registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    /// Its name.
    name: String,
    /// Its version, from 1.
    version: i32,
}

/// Registers the next version of an event type for the mode of the key; events that are appended from now on are held against it. One with
/// the name of a built-in type counts instead of it.
#[utoipa::path(post, path = "/api/v1/admin/event-types", tag = "admin", request_body = NewEventType, responses(
    (status = 201, body = Registered),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn register_event_type(
    State(state): State<crate::State>,
    Authorized { caller, .. }: Authorized<TypesWrite>,
    StrictJson(body): StrictJson<LIMIT>,
) -> Result<(StatusCode, Json<Registered>), Problem> {
    let (org, name, schema) = parse(&body)?;
    let mut tx = state.store.begin(target(&caller, org)?).await?;
    tx.organization().await?.ok_or_else(Problem::not_found)?;
    let own = tx.event_types(caller.mode).await?;
    if own.len() >= MOST && own.iter().all(|own| own.name != name) {
        return Err(Problem::conflict().with_detail(format!("the organization has {MOST} event types")));
    }
    let version = tx.register_event_type(caller.mode, &name, schema.text()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Registered { name: name.to_string(), version })))
}

fn parse(body: &Value) -> Result<(Option<OrgId>, EventType, Schema), Problem> {
    let wrong = |pointer: &str, detail: &str| Problem::invalid_request().with_error(pointer, detail);
    let object = body.as_object().ok_or_else(|| wrong("", "not an object"))?;
    if let Some((unknown, _)) = object.iter().find(|(member, _)| !["org", "name", "schema"].contains(member)) {
        return Err(wrong(&format!("/{unknown}"), "unknown member"));
    }
    let org = object.get("org").map(|org| {
        org.as_str().and_then(|org| org.parse().ok()).ok_or_else(|| wrong("/org", "not an organization's id"))
    });
    let name = object.get("name").and_then(Value::as_str).and_then(|name| name.parse::<EventType>().ok());
    let name = name.ok_or_else(|| wrong("/name", "not an event type's name, such as policy.renewed"))?;
    if name.as_str() == CLAIM_VERIFIED {
        return Err(Problem::conflict().with_detail("events of this type are written by the ledger alone"));
    }
    let schema = object.get("schema").ok_or_else(|| wrong("/schema", "missing"))?;
    let schema = Schema::compile(schema).map_err(|fault| wrong(&format!("/schema{}", fault.pointer), &fault.detail))?;
    Ok((org.transpose()?, name, schema))
}
