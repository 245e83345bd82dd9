//! The container of the timekeeper.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(timekeeper::start(Environment::of_process())).await
}
