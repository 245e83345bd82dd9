//! A server of one test.

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use cloud::google::endpoints::GivenEndpoint;
use cloud::google::{Access, Budget};
use tokio::task::JoinHandle;

use super::fault::{Faults, inject};

/// A running server. It ends with this value, and fails the test if it got a request that it should not have got.
#[derive(Debug)]
pub struct Server {
    /// What goes wrong, and what was asked.
    pub faults: Faults,
    url: String,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves the routes that `routes` makes for its URL. Whatever else is asked is unexpected.
    pub async fn start(routes: impl FnOnce(&str, &Faults) -> Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let faults = Faults::default();
        let strict = faults.clone();
        let refuse =
            move |request: Request| async move { strict.unexpected(format!("{} {}", request.method(), request.uri())) };
        let served = routes(&url, &faults).fallback(refuse).layer(from_fn_with_state(faults.clone(), inject));
        let task = tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
        Self { faults, url, task }
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its URL as the configuration gives it.
    pub fn endpoint(&self) -> GivenEndpoint {
        self.url.parse().unwrap()
    }

    /// It as a service of `europe-west1`, with limits so short that a test of a hanging call is short.
    pub fn access(&self) -> Access {
        let region = "europe-west1".parse().unwrap();
        // Which service does not matter where the endpoint is given.
        Access::new(cloud::google::endpoints::Service::Storage, &region, Some(self.endpoint())).with_budget(patience())
    }
}

/// Limits of time for a server on this machine.
pub fn patience() -> Budget {
    let millis = std::time::Duration::from_millis;
    Budget { attempt: millis(400), total: millis(20_000), attempts: 3, first_pause: millis(2) }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        if !std::thread::panicking() {
            self.faults.check();
        }
    }
}
