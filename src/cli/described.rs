//! Policies by what they mean, and reports shown: what the commands that describe
//! a policy have in common. Keyrings are not opened.

use super::{Failure, policies, policy, shown};
use std::path::PathBuf;
use veilstream::contract::Described;
use veilstream::document::Document;
use veilstream::policy::{PolicyFile, meaning};

/// Reads the policies. With `is_json` the findings of one with errors are data too.
///
/// # Errors
/// When one is missing or has an error, other than of its keys.
pub fn read(paths: &[PathBuf], is_json: bool) -> Result<Vec<Described>, Failure> {
    of(&policies::read(paths)?, is_json)
}

/// The same of policies that were read.
///
/// # Errors
/// As [`read`].
pub fn of(files: &[PolicyFile], is_json: bool) -> Result<Vec<Described>, Failure> {
    let mut all = Vec::new();
    for file in files {
        let (said, digest) = policy::said_of_keys(file, is_json)?;
        all.push(Described {
            meaning: meaning(&said),
            digest,
        });
    }
    Ok(all)
}

/// A report as text for the terminal that standard output is.
pub fn text(document: &Document) -> String {
    shown::text(document)
}
