//! What two policies make of one sample: counts of records and fields, and values
//! that differ. Both have the keys of tests, so that codes of one key are the same.

use super::super::apply::sample;
use super::super::{Exit, Failure, decisions, evidence, policy};
use super::values::{Differing, Values};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::keys::TestKeys;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::policy::named;
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

/// In what the two differ on the sample.
pub(super) struct OnSample {
    /// Counts.
    pub(super) counted: Vec<Counted>,
    /// Fields whose values differ.
    pub(super) values: Vec<Differing>,
    /// There were more records than those whose values were compared.
    pub(super) is_cut: bool,
    /// Every line looks like an envelope that was read as the event.
    pub(super) looks_enveloped: bool,
}

/// In what the two differ.
///
/// # Errors
/// When a policy cannot be carried out under made-up keys, or the sample not read.
pub(super) fn compare(
    policies: [&Path; 2],
    sample: (&[PathBuf], bool),
    consent: Option<&Path>,
) -> Result<OnSample, Failure> {
    if sample.0.iter().any(|file| file == Path::new("-")) {
        return Err(Failure::new(Exit::Usage, "the sample is read twice")
            .help("write it to a file, and name that"));
    }
    let [was, is] = policies.map(tried);
    let (was, is) = (was?, is?);
    let [was_known, is_known] = decisions::known(consent, [&was.0, &is.0])?;
    let hashes = RandomState::new();
    let was = made(&was, was_known, sample, hashes.clone())?;
    let is = made(&is, is_known, sample, hashes)?;
    Ok(OnSample {
        counted: counted(&was.counts, &is.counts),
        values: was.values.against(&is.values),
        is_cut: was.values.is_cut || is.values.is_cut,
        looks_enveloped: was.looks_enveloped && is.looks_enveloped,
    })
}

fn counted(was: &BTreeMap<Key, u64>, is: &BTreeMap<Key, u64>) -> Vec<Counted> {
    let keys: BTreeSet<&Key> = was.keys().chain(is.keys()).collect();
    let count = |of: &BTreeMap<Key, u64>, key: &Key| of.get(key).copied().unwrap_or(0);
    keys.into_iter()
        .map(|key| Counted {
            output: key.0.clone(),
            what: key.1.clone(),
            was: count(was, key),
            is: count(is, key),
        })
        .filter(|counted| counted.was != counted.is)
        .collect()
}

type Key = (Option<String>, String);

/// What one policy makes of the sample.
struct Made {
    counts: BTreeMap<Key, u64>,
    values: Values,
    looks_enveloped: bool,
}

/// A policy under made-up keys.
fn tried(path: &Path) -> Result<(Arc<Plan>, Said), Failure> {
    let file = policy::read(path)?;
    let mut compiled = policy::compile_with(&file, &TestKeys);
    let (Some(plan), Some(said)) = (compiled.plan.take(), compiled.said.take()) else {
        let what = format!("`{}` cannot be tried under made-up keys", path.display());
        return Err(Failure::new(Exit::Config, what)
            .why("it pins a version of a key, and made-up keys have one version each")
            .help("compare without --on"));
    };
    Ok((Arc::new(plan), said))
}

fn made(
    (plan, said): &(Arc<Plan>, Said),
    known: Arc<Snapshot>,
    on: (&[PathBuf], bool),
    hashes: RandomState,
) -> Result<Made, Failure> {
    let topics: Vec<String> = plan.outputs.iter().map(|o| o.topic.to_string()).collect();
    let mut values = Values::new(&named(said), &topics, hashes);
    let mut evidence = evidence::of_nothing(plan, said);
    sample::in_order(plan, on, known, |done| {
        evidence::add(&mut evidence, done);
        if let Some(batch) = &done.out {
            values.add(batch);
        }
        Ok(())
    })?;
    Ok(Made {
        counts: listed(plan, evidence.counts()),
        values,
        looks_enveloped: evidence.looks_enveloped(),
    })
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
            add(topic, format!("`{path}` in no list"), counts.other);
            add(
                topic,
                format!("`{path}` a hash already"),
                counts.accepted_hashed,
            );
        }
    }
    list
}
