//! `veil init --top-k`: the frequent values of a path, as a file for `top_k`.

use super::super::sampled::{self, Given};
use super::super::{Exit, Failure, Outcome, screen};
use super::new_file;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use veilstream::policy::selector;
use veilstream::record::path::Step;
use veilstream::sample::Frequent;

/// Which values are listed.
#[derive(clap::Args)]
pub struct Listing {
    /// With --top-k: most values that are listed
    #[arg(long, value_name = "N", default_value_t = 100, requires = "top_k",
          value_parser = clap::value_parser!(u32).range(1..=65_536))]
    values: u32,
    /// With --top-k: a value that fewer records have is not listed
    #[arg(long, value_name = "N", default_value_t = 10, requires = "top_k",
          value_parser = clap::value_parser!(u64).range(1..))]
    at_least: u64,
}

impl Listing {
    /// Writes the list.
    ///
    /// # Errors
    /// 64 for a path that cannot be read, 65 when nothing is frequent there, 66 or 74 when
    /// the sample cannot be read, 73 when the file exists.
    pub fn run(
        &self,
        path: &str,
        on: &[PathBuf],
        enveloped: bool,
        output: Option<&Path>,
        quiet: bool,
    ) -> Outcome {
        let frequent = count(path, on, enveloped)?;
        let Some(listed) = frequent.listed(self.values as usize, self.at_least) else {
            return Err(Failure::new(
                Exit::DataErr,
                format!("`{path}` has more than 1,000,000 different values"),
            )
            .why("what nearly every record has its own of is no value to list")
            .help("choose another path, or another `generalize`"));
        };
        if listed.values.is_empty() {
            let with = frequent.with_value();
            let failure = Failure::new(
                Exit::DataErr,
                format!(
                    "no value of `{path}` is in {} records or more",
                    self.at_least
                ),
            )
            .why(format!(
                "{with} of {} record(s) have a value there, {} different one(s)",
                frequent.records(),
                listed.different
            ));
            return Err(match with {
                0 => failure.help("correct the path: `veil init --from-sample` lists them"),
                _ => failure.help("take a larger sample"),
            });
        }
        let text = listed.values.join("\n") + "\n";
        match output {
            None => screen::put(text.as_bytes())?,
            Some(file) => new_file::create(file, &text)?,
        }
        if !quiet {
            screen::tell(&format!(
                "{} record(s) read, {} have a value at `{path}`: {} different one(s)\n\
                 {} listed, each in {} record(s) or more: {} % of those that have one\n",
                frequent.records(),
                frequent.with_value(),
                listed.different,
                listed.values.len(),
                self.at_least,
                listed.percent,
            ));
            if frequent.refused() > 0 {
                screen::tell(&format!(
                    "{} record(s) could not be read\n",
                    frequent.refused()
                ));
            }
            if frequent.unlisted() > 0 {
                screen::tell(&format!(
                    "{} value(s) are empty, too long or not of one line: no list can have them\n",
                    frequent.unlisted()
                ));
            }
            let file = output.map_or("FILE".into(), |file| screen::one_line(file.display()));
            screen::tell(&format!(
                "\nread the list: each of its values leaves in clear, and what one person sends\n\
                 often is frequent too; then:\n  {path}: {{ generalize: {{ top_k: {{ file: {file} }} }} }}\n"
            ));
        }
        Ok(Exit::Ok)
    }
}

fn count(path: &str, on: &[PathBuf], enveloped: bool) -> Result<Frequent, Failure> {
    let wrong = |what: String, help: &str| Failure::new(Exit::Usage, what).help(help);
    let paths = selector::selectors(path)
        .map_err(|e| wrong(format!("`{path}` is no path: {}", e.message), &e.help))?;
    let steps = paths.iter().flat_map(|path| &path.steps);
    if steps.clone().any(|step| matches!(step, Step::Filter(_))) {
        let what = format!("`{path}` chooses elements by a filter");
        return Err(wrong(what, "write `[*]`: the list is made of all elements"));
    }
    // The standard library draws the keys of its hashes at random, once a process.
    let mut frequent = Frequent::new(&paths, RandomState::new().hash_one("a sample"));
    sampled::each(on, enveloped, |given| match given {
        Given::Value(value) => frequent.add(value),
        Given::Tombstone => {}
        Given::Refused(_) => frequent.refuse(),
    })?;
    Ok(frequent)
}
