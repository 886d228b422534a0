//! `veil consent import`: decisions out of a file.

use super::connection::{Where, not_written};
use super::lines::{Decided, decided, in_turn};
use crate::cli::screen::{self, Format};
use crate::cli::serve::Store;
use crate::cli::{Exit, Failure, Outcome, audited, clock, decisions};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use veilstream::subject::{Decisions, NotWritten};

/// Decisions that wait for the cluster at a time. All of one person are written by one
/// thread, so that the last line is the last to be written.
const WRITERS: usize = 32;
/// Decisions that wait for a writer.
const WAITING: usize = 64;
/// Faults that are told, one by one.
const TOLD: u64 = 20;

/// Read decisions from a file, one a line, and write them
///
/// All lines are read before the first is written: with a fault in any of them nothing
/// is. Of lines about one person and category the last one counts, but a grant that was
/// made before the denial that stands is left out and counted: whoever withdrew since
/// has withdrawn. What is written is recorded in the audit log before, a thousand at a
/// time.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil consent import -p policy.yaml -c veil.yaml decisions.ndjson
  veil consent import -p policy.yaml -c veil.yaml --dry-run decisions.ndjson
  veil consent import -p policy.yaml -c veil.yaml old.ndjson.gz

The file may be compressed with gzip or zstd. A line is
  {\"kind\":\"customer\",\"id\":\"42\",\"category\":\"Ads\",\"is\":\"denied\"}
as `veil apply --consent` reads it, where the last line counts: \"at\" (RFC 3339;
now), \"until\" (a day, or RFC 3339), \"had\", \"by\", \"text\" and \"proof\" may stand
beside them; an \"at\" that is still to come is written as now, and an \"until\"
that is over is a fault. A fault is told by the number of its line; nothing of
the line is shown. Run again it writes the same again, which does no harm.

JSON is an object: lines, faults, older (grants left out), written.

Exits 0 when all others are written, 2 when a line has a fault and nothing was
written, 66 when the file cannot be read, 69 when the cluster did not take all.")]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
    /// The file; `-` is standard input
    file: PathBuf,
    /// Look at every line, and at how people stand, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write grants too that are older than the denial that stands
    #[arg(long)]
    overrule: bool,
    /// How to print the outcome
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let connection = self.at.open()?;
        let people = &connection.people;
        let now = clock::now();
        let (mut all, mut lines, mut faults) = (Vec::new(), 0, 0);
        decisions::each(&self.file, now.as_millisecond(), |number, told| {
            lines += 1;
            match told.and_then(|told| decided(told, people, now)) {
                Ok(decided) => all.push(decided),
                Err(fault) => {
                    faults += 1;
                    if faults <= TOLD {
                        screen::tell(&format!("line {number}: {fault}\n"));
                    }
                }
            }
            Ok(())
        })?;
        if faults > TOLD {
            screen::tell(&format!("{} more lines have faults\n", faults - TOLD));
        }
        let mut told = Told {
            lines,
            faults,
            ..Told::default()
        };
        if faults > 0 {
            self.tell(&told)?;
            return Ok(Exit::Partly);
        }
        let store = connection.store()?;
        let standing = |who| store.standing(who).unwrap_or_default();
        let clock = (now, people.live()?.expires_ms);
        let (all, older) = in_turn(all, standing, clock, self.overrule);
        told.older = older;
        if self.dry_run {
            self.tell(&told)?;
            return Ok(Exit::Ok);
        }
        let about = [("decisions", all.len().to_string())];
        let mut audit = connection.begin(&self.audit, "consent import", &about)?;
        connection.record(&mut audit, all.iter().map(|d| d.who))?;
        let asked = all.len() as u64;
        let (written, failed) = write(all, &store);
        audited::end(audit, failed.is_none(), asked - written)?;
        told.written = written;
        self.tell(&told)?;
        match failed {
            None => Ok(Exit::Ok),
            Some(error) => Err(not_written(error)),
        }
    }

    fn tell(&self, told: &Told) -> Result<(), Failure> {
        let Told {
            lines,
            faults,
            older,
            written,
        } = told;
        match self.format {
            Format::Json => {
                let json = serde_json::json!({
                    "lines": lines, "faults": faults, "older": older, "written": written,
                });
                screen::put_json(&format!("{json}\n"))
            }
            Format::Text => screen::show(&format!(
                "{lines} lines, {faults} with faults, {written} decisions written\n{}",
                match older {
                    0 => String::new(),
                    n => format!(
                        "{n} grants left out: older than the denial that stands (--overrule writes them)\n"
                    ),
                }
            )),
        }
    }
}

/// What became of the lines.
#[derive(Default)]
struct Told {
    lines: u64,
    faults: u64,
    /// Grants that were left out.
    older: u64,
    written: u64,
}

/// Writes them; how many, and why not all.
fn write(decisions: Vec<Decided>, store: &Store) -> (u64, Option<NotWritten>) {
    let bar = progress(decisions.len() as u64);
    let (written, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let failed = std::thread::scope(|scope| {
        let (mut give, mut threads) = (Vec::new(), Vec::new());
        for _ in 0..WRITERS {
            let (sender, waiting) = sync_channel(WAITING);
            give.push(sender);
            let (written, stop, bar) = (&written, &stop, &bar);
            threads.push(scope.spawn(move || {
                writer(&waiting, store, stop, || {
                    written.fetch_add(1, Ordering::SeqCst);
                    bar.inc(1);
                })
            }));
        }
        for decided in decisions {
            let at = usize::from(decided.who.0[0]) % WRITERS;
            // Who has failed takes no more.
            if stop.load(Ordering::SeqCst) || give[at].send(decided).is_err() {
                break;
            }
        }
        drop(give);
        let ended = threads.into_iter().map(|thread| thread.join());
        let failed: Vec<NotWritten> = ended.filter_map(|t| t.ok().flatten()).collect();
        failed.into_iter().next()
    });
    bar.finish_and_clear();
    (written.load(Ordering::SeqCst), failed)
}

/// Writes what it is given until something fails, here or elsewhere.
fn writer(
    waiting: &Receiver<Decided>,
    store: &Store,
    stop: &AtomicBool,
    done: impl Fn(),
) -> Option<NotWritten> {
    while let Ok(decided) = waiting.recv() {
        if stop.load(Ordering::SeqCst) {
            return None;
        }
        match store.put(decided.who, &decided.category, &decided.statement) {
            Ok(_) => done(),
            Err(error) => {
                stop.store(true, Ordering::SeqCst);
                return Some(error);
            }
        }
    }
    None
}

/// On a terminal, for who waits.
fn progress(all: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(all);
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} decisions, {elapsed}");
    bar.set_style(style.expect("the template is valid"));
    bar
}
