//! The container's main.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(admin::start(Environment::of_process())).await
}
