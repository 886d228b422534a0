//! `veil init`: from a sample to a draft of a policy.

mod foreign;
mod frequent;
mod new_file;
mod of_schema;
mod table;
#[cfg(feature = "kafka")]
mod topic;

use super::{Exit, Failure, Outcome, sampled, screen};
use std::path::{Path, PathBuf};
use veilstream::draft::{Named, NoDraft, draft};
use veilstream::import::Foreign;
use veilstream::sample::{LOOKS_ENVELOPED, Profile};

/// Propose a policy for a sample of events, or for the rules of another tool
///
/// Every field of the sample is listed with what it seems to hold, how sure that is,
/// and an action. What is not known is commented out, so it does not leave. No value
/// of the sample gets into the draft but the words that name kinds of event. A draft
/// is read and finished by a person: FILL IN marks what nobody can guess.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("source").required(true).multiple(false)))]
#[command(override_usage = "veil init [OPTIONS] --from-… <FILE>", after_help = EXAMPLES)]
pub struct Args {
    /// The sample: files of JSON, one event a line, plain, gzip or zstd; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", num_args = 1.., group = "source")]
    from_sample: Vec<PathBuf>,
    /// The sample: records of a topic, read without a group and changed by nothing
    #[cfg(feature = "kafka")]
    #[arg(long, value_name = "TOPIC", group = "source")]
    from_topic: Option<String>,
    #[cfg(feature = "kafka")]
    #[command(flatten)]
    reading: topic::Reading,
    /// The schema that values are written under, beside which the policy will lie: its
    /// fields by tag, type and name. Avro (`.avsc`), Protobuf (`.proto`, or `.desc`, a set of
    /// descriptors), JSON Schema (`.json`)
    #[arg(long, value_name = "FILE", group = "source")]
    from_schema: Option<PathBuf>,
    #[command(flatten)]
    schema: of_schema::Schema,
    #[command(flatten)]
    rules: foreign::Rules,
    /// No draft: the values of that path which many records have, one a line, as
    /// `generalize: { top_k: { file: … } }` reads them
    #[arg(long, value_name = "PATH", group = "source", requires = "on")]
    top_k: Option<String>,
    #[command(flatten)]
    listing: frequent::Listing,
    /// The sample that goes with --top-k, or with the rules of another tool: patterns
    /// of names are looked up in it, and fields that no rule names are listed
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    on: Vec<PathBuf>,
    /// Write the draft, or the list, here instead of to standard output; never over a
    /// file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The name of the policy and the beginning of its topics [default: after the
    /// sample]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Lines are whole records: key, headers, timestamp, value
    #[arg(long)]
    envelope: bool,
    /// Do not print the table and the next commands
    #[arg(short, long)]
    quiet: bool,
}

#[cfg(feature = "kafka")]
const EXAMPLES: &str = "\
Examples:
  veil init --from-sample events.ndjson -o policy.yaml
  veil init --from-sample monday.ndjson.gz tuesday.ndjson.zst > policy.yaml
  zcat events.gz | veil init --from-sample - --name web-events > policy.yaml
  veil init --from-schema clicks.avsc -o policy.yaml
  veil init --from-schema purchases.proto --message shop.Order -o policy.yaml
  veil init --from-schema signups.json -o policy.yaml
  veil init --top-k context.geo.city --on events.ndjson -o cities.txt
  veil init --from-topic web.events.raw -X bootstrap.servers=broker:9092 \\
      --limit 5000 > policy.yaml

From sample to first sanitized record:
  veil init --from-sample events.ndjson -o policy.yaml
  veil keys new --keyring keyring.json people quarantine
  veil apply -p policy.yaml events.ndjson | head

From the rules of another tool:
  veil init --from-connect connector.json --on events.ndjson -o policy.yaml
  veil init --from-snowplow-pii pii.json --compat > policy.yaml
What has no equal is listed and left out; nothing weaker is taken for it.

The table of fields goes to standard error. Exits 0 with a draft, 1 with one
that lacks rules, 65 when there is nothing to make one from, or nothing is
frequent, 66 when that is missing, 69 when no broker answers, 73 when FILE
exists.";

#[cfg(not(feature = "kafka"))]
const EXAMPLES: &str = "\
Examples:
  veil init --from-sample events.ndjson -o policy.yaml
  veil init --from-sample monday.ndjson.gz tuesday.ndjson.zst > policy.yaml
  zcat events.gz | veil init --from-sample - --name web-events > policy.yaml
  veil init --from-schema clicks.avsc -o policy.yaml
  veil init --from-schema purchases.proto --message shop.Order -o policy.yaml
  veil init --from-schema signups.json -o policy.yaml
  veil init --top-k context.geo.city --on events.ndjson -o cities.txt

