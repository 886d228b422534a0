//! Records that are counted, by output; rows leave at the end of the input.

use super::budget::{Budget, ROOM};
use super::outputs::Outputs;
use super::pools::SoFar;
use crate::cli::clock;
use crate::cli::{Exit, Failure};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use veilstream::pipeline::OutBatch;
use veilstream::plan::Plan;
use veilstream::plan::counting::Cells;
use veilstream::release::{Answer, Closed, NotGranted, Note, Outcome, Released, ReleasedRecord};
use veilstream::release::{Spending, ToCount, Windows};

/// Most windows that are closed at one time: time stamps far apart are a mistake.
const WINDOWS_MAX: usize = 10_000;

/// The windows of every output that counts and is written.
pub(super) struct Counts {
    outputs: Vec<Counted>,
    ledger: Option<Ledger>,
    now_ms: i64,
}

/// Which ledger says what was spent.
pub(super) enum Asked<'p> {
    /// None is named.
    None,
    /// The one of that file; `true`: it is made.
    File(&'p Path, bool),
    /// None is needed: noise that everybody can take off is no row for anybody.
    Dry,
}

/// Where it stands what was spent.
enum Ledger {
    File(Budget),
    /// Nowhere.
    Dry(Spending),
}

impl Ledger {
    fn spending(&self) -> &Spending {
        match self {
            Ledger::File(budget) => budget.spending(),
            Ledger::Dry(spending) => spending,
        }
    }

    fn grant(&mut self, note: Box<Note>) -> Result<(), Failure> {
        match self {
            Ledger::File(budget) => budget.grant(note),
            Ledger::Dry(spending) => {
                spending.note(note);
                Ok(())
            }
        }
    }

    fn write(&mut self) -> Result<(), Failure> {
        match self {
            Ledger::File(budget) => budget.write(),
            Ledger::Dry(_) => Ok(()),
        }
    }

    /// Says in each row that it is none, where that is so.
    fn mark(&self, rows: &mut [ReleasedRecord]) {
        if let Ledger::Dry(_) = self {
            for row in rows {
                row.value.splice(..1, *DRY);
            }
        }
    }
}

/// What rows of a dry run begin with.
const DRY: &[u8; 16] = br#"{"dry_run":true,"#;

struct Counted {
    output: usize,
    topic: Arc<str>,
    windows: Windows,
    so_far: SoFar,
    /// Windows that may not leave, by what became of them.
    refused: BTreeMap<Outcome, u64>,
    /// Why the first of them may not.
    why: Option<NotGranted>,
}

impl Counts {
    /// Nothing counted yet; `written`: places in the plan of the outputs that are written.
    ///
    /// # Errors
    /// 64 when some output counts and no ledger is named, or one and none does; as
    /// [`Budget::open`].
    pub(super) fn new(
        plan: &Arc<Plan>,
        written: impl Iterator<Item = usize>,
        asked: &Asked<'_>,
    ) -> Result<Counts, Failure> {
        let written: Vec<usize> = written.collect();
        let outputs = written.iter().copied().filter_map(|output| {
            Some(Counted {
                output,
                topic: Arc::clone(&plan.outputs[output].topic),
                windows: Windows::new(plan, output)?,
                so_far: SoFar::default(),
                refused: BTreeMap::new(),
                why: None,
            })
        });
        let outputs: Vec<Counted> = outputs.collect();
        let ledger = match (outputs.first(), asked) {
            (Some(_), Asked::File(path, begins)) => {
                Some(Ledger::File(Budget::open(path, *begins, ROOM)?))
            }
            (_, Asked::Dry) if outputs.len() < written.len() => {
                let what = "--dry-run is for outputs that count, and another one is written";
                return Err(Failure::new(Exit::Usage, what)
                    .why("its codes would be made with keys that everybody knows")
                    .help("name one that counts: --output TOPIC"));
            }
            (Some(_), Asked::Dry) => Some(Ledger::Dry(Spending::begin())),
            (Some(_), Asked::None) => {
                let topics: Vec<String> =
                    outputs.iter().map(|of| format!("`{}`", of.topic)).collect();
                let what = match &topics[..] {
                    [one] => format!("{one} counts, and no ledger of its budget is named"),
                    all => format!(
                        "{} count, and no ledger of what they spend is named",
                        all.join(", ")
                    ),
                };
                return Err(Failure::new(Exit::Usage, what)
                    .why("what was said of people before decides whether more may be")
                    .help(
                        "--ledger FILE names the ledger; the first time, --begin-ledger makes it. --dry-run needs none, and shows what rows look like",
                    ));
            }
            (None, Asked::File(..)) => {
                return Err(Failure::new(
                    Exit::Usage,
                    "no output that is written counts, and --ledger names a ledger",
                )
                .help("leave --ledger out"));
            }
            (None, Asked::None | Asked::Dry) => None,
        };
        Ok(Counts {
            outputs,
            ledger,
            now_ms: clock::now().as_millisecond(),
        })
    }

    /// Counts the records of a batch.
    pub(super) fn take(&mut self, batch: &OutBatch) {
        for counted in &mut self.outputs {
            for record in ToCount::of(batch, counted.output) {
                counted.windows.take(record, Some(self.now_ms));
            }
        }
    }

