//! `veil fmt`: policies in their usual order.

use super::rewritten::rewrite;
use super::screen::{Tone, paint};
use super::{Exit, Failure, Format, Outcome, policies, policy::said, screen};
use std::path::Path;
use veilstream::language::report::shown;
use veilstream::policy::diff::diff;
use veilstream::policy::{PolicyFile, layout};

/// Put the words of policies into their usual order, comments kept
///
/// The words of the policy, its outputs, tests and so on come as the reference
/// lists them, each with the comments right above it. Blanks at the ends of lines go,
/// and of several blank lines one stays. What stands in `{…}`, indentation, and the
/// order of names that you chose (fields, keys, actions) stay as they are. A policy
/// with mistakes is refused; before a file is written, the two are compared as
/// `veil diff` does.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil fmt policy.yaml
  veil fmt --check policies/
  veil fmt - < policy.yaml > next.yaml

JSON of --check is a list with an object for each file: file, in_order, and the
first and last line that would change, from, to, or null.

Files are changed in place. Exits 0 when all is in order, with --check 1 when a
file is not, 78 when a policy cannot be used.")]
pub struct Args {
    #[command(flatten)]
    policies: policies::Given,
    /// Change nothing; show what would change, and exit 1 if anything would
    #[arg(long)]
    check: bool,
    /// How to print what would change
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        requires = "check"
    )]
    format: Format,
}

impl Args {
    pub fn run(self) -> Outcome {
        let mut other = 0;
        let mut refused = None;
        let mut rows = Vec::new();
        for path in &self.policies.paths() {
            let stdin = path == Path::new("-");
            for file in policies::read(std::slice::from_ref(path))? {
                let laid = match laid_out(&file) {
                    Ok(laid) => laid,
                    Err(failure) => {
                        refused = Some(failure);
                        continue;
                    }
                };
                let same = laid == file.text;
                other += usize::from(!same);
                if self.check && self.format == Format::Json {
                    rows.push(row(&file, &laid));
                } else if self.check {
                    screen::show(&difference(&file, &laid))?;
                } else if stdin {
                    screen::put(laid.as_bytes())?;
                } else if !same {
                    rewrite(&file.path, &file.text, &laid)?;
                    screen::tell(&format!(
                        "{}: put in order\n",
                        screen::one_line(file.path.display())
                    ));
                }
            }
        }
        if self.check && self.format == Format::Json {
            let text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
            screen::put_json(&format!("{text}\n"))?;
        }
        match refused {
            Some(refused) => Err(refused),
            None if self.check && other > 0 => Ok(Exit::Warnings),
            None => Ok(Exit::Ok),
        }
    }
}

/// The text in order, once it is sure that it says the same.
fn laid_out(file: &PolicyFile) -> Result<String, Failure> {
    let (was, _) = said(file)?;
    let unsure = || {
        let what = format!("`{}` is left as it is", file.path.display());
        Failure::new(Exit::Software, what).why("in its usual order it would not say the same")
    };
    let laid = layout(&file.text).ok_or_else(unsure)?;
    let is = said(&PolicyFile {
        path: file.path.clone(),
        text: laid.clone(),
    });
    match is {
        Ok((is, _)) if diff(&was, &is).is_empty() => Ok(laid),
        _ => Err(unsure()),
    }
}

/// A file for programs; no line of it, which may hold what nobody meant to show.
fn row(file: &PolicyFile, laid: &str) -> serde_json::Value {
    let (start, was, is) = differing(&file.text, laid);
    let differs = !(was.is_empty() && is.is_empty());
    serde_json::json!({
        "file": file.path.display().to_string(),
        "in_order": !differs,
        "from": differs.then_some(start + 1),
        "to": differs.then_some(start + was.len().max(1)),
    })
}

/// How many lines come before the first that differs, and those up to the last, as
/// they are and as they would be.
fn differing<'t>(text: &'t str, laid: &'t str) -> (usize, Vec<&'t str>, Vec<&'t str>) {
    let (was, is): (Vec<&str>, Vec<&str>) = (lines(text), lines(laid));
    let pairs = was.iter().zip(&is);
    let start = pairs.take_while(|(a, b)| a == b).count();
    let (was, is) = (&was[start..], &is[start..]);
    let pairs = was.iter().rev().zip(is.iter().rev());
    let end = pairs.take_while(|(a, b)| a == b).count();
    (
        start,
        was[..was.len() - end].to_vec(),
        is[..is.len() - end].to_vec(),
    )
}

/// The lines that differ as text; empty when none does.
fn difference(file: &PolicyFile, laid: &str) -> String {
    let (start, was, is) = differing(&file.text, laid);
    if was.is_empty() && is.is_empty() {
        return String::new();
    }
    let name = file.path.display().to_string();
    let mut text = format!("{}:{}\n", paint(Tone::Strong, &visible(&name)), start + 1);
    for (mark, tone, lines) in [("-", Tone::Error, was), ("+", Tone::Good, is)] {
        for line in lines {
            text.push_str(&paint(tone, &format!("{mark} {}", marked(line))));
            text.push('\n');
        }
    }
    text
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A line without its end; what is odd about that and cannot be seen is named.
fn marked(line: &str) -> String {
    let Some(bare) = line.strip_suffix('\n') else {
        return format!("{} (no line break)", visible(line));
    };
    let bare = bare.strip_suffix('\r').unwrap_or(bare);
    let trimmed = bare.trim_end_matches([' ', '\t']);
    let blanks = bare.len() - trimmed.len();
    visible(trimmed) + &"·".repeat(blanks)
}

/// Fit for a terminal: nothing that acts but tabs, and nothing that looks like a key.
fn visible(text: &str) -> String {
    let text = shown(text);
    let parts: Vec<String> = text.split('\t').map(screen::one_line).collect();
    parts.join("\t")
}
