//! `veil init`: from a sample to a draft of a policy.

mod foreign;
mod frequent;
mod new_file;
mod table;
#[cfg(feature = "kafka")]
mod topic;

use super::{Exit, Failure, Outcome, sampled, schema, screen};
use std::path::{Path, PathBuf};
use veilstream::draft::{Named, NoDraft, draft, of_schema};
use veilstream::import::Foreign;
use veilstream::plan::Format;
use veilstream::sample::{LOOKS_ENVELOPED, Profile};
use veilstream::schema::writer::Writer;

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
    /// The schema that values are written under (Avro, Protobuf), beside which the policy
    /// will lie: its fields by tag, type and name
    #[arg(long, value_name = "FILE", group = "source")]
    from_schema: Option<PathBuf>,
    /// Which message of it values are, where it has several
    #[arg(long, value_name = "NAME", requires = "from_schema")]
    message: Option<String>,
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
            return self.of_schema(file);
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

    /// The draft for records of a schema.
    fn of_schema(&self, file: &Path) -> Outcome {
        let bytes = schema::read(file)?;
        let format = Format::of_file(&file.to_string_lossy(), &bytes, self.message.as_deref());
        let format = format.ok_or_else(|| schema::unusable(file, "it is not UTF-8 text"))?;
        let parsed = Writer::of(&format).expect("it is of a file");
        let parsed = parsed.map_err(|bad| schema::unusable(file, &bad))?;
        let name = self.named_in_the_policy(file)?;
        let stem = file.file_name().unwrap_or_default().to_string_lossy();
        let stem = stem.split('.').next().unwrap_or_default();
        let named = Named::after(self.name.as_deref().unwrap_or(stem));
        let draft = of_schema(&parsed, &name, &named)
            .ok_or_else(|| schema::unusable(file, "it has no fields that a policy can name"))?;
        match &self.output {
            None => screen::put(draft.text.as_bytes())?,
            Some(path) => new_file::create(path, &draft.text)?,
        }
        if !self.quiet {
            let more = match draft.unlisted {
                0 => String::new(),
                more => format!("; {more} more are not listed"),
            };
            let keys = draft.keys.join(" ");
            let policy = self.output.as_deref().unwrap_or(Path::new("policy.yaml"));
            let keyring = table::keyring(self.output.as_deref());
            let (policy, schema) = (policy.display(), file.display());
            screen::tell(&format!(
                "of {} field(s) {} leave, the others are left out{more}\n\n\
                 next:\n  veil keys new --keyring {keyring} {keys}\n  \
                 veil check {policy} --schema {schema} --show-derived\n",
                draft.listed, draft.leave
            ));
        }
        Ok(Exit::Ok)
    }

    /// The path of a schema as the draft names it: from the folder that the draft goes to.
    ///
    /// # Errors
    /// 64: it does not lie there or below, and a policy names no other files.
    fn named_in_the_policy(&self, file: &Path) -> Result<String, Failure> {
        let bare = file.file_name().unwrap_or_default().to_string_lossy();
        let Some(output) = &self.output else {
            return Ok(bare.into_owned());
        };
        let folder = output.parent().filter(|f| !f.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match whole(file).strip_prefix(whole(folder)) {
            Ok(inside) => Ok(inside.to_string_lossy().into_owned()),
            Err(_) => {
                let what = format!(
                    "the schema `{}` does not lie in the folder of the policy, or below it",
                    file.display()
                );
                let there = folder.join(&*bare);
                let help = format!(
                    "cp {} {}; then name that one: --from-schema {}",
                    file.display(),
                    there.display(),
                    there.display()
                );
                Err(Failure::new(Exit::Usage, what)
                    .why("a policy names files beside itself only, so that both go together")
                    .help(help))
            }
        }
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
