//! What a policy makes of a sample.

use super::super::shown::{self, PageFormat};
use super::super::{Exit, Outcome, decisions, evidence, keyring, policy};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::policy::PolicyFile;

pub(super) fn explain(
    file: &PolicyFile,
    keys: &keyring::Access,
    (consent, sample): (Option<&Path>, (&[PathBuf], bool)),
    format: PageFormat,
) -> Outcome {
    let policy = policy::compile_file(file, keys)?;
    let plan = Arc::new(policy.plan);
    let [known] = decisions::known(consent, [&plan])?;
    let evidence = evidence::gather(&plan, &policy.said, known, sample)?;
    let explained = evidence.explained();
    shown::show(&explained.page(), || explained.to_json(), format)?;
    Ok(Exit::Ok)
}