From sample to first sanitized record:
  veil init --from-sample events.ndjson -o policy.yaml
  veil keys new --keyring keyring.json people quarantine
  veil apply -p policy.yaml events.ndjson | head

From the rules of another tool:
  veil init --from-connect connector.json --on events.ndjson -o policy.yaml
  veil init --from-snowplow-pii pii.json --compat > policy.yaml
What has no equal is listed and left out; nothing weaker is taken for it.

The table of fields goes to standard error. Exits 0 with a draft, 1 with one
that lacks rules, 65 when there is nothing to make one from, or nothing is
frequent, 66 when that is missing, 73 when FILE exists.";

impl Args {
    pub fn run(self) -> Outcome {
        if let Some(path) = self.output.as_deref().filter(|path| path.exists()) {
            return Err(new_file::exists(path));
        }
        if let Some(path) = &self.top_k {
            let output = self.output.as_deref();
            return self
                .listing
                .run(path, &self.on, self.envelope, output, self.quiet);
        }
        if let Some((tool, file)) = self.rules.named() {
            return self.take_over(tool, file);
        }
        if let Some(file) = &self.from_schema {
            let output = self.output.as_deref();
            return self
                .schema
                .draft(file, self.name.as_deref(), output, self.quiet);
        }
        if !self.on.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "`--on` goes with `--top-k` and the rules of another tool",
            )
            .help("`--from-sample` drafts a policy from events alone"));
        }
        let (profile, named) = self.sample()?;
        let named = match &self.name {
            None => named,
            Some(name) => Named {
                policy: Named::after(name).policy,
                ..named
            },
        };
        let draft = draft(&profile, &named).map_err(|e| nothing(e, &profile))?;
        match &self.output {
            None => screen::put(draft.text.as_bytes())?,
            Some(path) => new_file::create(path, &draft.text)?,
        }
        if !self.quiet {
            let sample = self.from_sample.first().map(PathBuf::as_path);
            screen::tell_fitting(&table::text(&draft, &profile));
            if !self.envelope && profile.looks_enveloped() {
                screen::tell_folded(&format!("{LOOKS_ENVELOPED}\n"));
            }
            screen::tell(&table::next(&draft, self.output.as_deref(), sample));
        }
        Ok(Exit::Ok)
    }

    /// The draft of another tool's rules; 1 when some have no equal.
    fn take_over(&self, tool: Foreign, file: &Path) -> Outcome {
        let sample = match self.on.is_empty() {
            true => None,
            false => Some(sampled::profile(&self.on, self.envelope)?),
        };
        let made = self
            .rules
            .import(tool, file, self.name.as_deref(), sample.as_ref())?;
        match &self.output {
            None => screen::put(made.text.as_bytes())?,
            Some(path) => new_file::create(path, &made.text)?,
        }
        foreign::tell(&made, file, self.output.as_deref());
        Ok(match made.refused.is_empty() {
            true => Exit::Ok,
            false => Exit::Warnings,
        })
    }

    fn sample(&self) -> Result<(Profile, Named), Failure> {
        #[cfg(feature = "kafka")]
        if let Some(topic) = &self.from_topic {
            let named = Named {
                topic: Some(topic.clone()),
                ..Named::after(topic.strip_suffix(".raw").unwrap_or(topic))
            };
            return Ok((self.reading.profile(topic)?, named));
        }
        let profile = sampled::filled(sampled::to_draft(), &self.from_sample, self.envelope)?;
        let first = self.from_sample.first().and_then(|file| file.file_name());
        let name = first.map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        Ok((profile, Named::after(stem)))
    }
}

fn nothing(error: NoDraft, profile: &Profile) -> Failure {
    let refused: Vec<String> = profile
        .refused()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    let failure = Failure::new(Exit::DataErr, error.to_string());
    match refused.is_empty() {
        true => failure.help("take a sample with at least one event: one JSON object a line"),
        false => failure
            .why(format!("refused: {}", refused.join(", ")))
            .help("docs/reference/reasons.md says what the reasons mean; lines of text have no fields to propose: a policy for them reads `source: { value: text }` and names `\".\"`, as config/access-log.yaml does"),
    }
}
