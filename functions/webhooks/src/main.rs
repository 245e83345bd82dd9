//! The container of webhooks.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(webhooks::start(Environment::of_process())).await
}
