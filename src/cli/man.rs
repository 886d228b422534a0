//! `veil man`: a manual page for each command.

use super::{Exit, Failure, Outcome};
use clap::CommandFactory;
use std::path::PathBuf;

/// Write manual pages, one for each command
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil man /usr/local/share/man/man1
  veil man ./man && man ./man/veil-run.1")]
pub struct Args {
    /// The folder; it is made if need be, and pages of the same names are replaced
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Args {
    pub fn run(self) -> Outcome {
        std::fs::create_dir_all(&self.folder)
            .map_err(|e| Failure::not_created(&self.folder, &e))?;
        let mut veil = super::Args::command();
        veil.build();
        for (name, page) in pages(&veil)? {
            let path = self.folder.join(name);
            std::fs::write(&path, page).map_err(|e| Failure::not_written(&path, &e))?;
        }
        Ok(Exit::Ok)
    }
}

/// Names and texts of the pages of a command and all below it.
fn pages(command: &clap::Command) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)
        .map_err(|e| Failure::new(Exit::Software, "a manual page cannot be made").why(e))?;
    // The synopsis has a blank behind a flag that has no long name.
    let page = String::from_utf8_lossy(&page).replace(" \\fR]", "\\fR]");
    let mut all = vec![(man.get_filename(), page.into_bytes())];
    let below = command.get_subcommands();
    for sub in below.filter(|c| c.get_name() != "help" && !c.is_hide_set()) {
        all.extend(pages(sub)?);
    }
    Ok(all)
}
