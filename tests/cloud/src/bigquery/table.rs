//! A table of the fake: its schema grows by columns only, and every row is checked against it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use truth_kernel::time::Timestamp;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// `STRING`, `INTEGER`, `BOOLEAN`, `TIMESTAMP`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `REQUIRED` or `NULLABLE`.
    #[serde(default = "nullable")]
    pub mode: String,
}

fn nullable() -> String {
    "NULLABLE".to_owned()
}

impl Field {
    /// A column that may be empty.
    pub fn nullable(name: &str, kind: &str) -> Self {
        Self { name: name.to_owned(), kind: kind.to_owned(), mode: nullable() }
    }
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct FakeTable {
    /// Its columns.
    pub fields: Vec<Field>,
    /// By which column it is partitioned.
    pub partitioned_by: Option<String>,
    /// Its rows.
    pub rows: Vec<Map<String, Value>>,
    pub(super) inserted: BTreeMap<String, Instant>,
}

/// Why a row is not inserted: reason, column, message.
pub(super) type RowError = (String, String, String);

impl FakeTable {
    /// The resource as the API shows it.
    pub(super) fn resource(&self, name: &str) -> Value {
        json!({
            "kind": "bigquery#table", "type": "TABLE", "schema": { "fields": self.fields },
            "tableReference": { "projectId": super::PROJECT, "datasetId": super::DATASET, "tableId": name },
        })
    }

    /// Takes a new schema; one that drops or retypes a column, or adds one that must be filled, is refused.
    pub(super) fn patch(&mut self, fields: Vec<Field>) -> Result<(), &'static str> {
        let kept = self.fields.iter().all(|old| fields.contains(old));
        let added = fields.iter().filter(|new| self.fields.iter().all(|old| old.name != new.name));
        if kept && added.clone().all(|new| new.mode == "NULLABLE") {
            self.fields = fields;
            Ok(())
        } else {
            Err("invalid")
        }
    }

    /// Inserts a row unless its insert id is remembered.
    pub(super) fn insert(&mut self, insert_id: Option<&str>, row: Map<String, Value>) {
        match insert_id.map(|id| self.inserted.entry(id.to_owned())) {
            Some(Entry::Occupied(_)) => return,
            Some(Entry::Vacant(new)) => {
                new.insert(Instant::now());
            }
            None => {}
        }
        self.rows.push(row);
    }

    pub(super) fn forget(&mut self) {
        self.inserted.clear();
    }

    /// What is wrong with a row, if anything.
    pub(super) fn fault(&self, row: &Map<String, Value>) -> Option<RowError> {
        let invalid = |name: &str, message: String| Some(("invalid".to_owned(), name.to_owned(), message));
        for (name, value) in row {
            match self.fields.iter().find(|field| field.name == *name) {
                None => return invalid(name, format!("no such field: {name}.")),
                Some(field) if !holds(&field.kind, value) => {
                    return invalid(name, format!("Cannot convert value to {} (bad value): {value}", field.kind));
                }
                Some(_) => {}
            }
        }
        let missing = |field: &&Field| field.mode == "REQUIRED" && row.get(&field.name).is_none_or(Value::is_null);
        let missing = self.fields.iter().find(missing)?;
        invalid(&missing.name, format!("Missing required field: {}.", missing.name))
    }
}

fn holds(kind: &str, value: &Value) -> bool {
    match kind {
        "STRING" => value.is_string(),
        "INTEGER" | "INT64" => value.is_i64(),
        "BOOLEAN" | "BOOL" => value.is_boolean(),
        "TIMESTAMP" => value.as_str().is_some_and(|text| Timestamp::parse_rfc3339(text).is_ok()),
        _ => false,
    }
}
