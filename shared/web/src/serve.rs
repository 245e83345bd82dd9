//! Serving: the probes, the API's document, and an orderly end.

#[cfg(feature = "lambda")]
mod lambda;
mod linger;
mod open;
mod openapi;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::sleep;

use self::linger::Lingering;
use crate::config::{Host, Mistakes, Settings};
use crate::edge::observe;
#[cfg(feature = "otlp")]
use crate::endpoints::Names;
use crate::endpoints::Service;
use crate::metrics::Metrics;

/// How long requests may go on after a signal to stop: Cloud Run kills after 10 s.
const DRAIN: Duration = Duration::from_secs(8);

/// How long a dependency may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);

type Answer = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Asks a function's dependencies whether they answer.
#[derive(Clone)]
pub struct Ready(Arc<dyn Fn() -> Answer + Send + Sync>);

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready(…)")
    }
}

impl Ready {
    /// `ask` gives `true` when everything that requests need answers. It logs what does not.
    pub fn when<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }
}

impl Service {
    /// The whole of what a process answers: the endpoints, `/health` (the process lives), `/ready` (its
    /// dependencies answer), `/openapi.json`, all behind the edge.
    pub fn into_router(self, ready: Ready, metrics: Metrics) -> Router {
        let document = openapi::complete(self.document);
        #[cfg(feature = "otlp")]
        let names = Names::of_document(&document);
        // A document that does not serialise is a mistake that the test of every function finds.
        let document = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
        let probes =
            Router::new().route("/health", get(open::health)).route("/ready", get(open::ready)).with_state(ready);
        let description = Router::new().route("/openapi.json", get(open::openapi)).with_state(document);
        let router = self.router.merge(probes).merge(description).layer(from_fn_with_state(metrics, observe));
        #[cfg(feature = "otlp")]
        let router = router.layer(axum::Extension(names));
        router
    }
}

/// Serves what the host hands over, until SIGTERM or SIGINT.
pub async fn serve(settings: &Settings, router: Router, metrics: Metrics) -> io::Result<()> {
    match settings.host {
        Host::Network => serve_network(settings, router, metrics).await,
        #[cfg(feature = "lambda")]
        Host::Lambda => lambda::serve(router, metrics, terminated()).await,
    }
}

/// On `$BIND_ADDRESS` and `$PORT`, and metrics on the loopback if `$METRICS_PORT` says so.
async fn serve_network(settings: &Settings, router: Router, metrics: Metrics) -> io::Result<()> {
    let listener = TcpListener::bind((settings.address, settings.port)).await?;
    tracing::info!(port = settings.port, region = %settings.region, "serving");
    let Some(port) = settings.metrics_port else {
        return serve_on(listener, router, terminated()).await;
    };
    let loopback = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    tokio::select! {
        served = serve_on(listener, router, terminated()) => served,
        // Ends only with an error.
        served = axum::serve(loopback, metrics.router()) => served,
    }
}

/// Serves on `listener` until `stop`; then no connection is accepted any more, and open requests have
/// 8 seconds to end.
pub async fn serve_on(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, stopped) = oneshot::channel();
    let stop = async move {
        stop.await;
        // Whoever would hear it has ended already.
        let _ = stopping.send(());
    };
    let overdue = async {
        match stopped.await {
            Ok(()) => sleep(DRAIN).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = axum::serve(Lingering(listener), router).with_graceful_shutdown(stop) => served,
        () = overdue => {
            tracing::warn!("requests were cut off at the end of the drain");
            Ok(())
        }
    }
}

/// Waits for SIGTERM or SIGINT.
pub async fn terminated() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => signal.recv().await,
        Err(_) => std::future::pending().await,
    };
    let name = tokio::select! {
        _ = wait(SignalKind::terminate()) => "SIGTERM",
        _ = wait(SignalKind::interrupt()) => "SIGINT",
    };
    tracing::info!(signal = name, "stopping");
}

/// Says on standard error why a process does not start; the status is `EX_CONFIG` of sysexits.
pub fn refuse(mistakes: &Mistakes) -> ExitCode {
    eprintln!("{mistakes}");
    ExitCode::from(78)
}

#[cfg(test)]
mod tests;
