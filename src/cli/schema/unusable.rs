//! A schema that cannot be used.

use super::super::{Exit, Failure};
use std::path::Path;

/// A schema that nothing can be made of, and why.
pub fn unusable(path: &Path, why: &str) -> Failure {
    let failure = Failure::new(
        Exit::DataErr,
        format!("the schema `{}` cannot be used", path.display()),
    );
    failure.why(why)
}
