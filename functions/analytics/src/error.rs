//! Why the log was not analysed.

use cloud::warehouse::WarehouseError;
use thiserror::Error;

/// A run that stopped. What it did until then stays, and the next run goes on from there.
#[derive(Debug, Error)]
pub enum AnalyzeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The warehouse.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
}

impl AnalyzeError {
    /// Whether the next run may succeed without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Warehouse(error) => error.is_transient(),
        }
    }
}
