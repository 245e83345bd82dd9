//! A fake of `BigQuery`'s REST API (v2), as far as a warehouse needs it: `datasets.get`, `tables.get`, `insert` and `patch`, and
//! `tabledata.insertAll`. It is strict: it checks every row against the schema, refuses what the service refuses, and notes every request
//! that no client of ours may send.

mod answers;
mod fault;
mod routes;
mod table;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::fault::{Fault, Moment, Trouble};
pub use self::routes::SPOILS;
pub use self::table::{FakeTable, Field};

/// The project that there is.
pub const PROJECT: &str = "ledger-test";
/// Its dataset.
pub const DATASET: &str = "analytics";
/// The token that is believed.
pub const TOKEN: &str = "a token of the test";

/// A running fake with one dataset; it ends with this value.
#[derive(Debug)]
pub struct FakeBigQuery {
    url: String,
    state: Shared,
    serving: JoinHandle<()>,
}

type Shared = Arc<Mutex<State>>;

#[derive(Debug, Default)]
struct State {
    location: String,
    tables: BTreeMap<String, FakeTable>,
    faults: VecDeque<Option<Fault>>,
    row_faults: Vec<RowFault>,
    requests: Vec<String>,
    violations: Vec<String>,
}

/// What happens to rows that hold a text in a column, in how many requests.
#[derive(Clone, Debug)]
struct RowFault {
    column: &'static str,
    text: &'static str,
    reason: &'static str,
    times: u32,
}

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeBigQuery {
    /// Starts one on the loopback, its dataset in this location.
    pub async fn start(location: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/bigquery/v2", listener.local_addr().expect("an address"));
        let state = Shared::new(Mutex::new(State { location: location.to_owned(), ..State::default() }));
        let router = routes::router(Arc::clone(&state));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, state, serving }
    }

    /// The base URL of the API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What goes wrong with the next requests, one each.
    pub fn trouble(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.state).faults.extend(faults.into_iter().map(Some));
    }

    /// So many requests go well before the next trouble.
    pub fn let_pass(&self, requests: usize) {
        lock(&self.state).faults.extend(vec![None; requests]);
    }

    /// Does not insert rows that hold this text in a column, for this reason, in the next so many requests that have one.
    pub fn refuse_rows(&self, column: &'static str, text: &'static str, reason: &'static str, times: u32) {
        lock(&self.state).row_faults.push(RowFault { column, text, reason, times });
    }

    /// Changes a table behind everybody's back; it is made if it is missing.
    pub fn change(&self, table: &str, change: impl FnOnce(&mut FakeTable)) {
        change(lock(&self.state).tables.entry(table.to_owned()).or_default());
    }

    /// Forgets which rows were inserted, as the service does after a minute.
    pub fn forget_insert_ids(&self) {
        lock(&self.state).tables.values_mut().for_each(FakeTable::forget);
    }

    /// The columns of a table: name, type and mode.
    pub fn fields(&self, table: &str) -> Vec<Field> {
        lock(&self.state).tables.get(table).map(|table| table.fields.clone()).unwrap_or_default()
    }

    /// The rows of a table, as they were inserted.
    pub fn rows(&self, table: &str) -> Vec<Map<String, Value>> {
        lock(&self.state).tables.get(table).map(|table| table.rows.clone()).unwrap_or_default()
    }

    /// When each row of a table came, by its insert id.
    pub fn arrivals(&self, table: &str) -> BTreeMap<String, Instant> {
        lock(&self.state).tables.get(table).map(|table| table.inserted.clone()).unwrap_or_default()
    }

    /// The requests that came so far, such as `POST insertAll`.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.state).requests.clone()
    }
}

impl Drop for FakeBigQuery {
    fn drop(&mut self) {
        self.serving.abort();
        let violations = std::mem::take(&mut lock(&self.state).violations);
        assert!(violations.is_empty() || std::thread::panicking(), "requests that nobody may send: {violations:?}");
    }
}
