//! The container of the anchorer.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(anchorer::start(Environment::of_process())).await
}
