//! The container of analytics.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(analytics::start(Environment::of_process())).await
}
