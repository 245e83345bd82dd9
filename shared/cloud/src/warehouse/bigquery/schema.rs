//! The table's schema grows by columns, and never otherwise.

use gcp_bigquery_client::model::field_type::FieldType;
use gcp_bigquery_client::model::table::Table as Resource;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use gcp_bigquery_client::model::table_schema::TableSchema;
use gcp_bigquery_client::model::time_partitioning::TimePartitioning;

use super::failure::Failure;
use super::{BigQuery, Inner};
use crate::warehouse::{Column, ColumnType, Presence, Table, WarehouseError};

/// How often somebody else may change the table at the same moment.
const ATTEMPTS: u32 = 4;

pub(super) async fn ensure(of: &BigQuery, table: &Table) -> Result<(), WarehouseError> {
    let mut attempt = 1;
    loop {
        let outcome = match find(of, table).await? {
            None => create(of, table).await,
            Some(fields) => grow(of, table, fields).await?,
        };
        match outcome {
            // Somebody was faster, so we look again: a patch of what was read before would take away what was added since, and is refused.
            Err(Failure::Exists | Failure::NotFound | Failure::Request(..)) if attempt < ATTEMPTS => attempt += 1,
            outcome => return Ok(outcome?),
        }
    }
}

/// The table's columns; none if there is no table.
async fn find(of: &BigQuery, table: &Table) -> Result<Option<Vec<TableFieldSchema>>, WarehouseError> {
    let Inner { project, dataset, .. } = &*of.0;
    let found = of.call(|client| async move { client.table().get(project, dataset, table.name, None).await }).await;
    match found {
        Ok(found) => Ok(Some(found.schema.fields.unwrap_or_default())),
        Err(Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

async fn create(of: &BigQuery, table: &Table) -> Result<(), Failure> {
    let Inner { project, dataset, .. } = &*of.0;
    let fields = table.columns.iter().map(|column| field(column, column.presence)).collect();
    let partitions = TimePartitioning::per_day().field(table.partitioned_by);
    let wanted = Resource::new(project, dataset, table.name, TableSchema::new(fields)).time_partitioning(partitions);
    of.call(|client| {
        let wanted = wanted.clone();
        async move { client.table().create(wanted).await }
    })
    .await
    .map(drop)
}

/// Adds what is missing behind what is there.
async fn grow(
    of: &BigQuery,
    table: &Table,
    mut fields: Vec<TableFieldSchema>,
) -> Result<Result<(), Failure>, WarehouseError> {
    let mut missing = Vec::new();
    for column in table.columns {
        match fields.iter().find(|field| field.name.eq_ignore_ascii_case(column.name)) {
            Some(found) if !is_same(found, column.kind) => {
                return Err(WarehouseError::OtherType { table: table.name.into(), column: column.name.into() });
            }
            Some(_) => {}
            None => missing.push(field(column, Presence::Optional)),
        }
    }
    if missing.is_empty() {
        return Ok(Ok(()));
    }
    fields.append(&mut missing);
    let Inner { project, dataset, .. } = &*of.0;
    let wanted = Resource::new(project, dataset, table.name, TableSchema::new(fields));
    let patched = of.call(|client| {
        let wanted = wanted.clone();
        async move { client.table().patch(project, dataset, table.name, wanted).await }
    });
    Ok(patched.await.map(drop))
}

fn field(column: &Column, presence: Presence) -> TableFieldSchema {
    let kind = match column.kind {
        ColumnType::Text => FieldType::String,
        ColumnType::Integer => FieldType::Integer,
        ColumnType::Boolean => FieldType::Boolean,
        ColumnType::Time => FieldType::Timestamp,
    };
    let mode = match presence {
        Presence::Required => "REQUIRED",
        Presence::Optional => "NULLABLE",
    };
    let mut field = TableFieldSchema::new(column.name, kind);
    field.mode = Some(mode.to_owned());
    field
}

/// A single value of this type, by either of its names.
fn is_same(field: &TableFieldSchema, kind: ColumnType) -> bool {
    let same = match kind {
        ColumnType::Text => matches!(field.r#type, FieldType::String),
        ColumnType::Integer => matches!(field.r#type, FieldType::Integer | FieldType::Int64),
        ColumnType::Boolean => matches!(field.r#type, FieldType::Boolean | FieldType::Bool),
        ColumnType::Time => matches!(field.r#type, FieldType::Timestamp),
    };
    same && field.mode.as_deref() != Some("REPEATED")
}
