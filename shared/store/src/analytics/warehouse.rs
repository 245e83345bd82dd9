//! The warehouse of a region without `BigQuery`: the `analytics` schema of its own database.

use cloud::warehouse::{Column, ColumnType, Reason, Refusal, Row, Table, WarehouseError};
use sqlx::AssertSqlSafe;
use truth_kernel::region::Region;

use crate::database::Store;
use crate::error::Error;
use crate::row::Columns;

/// Rows in the `analytics` schema. The table is made by a migration; only columns are added.
#[derive(Clone, Debug)]
pub struct Warehouse(Store);

impl Warehouse {
    /// The schema of this database.
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// Adds the columns that the table does not have; see [`cloud::warehouse`].
    pub async fn ensure(&self, table: &Table) -> Result<(), WarehouseError> {
        let found = self.columns(table).await?;
        for column in table.columns {
            if let Some((_, kind)) = found.iter().find(|(name, _)| name == column.name)
                && kind != type_name(column.kind)
            {
                return Err(WarehouseError::OtherType { table: table.name.into(), column: column.name.into() });
            }
        }
        for column in table.columns.iter().filter(|column| found.iter().all(|(name, _)| name != column.name)) {
            sqlx::query("SELECT analytics.add_column_v1($1, $2)")
                .bind(column.name)
                .bind(type_name(column.kind))
                .execute(&self.0.pool)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Names and base types of the table's columns.
    async fn columns(&self, table: &Table) -> Result<Vec<(String, String)>, WarehouseError> {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT a.attname::text, format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL)
             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid
             WHERE c.relnamespace = 'analytics'::regnamespace AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped",
        )
        .bind(table.name)
        .fetch_all(&self.0.pool)
        .await
        .map_err(failed)?;
        // Only a migration makes a table.
        if columns.is_empty() { Err(WarehouseError::SchemaBehind) } else { Ok(columns) }
    }

    /// Inserts the rows; answers with those that the table never takes; see [`cloud::warehouse`].
    pub async fn insert(&self, table: &Table, rows: &[Row]) -> Result<Vec<Refusal>, WarehouseError> {
        let (mut refused, mut left) = (Vec::new(), Vec::new());
        // Halves that are still to be inserted: one bad row costs a few statements, and never its neighbours.
        left.push(0..rows.len());
        while let Some(range) = left.pop().filter(|range| !range.is_empty()) {
            match self.insert_all(table, &rows[range.clone()]).await {
                Ok(()) => {}
                Err(error) if !is_of_a_row(&error) => return Err(failed(error)),
                Err(_) if range.len() == 1 => refused.push(Refusal { row: range.start, reason: Reason::Invalid }),
                Err(_) => {
                    let middle = range.start + range.len() / 2;
                    left.extend([middle..range.end, range.start..middle]);
                }
            }
        }
        Ok(refused)
    }

    /// All rows or none.
    async fn insert_all(&self, table: &Table, rows: &[Row]) -> Result<(), sqlx::Error> {
        let json = serde_json::Value::Array(rows.iter().map(Row::to_json).collect()).to_string();
        sqlx::query(AssertSqlSafe(statement(table, rows))).bind(json).execute(&self.0.pool).await?;
        Ok(())
    }

    /// The region that serves the database.
    pub async fn location(&self) -> Result<Region, WarehouseError> {
        let row = sqlx::query("SELECT serving FROM region_identity").fetch_one(&self.0.pool).await.map_err(failed)?;
        Columns::of("region_identity", &row).parsed("serving").map_err(|error| WarehouseError::Refused(error.into()))
    }
}

/// One statement for all rows, as JSON. Names of tables and columns are our own constants.
fn statement(table: &Table, rows: &[Row]) -> String {
    let filled = |column: &&Column| rows.iter().any(|row| row.values.iter().any(|(name, _)| *name == column.name));
    let columns = || table.columns.iter().filter(filled);
    let names = columns().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let typed: Vec<_> = columns().map(|column| format!("{} {}", column.name, type_name(column.kind))).collect();
    let key = table.columns.first().map_or("", |column| column.name);
    format!(
        "INSERT INTO analytics.{} ({names}) SELECT {names} FROM jsonb_to_recordset($1::text::jsonb) r({}) ON CONFLICT ({key}) DO NOTHING",
        table.name,
        typed.join(", ")
    )
}

const fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Integer => "bigint",
        ColumnType::Boolean => "boolean",
        ColumnType::Time => "timestamp with time zone",
    }
}

/// A value that does not fit its column: SQLSTATE classes data exception and integrity constraint violation.
fn is_of_a_row(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

fn failed(error: sqlx::Error) -> WarehouseError {
    // Undefined column, undefined table.
    if code_of(&error).is_some_and(|code| code == "42703" || code == "42P01") {
        return WarehouseError::SchemaBehind;
    }
    match Error::from(error) {
        error if error.is_transient() => WarehouseError::Unavailable(error.into()),
        error => WarehouseError::Refused(error.into()),
    }
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}
