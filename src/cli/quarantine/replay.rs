//! `veil quarantine replay`: chosen records once more through the policy.

use super::connection::{self, Connection, evidence};
use super::narrow;
use super::refused::refused;
use super::schemas::Schemas;
use crate::cli::reasons;
use crate::cli::release_log::Log;
use crate::cli::screen::{self, Tone, paint};
use crate::cli::signals;
use crate::cli::{Exit, Failure, Format, Outcome, audited, clock};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use veilstream::audit::Batch;
use veilstream::kafka::errors::{Class, Failure as Refusal};
use veilstream::language::codes::nearest;
use veilstream::pipeline::Worker;
use veilstream::plan::Output;
use veilstream::record::Reason;
use veilstream::record::counts::OutputCounts;
use veilstream::repair::{CameTo, Feed, Item, Replay, Replayed, survey};

/// Put chosen records once more through the policy, exactly once
///
/// What they become is written with a marker in the same transaction, so that
/// none is replayed twice, also after a crash. What is still refused comes back
/// to the quarantine with its count of tries. Records come behind those that were
/// read meanwhile: their order among them is not kept.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil quarantine replay -p policy.yaml -c veil.yaml --dry-run
  veil quarantine replay -p policy.yaml -c veil.yaml --field customer.email
  veil quarantine replay -p policy.yaml -c veil.yaml --at 0:17-40 --dry-run
  veil quarantine replay -p policy.yaml -c veil.yaml --without crm.public

Where records of some outputs wait or are counted, a record is fed to those
outputs alone that refused it: the others have it, or refused it themselves.
What is chosen of an output whose records wait leaves in one release, with all
that it demands, or stays where it is too little for one. What an output with
`once_per` or `aggregate` refused stays. What nobody could read is fed to the
first of them, and --without names each other that goes without it.

