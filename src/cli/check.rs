//! `veil check`: everything that is wrong with a policy, at once.

use super::{
    Exit, Failure, Outcome, annotations, clock, decisions, evidence, keyring, policies, policy,
    reasons, schema, screen,
};
#[cfg(feature = "kafka")]
use super::{group_costs, tables::FileTables};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use veilstream::anonymity::seeded::Seeded;
use veilstream::exposure::{OfReleases, Settings, Tables};
use veilstream::keys::FileKeys;
use veilstream::language::finding::{Findings, Severity};
use veilstream::language::report;
use veilstream::pipeline::OutBatch;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::policy::{Compiled, PolicyFile, UnderSchema, across, named};
use veilstream::record::counts::Counts;
use veilstream::schema::frame::Part;

/// So long is looked for columns that single people out.
const ALONE_LOOKED_FOR: Duration = Duration::from_secs(5);

/// Check policies: every mistake at once, with place, cause and fix
///
/// Keys are looked up as `veil run` would, so a missing keyring is found here. Of
/// several policies it is also told what they say of each other: shared domains,
/// keys, topics, names. With a sample, what it says against the policy.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil check policy.yaml
  veil check policies/ --deny-warnings
  veil check policy.yaml --on events.ndjson
  veil check policy.yaml --schema clicks.avsc --show-derived
  veil check policy.yaml --schema value.avsc --key-schema key.avsc
  veil check policy.yaml --schema proto/order.proto --import proto
  veil check policy.yaml --registry https://registry.example:8081
  veil check policy.yaml --on events.ndjson --consent decisions.ndjson
  sed s/analytics/reporting/ policy.yaml | veil check -
  veil check policy.yaml --format json
  veil check policies/ --format sarif > findings.sarif

Exits 0 when there is nothing to say, 1 when there are warnings only, 78 when
there is an error: `veil run` would refuse to start. It also refuses a policy
without a quarantine, which is a warning: `veil apply` needs none.")]
pub struct Args {
    #[command(flatten)]
    policies: policies::Given,
    /// A sample of events, one a line: selectors that never match, paths that are
    /// almost one of them, codes of few values, columns unique to each record,
    /// people who are alone in what leaves
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long, requires = "on")]
    envelope: bool,
    /// The schema that values are written under: fields that are named and not there,
    /// types that an action does not take, fields that nothing names
    #[arg(long, value_name = "FILE", group = "under")]
    schema: Option<PathBuf>,
    /// The schema that record keys are written under (`source.key: avro`, `protobuf` or
    /// `json_schema`)
    #[arg(long, value_name = "FILE")]
    key_schema: Option<PathBuf>,
    #[command(flatten)]
    imports: schema::Imports,
    /// The same with the newest schema that a registry has of each topic that is read; and
    /// whether what leaves may follow what stands there
    #[cfg(feature = "registry")]
    #[arg(long, value_name = "URL", group = "under")]
    registry: Option<String>,
    /// With --schema, --key-schema or --registry: print the schema of what leaves of each output
    #[arg(long)]
    show_derived: bool,
    /// What people decided, one decision a line, where the policy has `consent.state`
    #[arg(long, value_name = "FILE", requires = "on")]
    consent: Option<PathBuf>,
    /// Exit 78 when there are warnings
    #[arg(long)]
    deny_warnings: bool,
    /// How to print findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    keys: keyring::Access,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one list of all findings
    Json,
    /// SARIF 2.1.0, for what shows findings beside the code
    Sarif,
    /// Workflow commands of GitHub, one a line
    Github,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let keys = FileKeys::new(self.keys.open(false));
        let mut worst = None;
        let mut rows: Vec<serde_json::Value> = Vec::new();
        let mut text = String::new();
        let has_schema = self.schema.is_some() || self.key_schema.is_some();
        self.imports.beside(has_schema)?;
        let files = policies::read(&self.policies.paths())?;
        let mut all: Vec<Compiled> = files.iter().map(|file| in_groups(file, &keys)).collect();
        let with = (&files[..], &keys);
        let made = match self.under_registry(with, &mut all)? {
            Some(made) => Some(made),
            None => self.under_schema(with, &mut all)?,
        };
        self.on_sample(&mut all)?;
        together(&files, &mut all);
        for (file, compiled) in files.iter().zip(&mut all) {
            let path = &file.path;
            worst = worst.max(compiled.findings.worst());
            match self.format {
                Format::Json | Format::Sarif | Format::Github => {
                    let json =
                        report::json(&compiled.findings, &path.display().to_string(), &file.text);
                    let list: Vec<serde_json::Value> =
                        serde_json::from_str(&json).expect("findings are a JSON list");
                    rows.extend(list);
                }
                Format::Text => {
                    text.push_str(&policy::report(
                        file,
                        compiled,
                        screen::stdout_has_color(),
                        screen::stdout_columns(),
                    ));
                    if compiled.findings.list().is_empty() {
                        let name = screen::one_line(path.display());
                        text.push_str(&format!("{name}: no findings\n"));
                    }
                    #[cfg(feature = "kafka")]
                    text.push_str(&group_costs::lines(
                        path,
                        std::mem::take(&mut compiled.groups),
                    ));
                    let plan = compiled.plan.as_ref();
                    if let Some(states) = plan.and_then(Plan::states_of_any_depth) {
                        let name = screen::one_line(path.display());
                        text.push_str(&format!(
                            "{name}: its paths need {states} of 65,536 states\n"
                        ));
                    }
                }
            }
        }
        if let (Format::Text, Some(made)) = (self.format, &made) {
            text.push_str(&self.told(made));
        }
        match self.format {
            Format::Text => screen::show(&text)?,
            Format::Json => {
                let list = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
                screen::put_json(&format!("{list}\n"))?;
            }
            Format::Sarif => screen::put_json(&annotations::sarif(&rows))?,
            Format::Github => screen::put(annotations::github(&rows).as_bytes())?,
        }
        match worst {
            Some(Severity::Error) => Err(Failure::said(Exit::Config)),
            Some(Severity::Warning) if self.deny_warnings => Err(Failure::said(Exit::Config)),
            Some(Severity::Warning) => Ok(Exit::Warnings),
            Some(Severity::Note) | None => Ok(Exit::Ok),
        }
    }
}

