//! What an output counts, made ready.

use super::Making;
use super::Paths;
use super::held::{counted, layout, names, paths as output_paths};
use crate::action::KeyUse;
use crate::anonymity::counts::{Bound, Mechanism, Step};
use crate::crypto::counting::{CellNoise, RankKey};
use crate::crypto::subject_index::SubjectIndex;
use crate::keys::{KeyError, KeyHandle, Pick};
use crate::plan::counting::{Amount, Cells, Counting, Selected, Spends};
use crate::plan::live::SubjectKind;
use crate::policy::check::counting::Made;
use crate::policy::check::json::Json;
use crate::policy::check::model::{Amount as SaidAmount, Counts, Output as Said, SaidCells};
use crate::record::event_time::TimeOf;

impl Making<'_> {
    /// `None`: it counts nothing; or something was wrong, and is reported.
    pub(super) fn counting(
        &mut self,
        said: &Said,
        kinds: &[SubjectKind],
        paths: &mut Paths,
    ) -> Option<Counting> {
        let counts = said.counts.as_ref()?;
        let made = counts.made().ok()?;
        let wanted = KeyUse {
            alias: &counts.key.value,
            // The same again must be the same: its first version for ever.
            pick: Pick::First,
            span: counts.key.span,
        };
        let key = self.ring.handle(wanted, self.findings)?;
        let mut people = counted(counts.subject.as_ref(), kinds)?;
        let kind = &kinds[usize::from(people.kind)];
        if kind.index.is_none() {
            // Who is who must not change with the process: what counts of a person is
            // chosen by it.
            people.index = SubjectIndex::new(&key.root, &kind.name, kind.canon.id()).ok();
        }
        let time = match &counts.time {
            Some((path, unit)) => self.time_at(path.value.clone(), *unit),
            None => TimeOf::Record,
        };
        let mut layout = layout(said);
        let mut parts = 0;
        for path in output_paths(&said.fields) {
            layout.at(names(&path))?.sensitive = Some(parts);
            parts += 1;
        }
        let (amount, step, each) = match &counts.amount {
            SaidAmount::Records => (Amount::Records, Step::ONE, (0, 1)),
            SaidAmount::People => (Amount::People, Step::ONE, (0, 1)),
            SaidAmount::Sum { path, step, steps } => {
                let read = paths.read(&path.value);
                let amount = Amount::Sum {
                    read,
                    steps: *steps,
                };
                (
                    amount,
                    *step,
                    (i64::from(steps.0.min(0)), i64::from(steps.1.max(0))),
                )
            }
        };
        let per_cell = i64::from(counts.per_cell);
        let topic = said.topic.value.as_str();
        let how = how(counts, &made);
        let keys = Keys::new(&key, topic, &how);
        let (ranks, draws, of_people) = match keys {
            Ok(Keys {
                ranks,
                value,
                people,
            }) => (ranks, value, people),
            Err(error) => {
                self.ring
                    .report(&error, wanted.alias, wanted.span, self.findings);
                return None;
            }
        };
        let cells = match (&counts.keys, &made.selection) {
            (SaidCells::Listed(cells), _) => {
                let part = |part: &Json| part.to_string().into();
                let cells = cells.iter().map(|cell| cell.iter().map(part).collect());
                Cells::Listed(cells.collect())
            }
            (SaidCells::Selected, selection) => {
                let selection = selection.as_ref()?;
                Cells::Selected(Selected {
                    threshold: selection.threshold,
                    people: selection.people.map(|mechanism| (mechanism, of_people)),
                })
            }
        };
        Some(Counting {
            people,
            time,
            window_ms: counts.window.value,
            window: counts.window_text.as_str().into(),
            late_ms: counts.late_ms,
            oldest_ms: counts.oldest_ms,
            amount,
            bound: Bound {
                cells: counts.cells,
                cell: (each.0 * per_cell, each.1 * per_cell),
            },
            step,
            noise: made.noise,
            cells,
            ranks,
            draws,
            spends: Spends {
                name: counts.budget.name.as_str().into(),
                budget: counts.budgeted(),
                epsilon: counts.epsilon.value,
                delta: made.delta,
            },
            layout,
            parts: parts.into(),
            header: header(counts, &made, step).into_bytes().into(),
            how: how.into(),
            key: key.root.kcv().to_string().into(),
        })
    }
}

/// What all of an output is made with.
struct Keys {
    ranks: RankKey,
    value: CellNoise,
    people: CellNoise,
}

impl Keys {
    fn new(key: &KeyHandle, topic: &str, how: &str) -> Result<Keys, KeyError> {
        let of = |what: &str| CellNoise::new(&key.root, topic, &format!("{what}:{how}"));
        Ok(Keys {
            ranks: RankKey::new(&key.root, topic).map_err(KeyError::TooLong)?,
            value: of("value").map_err(KeyError::TooLong)?,
            people: of("people").map_err(KeyError::TooLong)?,
        })
    }
}

/// Everything that decides what is counted and how much noise it gets, in one text.
fn how(counts: &Counts, made: &Made) -> String {
    let amount = match &counts.amount {
        SaidAmount::Records => "records".to_owned(),
        SaidAmount::People => "subjects".to_owned(),
        SaidAmount::Sum { path, step, steps } => {
            let mut ends = String::new();
            step.spell(steps.0.into(), &mut ends);
            ends.push(':');
            step.spell(steps.1.into(), &mut ends);
            ends.push(':');
            step.spell(1, &mut ends);
            format!("sum:{}:{ends}", path.value)
        }
    };
    let mut how = format!(
        "{amount}:{}:{}:{}",
        counts.cells,
        counts.per_cell,
        spelled(made.noise)
    );
    if let Some(selection) = &made.selection {
        how.push_str(&format!(":select:{}", selection.threshold));
        if let Some(people) = selection.people {
            how.push_str(&format!(":{}", spelled(people)));
        }
    }
    how
}

fn spelled(mechanism: Mechanism) -> String {
    match mechanism {
        Mechanism::Laplace { t, s } => format!("dlap:{t}/{s}"),
        Mechanism::Gaussian { a, b } => format!("dgauss:{a}/{b}"),
    }
}

/// The header of each row: the mechanism, what it promises, and how far a value may be off.
fn header(counts: &Counts, made: &Made, step: Step) -> String {
    let (mechanism, word, scale) = match made.noise {
        Mechanism::Laplace { t, s } => ("discrete_laplace", "scale", format!("{t}/{s}")),
        Mechanism::Gaussian { a, b } => ("discrete_gaussian", "variance", format!("{a}/{b}")),
    };
    let threshold = made.selection.as_ref();
    let threshold = threshold.map_or("null".to_owned(), |s| s.threshold.to_string());
    let mut unit = String::new();
    step.spell(1, &mut unit);
    format!(
        r#"{{"mechanism":"{mechanism}","{word}":"{scale}","step":{unit},"epsilon":"{}","delta":"{}","unit":"subject × {}","cells":{},"per_cell":{},"threshold":{threshold},"sd":{}}}"#,
        counts.epsilon.value,
        made.delta,
        counts.window_text,
        counts.cells,
        counts.per_cell,
        figures(made.noise.deviation() * step.about()),
    )
}

/// A number with three significant digits, or all before its point.
fn figures(number: f64) -> String {
    let places = (2 - number.abs().max(1e-12).log10().floor() as i32).clamp(0, 15);
    let text = format!("{number:.*}", places as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
