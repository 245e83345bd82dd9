//! A dataset of `BigQuery`, by its regional endpoint and its streaming API (`tabledata.insertAll`). The Storage Write API, which Google
//! prefers, is out of bounds: the client knows only its global endpoint.

mod access;
mod call;
mod failure;
mod insert;
mod schema;

use std::fmt;
use std::sync::Arc;

use gcp_bigquery_client::Client;
use gcp_bigquery_client::client_builder::ClientBuilder;
use tokio::sync::OnceCell;
use truth_kernel::region::Region;

pub use self::access::Access;
pub use self::call::Patience;
use self::failure::Failure;
use super::{Refusal, Row, Table, WarehouseError};

/// A dataset. Clones share one client, which connects with the first call.
#[derive(Clone)]
pub struct BigQuery(Arc<Inner>);

struct Inner {
    project: String,
    dataset: String,
    url: String,
    access: Access,
    patience: Patience,
    client: OnceCell<Client>,
}

impl fmt::Debug for BigQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BigQuery({}.{})", self.0.project, self.0.dataset)
    }
}

impl BigQuery {
    /// A dataset of a project, by the API at `url` (the part before `/projects`).
    pub fn new(project: &str, dataset: &str, url: &str, access: Access) -> Self {
        Self(Arc::new(Inner {
            project: project.to_owned(),
            dataset: dataset.to_owned(),
            url: url.trim_end_matches('/').to_owned(),
            access,
            patience: Patience::default(),
            client: OnceCell::new(),
        }))
    }

    /// The same with another patience, and a connection of its own.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        let Inner { project, dataset, url, access, .. } = &*self.0;
        Self(Arc::new(Inner {
            project: project.clone(),
            dataset: dataset.clone(),
            url: url.clone(),
            access: access.clone(),
            patience,
            client: OnceCell::new(),
        }))
    }

    /// Makes the table if it is missing, and adds the columns that it does not have; see [`super`].
    pub async fn ensure(&self, table: &Table) -> Result<(), WarehouseError> {
        schema::ensure(self, table).await
    }

    /// Inserts the rows; answers with those that the table never takes; see [`super`].
    pub async fn insert(&self, table: &Table, rows: &[Row]) -> Result<Vec<Refusal>, WarehouseError> {
        insert::insert(self, table, rows).await
    }

    /// The region that the dataset lies in. One in a multi-region such as `EU` lies in none.
    pub async fn location(&self) -> Result<Region, WarehouseError> {
        let Inner { project, dataset, .. } = &*self.0;
        let found = self.call(|client| async move { client.dataset().get(project, dataset).await }).await;
        let found = found.map_err(|failure| match failure {
            Failure::NotFound => WarehouseError::Refused("there is no such dataset".into()),
            other => other.into(),
        })?;
        let location = found.location.unwrap_or_default();
        location.to_ascii_lowercase().parse().map_err(|_| WarehouseError::NotARegion(location))
    }

    /// The client, made with the first call.
    async fn client(&self) -> Result<Client, Failure> {
        let make = || async {
            let authenticator = self.0.access.authenticator()?;
            let mut builder = ClientBuilder::new();
            builder.with_v2_base_url(self.0.url.clone());
            builder.build_from_authenticator(authenticator).await.map_err(Failure::of)
        };
        self.0.client.get_or_try_init(make).await.cloned()
    }
}
