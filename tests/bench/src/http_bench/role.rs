//! What this program is when it is its own child: one function of the ledger, as in its container but on the loopback.

use std::net::Ipv4Addr;

use clap::Subcommand;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use web::config::{Environment, Mistakes};
use web::metrics::Metrics;
use web::runtime::Function;
use web::serve::serve_on;
use web::telemetry;

use crate::Failure;

/// Which function.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Role {
    #[command(hide = true)]
    BeWriter,
    #[command(hide = true)]
    BeBatcher,
}

impl Role {
    /// The argument that makes a process it.
    pub const fn argument(self) -> &'static str {
        match self {
            Self::BeWriter => "be-writer",
            Self::BeBatcher => "be-batcher",
        }
    }

    /// Serves on `$PORT` until whoever holds the other end of standard input is gone.
    pub async fn serve(self) -> Result<(), Failure> {
        let function = self.start().await?;
        telemetry::init(function.settings.log.clone())?;
        let ready = function.ready();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, function.settings.port)).await?;
        serve_on(listener, function.service.into_router(ready, Metrics::default()), input_ended()).await?;
        Ok(())
    }

    async fn start(self) -> Result<Function, Mistakes> {
        let environment = Environment::of_process();
        match self {
            Self::BeWriter => ledger_writer::start(environment).await,
            Self::BeBatcher => proof_batcher::start(environment).await,
        }
    }
}

/// On a thread of its own, because reading standard input blocks.
async fn input_ended() {
    let (ended, end) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        // Whatever ends the pipe ends this process.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(ended);
    });
    let _ = end.await;
}