impl Args {
    /// Adds what the newest schemas of a registry say against the policy.
    #[cfg(feature = "registry")]
    fn under_registry(
        &self,
        (files, keys): (&[PolicyFile], &FileKeys),
        all: &mut [Compiled],
    ) -> Result<Option<UnderSchema>, Failure> {
        let Some(url) = &self.registry else {
            return Ok(None);
        };
        let [compiled] = all else {
            let failure = Failure::new(Exit::Usage, "a registry is held against one policy");
            return Err(failure.help("veil check POLICY --registry URL"));
        };
        // A policy with an error has no plan; the errors are said.
        let Some(plan) = &compiled.plan else {
            return Ok(None);
        };
        let mut newest = super::registry::Newest::at(url, plan)?;
        for subject in &newest.undecided {
            screen::tell_folded(&format!(
                "the newest schema of `{subject}` has several messages, and which of them a key is only the key says: `--key-schema FILE` takes a file with one\n"
            ));
        }
        // What their tags say of fields is known now.
        *compiled = policy::compile_knowing(&files[0], keys, &newest.values());
        let (Some(plan), Some(said)) = (&compiled.plan, &compiled.said) else {
            return Ok(None);
        };
        let mut more = Findings::default();
        let made = newest.held_against(plan, said, &mut more);
        compiled.findings.take(more);
        made.map(Some)
    }

    #[cfg(not(feature = "registry"))]
    fn under_registry(
        &self,
        _: (&[PolicyFile], &FileKeys),
        _: &mut [Compiled],
    ) -> Result<Option<UnderSchema>, Failure> {
        Ok(None)
    }

    /// Adds what the schema says against the policy, and what would become of it.
    fn under_schema(
        &self,
        (files, keys): (&[PolicyFile], &FileKeys),
        all: &mut [Compiled],
    ) -> Result<Option<UnderSchema>, Failure> {
        if self.schema.is_none() && self.key_schema.is_none() {
            return Ok(None);
        }
        let [compiled] = all else {
            let failure = Failure::new(Exit::Usage, "a schema is held against one policy");
            return Err(failure.help("veil check POLICY --schema FILE"));
        };
        let values = self.schema.as_slice();
        let read = schema::Read::of(values, self.key_schema.as_deref(), &self.imports)?;
        // What tags say of fields is known now.
        let format = compiled.plan.as_ref().map(|plan| read.formats(plan));
        let format = format.transpose()?;
        if let Some(formats) = format.filter(|formats| !formats.is_empty()) {
            *compiled = policy::compile_knowing(&files[0], keys, &formats);
        }
        // A policy with an error has no plan; the errors are said.
        let (Some(plan), Some(said)) = (&compiled.plan, &compiled.said) else {
            return Ok(None);
        };
        let mut more = Findings::default();
        let made = read.under(said, plan, &mut more)?;
        compiled.findings.take(more);
        Ok(made.map(|made| made.whole()))
    }

    /// What becomes of a schema, in a few lines.
    fn told(&self, made: &UnderSchema) -> String {
        let mut text = String::new();
        if !made.unnamed.is_empty() {
            // A name of a schema may hold anything.
            let names = made.unnamed.join(", ");
            let names = veilstream::document::visible(&names, true);
            text.push_str(&format!("not named, so not in what leaves: {names}\n"));
        }
        if self.show_derived {
            for derived in &made.derived {
                let of = match derived.part {
                    Part::Value => "",
                    Part::Key => " (keys)",
                };
                text.push_str(&format!("{}{of}: {}\n", derived.topic, derived.text));
            }
        }
        text
    }

