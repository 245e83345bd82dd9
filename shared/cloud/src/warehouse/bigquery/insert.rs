//! Streaming rows. `insertAll` answers 200 and names the rows that it did not take: an answer is read row by row.

use std::ops::Range;

use gcp_bigquery_client::model::error_proto::ErrorProto;
use gcp_bigquery_client::model::table_data_insert_all_request::TableDataInsertAllRequest;
use gcp_bigquery_client::model::table_data_insert_all_response::TableDataInsertAllResponse;

use super::failure::{Failure, RowFailed};
use super::{BigQuery, Inner};
use crate::warehouse::{Reason, Refusal, Row, Table, WarehouseError};

/// Rows in one request: what Google recommends. Our rows have some 300 bytes, so that it stays far below its 10 MB.
const ROWS: usize = 500;

pub(super) async fn insert(to: &BigQuery, table: &Table, rows: &[Row]) -> Result<Vec<Refusal>, WarehouseError> {
    let mut refused = Vec::new();
    let pieces = (0..rows.len()).step_by(ROWS).map(|first| first..(first + ROWS).min(rows.len()));
    let mut left: Vec<Range<usize>> = pieces.collect();
    while let Some(range) = left.pop() {
        match insert_all(to, table, &rows[range.clone()]).await {
            Ok(among) => {
                refused.extend(among.into_iter().map(|refusal| Refusal { row: range.start + refusal.row, ..refusal }));
            }
            // One row may spoil a whole request: it is found by halving, and the others are inserted.
            Err(Failure::Request(reason, _)) if range.len() == 1 => refused.push(Refusal { row: range.start, reason }),
            Err(Failure::Request(..)) => {
                let middle = range.start + range.len() / 2;
                left.extend([range.start..middle, middle..range.end]);
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    refused.sort_by_key(|refusal| refusal.row);
    Ok(refused)
}

/// One request.
async fn insert_all(to: &BigQuery, table: &Table, rows: &[Row]) -> Result<Vec<Refusal>, Failure> {
    let request = &request(rows)?;
    let Inner { project, dataset, .. } = &*to.0;
    to.ask(|client| async move {
        let answer = client.tabledata().insert_all(project, dataset, table.name, request.clone()).await;
        refusals(answer.map_err(Failure::of)?)
    })
    .await
}

/// A row that cannot be taken must not keep the others out: without `skipInvalidRows` it would.
fn request(rows: &[Row]) -> Result<TableDataInsertAllRequest, Failure> {
    let mut request = TableDataInsertAllRequest::new();
    request.skip_invalid_rows();
    for row in rows {
        request.add_row(Some(row.insert_id.clone()), row.to_json()).map_err(Failure::of)?;
    }
    Ok(request)
}

/// The rows that are never taken; a failure if one of the others is not there.
fn refusals(answer: TableDataInsertAllResponse) -> Result<Vec<Refusal>, Failure> {
    let mut refused = Vec::new();
    for row in answer.insert_errors.unwrap_or_default() {
        let errors = row.errors.unwrap_or_default();
        if errors.iter().any(is_unknown_column) {
            return Err(Failure::SchemaBehind);
        }
        let passing = errors.iter().find(|error| error.reason.as_deref() != Some("invalid"));
        match (row.index.and_then(|index| usize::try_from(index).ok()), passing) {
            (Some(row), None) if !errors.is_empty() => refused.push(Refusal { row, reason: Reason::Invalid }),
            (_, error) => {
                let reason = error.and_then(|error| error.reason.clone()).unwrap_or_default();
                return Err(Failure::Transient(Box::new(RowFailed(reason))));
            }
        }
    }
    Ok(refused)
}

/// `BigQuery` has no reason of its own for it. It also says so for minutes after the column was added.
fn is_unknown_column(error: &ErrorProto) -> bool {
    error.message.as_deref().is_some_and(|message| message.starts_with("no such field"))
}
