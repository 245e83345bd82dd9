//! Where a warehouse is.

use std::str::FromStr;

use thiserror::Error;

/// Where the rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarehouseAddress {
    /// The `analytics` schema of the region's own database: `postgres`.
    Postgres,
    /// A dataset of `BigQuery`: `projects/<project>/datasets/<dataset>`.
    BigQuery {
        /// The project.
        project: String,
        /// The dataset.
        dataset: String,
    },
}

/// A text that is not a [`WarehouseAddress`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a warehouse: postgres, or projects/<project>/datasets/<dataset>")]
pub struct NotAWarehouse;

impl FromStr for WarehouseAddress {
    type Err = NotAWarehouse;

    fn from_str(text: &str) -> Result<Self, NotAWarehouse> {
        if text == "postgres" {
            return Ok(Self::Postgres);
        }
        let rest = text.strip_prefix("projects/").ok_or(NotAWarehouse)?;
        let (project, dataset) = rest.split_once("/datasets/").ok_or(NotAWarehouse)?;
        // Project ids may have a domain before them: example.com:ledger.
        let is_project = is_word(project, |c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.' | ':'));
        let is_dataset = is_word(dataset, |c| c.is_ascii_alphanumeric() || c == '_');
        if is_project && is_dataset {
            Ok(Self::BigQuery { project: project.to_owned(), dataset: dataset.to_owned() })
        } else {
            Err(NotAWarehouse)
        }
    }
}

fn is_word(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    (1..=1024).contains(&text.len()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::{NotAWarehouse, WarehouseAddress};

    #[test]
    fn a_warehouse_is_the_database_or_a_dataset() {
        let dataset = |project: &str, dataset: &str| {
            Ok(WarehouseAddress::BigQuery { project: project.into(), dataset: dataset.into() })
        };
        for (text, expected) in [
            ("postgres", Ok(WarehouseAddress::Postgres)),
            ("projects/ledger-eu/datasets/analytics", dataset("ledger-eu", "analytics")),
            ("projects/example.com:ledger/datasets/a_1", dataset("example.com:ledger", "a_1")),
            ("", Err(NotAWarehouse)),
            ("Postgres", Err(NotAWarehouse)),
            ("ledger-eu.analytics", Err(NotAWarehouse)),
            ("projects//datasets/analytics", Err(NotAWarehouse)),
            ("projects/ledger/datasets/", Err(NotAWarehouse)),
            ("projects/ledger/datasets/a/tables/b", Err(NotAWarehouse)),
            ("projects/ledger/datasets/a-b", Err(NotAWarehouse)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
