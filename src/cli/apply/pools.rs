//! Records that wait for a release, by output; closed by count, and at the end of the input.

use super::outputs::Outputs;
use crate::cli::released::{self, InClasses, Told};
use crate::cli::{Exit, Failure, audited, clock};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use veilstream::audit::Audit;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::noise::Draws;
use veilstream::pipeline::OutBatch;
use veilstream::plan::Plan;
use veilstream::plan::held::Short;
use veilstream::policy::diff::Said;
use veilstream::release::{Arrived, LeftOut, Outcome, Released, TooFew, Waiting, WhyLeftOut};

/// The records that wait, of every output that is written.
pub(super) struct Pools {
    pools: Vec<Pool>,
    words: Draws,
    /// Where releases are written down before they leave.
    log: Option<Log>,
}

/// The log of this command.
struct Log {
    plan: Arc<Plan>,
    audit: Audit,
}

struct Pool {
    output: usize,
    topic: Arc<str>,
    waiting: Waiting,
    /// A release was tried in vain: not again before so many records wait.
    try_at: usize,
    so_far: SoFar,
    /// What was left out up to the last release.
    left_out: LeftOut,
    /// Numbers of its releases in the log.
    logged: Vec<u64>,
}

/// What has left of one output, and what has not.
#[derive(Clone, Debug, Default)]
pub(super) struct SoFar {
    pub(super) releases: u64,
    pub(super) records: u64,
    /// Persons of the smallest class of all.
    pub(super) people_min: Option<u32>,
    /// The loss of all records together, and of how many it is known.
    loss: f64,
    pub(super) left_out: LeftOut,
    /// Records that wait, and that nobody will ever release.
    pub(super) waiting: u64,
    pub(super) once_per: bool,
    /// What left is rows of windows, and no records.
    pub(super) windows: bool,
    /// Nothing of it stands: its file never took its place.
    pub(super) is_nowhere: bool,
    /// Windows that have none, by what became of them.
    pub(super) without_rows: BTreeMap<Outcome, u64>,
}

impl Pools {
    /// Nothing waits yet; `written`: places in the plan of the outputs that are written.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub(super) fn new(
        plan: &Arc<Plan>,
        written: impl Iterator<Item = usize>,
    ) -> Result<Pools, Failure> {
        let drawn = Draws::fresh(&mut OsEntropy);
        let mut words = drawn
            .map_err(|e| Failure::new(Exit::Unavailable, "a release cannot be shuffled").why(e))?;
        let pools = written.filter_map(|output| {
            let waiting = Waiting::new(plan, output, &mut words)?;
            Some(Pool {
                output,
                topic: Arc::clone(&plan.outputs[output].topic),
                so_far: SoFar {
                    once_per: waiting.held().once_per_ms.is_some(),
                    ..SoFar::default()
                },
                waiting,
                try_at: 0,
                left_out: LeftOut::default(),
                logged: Vec::new(),
            })
        });
        let pools = pools.collect();
        let log = None;
        Ok(Pools { pools, words, log })
    }

    /// The same, of which each release is written down in the audit log at `path` before
    /// anything of it is written; `None`: none is.
    ///
    /// # Errors
    /// When that log cannot be written.
    pub(super) fn logged(
        self,
        path: Option<&Path>,
        plan: &Arc<Plan>,
        said: &Said,
    ) -> Result<Pools, Failure> {
        let log = path.map(|path| {
            let audit = released::begin(path, "apply", plan, said)?;
            let plan = Arc::clone(plan);
            Ok(Log { plan, audit })
        });
        let log = log.transpose()?;
        Ok(Pools { log, ..self })
    }

    /// The command ends, `done` or not; `stands`: what left of that output is where it is to
    /// be.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub(super) fn ended(
        &mut self,
        done: bool,
        stands: impl Fn(usize) -> bool,
    ) -> Result<(), Failure> {
        let Some(Log { mut audit, .. }) = self.log.take() else {
            return Ok(());
        };
        // What went to a pipe has left, however the command ends.
        for pool in self.pools.iter_mut().filter(|pool| stands(pool.output)) {
            for number in pool.logged.drain(..) {
                let left = audit.left(number, clock::now());
                left.map_err(|e| audited::failure(&e).help("records have left, and `audit releases` does not say so (`not said`): mend the log, and note by hand what has"))?;
            }
        }
        audited::end(audit, done, 0)
    }

    /// Takes the records of a batch that wait, and writes each release that is whole.
    ///
    /// # Errors
    /// When a release cannot be written, or composed.
    pub(super) fn take(&mut self, batch: &OutBatch, outputs: &mut Outputs) -> Result<(), Failure> {
        for pool in &mut self.pools {
            for record in Arrived::of(batch, pool.output) {
                pool.waiting.take(record);
                let len = pool.waiting.len();
                if pool.waiting.is_full() && len >= pool.try_at {
                    match pool.waiting.release(&mut self.words) {
                        Ok(released) => pool.write(&released, outputs, &mut self.log)?,
                        Err(TooFew::Fault) => return Err(fault(&pool.topic)),
                        // Composing costs as much as it did: not for each record again.
                        Err(_) => pool.try_at = len + len / 8 + 1,
                    }
                }
            }
        }
        Ok(())
    }

    /// The input has ended: what waits leaves as a last release, or is left out, or would
    /// have to wait on. Returns why not, where records of outputs that say `short: hold` are
    /// too few; nothing of them has left then.
    ///
    /// # Errors
    /// As [`Pools::take`].
    pub(super) fn end(&mut self, outputs: &mut Outputs) -> Result<Option<Failure>, Failure> {
        let mut held = Vec::new();
        for pool in &mut self.pools {
            if pool.waiting.is_empty() {
                continue;
            }
            match pool.waiting.release(&mut self.words) {
                Ok(released) => pool.write(&released, outputs, &mut self.log)?,
                Err(TooFew::Fault) => return Err(fault(&pool.topic)),
                Err(why) => match pool.waiting.held().short {
                    Short::Suppress => {
                        pool.waiting.leave_out();
                        pool.record(None, &mut self.log)?;
                    }
                    Short::Hold => held.push(pool.too_few(why)),
                },
            }
        }
        Ok(Failure::all(held))
    }

    /// What has left, and what has not, by place in the plan.
    pub(super) fn so_far(&self) -> impl Iterator<Item = (usize, SoFar)> + '_ {
        self.pools.iter().map(|pool| {
            let so_far = SoFar {
                left_out: pool.waiting.left_out(),
                waiting: pool.waiting.len() as u64,
                ..pool.so_far.clone()
            };
            (pool.output, so_far)
        })
    }
}

