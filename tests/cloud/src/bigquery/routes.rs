//! The requests that the fake understands.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request, State as Shelf};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answers::{error, trouble};
use super::fault::Moment;
use super::table::{FakeTable, Field, RowError};
use super::{DATASET, PROJECT, Shared, State, TOKEN, lock};

pub(super) fn router(state: Shared) -> Router {
    let dataset = format!("/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}");
    Router::new()
        .route(&dataset, get(get_dataset))
        .route(&format!("{dataset}/tables"), post(create_table))
        .route(&format!("{dataset}/tables/{{table}}"), get(get_table).patch(patch_table))
        .route(&format!("{dataset}/tables/{{table}}/insertAll"), post(insert_all))
        .fallback(elsewhere)
        .layer(from_fn_with_state(Arc::clone(&state), as_told))
        .with_state(state)
}

/// Who has no token is refused; and the next fault is the next request's.
async fn as_told(Shelf(state): Shelf<Shared>, request: Request, next: Next) -> Response {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {TOKEN}")) && bearer != Some("Bearer emulator") {
        return error(401, "authError");
    }
    let fault = {
        let mut state = lock(&state);
        let last = request.uri().path().rsplit('/').next().unwrap_or_default();
        state.requests.push(format!("{} {last}", request.method()));
        state.faults.pop_front().flatten()
    };
    match fault {
        None => next.run(request).await,
        Some(fault) => {
            if fault.moment == Moment::After {
                next.run(request).await;
            }
            trouble(fault.trouble).await
        }
    }
}

async fn elsewhere(Shelf(state): Shelf<Shared>, uri: Uri) -> Response {
    lock(&state).violations.push(format!("there is nothing at {uri}"));
    error(404, "notFound")
}

async fn get_dataset(Shelf(state): Shelf<Shared>) -> Json<Value> {
    let reference = json!({ "projectId": PROJECT, "datasetId": DATASET });
    Json(json!({ "kind": "bigquery#dataset", "datasetReference": reference, "location": lock(&state).location }))
}

async fn get_table(Shelf(state): Shelf<Shared>, Path(name): Path<String>) -> Response {
    match lock(&state).tables.get(&name) {
        Some(table) => Json(table.resource(&name)).into_response(),
        None => error(404, "notFound"),
    }
}

/// What we read of a table resource; anything else in it is a violation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resource {
    table_reference: Reference,
    schema: Schema,
    time_partitioning: Option<Partitioning>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reference {
    #[serde(rename = "projectId")]
    _project: String,
    #[serde(rename = "datasetId")]
    _dataset: String,
    table_id: String,
}

#[derive(Deserialize)]
struct Schema {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Partitioning {
    field: Option<String>,
}

async fn create_table(Shelf(state): Shelf<Shared>, Json(resource): Json<Resource>) -> Response {
    let mut state = lock(&state);
    let Resource { table_reference: Reference { table_id: name, .. }, schema, time_partitioning } = resource;
    if state.tables.contains_key(&name) {
        return error(409, "duplicate");
    }
    let partitioned_by = time_partitioning.and_then(|partitioning| partitioning.field);
    let table = FakeTable { fields: schema.fields, partitioned_by, ..FakeTable::default() };
    let answer = Json(table.resource(&name)).into_response();
    state.tables.insert(name, table);
    answer
}

async fn patch_table(Shelf(state): Shelf<Shared>, Path(name): Path<String>, Json(patch): Json<Resource>) -> Response {
    let mut state = lock(&state);
    let Some(table) = state.tables.get_mut(&name) else { return error(404, "notFound") };
    match table.patch(patch.schema.fields) {
        Ok(()) => Json(table.resource(&name)).into_response(),
        Err(reason) => error(400, reason),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InsertAll {
    #[serde(default)]
    skip_invalid_rows: bool,
    #[serde(default)]
    ignore_unknown_values: bool,
    rows: Vec<InsertRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InsertRow {
    insert_id: Option<String>,
    json: Map<String, Value>,
}

async fn insert_all(
    Shelf(state): Shelf<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(request) = read(&headers, &body) else { return error(400, "parseError") };
    let mut state = lock(&state);
    state.check(&request);
    if request.rows.is_empty() {
        return error(400, "invalid");
    }
    let spoils = |row: &InsertRow| state.row_fault(&row.json).is_some_and(|(reason, ..)| reason == SPOILS);
    if request.rows.iter().any(spoils) {
        return error(400, "invalid");
    }
    let faults: Vec<_> = request.rows.iter().map(|row| state.row_fault(&row.json)).collect();
    state.used_up(&request);
    let Some(table) = state.tables.get_mut(&name) else { return error(404, "notFound") };
    (StatusCode::OK, Json(table.insert_rows(request, faults))).into_response()
}

/// A row that is refused for this reason spoils its whole request: 400 instead of an answer row by row.
pub const SPOILS: &str = "spoils the request";

fn read(headers: &HeaderMap, body: &[u8]) -> Option<InsertAll> {
    let mut text = Vec::new();
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip") {
        GzDecoder::new(body).read_to_end(&mut text).ok()?;
    } else {
        text = body.to_vec();
    }
    serde_json::from_slice(&text).ok()
}

impl State {
    /// What no request of ours may be.
    fn check(&mut self, request: &InsertAll) {
        let mut violation = |wrong: bool, what: &str| {
            if wrong {
                self.violations.push(what.to_owned());
            }
        };
        violation(request.rows.is_empty(), "an insert without rows");
        violation(request.rows.len() > 500, "more than 500 rows in a request");
        violation(request.rows.iter().any(|row| row.insert_id.is_none()), "a row without an insert id");
        violation(request.ignore_unknown_values, "unknown columns were to be thrown away");
    }

    /// What the test has ordered for a row.
    fn row_fault(&self, row: &Map<String, Value>) -> Option<RowError> {
        let meets = |fault: &&super::RowFault| fault.times > 0 && row.get(fault.column) == Some(&fault.text.into());
        let fault = self.row_faults.iter().find(meets)?;
        Some((fault.reason.to_owned(), String::new(), "as ordered".to_owned()))
    }

    /// Each order is for so many requests.
    fn used_up(&mut self, request: &InsertAll) {
        for fault in &mut self.row_faults {
            let met = request.rows.iter().any(|row| row.json.get(fault.column) == Some(&fault.text.into()));
            fault.times = fault.times.saturating_sub(u32::from(met));
        }
    }
}

impl FakeTable {
    /// Inserts what may be inserted; answers with the errors of the other rows.
    fn insert_rows(&mut self, request: InsertAll, ordered: Vec<Option<RowError>>) -> Value {
        let faults: Vec<_> =
            request.rows.iter().zip(ordered).map(|(row, ordered)| self.fault(&row.json).or(ordered)).collect();
        let stops = !request.skip_invalid_rows && faults.iter().any(Option::is_some);
        let mut errors = Vec::new();
        for (index, (row, fault)) in request.rows.into_iter().zip(faults).enumerate() {
            let stopped = || ("stopped".to_owned(), String::new(), String::new());
            match fault.or_else(|| stops.then(stopped)) {
                None => self.insert(row.insert_id.as_deref(), row.json),
                Some((reason, location, message)) => {
                    let error = json!({ "reason": reason, "location": location, "debugInfo": "", "message": message });
                    errors.push(json!({ "index": index, "errors": [error] }));
                }
            }
        }
        let mut answer = json!({ "kind": "bigquery#tableDataInsertAllResponse" });
        if !errors.is_empty() {
            answer["insertErrors"] = errors.into();
        }
        answer
    }
}
