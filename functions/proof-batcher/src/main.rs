//! The container of the proof batcher.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(proof_batcher::start(Environment::of_process())).await
}
