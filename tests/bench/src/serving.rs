//! The functions that append, seal and prove, served on the loopback as the region's load balancer shows them.

use std::net::Ipv4Addr;
use std::time::Duration;

use cloud::topic::Drain;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::endpoints::Service;
use web::metrics::Metrics;
use web::runtime::Function;
use web::serve::{Ready, serve_on};

use crate::Failure;
use crate::stage::Stage;

/// How long open work may take at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Functions that serve until they are stopped.
#[derive(Debug)]
pub struct Serving {
    /// Where.
    pub url: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
    drains: Vec<Drain>,
}

impl Serving {
    /// Starts them, each from the environment that its container would have.
    pub async fn start(stage: &Stage) -> Result<Self, Failure> {
        let (listener, url) = listen().await?;
        let environment = |role| stage.environment(role, &url).into_iter().collect();
        let functions = vec![
            ledger_writer::start(environment("fn_ledger_writer")).await?,
            proof_batcher::start(environment("fn_proof_batcher")).await?,
            proof_generator::start(environment("fn_proof_generator")).await?,
        ];
        Self::serve(listener, url, functions)
    }

    /// Serves functions that are started.
    pub fn serve(listener: TcpListener, url: String, functions: Vec<Function>) -> Result<Self, Failure> {
        let (services, drains): (Vec<_>, Vec<_>) =
            functions.into_iter().map(|function| (function.service, function.drains)).unzip();
        let service = services.into_iter().reduce(Service::merge).ok_or("no function")?;
        let router = service.into_router(Ready::when(async || true), Metrics::default());
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve_on(listener, router, async {
            // A sender that is dropped means the same as one that sends.
            let _ = stopped.await;
        }));
        Ok(Self { url, stop, server, drains: drains.into_iter().flatten().collect() })
    }

    /// Ends open requests and messages.
    pub async fn stop(self) -> Result<(), Failure> {
        // The server may have ended already.
        let _ = self.stop.send(());
        self.server.await??;
        for drain in self.drains {
            drain.drain(PATIENCE).await;
        }
        Ok(())
    }
}

/// A port of the loopback, and the URL of what listens there.
pub async fn listen() -> Result<(TcpListener, String), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
