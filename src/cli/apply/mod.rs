//! `veil apply`: the policy as a Unix filter, no Kafka needed.

mod apart;
mod aside;
mod bare;
pub(super) mod batches;
mod budget;
mod counts;
pub(super) mod envelope;
mod foreign;
pub(super) mod input;
pub(super) mod lines;
mod messages;
pub(super) mod ocf;
mod opened;
mod outputs;
mod pools;
mod progress;
mod quarantine;
pub(super) mod sample;
mod summary;
pub(super) mod workers;
mod wrapped;

use super::clock::{self, time};
use super::{Exit, Failure, Format, Outcome, decisions, evidence, policy, screen, shown, signals};
use batches::Batches;
use counts::{Asked, Counts};
use input::Input;
use messages::Messages;
use ocf::Containers;
use outputs::Outputs;
use pools::Pools;
use std::path::PathBuf;
use std::sync::Arc;
use summary::{End, Summary};
use veilstream::plan::Format as Values;
use veilstream::record::timestamp::Timestamp;
use workers::{Done, Reading};
use wrapped::Wrapped;

/// What a second signal says and ends with.
const AT_ONCE: (Exit, &str) = (
    Exit::Interrupted,
    "stopped by a second signal; the last line may be cut",
);

/// Sanitize events of files or standard input, one a line
///
/// Every record goes through the very code that `veil run` uses. Records keep
/// their order; blank lines are skipped, but under `value: text`, where each is
/// a text; a line break at the end is not needed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil apply -p policy.yaml < in.ndjson > out.ndjson
  veil apply -p policy.yaml monday.ndjson.gz tuesday.ndjson.zst > out.ndjson
  veil apply -p policy.yaml --output web.events.analytics < in.ndjson
  veil apply -p policy.yaml --quarantine refused.ndjson < in.ndjson
  veil apply -p policy.yaml --consent decisions.ndjson < in.ndjson
  veil apply -p policy.yaml --explain < in.ndjson > out.ndjson
  kcat -C -t web.events.raw -e | veil apply -p policy.yaml | head

Under a policy with `source: { value: avro }` the input is an object container
file, and so is what is written, with the same codec: the schema in it is
derived from that of the input. Of records that cannot be told apart nothing
more is read (65).
Under `value: protobuf` messages are read and written, each with its length in
front (a varint), as `writeDelimitedTo` writes them.
Under `value: text` each line is one text, blank ones too, and leaves as one; a
text with a line break in it stands in an envelope (--envelope) alone. Under
`value: bytes` there are envelopes alone, whose value is the Base64 of bytes.

Records of an output with `k_anonymous` or `order: shuffled` wait until enough
of enough persons are there, leave together in another order, and the rest at
the end; which classes come out and in which order differs from run to run.
Fewer than the output demands are left out and counted, or with `short: hold`
fail the command (69).

Records of an output with `aggregate` are counted; at the end of the input the
rows of all windows that are over leave, with noise. --ledger names the ledger
in which it stands what that says of people; a line is written and synced there
before any row leaves, and when the budget of the policy is spent, no window
does (69). The same records, policy and key give the same rows again, which
spends nothing.
Without its ledger nothing leaves (66): --begin-ledger makes one. --dry-run
counts without any, under keys that everybody knows, and says so in each row
(`\"dry_run\":true`): such rows hide nobody.

Files may be compressed with gzip or zstd. Input that is no lines of JSON (an
array, CSV, UTF-16, a container file of Avro), or no text (UTF-16, such a
file), is named and refused with 65, and so is a text that would leave as
several lines.

Exits 0 when every record was sanitized or withheld, 2 when some were
quarantined, 78 when the policy cannot be used, 130 after ctrl-C (SIGINT) or
SIGTERM: what was read is written to the end, and no line is cut. The summary
goes to standard error. When writing ends early it counts whole batches of up
to 1,000 lines: of the one it ended in, some records may have been written.
Without --quarantine, quarantined records are only counted.

