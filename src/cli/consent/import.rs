//! `veil consent import`: decisions out of a file.

use super::connection::{Where, not_written};
use super::lines::{Decided, LINE_MAX, read};
use crate::cli::screen::{self, Format};
use crate::cli::serve::Store;
use crate::cli::{Exit, Failure, Outcome, audited, clock};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
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
/// is. Of lines about one person and category the last one counts. What is written is
/// recorded in the audit log before, a thousand at a time.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil consent import -p policy.yaml -c veil.yaml decisions.ndjson
  veil consent import -p policy.yaml -c veil.yaml --dry-run decisions.ndjson
  zcat old.ndjson.gz | veil consent import -p policy.yaml -c veil.yaml -

A line is {\"kind\":\"customer\",\"id\":\"42\",\"category\":\"Ads\",\"is\":\"denied\"};
\"at\" (RFC 3339), \"until\", \"by\" and \"proof\" may stand beside them; an
\"at\" that is still to come is written as now. A fault is
told by the number of its line; nothing of the line is shown. Run again it
writes the same again, which does no harm.

JSON is an object: lines, faults, written.

Exits 0 when all are written, 2 when a line has a fault and nothing was
written, 66 when the file cannot be read, 69 when the cluster did not take all.")]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
    /// The file; `-` is standard input
    file: PathBuf,
    /// Look at every line, and write nothing
    #[arg(long)]
    dry_run: bool,
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
        let mut decisions = Vec::new();
        let mut faults = 0;
        let lines = each_line(&self.file, |number, line| match read(line, people, now) {
            Ok(decided) => decisions.push(decided),
            Err(fault) => {
                faults += 1;
                if faults <= TOLD {
                    screen::tell(&format!("line {number}: {fault}\n"));
                }
            }
        })?;
        if faults > TOLD {
            screen::tell(&format!("{} more lines have faults\n", faults - TOLD));
        }
        if faults > 0 || self.dry_run {
            self.tell(lines, faults, 0)?;
            return Ok(match faults {
                0 => Exit::Ok,
                _ => Exit::Partly,
            });
        }
        let about = [("decisions", decisions.len().to_string())];
        let mut audit = connection.begin(&self.audit, "consent import", &about)?;
        let store = connection.store()?;
        had(&mut decisions, &store, (now, people.live()?.expires_ms));
        connection.record(&mut audit, decisions.iter().map(|d| d.who))?;
        let all = decisions.len() as u64;
        let (written, failed) = write(decisions, &store);
        audited::end(audit, failed.is_none(), all - written)?;
        self.tell(lines, 0, written)?;
        match failed {
            None => Ok(Exit::Ok),
            Some(error) => Err(not_written(error)),
        }
    }

    fn tell(&self, lines: u64, faults: u64, written: u64) -> Result<(), Failure> {
        match self.format {
            Format::Json => {
                let json =
                    serde_json::json!({ "lines": lines, "faults": faults, "written": written });
                screen::put_json(&format!("{json}\n"))
            }
            Format::Text => screen::show(&format!(
                "{lines} lines, {faults} with faults, {written} decisions written\n"
            )),
        }
    }
}

/// Hands over each line that is not empty, with its number from 1; how many there were.
fn each_line(path: &Path, mut each: impl FnMut(u64, &[u8])) -> Result<u64, Failure> {
    let unreadable = |e: &std::io::Error| Failure::unreadable("the decisions", path, e);
    let file: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(path).map_err(|e| unreadable(&e))?),
    };
    let mut file = BufReader::new(file);
    let (mut number, mut lines) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without end takes no memory: its rest is another line, with its fault.
        let most = LINE_MAX as u64 + 2;
        let read = (&mut file).take(most).read_until(b'\n', &mut line);
        if read.map_err(|e| unreadable(&e))? == 0 {
            return Ok(lines);
        }
        number += 1;
        let text = line.trim_ascii();
        if !text.is_empty() {
            lines += 1;
            each(number, text);
        }
    }
}

/// Says of each denial whether it ends a grant, of a line before it or of the topic.
fn had(decisions: &mut [Decided], store: &Store, (now, expires_ms): (Timestamp, Option<i64>)) {
    let mut granted = std::collections::HashMap::new();
    for decided in decisions {
        let key = (decided.who, decided.category.clone());
        let was = granted.get(&key).copied().unwrap_or_else(|| {
            let standing = store.standing(decided.who).unwrap_or_default();
            let stand = standing.get(&decided.category);
            stand.is_some_and(|s| s.is_granted(now, expires_ms))
        });
        let grants = decided.statement.granted;
        decided.statement.had = was && !grants;
        granted.insert(key, grants);
    }
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