impl Pool {
    fn write(
        &mut self,
        released: &Released,
        outputs: &mut Outputs,
        log: &mut Option<Log>,
    ) -> Result<(), Failure> {
        self.record(Some(released), log)?;
        outputs.release(self.output, released)?;
        self.try_at = 0;
        let so_far = &mut self.so_far;
        so_far.releases += 1;
        so_far.records += released.records.len() as u64;
        if let Some(classes) = &released.classes {
            let least = so_far.people_min.unwrap_or(u32::MAX);
            so_far.people_min = Some(least.min(classes.people_min()));
            so_far.loss += classes.loss * released.records.len() as f64;
        }
        Ok(())
    }

    /// Writes down what is to leave; `None`: what waited is left out.
    fn record(
        &mut self,
        released: Option<&Released>,
        log: &mut Option<Log>,
    ) -> Result<(), Failure> {
        let Some(Log { plan, audit }) = log else {
            return Ok(());
        };
        let (before, now) = (self.left_out, self.waiting.left_out());
        self.left_out = now;
        let left_out = WhyLeftOut::ALL.into_iter();
        let classes = released.and_then(|released| released.classes.as_ref());
        let held = plan.outputs[self.output].held.as_ref();
        let marks = held.and_then(|held| held.marks.as_ref());
        let told = Told {
            records: released.map_or(0, |released| released.records.len() as u64),
            persons: released.map_or(0, |released| released.people as u64),
            // Of a file each record is named by its place in it.
            set: released
                .zip(marks)
                .map(|(released, key)| released.set(key, |_| ("", 0))),
            read: Vec::new(),
            classes: classes.map(|classes| InClasses {
                people: &classes.people,
                loss: classes.loss,
                penalty: classes.penalty,
                reached: &classes.reached,
            }),
            left_out: left_out
                .map(|why| (why.as_str(), now.of(why) - before.of(why)))
                .collect(),
        };
        let entry = released::entry(plan, &plan.outputs[self.output], told);
        let number = audit.release(entry, clock::now());
        let number = number.map_err(|e| audited::failure(&e))?;
        if released.is_some() {
            self.logged.push(number);
        }
        Ok(())
    }

    fn too_few(&self, why: TooFew) -> Failure {
        let held = self.waiting.held();
        let what = format!(
            "{} records of {} persons are no release of `{}`",
            self.waiting.len(),
            self.waiting.people(),
            self.topic
        );
        let why = match (why, &held.classes) {
            (TooFew::People, None) => format!(
                "it takes {} records of {} persons",
                held.records_min, held.people_min
            ),
            (TooFew::People, Some(_)) => format!("it takes {} persons", held.people_min),
            (why, _) => why.to_string(),
        };
        Failure::new(Exit::Unavailable, what)
            .why(why)
            .help("give more of the source at once, or write `short: suppress` to leave them out")
    }
}

impl SoFar {
    /// The same where nothing of it stands: its file never took its place.
    pub(super) fn nowhere(self) -> SoFar {
        SoFar {
            releases: 0,
            records: 0,
            people_min: None,
            is_nowhere: true,
            ..self
        }
    }

    /// What a record has lost on the mean, 0 to 1; `None`: no classes were made.
    pub(super) fn loss(&self) -> Option<f64> {
        (self.people_min.is_some() && self.records > 0).then(|| self.loss / self.records as f64)
    }
}

fn fault(topic: &str) -> Failure {
    let what = format!("a release of `{topic}` could not be composed");
    Failure::new(Exit::Software, what)
        .why("this is a fault of the program; nothing of the release was written")
        .help("report it, with the policy")
}
