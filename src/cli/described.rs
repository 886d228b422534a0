//! Policies by what they mean, and reports shown: what the commands that describe
//! a policy have in common. Keyrings are not opened.

use super::screen::{self, Tone, paint};
use super::{Failure, policies, policy};
use std::path::PathBuf;
use veilstream::contract::Described;
use veilstream::document::{Document, Look};
use veilstream::keys::TestKeys;
use veilstream::language::codes;
use veilstream::language::finding::Severity;
use veilstream::policy::meaning;

/// Columns of a report where nobody says how many there are.
const COLUMNS: usize = 100;

/// Reads the policies.
///
/// # Errors
/// When one is missing or has an error, other than of its keys.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Described>, Failure> {
    let mut all = Vec::new();
    for file in policies::read(paths)? {
        let compiled = policy::compile_with(&file, &TestKeys);
        // The keys of tests have one version each.
        let unusable = compiled
            .findings
            .list()
            .iter()
            .any(|f| f.severity == Severity::Error && f.code != codes::KEY_UNUSABLE);
        match &compiled.said {
            Some(said) if !unusable => all.push(Described {
                meaning: meaning(said),
                digest: compiled.digest,
            }),
            _ => return Err(policy::refuse(&file, &compiled)),
        }
    }
    Ok(all)
}

/// A report as text for the terminal that standard output is.
pub fn text(document: &Document) -> String {
    let columns = screen::stdout_columns().unwrap_or(COLUMNS);
    document.to_text(columns, &|look, text| {
        let tone = match look {
            Look::Bad => Tone::Error,
            Look::Warning | Look::ToFill => Tone::Warning,
            Look::Good => Tone::Good,
            Look::Strong => Tone::Strong,
            Look::Faint => Tone::Faint,
            Look::Plain | Look::Code => return text.to_owned(),
        };
        paint(tone, text)
    })
}
