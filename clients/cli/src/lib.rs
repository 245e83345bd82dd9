//! `proveniq`: the command line of the ledger. One file per command.
//!
//! Exit codes: 0 done or valid, 1 refused, invalid or divergent, 2 cannot tell, and those of
//! `sysexits.h` for what kept a command from its work.

mod anchors;
mod append;
mod audit;
mod checkpoint;
mod demo;
mod doctor;
mod failure;
mod get;
mod http;
mod import;
mod memory;
mod migrate;
mod output;
mod prove;
pub mod regions_file;
mod tail;
mod trust;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::{Exit, Failure};

/// Keeps, proves and verifies the events of a Proveniq ledger.
#[derive(Debug, Parser)]
#[command(name = "proveniq", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Options),
    Append(append::Options),
    Get(get::Options),
    Prove(prove::Options),
    Tail(tail::Options),
    Checkpoint(checkpoint::Options),
    Import(import::Options),
    Audit(audit::Options),
    #[command(subcommand)]
    Demo(demo::Command),
    Migrate(migrate::Options),
    Doctor(doctor::Options),
}

/// Runs the command that the arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => dispatch(arguments.command),
        Err(error) if error.use_stderr() => {
            // Nothing can be done about a terminal that is gone.
            let _ = error.print();
            Ok(Exit::Usage)
        }
        Err(help) => output::print(&help.render().to_string()).map(|()| Exit::Done),
    };
    done.unwrap_or_else(Failure::report).into()
}

fn dispatch(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Verify(options) => verify::run(&options),
        Command::Append(options) => append::run(&options),
        Command::Get(options) => get::run(&options),
        Command::Prove(options) => prove::run(&options),
        Command::Tail(options) => tail::run(&options),
        Command::Checkpoint(options) => checkpoint::run(&options),
        Command::Import(options) => import::run(&options),
        Command::Audit(options) => audit::run(&options),
        Command::Demo(command) => demo::run(&command),
        Command::Migrate(options) => migrate::run(&options),
        Command::Doctor(options) => doctor::run(&options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