Of two replays of one topic the later one takes over. Exits 2 when some records
were refused again or could not be opened.")]
pub struct Args {
    #[command(flatten)]
    connection: connection::Where,
    #[command(flatten)]
    narrow: narrow::Which,
    /// The keyring with the private half; the policy's own unless set
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// An output whose records wait or are counted, and that is to be fed nothing: it goes
    /// without what nobody could read
    #[arg(long, value_name = "TOPIC")]
    without: Vec<String>,
    #[command(flatten)]
    audit: audited::Flags,
    /// Say what would happen; nothing is written
    #[arg(long)]
    dry_run: bool,
    /// How to print the summary
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Args {
    pub fn run(self) -> Outcome {
        let choice = self.narrow.choice()?;
        let connection = self.connection.open()?;
        if connection.plan.live.is_some() {
            let failure = Failure::new(
                Exit::Config,
                "the policy decides by `consent.state`, and a replay does not follow that topic",
            );
            return Err(failure
                .why("what is replayed would be withheld, and marked as done with")
                .help("leave the records where they are until it does"));
        }
        let feed = feed(&self.without, &connection)?;
        let keys = connection.private_keys(self.keyring.as_ref())?;
        let about = [
            ("dry_run", self.dry_run.to_string()),
            ("without", self.without.join(", ")),
            ("tables", connection.tables.clone()),
        ];
        let about: Vec<_> = about.into_iter().filter(|(_, is)| !is.is_empty()).collect();
        let intent = connection.intent("quarantine replay", &about);
        let log = Log::of(self.audit.begin(keys.keyring(), intent)?);
        let stopping = Arc::new(AtomicBool::new(false));
        let at_signal = Arc::clone(&stopping);
        signals::listen(
            move |_| at_signal.store(true, Ordering::SeqCst),
            signals::UNCOMMITTED,
        )
        .map_err(|e| Failure::new(Exit::Software, "cannot listen for signals").why(e))?;
        let stop = || stopping.load(Ordering::SeqCst);
        let mut schemas = Schemas::of(&connection, self.dry_run, &stop)?;
        let mut worker = Worker::of_the_system().with_input_limits(connection.settings.limits);
        let mut writer = connection.writer()?;
        worker.set_limits(writer.size_limits());
        let writer = match self.dry_run {
            true => None,
            // Whoever replayed before is fenced now, and what it began has ended.
            false => {
                writer.open(&stop).map_err(|e| refused(&e))?;
                Some(writer)
            }
        };
        let found = survey(&connection.topic, &choice, &stop).map_err(|e| refused(&e))?;
        let Some(found) = found else {
            return Err(Failure::new(
                Exit::Unavailable,
                "stopped before anything was replayed",
            ));
        };
        let total = found.chosen();
        let mut progress = Progress::of(total);
        let mut ask = schemas.as_mut().map(|s| |items: &[Item]| s.bindings(items));
        let replayed = Replay {
            topic: &connection.topic,
            plan: Arc::clone(&connection.plan),
            feed: &feed,
            worker,
            keys: &keys,
            writer,
            schemas: ask.as_mut().map(|ask| ask as _),
            evidence: &mut |items| take_down(&log, items),
            releases: &log,
            stop: &stop,
            progress: &mut |done| progress.tell(done),
        }
        .run(&found);
        progress.end();
        let replayed = match replayed {
            Ok(replayed) => replayed,
            Err(failure) => {
                // Why it failed is what must be said, not that its end is missing too.
                let _ = log.end(false, 0);
                let own = schemas.as_ref().and_then(Schemas::failure);
                return Err(own.unwrap_or_else(|| refused(&failure)));
            }
        };
        let summary = Summary {
            feed: &feed,
            chosen: total,
            dry_run: self.dry_run,
            replayed: &replayed,
        };
        let text = match self.format {
            Format::Json => summary.json(),
            Format::Text => summary.text(),
        };
        screen::show_as(self.format, &text)?;
        log.end(!replayed.stopped, summary.failed())?;
        Ok(match summary.is_clean() {
            true => Exit::Ok,
            false => Exit::Partly,
        })
    }
}

/// Whom records are fed to, and not the outputs `without`.
///
/// # Errors
/// 64: records of one of these neither wait nor are counted.
fn feed(without: &[String], connection: &Connection) -> Result<Feed, Failure> {
    let groups = connection.groups.clone();
    let waiting = groups.iter().filter_map(|plan| plan.waiting());
    let waiting: Vec<&str> = waiting.map(|output| &*output.topic).collect();
    if let Some(topic) = without.iter().find(|t| !waiting.contains(&t.as_str())) {
        let what = format!(
            "`{topic}` is no output of the policy whose records wait or are counted, and only such can be left out"
        );
        let help = match nearest(topic, waiting.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`veil describe` names the outputs of the policy".to_owned(),
        };
        return Err(Failure::new(Exit::Usage, what).help(help));
    }
    Ok(Feed::new(groups, without.iter().cloned().collect()))
}

/// Opened records, in the audit log before anything is done with them.
fn take_down(log: &Log, items: &[Item]) -> Result<(), Refusal> {
    let mut batch = Batch::default();
    let record = |batch: &mut Batch| {
        let recorded = log.write(|audit| audit.values(batch, clock::now()));
        recorded.map_err(|e| Refusal::new(Class::Fatal, format!("the audit log: {e}")))
    };
    for item in items {
        batch.add(&item.key, evidence(&item.opened));
        if batch.is_full() {
            record(&mut batch)?;
        }
    }
    record(&mut batch)
}

/// A line on the terminal that is written over.
struct Progress {
    total: u64,
    shown: bool,
    told: std::time::Instant,
}

impl Progress {
    fn of(total: u64) -> Progress {
        Progress {
            total,
            shown: false,
            told: std::time::Instant::now(),
        }
    }

    fn tell(&mut self, done: u64) {
        let often = self.told.elapsed() < std::time::Duration::from_millis(200);
        if often || !std::io::stderr().is_terminal() {
            return;
        }
        self.told = std::time::Instant::now();
        self.shown = true;
        screen::tell_over(&format!("\r{done} of {}", self.total));
    }

    fn end(&self) {
        if self.shown {
            screen::tell_over("\r\u{1b}[K");
        }
    }
}

/// What a replay came to.
struct Summary<'s> {
    feed: &'s Feed,
    chosen: u64,
    dry_run: bool,
    replayed: &'s Replayed,
}

