//! `veil`: reads the command line, runs one command, exits with its code.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod cli;

fn main() -> std::process::ExitCode {
    cli::panic::print_location_only();
    match cli::read(std::env::args_os().collect()) {
        Ok(args) => cli::run(args).into(),
        Err(exit) => exit.into(),
    }
}
