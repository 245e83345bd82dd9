//! The program `proveniq`.

use std::process::ExitCode;

fn main() -> ExitCode {
    proveniq::run(std::env::args_os())
}
