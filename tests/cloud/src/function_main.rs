//! The main of a function's container, for the function that the argument names, built with all features.

use std::process::ExitCode;

use web::config::Environment;
use web::runtime::run;

#[tokio::main]
async fn main() -> ExitCode {
    let environment = Environment::of_process();
    match std::env::args().nth(1).as_deref() {
        Some("ledger-writer") => run(ledger_writer::start(environment)).await,
        Some("query") => run(query::start(environment)).await,
        _ => ExitCode::FAILURE,
    }
}