impl Summary<'_> {
    fn is_clean(&self) -> bool {
        self.failed() == 0 && !self.replayed.stopped
    }

    /// Records that were refused again or not replayed.
    fn failed(&self) -> u64 {
        let not_replayed = self.replayed.not_replayed.values().sum::<u64>();
        self.refused().iter().sum::<u64>() + not_replayed
    }

    /// Those that were refused, by why.
    fn refused(&self) -> [u64; Reason::COUNT] {
        let mut all = [0; Reason::COUNT];
        for group in &self.replayed.groups {
            let own = group.counts.quarantined.iter();
            all.iter_mut().zip(own).for_each(|(sum, n)| *sum += n);
        }
        all
    }

    /// Each output, what became of records there, and in its group.
    fn outputs(&self) -> impl Iterator<Item = (&Output, &OutputCounts, &CameTo)> {
        let groups = self.feed.plans().iter().zip(&self.replayed.groups);
        groups.flat_map(|(plan, came)| {
            let outputs = plan.outputs.iter().zip(&came.counts.outputs);
            outputs.map(move |(output, figures)| (output, figures, came))
        })
    }

    fn text(&self) -> String {
        let head = match self.dry_run {
            true => "would be replayed",
            false => "replayed",
        };
        let mut rows = vec![
            ("chosen".to_owned(), self.chosen, String::new()),
            (head.to_owned(), self.replayed.records, String::new()),
        ];
        for (output, figures, came) in self.outputs() {
            let left_out = came.left_out.each();
            let left_out: Vec<String> = left_out
                .map(|(why, n)| format!("{} {n}", why.as_str()))
                .collect();
            let without = match came.without {
                0 => String::new(),
                n => format!("{n} by --without"),
            };
            let parts = [
                ("withheld", reasons::text(&figures.withheld)),
                ("left out", left_out.join(", ")),
                ("kept from it", without),
            ];
            let parts = parts.iter().filter(|(_, text)| !text.is_empty());
            let parts: Vec<String> = parts
                .map(|(what, text)| format!("{what}: {text}"))
                .collect();
            let more = match parts.is_empty() {
                true => String::new(),
                false => format!(" ({})", parts.join("; ")),
            };
            rows.push((format!("to {}", output.topic), figures.written, more));
        }
        let by_reason = self.refused();
        let refused = by_reason.iter().sum();
        let why = match refused {
            0 => String::new(),
            _ => format!(" ({})", reasons::text(&by_reason)),
        };
        rows.push(("refused again".to_owned(), refused, why));
        for (why, records) in &self.replayed.not_replayed {
            rows.push((format!("not replayed: {why}"), *records, String::new()));
        }
        let width = rows
            .iter()
            .map(|(name, ..)| name.chars().count())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for (name, records, more) in rows {
            text.push_str(&format!("{name:width$}  {records}{more}\n"));
        }
        if self.replayed.stopped {
            let told = "stopped before the end: run it again to go on\n";
            text.push_str(&paint(Tone::Warning, told));
        }
        text
    }

    fn json(&self) -> String {
        let outputs = self.outputs().map(|(output, figures, came)| {
            let left_out: serde_json::Map<String, serde_json::Value> = came
                .left_out
                .each()
                .map(|(why, n)| (why.as_str().to_owned(), n.into()))
                .collect();
            let mut row = serde_json::json!({
                "written": figures.written,
                "withheld": reasons::json(&figures.withheld),
            });
            if output.held.is_some() {
                row["left_out"] = left_out.into();
            }
            if came.without > 0 {
                row["without"] = came.without.into();
            }
            (output.topic.to_string(), row)
        });
        let outputs: serde_json::Map<String, serde_json::Value> = outputs.collect();
        let summary = serde_json::json!({
            "chosen": self.chosen,
            "replayed": self.replayed.records,
            "dry_run": self.dry_run,
            "complete": !self.replayed.stopped,
            "outputs": outputs,
            "refused_again": reasons::json(&self.refused()),
            "not_replayed": self.replayed.not_replayed,
        });
        format!("{summary}\n")
    }
}
