//! The container of the proof generator.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(proof_generator::start(Environment::of_process())).await
}
