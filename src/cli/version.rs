//! `veil version`: what this binary is.

use super::{Exit, Format, Outcome, screen};

/// Print the version and what this binary was built with
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil version
  veil version --format json")]
pub(crate) struct Args {
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let build = veilstream::build_info();
        let text = match self.format {
            Format::Text => format!("veil {} (features: {})\n", build.version, build.features()),
            Format::Json => format!("{}\n", build.to_json()),
        };
        screen::show_as(self.format, &text)?;
        Ok(Exit::Ok)
    }
}
