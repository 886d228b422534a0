//! What a policy makes of a sample.

use super::super::{Exit, Outcome, evidence, policy, shown};
use super::Args;
use std::path::Path;
use std::sync::Arc;

pub(super) fn explain(path: &Path, args: &Args) -> Outcome {
    let policy = policy::compile(path, &args.keys)?;
    let plan = Arc::new(policy.plan);
    let evidence = evidence::gather(&plan, &policy.said, &args.on, args.envelope)?;
    let explained = evidence.explained();
    shown::show(&explained.page(), || explained.to_json(), args.format)?;
    Ok(Exit::Ok)
}
