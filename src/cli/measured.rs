//! A sample under a policy and made-up keys, as tables to be measured.

use super::apply::sample;
use super::{Exit, Failure, decisions, policy, reasons, screen};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use veilstream::anonymity::seeded::Seeded;
use veilstream::attack::{self, AttackReport, Bounds, Ground};
use veilstream::exposure::Tables;
use veilstream::keys::{KeySource, MeasuringKeys, TestKeys};
use veilstream::language::codes;
use veilstream::language::finding::Severity;
use veilstream::policy::diff::Said;
use veilstream::policy::{PolicyFile, named};
use veilstream::record::counts::Counts;

/// Each attack may take so long.
const EACH: Duration = Duration::from_secs(15);
/// How wrong the totals are that somebody knows of persons.
const ERROR: f64 = 0.2;

/// What leaves of the sample, and what the policy says.
pub(crate) struct Measured {
    pub(crate) tables: Tables,
    pub(crate) said: Said,
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) files: &'a [PathBuf],
    /// Lines are whole records.
    pub(crate) enveloped: bool,
    /// What people decided, where the policy asks.
    pub(crate) consent: Option<&'a Path>,
}

/// Runs the policy on the sample. No keyring is opened.
///
/// # Errors
/// 78 when the policy cannot be used, or asks for decisions that no file tells; 65, 66 or
/// 74 when the sample or that file cannot be read.
pub(crate) fn gather(path: &Path, sample: Sample<'_>) -> Result<Measured, Failure> {
    of(&policy::read(path)?, sample)
}

/// The same of a policy that was read.
///
/// # Errors
/// As [`gather`].
pub(crate) fn of(file: &PolicyFile, sample: Sample<'_>) -> Result<Measured, Failure> {
    under(file, &TestKeys, sample)
}

/// Tries attacks on what leaves, all or those of these ids, each for a bounded time;
/// `public` is the same sample under keys that everybody has.
pub(crate) fn attacked(
    tables: &Tables,
    public: Option<&Tables>,
    only: &[impl AsRef<str>],
    seed: u64,
) -> AttackReport {
    let only: Vec<String> = only.iter().map(|id| id.as_ref().to_owned()).collect();
    attack::all(&Ground { tables, public }, &only, |run| {
        let until = Instant::now() + EACH;
        run(&mut Bounds {
            words: Seeded::new(seed),
            error: ERROR,
            goes_on: &mut || Instant::now() < until,
        })
    })
}

/// Runs it under keys of that seed, and again under those that everybody has.
///
/// # Errors
/// As [`gather`]; 64 when the sample is standard input, which cannot be read twice.
pub(crate) fn gather_twice(
    path: &Path,
    sample: Sample<'_>,
    seed: u64,
) -> Result<(Measured, Tables), Failure> {
    let mut files = sample
        .files
        .iter()
        .map(PathBuf::as_path)
        .chain(sample.consent);
    if files.any(|file| file == Path::new("-")) {
        return Err(Failure::new(Exit::Usage, "the sample is read twice")
            .help("write it to a file, and name that"));
    }
    let file = policy::read(path)?;
    let own = under(&file, &MeasuringKeys(seed), sample)?;
    let public = quietly(&file, &TestKeys, sample)?;
    Ok((own, public.0.tables))
}

fn under(file: &PolicyFile, keys: &dyn KeySource, sample: Sample<'_>) -> Result<Measured, Failure> {
    let (measured, counts) = quietly(file, keys, sample)?;
    let refused = counts.quarantined_total();
    if refused > 0 {
        screen::tell_folded(&format!(
            "{refused} of {} record(s) of the sample would be quarantined ({}): they are not measured\n",
            counts.received,
            reasons::text(&counts.quarantined)
        ));
    }
    Ok(measured)
}

fn quietly(
    file: &PolicyFile,
    keys: &dyn KeySource,
    Sample {
        files,
        enveloped,
        consent,
    }: Sample<'_>,
) -> Result<(Measured, Counts), Failure> {
    let mut compiled = policy::compile_with(file, keys);
    let is_error = |code: &str| code != codes::KEY_UNUSABLE;
    let errors = compiled.findings.list().iter();
    let mut errors = errors.filter(|f| f.severity == Severity::Error);
    let (Some(plan), Some(said)) = (compiled.plan.take(), compiled.said.take()) else {
        if errors.any(|f| is_error(f.code)) {
            return Err(policy::refuse(file, &compiled));
        }
        let what = format!(
            "`{}` cannot be tried under made-up keys",
            file.path.display()
        );
        return Err(Failure::new(Exit::Config, what)
            .why("it pins a version of a key, and made-up keys have one version each")
            .help("measure a copy of the policy without the pinned version"));
    };
    decisions::apart(consent, files)?;
    let [known] = decisions::known(consent, [&plan])?;
    let plan = Arc::new(plan);
    let mut tables = Tables::new(&plan, &named(&said));
    let mut counts = plan.counts();
    sample::in_order(&plan, (files, enveloped), known, |done| {
        for batch in done.out.iter().chain(&done.no_envelopes) {
            counts.add(&batch.counts);
        }
        done.out.iter().for_each(|batch| tables.add(batch));
        Ok(())
    })?;
    let measured = Measured {
        tables: tables.finish(),
        said,
    };
    Ok((measured, counts))
}
