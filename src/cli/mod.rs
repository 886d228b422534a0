//! The command line.
//!
//! **In**: arguments, files, standard input. **Out**: data on standard output,
//! words on standard error, an exit code. **Promises**: the forms of the
//! commands and the exit codes are a contract; no message holds a value from an
//! event; a reader that goes away ends a command quietly. **Does not know**:
//! how anything is done: each file parses, calls the library, renders.

mod annotations;
mod apply;
mod attack;
mod audit;
mod audited;
mod check;
mod clock;
#[cfg(feature = "kafka")]
mod cluster;
mod completions;
#[cfg(feature = "kafka")]
mod confirm;
mod contexts;
mod decisions;
mod decrypt;
mod describe;
mod described;
mod detokenize;
mod diff;
mod evidence;
pub(crate) mod exit;
mod explain;
mod failure;
mod field;
mod fmt;
mod generate;
#[cfg(feature = "kafka")]
mod group_costs;
#[cfg(feature = "kafka")]
mod health;
#[cfg(feature = "kafka")]
mod http;
mod init;
mod junit;
mod keyring;
mod keys;
mod lines;
mod man;
mod measured;
#[cfg(feature = "kafka")]
mod member;
mod opened;
pub mod panic;
mod policies;
mod policy;
mod pseudonym;
mod reasons;
#[cfg(feature = "registry")]
mod registry;
#[cfg(feature = "kafka")]
mod release_log;
mod released;
mod report;
mod rewritten;
mod risk;
mod sampled;
mod schema;
mod screen;
mod shown;
mod signals;
mod tables;
mod test;
#[cfg(feature = "kafka")]
mod token;
mod tryout;
mod version;

#[cfg(feature = "kafka")]
mod consent;
#[cfg(feature = "kafka")]
mod demo;
#[cfg(feature = "kafka")]
mod doctor;
#[cfg(feature = "kafka")]
mod people;
#[cfg(feature = "kafka")]
mod quarantine;
#[cfg(feature = "kafka")]
mod reload;
#[cfg(feature = "kafka")]
mod run;
#[cfg(feature = "kafka")]
mod serve;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use exit::Exit;
use failure::{Failure, Outcome};
use screen::Format;

/// Raw event topics in, sanitized topics out, under a policy a privacy officer
/// can read.
#[derive(Parser)]
#[command(name = "veil", version, after_long_help = exit::TABLE, max_term_width = 100)]
pub(crate) struct Args {
    /// When to use colour (NO_COLOR and CLICOLOR_FORCE are honoured by `auto`)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: screen::Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Keys(keys::Args),
    Check(check::Args),
    Diff(diff::Args),
    Explain(explain::Args),
    Fmt(fmt::Args),
    Describe(describe::Args),
    Report(report::Args),
    Risk(risk::Args),
    Attack(attack::Args),
    Test(test::Args),
    Apply(apply::Args),
    Try(tryout::Args),
    #[cfg(feature = "kafka")]
    Run(run::Args),
    #[cfg(feature = "kafka")]
    Reload(reload::Args),
    #[cfg(feature = "kafka")]
    Serve(serve::Args),
    #[cfg(feature = "kafka")]
    Consent(consent::Args),
    #[cfg(feature = "kafka")]
    Doctor(doctor::Args),
    #[cfg(feature = "kafka")]
    Quarantine(quarantine::Args),
    #[cfg(feature = "kafka")]
    Health(health::Args),
    Decrypt(decrypt::Args),
    Detokenize(detokenize::Args),
    Pseudonym(pseudonym::Args),
    Audit(audit::Args),
    #[cfg(feature = "kafka")]
    Demo(demo::Args),
    Generate(generate::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
    Version(version::Args),
}

/// Reads the command line. Help and usage errors are printed here.
///
/// # Errors
/// The exit code when there is no command to run: 0 after help, 64 after a
/// usage error.
pub(crate) fn read(args: Vec<std::ffi::OsString>) -> Result<Args, Exit> {
    let color = screen::Color::ahead_of_parsing(&args);
    color.apply();
    parsed(&args, color).map_err(|error| {
        // What is wrong with them is said of the arguments as they can be read.
        let seen = args.iter().map(|arg| match arg.to_str() {
            Some(text) => screen::one_line(text).into(),
            None => screen::one_line(arg.to_string_lossy()).into(),
        });
        let error = parsed(&seen.collect::<Vec<_>>(), color)
            .err()
            .unwrap_or(error);
        let words = error.render().ansi().to_string();
        if error.use_stderr() {
            screen::tell(&words);
            return Exit::Usage;
        }
        // Nobody is left to tell when the stream is gone.
        let _ = screen::show(&words);
        Exit::Ok
    })
}

fn parsed(args: &[std::ffi::OsString], color: screen::Color) -> Result<Args, clap::Error> {
    Args::command()
        .color(color.for_clap())
        .try_get_matches_from(args)
        .and_then(|m| Args::from_arg_matches(&m))
}

/// Runs the command and prints why it failed, if it did.
pub(crate) fn run(args: Args) -> Exit {
    args.color.apply();
    let outcome = match args.command {
        Command::Init(args) => args.run(),
        Command::Keys(args) => args.run(),
        Command::Check(args) => args.run(),
        Command::Diff(args) => args.run(),
        Command::Explain(args) => args.run(),
        Command::Fmt(args) => args.run(),
        Command::Describe(args) => args.run(),
        Command::Report(args) => args.run(),
        Command::Risk(args) => args.run(),
        Command::Attack(args) => args.run(),
        Command::Test(args) => args.run(),
        Command::Apply(args) => args.run(),
        Command::Try(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Run(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Reload(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Serve(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Consent(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Doctor(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Quarantine(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Health(args) => args.run(),
        Command::Decrypt(args) => args.run(),
        Command::Detokenize(args) => args.run(),
        Command::Pseudonym(args) => args.run(),
        Command::Audit(args) => args.run(),
        #[cfg(feature = "kafka")]
        Command::Demo(args) => args.run(),
        Command::Generate(args) => args.run(),
        Command::Schema(args) => args.run(),
        Command::Completions(args) => args.run(),
        Command::Man(args) => args.run(),
        Command::Version(args) => args.run(),
    };
    outcome.unwrap_or_else(|failure| {
        failure.print();
        failure.exit
    })
}
