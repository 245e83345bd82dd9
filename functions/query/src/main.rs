//! The container of the query function.

use std::process::ExitCode;

use web::config::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    web::runtime::run(query::start(Environment::of_process())).await
}
