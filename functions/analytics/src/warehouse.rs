//! The region's warehouse, wherever it is.

#[cfg(feature = "google")]
mod bigquery;

use cloud::warehouse::{Refusal, Row, Table, WarehouseAddress, WarehouseError};
use store::Store;
use truth_kernel::region::Region;
use web::boot::Binding;
use web::runtime::Start;

/// The region's warehouse. What it promises is told in [`cloud::warehouse`].
#[derive(Clone, Debug)]
pub enum Warehouse {
    /// The `analytics` schema of the region's database.
    Postgres(store::analytics::Warehouse),
    /// A dataset of `BigQuery`.
    #[cfg(feature = "google")]
    BigQuery(cloud::warehouse::BigQuery),
}

impl Warehouse {
    /// Adds what the table lacks.
    pub async fn ensure(&self, table: &Table) -> Result<(), WarehouseError> {
        match self {
            Self::Postgres(warehouse) => warehouse.ensure(table).await,
            #[cfg(feature = "google")]
            Self::BigQuery(warehouse) => warehouse.ensure(table).await,
        }
    }

    /// Inserts rows; answers with those that it never takes.
    pub async fn insert(&self, table: &Table, rows: &[Row]) -> Result<Vec<Refusal>, WarehouseError> {
        match self {
            Self::Postgres(warehouse) => warehouse.insert(table, rows).await,
            #[cfg(feature = "google")]
            Self::BigQuery(warehouse) => warehouse.insert(table, rows).await,
        }
    }

    /// The region that it lies in.
    pub async fn location(&self) -> Result<Region, WarehouseError> {
        match self {
            Self::Postgres(warehouse) => warehouse.location().await,
            #[cfg(feature = "google")]
            Self::BigQuery(warehouse) => warehouse.location().await,
        }
    }

    /// `WAREHOUSE`: where the facts go. Refused when it lies in another region.
    pub(crate) async fn read(start: &mut Start, store: Option<&Store>) -> Option<Self> {
        let warehouse = match start.required::<WarehouseAddress>("WAREHOUSE")? {
            WarehouseAddress::Postgres => Self::Postgres(store::analytics::Warehouse::new(store?.clone())),
            #[cfg(feature = "google")]
            WarehouseAddress::BigQuery { project, dataset } => {
                Self::BigQuery(bigquery::read(start, &project, &dataset)?)
            }
            #[cfg(not(feature = "google"))]
            WarehouseAddress::BigQuery { .. } => {
                return start.take(Err("WAREHOUSE: this program was built without BigQuery".to_owned().into()));
            }
        };
        let location = warehouse.location().await.map_err(|error| format!("WAREHOUSE: {error}").into());
        let location = start.take(location)?;
        let bound = Binding::of(&start.settings()?.region).warehouse(&location).check();
        start.take(bound.map(|()| warehouse))
    }
}