    /// The input has ended, and was read whole: windows that are over leave, if their
    /// budget allows it. They close in the order of their ends, and of outputs in the policy,
    /// as on a stream: what one spends none has before it whose window ended sooner. The
    /// period of a budget goes by the ends of windows as well, so many days that are counted
    /// in one evening spend what they would have spent day by day. Returns why some did not
    /// leave, if that is so: all others did.
    ///
    /// # Errors
    /// As [`Budget::write`]; when a row cannot be written.
    pub(super) fn end(
        &mut self,
        plan: &Plan,
        outputs: &mut Outputs,
    ) -> Result<Option<Failure>, Failure> {
        let Some(ledger) = &mut self.ledger else {
            return Ok(None);
        };
        let mut over = Vec::new();
        for (nth, counted) in self.outputs.iter().enumerate() {
            let own = counted.over(self.now_ms)?.into_iter();
            over.extend(own.map(|(from, to)| (to, nth, from)));
        }
        over.sort_unstable();
        let mut granted = Vec::new();
        for (to, nth, from) in over {
            let closed = self.outputs[nth].close((from, to), plan, ledger)?;
            granted.extend(closed.map(|closed| (nth, closed)));
        }
        // First it is written down, then anything leaves.
        ledger.write()?;
        for (nth, closed) in granted {
            self.outputs[nth].release(&closed, ledger, outputs)?;
        }
        for counted in &mut self.outputs {
            counted.windows.leave_open();
            if counted.why.is_some() && counted.so_far.releases == 0 {
                outputs.leave_as_it_is(counted.output);
            }
        }
        Ok(Failure::all(
            self.outputs.iter().filter_map(Counted::failure),
        ))
    }

    /// What was read is not all: no window is over.
    pub(super) fn leave_open(&mut self) {
        for counted in &mut self.outputs {
            counted.windows.leave_open();
        }
    }

    /// What has left, and what has not, by place in the plan.
    pub(super) fn so_far(&self) -> impl Iterator<Item = (usize, SoFar)> + '_ {
        self.outputs.iter().map(|counted| {
            let mut so_far = counted.so_far.clone();
            so_far.left_out = *counted.windows.left_out();
            so_far.windows = true;
            so_far.without_rows = counted.refused.clone();
            (counted.output, so_far)
        })
    }
}

impl Counted {
    /// Closes a window; `None`: it may not leave.
    ///
    /// # Errors
    /// As [`Budget::grant`].
    fn close(
        &mut self,
        window: (i64, i64),
        plan: &Plan,
        ledger: &mut Ledger,
    ) -> Result<Option<Closed>, Failure> {
        let closed = self.windows.close(window);
        let output = &plan.outputs[self.output];
        let spending = ledger.spending();
        match spending.ask(output, self.windows.counting(), &closed) {
            Ok(Answer::Again) => Ok(Some(closed)),
            Ok(Answer::Anew(note)) => {
                ledger.grant(note)?;
                Ok(Some(closed))
            }
            Err(why) => {
                self.windows.leave_out(&closed);
                *self.refused.entry(Outcome::from(&why)).or_default() += 1;
                self.why.get_or_insert(why);
                Ok(None)
            }
        }
    }

    /// The rows of a window that may leave do.
    fn release(
        &mut self,
        closed: &Closed,
        ledger: &Ledger,
        outputs: &mut Outputs,
    ) -> Result<(), Failure> {
        let mut rows = self.windows.rows(closed);
        ledger.mark(&mut rows);
        for row in &mut rows {
            // Not the clock: the same rows are the same bytes, whenever they leave.
            row.at_ms = Some(closed.window.1);
        }
        let released = Released {
            records: rows,
            people: 0,
            classes: None,
            rows: Vec::new(),
        };
        outputs.release(self.output, &released)?;
        self.so_far.releases += 1;
        self.so_far.records += released.records.len() as u64;
        Ok(())
    }

    /// The windows that are over, rising. Where cells are listed those between two are
    /// there too, whether somebody is in them or not.
    fn over(&self, now_ms: i64) -> Result<Vec<(i64, i64)>, Failure> {
        let is_over = |window: &(i64, i64)| self.windows.is_over(window.1, now_ms);
        let open: Vec<(i64, i64)> = self.windows.open().filter(is_over).collect();
        let (Some(first), Some(last)) = (open.first(), open.last()) else {
            return Ok(Vec::new());
        };
        let counting = self.windows.counting();
        let all = match counting.cells {
            Cells::Selected(_) => open.len(),
            Cells::Listed(_) => {
                usize::try_from((last.0 - first.0) / counting.window_ms + 1).unwrap_or(usize::MAX)
            }
        };
        if all > WINDOWS_MAX {
            let what = format!("the records of `{}` lie in {all} windows", self.topic);
            return Err(Failure::new(Exit::DataErr, what)
                .why(format!("at most {WINDOWS_MAX} are closed at one time; nothing of them has left"))
                .help("a few records with a wrong time are enough for that: `oldest: 400d` in `aggregate` leaves out what is older; or give less of the source at once"));
        }
        Ok(match counting.cells {
            Cells::Selected(_) => open,
            Cells::Listed(_) => {
                let each = (0..all as i64).map(|n| first.0 + n * counting.window_ms);
                each.map(|from| (from, from + counting.window_ms)).collect()
            }
        })
    }

    fn failure(&self) -> Option<Failure> {
        let why = self.why.as_ref()?;
        let windows: u64 = self.refused.values().sum();
        let plural = if windows == 1 { "window" } else { "windows" };
        let words: Vec<&str> = self.refused.keys().map(|of| of.as_str()).collect();
        let what = format!(
            "{windows} {plural} of `{}` did not leave ({})",
            self.topic,
            words.join(", ")
        );
        let help = format!(
            "{} `veil explain WORD` says more",
            Outcome::from(why).remedy()
        );
        Some(Failure::new(Exit::Unavailable, what).why(why).help(help))
    }
}
