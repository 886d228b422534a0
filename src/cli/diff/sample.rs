//! What two policies make of one sample, by count. The keys are those of tests:
//! what is counted does not depend on them.

use super::super::{Exit, Failure, evidence, policy};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::keys::TestKeys;
use veilstream::plan::Plan;
use veilstream::record::Reason;
use veilstream::record::counts::Counts;

/// A count that differs.
pub(super) struct Counted {
    /// The output's topic; `None`: of all records.
    pub(super) output: Option<String>,
    /// What is counted; words of the policy stand in backticks.
    pub(super) what: String,
    /// Under the policy as it was.
    pub(super) was: u64,
    /// Under the other.
    pub(super) is: u64,
}

impl Counted {
    pub(super) fn to_json(&self) -> Value {
        json!({ "output": self.output, "what": self.what, "was": self.was, "is": self.is })
    }
}

/// The counts in which the two differ.
///
/// # Errors
/// When a policy cannot be carried out under made-up keys, or the sample not read.
pub(super) fn compare(
    policies: [&Path; 2],
    files: &[PathBuf],
    enveloped: bool,
) -> Result<Vec<Counted>, Failure> {
    if files.iter().any(|file| file == Path::new("-")) {
        return Err(Failure::new(Exit::Usage, "the sample is read twice")
            .help("write it to a file, and name that"));
    }
    let [was, is] = policies.map(|path| counts(path, files, enveloped));
    let (was, is) = (was?, is?);
    let keys: BTreeSet<&Key> = was.keys().chain(is.keys()).collect();
    let count = |of: &BTreeMap<Key, u64>, key: &Key| of.get(key).copied().unwrap_or(0);
    Ok(keys
        .into_iter()
        .map(|key| Counted {
            output: key.0.clone(),
            what: key.1.clone(),
            was: count(&was, key),
            is: count(&is, key),
        })
        .filter(|counted| counted.was != counted.is)
        .collect())
}

type Key = (Option<String>, String);

fn counts(path: &Path, files: &[PathBuf], enveloped: bool) -> Result<BTreeMap<Key, u64>, Failure> {
    let file = policy::read(path)?;
    let mut compiled = policy::compile_with(&file, &TestKeys);
    let (Some(plan), Some(said)) = (compiled.plan.take(), &compiled.said) else {
        let what = format!("`{}` cannot be tried under made-up keys", path.display());
        return Err(Failure::new(Exit::Config, what)
            .why("it pins a version of a key, and made-up keys have one version each")
            .help("compare without --on"));
    };
    let plan = Arc::new(plan);
    let evidence = evidence::gather(&plan, said, files, enveloped)?;
    Ok(listed(&plan, evidence.counts()))
}

fn listed(plan: &Plan, counts: &Counts) -> BTreeMap<Key, u64> {
    let mut list = BTreeMap::new();
    let mut add = |output: Option<&str>, what: String, n: u64| {
        if n > 0 {
            *list.entry((output.map(str::to_owned), what)).or_insert(0) += n;
        }
    };
    for reason in Reason::ALL {
        let n = counts.quarantined[reason.index()];
        add(None, format!("records quarantined `{reason}`"), n);
    }
    for (output, counts) in plan.outputs.iter().zip(&counts.outputs) {
        let topic = Some(&*output.topic);
        add(topic, "records written".to_owned(), counts.written);
        for reason in Reason::ALL {
            let n = counts.withheld[reason.index()];
            add(topic, format!("records withheld `{reason}`"), n);
        }
        for (field, counts) in output.fields.iter().zip(&counts.fields) {
            let path = &field.path;
            add(topic, format!("`{path}` written"), counts.written);
            add(
                topic,
                format!("`{path}` dropped on error"),
                counts.dropped_on_error,
            );
            add(
                topic,
                format!("`{path}` replaced on error"),
                counts.replaced_on_error,
            );
            add(topic, format!("`{path}` refused"), counts.refused);
        }
    }
    list
}
