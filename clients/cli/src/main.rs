//! `proveniq`: the command line of the ledger.

mod append;
mod checkpoint;
mod client;
mod failure;
mod get;
mod import;
mod output;
mod prove;
mod remembered;
mod tail;
#[cfg(test)]
mod test_folder;
mod trust;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Writes to a Proveniq ledger, reads from it and verifies what it says.
#[derive(Debug, Parser)]
#[command(name = "proveniq", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Append(append::Args),
    Checkpoint(checkpoint::Args),
    Get(get::Args),
    Import(import::Args),
    Prove(prove::Args),
    Tail(tail::Args),
    Verify(verify::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::clap(&error),
    };
    match cli.command {
        Command::Append(args) => append::run(args),
        Command::Checkpoint(args) => checkpoint::run(&args),
        Command::Get(args) => get::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Prove(args) => prove::run(&args),
        Command::Tail(args) => tail::run(&args),
        Command::Verify(args) => verify::run(&args),
    }
}