A policy that asks what people decided elsewhere (`consent.state`) needs
--consent: a file of one decision a line, of which the last one of a person in
a category counts; an empty file says that nobody has decided anything:
  {\"kind\": \"customer\", \"id\": \"u-1\", \"category\": \"Analytics\",
   \"is\": \"granted\", \"at\": \"2026-03-01T10:42:07Z\"}
(on one line). kind is one of `source.subject`; is: granted or denied; until
says when a grant ends, had: true that a denial ended a grant. A grant whose
at is still to come ends as one of now.

With --envelope each line, in and out, is a whole record:
  {\"key\": \"user-7\", \"headers\": {\"ce_id\": \"1\"},
   \"timestamp\": 1772361727000, \"value\": {…}}
(on one line). key is text or null, or any JSON for a policy that reads the key
as JSON; a header is text, null, or a list of those; a value of null is a
tombstone; where no timestamp stands, --timestamp says it. A line that is no
such object, or whose value is none that the policy reads, is quarantined
`not_json`.

What was refused goes through the policy again, when that is mended:
  veil decrypt --keyring keyring.json < refused.ndjson |
    veil apply -p policy.yaml --envelope > again.ndjson
--envelope reads the records that `veil decrypt` opens. They count as lines of
this input: what depends on a record's place (`scope: record`) is made anew.")]
pub struct Args {
    /// The input, in this order; `-`, or none, is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    /// Write only this output, to standard output
    #[arg(long, value_name = "TOPIC", conflicts_with = "output_dir")]
    output: Option<String>,
    /// Write each output to `DIR/<topic>.ndjson` (`.avro`, `.pb`, `.txt` under a policy that
    /// reads Avro, Protobuf, text)
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Write one line for each quarantined record: reason, line, sealed record
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// Lines are whole records: key, headers, timestamp, value
    #[arg(long)]
    envelope: bool,
    /// The timestamp of records that say none, for policies whose codes change with an
    /// epoch: a time (2026-03-01T10:42:07Z), or `now`
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    timestamp: Option<Timestamp>,
    /// What people decided, one decision a line, where the policy has `consent.state`
    #[arg(long, value_name = "FILE")]
    consent: Option<PathBuf>,
    /// The ledger of what was spent of budgets, where an output counts (`aggregate`)
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Make that ledger: nothing was ever said of these people
    #[arg(long, requires = "ledger")]
    begin_ledger: bool,
    /// Count without a ledger, under keys that everybody knows: to look at what rows are
    /// like. Whoever sees them can take the noise off
    #[arg(long, conflicts_with_all = ["ledger", "quarantine"])]
    dry_run: bool,
    /// Write each release down in this audit log before anything of it is written: figures,
    /// and no values
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    audit: Option<PathBuf>,
    /// Say in the end, on standard error, what became of each field, which
    /// selectors never matched and which paths the policy does not name
    #[arg(long)]
    explain: bool,
    /// Do not print the summary and the progress
    #[arg(short, long)]
    quiet: bool,
    /// How to print the summary
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    keys: super::keyring::Access,
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    let at = match text {
        "now" => Ok(clock::now()),
        text => time(text),
    };
    at.map(|at| Timestamp::Create(at.as_millisecond()))
}

/// Where records come from, by the format that they have.
enum Source {
    Lines(Input),
    Containers(Box<Containers>),
    Messages(Messages),
}

impl Args {
    fn ledger(&self) -> Asked<'_> {
        match (&self.ledger, self.dry_run) {
            (Some(path), _) => Asked::File(path, self.begin_ledger),
            (None, true) => Asked::Dry,
            (None, false) => Asked::None,
        }
    }

    pub(crate) fn run(self) -> Outcome {
        let policy::Usable {
            plan,
            said,
            files: sources,
        } = match self.dry_run {
            true => policy::compile_publicly(&self.policy)?,
            false => policy::compile(&self.policy, &self.keys)?,
        };
        let plan = Arc::new(plan);
        decisions::apart(self.consent.as_deref(), &self.files)?;
        let [known] = decisions::known(self.consent.as_deref(), [&plan])?;
        let mut evidence = self.explain.then(|| evidence::of_nothing(&plan, &said));
        let destination = outputs::Destination::choose(
            &plan,
            self.output.as_deref(),
            self.output_dir.as_deref(),
        )?;
        let files = destination.files(&plan, self.envelope)?.into_iter();
        let named = self.quarantine.iter().chain(&self.audit).cloned();
        let written: Vec<_> = files.chain(named).collect();
        let timestamp = self.timestamp.unwrap_or(Timestamp::None);
        if plan.source.format.schemas().is_some() && self.envelope {
            return Err(sample::no_envelopes());
        }
        let source = match &plan.source.format {
            Values::Json | Values::JsonSchema(_) => {
                Source::Lines(Input::open(&self.files, self.envelope)?)
            }
            Values::Bare(bare) => {
                bare::check(*bare, self.envelope)?;
                Source::Lines(Input::open(&self.files, self.envelope)?.of_text())
            }
            Values::JsonSchemaById => return Err(sample::by_id()),
            Values::Avro(_) | Values::AvroById | Values::AvroByFingerprint(_) => {
                let containers = Containers::open(&self.files, &plan, timestamp)?;
                Source::Containers(Box::new(containers))
            }
            Values::Protobuf(_) | Values::ProtobufById(_) => {
                Source::Messages(Messages::open(&self.files, &plan, timestamp)?)
            }
        };
        let mut read = self.files.clone();
        read.extend(self.consent.clone());
        apart::check((&sources, self.ledger.as_deref()), &read, &written)?;
        let containers = match &source {
            Source::Containers(containers) => Some(&**containers),
            _ => None,
        };
        let mut outputs = Outputs::open(destination, &plan, self.envelope, containers)?;
        let mut refused = self
            .quarantine
            .as_deref()
            .map(quarantine::File::create)
            .transpose()?;
        let mut summary = Summary::new(&plan, outputs.written());
        match &source {
            Source::Lines(_) => {}
            Source::Containers(containers) => summary.lacking(&containers.missing()),
            Source::Messages(messages) => summary.lacking(&messages.missing()),
        }
        let is_json = plan.source.format.is_json();
        let mut pools =
            Pools::new(&plan, outputs.written())?.logged(self.audit.as_deref(), &plan, &said)?;
        let mut counts = Counts::new(&plan, outputs.written(), &self.ledger())?;
        let mut wrapped = Wrapped::new(&said, self.envelope || !is_json);
        let bytes = match &source {
            Source::Lines(input) => input.bytes(),
            _ => None,
        };
        let mut progress = progress::Progress::start(self.quiet, bytes);
        let reading = Arc::new(Reading::default());
        let at_signal = Arc::clone(&reading);
        signals::listen(move |_| at_signal.stop(), AT_ONCE)
            .map_err(|e| Failure::new(Exit::Software, "cannot listen for signals").why(e))?;
        let mut each = |done: &Done| {
            if let Some(batch) = &done.out {
                outputs.write(batch)?;
                pools.take(batch, &mut outputs)?;
                counts.take(batch);
            }
            if let Some(file) = &mut refused {
                file.write(done)?;
            }
            summary.add(done);
            wrapped.look(done);
            if let Some(evidence) = &mut evidence {
                match is_json {
                    true => evidence::add(evidence, done),
                    false => evidence::add(evidence, &sample::shown(done)),
                }
            }
            progress.advance(done.bytes_read, summary.received());
            Ok(())
        };
        let finished = match source {
            Source::Containers(containers) => containers.in_order(known, &reading, &mut each),
            Source::Messages(messages) => messages.in_order(known, &reading, &mut each),
            Source::Lines(input) => {
                let source = Batches::new(input, Arc::clone(&plan), self.envelope)
                    .timestamped(timestamp)
                    .knowing(known);
                workers::in_order(source, &reading, &mut each)
            }
        };
        progress.finish();
        // Whoever stops it early has what was read, and no less of it hidden.
        let held = finished.and_then(|()| pools.end(&mut outputs));
        // Of a part a window would be spent, and nothing be left for the whole.
        let is_whole = !reading.is_stopped() && matches!(held, Ok(None));
        let unleft = match held {
            Ok(None) if is_whole => counts.end(&plan, &mut outputs),
            held => {
                counts.leave_open();
                held
            }
        };
        let is_placed = is_whole && unleft.is_ok();
        let finished = unleft.and_then(|why| {
            outputs.finish(is_placed)?;
            Ok(why)
        });
        let so_far = pools.so_far().chain(counts.so_far());
        summary.released(so_far.map(|(output, so_far)| {
            let so_far = match outputs.stands(output) {
                true => so_far,
                false => so_far.nowhere(),
            };
            (output, so_far)
        }));
        let ended = finished.and_then(|why| {
            refused.map_or(Ok(()), quarantine::File::finish)?;
            Ok(why)
        });
        let is_done = matches!(ended, Ok(None)) && !reading.is_stopped();
        let recorded = pools.ended(is_done, |output| outputs.stands(output));
        let ended = ended.and_then(|why| recorded.map(|()| why));
        let end = match (&ended, reading.is_stopped()) {
            (Err(_), _) => End::Early,
            (Ok(_), true) => End::Interrupted,
            (Ok(Some(_)), false) => End::Refused,
            (Ok(None), false) => End::Whole,
        };
        if !self.quiet {
            match self.format {
                Format::Text => screen::tell(&summary.text(end, wrapped.looks_so())),
                Format::Json => screen::tell(&summary.json(end, wrapped.looks_so())),
            }
        }
        if let Some(evidence) = &evidence {
            let explained = evidence.explained();
            screen::tell(&match self.format {
                Format::Text => format!("\n{}", shown::for_stderr(&explained.page())),
                Format::Json => format!("{}\n", explained.to_json()),
            });
        }
        match ended {
            // A reader that went away is no failure; what it got is as it was.
            Err(failure) if failure.exit != Exit::Ok => Err(failure),
            Ok(Some(failure)) => Err(failure),
            Ok(None) if end == End::Interrupted => Ok(Exit::Interrupted),
            _ if summary.quarantined() == 0 => Ok(Exit::Ok),
            _ => Ok(Exit::Partly),
        }
    }
}
