//! Records that are counted, by output; rows leave at the end of the input.

use super::budget::Budget;
use super::outputs::Outputs;
use super::pools::SoFar;
use crate::cli::clock;
use crate::cli::{Exit, Failure};
use std::path::Path;
use std::sync::Arc;
use veilstream::pipeline::OutBatch;
use veilstream::plan::Plan;
use veilstream::plan::counting::Cells;
use veilstream::release::{Answer, NotGranted, Released, ToCount, Windows};

/// Most windows that are closed at one time: time stamps far apart are a mistake.
const WINDOWS_MAX: usize = 10_000;

/// The windows of every output that counts and is written.
pub(super) struct Counts {
    outputs: Vec<Counted>,
    budget: Option<Budget>,
    now_ms: i64,
}

struct Counted {
    output: usize,
    topic: Arc<str>,
    windows: Windows,
    so_far: SoFar,
    /// Windows that may not leave, and why the first of them.
    refused: Option<(u64, NotGranted)>,
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
        budget: Option<&Path>,
        begins: bool,
    ) -> Result<Counts, Failure> {
        let outputs = written.filter_map(|output| {
            Some(Counted {
                output,
                topic: Arc::clone(&plan.outputs[output].topic),
                windows: Windows::new(plan, output)?,
                so_far: SoFar::default(),
                refused: None,
            })
        });
        let outputs: Vec<Counted> = outputs.collect();
        let budget = match (outputs.first(), budget) {
            (Some(_), Some(path)) => Some(Budget::open(path, begins)?),
            (Some(counted), None) => {
                let what = format!(
                    "`{}` counts, and no ledger of its budget is named",
                    counted.topic
                );
                return Err(Failure::new(Exit::Usage, what)
                    .why("what was said of people before decides whether more may be")
                    .help(
                        "--ledger FILE names the ledger; the first time, --begin-ledger makes it",
                    ));
            }
            (None, Some(_)) => {
                return Err(Failure::new(
                    Exit::Usage,
                    "no output that is written counts, and --ledger names a ledger",
                )
                .help("leave --ledger out"));
            }
            (None, None) => None,
        };
        Ok(Counts {
            outputs,
            budget,
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
    /// budget allows it.
    ///
    /// # Errors
    /// 69 when a window may not leave: those that may have left. As [`Budget::write`];
    /// when a row cannot be written.
    pub(super) fn end(&mut self, plan: &Plan, outputs: &mut Outputs) -> Result<(), Failure> {
        let Some(budget) = &mut self.budget else {
            return Ok(());
        };
        for counted in &mut self.outputs {
            counted.end(plan, budget, outputs, self.now_ms)?;
        }
        let refused = self.outputs.iter().find_map(Counted::failure);
        refused.map_or(Ok(()), Err)
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
            (counted.output, so_far)
        })
    }
}

impl Counted {
    fn end(
        &mut self,
        plan: &Plan,
        budget: &mut Budget,
        outputs: &mut Outputs,
        now_ms: i64,
    ) -> Result<(), Failure> {
        let mut granted = Vec::new();
        for window in self.over(now_ms)? {
            let closed = self.windows.close(window);
            let output = &plan.outputs[self.output];
            let spending = budget.spending();
            let answer = spending.ask(output, self.windows.counting(), &closed);
            match answer {
                Ok(Answer::Again) => {}
                Ok(Answer::Anew(note)) => budget.grant(note),
                Err(why) => {
                    self.windows.leave_out(&closed);
                    self.refused.get_or_insert((0, why)).0 += 1;
                    continue;
                }
            }
            granted.push(closed);
        }
        // First it is written down, then anything leaves.
        budget.write()?;
        for closed in granted {
            let released = Released {
                records: self.windows.rows(&closed),
                people: 0,
                classes: None,
                rows: Vec::new(),
            };
            outputs.release(self.output, &released)?;
            self.so_far.releases += 1;
            self.so_far.records += released.records.len() as u64;
        }
        self.windows.leave_open();
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
                .help("a few records with a wrong time are enough for that: leave them out with `where`, or give less of the source at once"));
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
        let (windows, why) = self.refused?;
        let plural = if windows == 1 { "window" } else { "windows" };
        let what = format!("{windows} {plural} of `{}` did not leave", self.topic);
        let help = match why {
            NotGranted::Over(_) => {
                "wait until the period of the budget is over; a higher budget is a weaker promise to the people counted"
            }
            NotGranted::Otherwise => {
                "count the very records that were counted before, under the same policy and key: then the same rows leave again"
            }
        };
        Some(Failure::new(Exit::Unavailable, what).why(why).help(help))
    }
}