    /// Adds what the sample says against the policy.
    fn on_sample(&self, all: &mut [Compiled]) -> Result<(), Failure> {
        if self.on.is_empty() {
            return Ok(());
        }
        let [compiled] = all else {
            let failure = Failure::new(Exit::Usage, "a sample is held against one policy");
            return Err(failure.help("veil check POLICY --on SAMPLE"));
        };
        // A policy with an error has no plan; the errors are said.
        if let (Some(plan), Some(said)) = (compiled.plan.take(), &compiled.said) {
            let consent = self.consent.as_deref();
            decisions::apart(consent, &self.on)?;
            let [known] = decisions::known(consent, [&plan])?;
            let (plan, now) = (Arc::new(plan), clock::now());
            let names = named(said);
            let mut tables = Tables::new(&plan, &names);
            let look = |batch: &OutBatch| tables.add(batch);
            let sample = (&self.on[..], self.envelope);
            let evidence = evidence::gather_with(&plan, said, known, sample, look)?;
            tell_of_sample(evidence.counts());
            compiled.findings.take(evidence.findings(said, now));
            let until = Instant::now() + ALONE_LOOKED_FOR;
            let mut settings = Settings {
                quasi: None,
                population: None,
                goes_on: &mut || Instant::now() < until,
                words: &mut Seeded::new(0),
            };
            let tables = tables.finish();
            tables.releases.iter().for_each(tell_of_releases);
            let more = tables.findings(&names, said, now, &mut settings);
            compiled.findings.take(more);
        }
        Ok(())
    }
}

/// Compiles a policy, and each of its release groups where there is a stream that runs them.
#[cfg(feature = "kafka")]
fn in_groups(file: &PolicyFile, keys: &FileKeys) -> Compiled {
    policy::compile_groups_beside(file, keys, &FileTables::beside(&file.path))
}

#[cfg(not(feature = "kafka"))]
fn in_groups(file: &PolicyFile, keys: &FileKeys) -> Compiled {
    policy::compile_with(file, keys)
}

/// Tells of what of the sample nothing can be said.
fn tell_of_sample(counts: &Counts) {
    if counts.received == 0 {
        screen::tell_folded(
            "the sample holds no record: nothing of it can be held against the policy\n",
        );
    }
    let refused = counts.quarantined_total();
    if refused > 0 {
        screen::tell_folded(&format!(
            "{refused} of {} record(s) of the sample would be quarantined ({}): `veil explain --on` says more\n",
            counts.received,
            reasons::text(&counts.quarantined)
        ));
    }
}

/// Tells what becomes of the records of the sample in an output in which they wait.
fn tell_of_releases(of: &OfReleases) {
    let why: Vec<String> = of
        .left_out
        .each()
        .filter(|(_, n)| *n > 0)
        .map(|(why, n)| format!("{n} {}", why.as_str()))
        .collect();
    let left_out = match why.is_empty() {
        true => "none".to_owned(),
        false => why.join(", "),
    };
    let how_long = match (of.each_ms(), of.span_ms) {
        (Some(ms), _) => format!("a release about each {}", waits(ms)),
        (None, Some(_)) if of.releases < 2 => {
            "the sample is shorter than what two releases take".to_owned()
        }
        _ => "no times in the sample: how long records wait is not told".to_owned(),
    };
    screen::tell_folded(&format!(
        "of the sample {} record(s) leave to {} in {} release(s), {} wait for more, left out: {left_out}; {how_long}\n",
        of.leave, of.topic, of.releases, of.wait
    ));
}

/// So long, in the largest unit of which there is one.
fn waits(ms: i64) -> String {
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
    ];
    let unit = units.into_iter().find(|(unit, _)| ms >= *unit);
    let (unit, name) = unit.unwrap_or((1, "ms"));
    format!("{} {name}", ms / unit)
}

/// Adds what the policies say of each other.
fn together(files: &[PolicyFile], all: &mut [Compiled]) {
    let names: Vec<String> = files.iter().map(|f| f.path.display().to_string()).collect();
    let readable = |n: &usize| all[*n].said.is_some();
    let places: Vec<usize> = (0..all.len()).filter(readable).collect();
    let said: Vec<(&str, &Said)> = places
        .iter()
        .filter_map(|n| Some((names[*n].as_str(), all[*n].said.as_ref()?)))
        .collect();
    let found = across(&said, clock::now());
    for (n, more) in places.into_iter().zip(found) {
        all[n].findings.take(more);
    }
}
