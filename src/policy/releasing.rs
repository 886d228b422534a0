//! What an output's records wait for, in words.

use super::check::json::Json;
use super::check::model::{Amount, Counts, Held, Output, SaidCells};
use crate::anonymity::counts::Mechanism;
use crate::anonymity::release::Must;
use crate::record::path::Selector;

/// What records wait for before they leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseMeaning {
    /// Least persons of every class; `None`: they are in no class.
    pub k: Option<u32>,
    /// No record leaves: they are counted.
    pub counts: Option<CountsMeaning>,
    /// All of it, as one clause.
    pub says: String,
}

/// What leaves where records are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountsMeaning {
    /// The columns of a row beside those by which is counted: name, meaning, type.
    pub row: Vec<[String; 3]>,
    /// Paths that rows are made of beside the fields by which is counted: what is summed, and
    /// when a record was.
    pub reads: Vec<Selector>,
    /// Output paths by which is counted and of which no cell that is named has `null`.
    pub never_null: Vec<String>,
    /// Of 20 values 19 are off by so much or less.
    pub off: String,
    /// Of sums of n values 19 of 20 are off by this times the root of n.
    pub sums: String,
}

/// How far values may be off, in few digits: none more is known.
fn figure(off: f64) -> String {
    match off {
        10.0.. => format!("{off:.0}"),
        1.0.. => format!("{off:.1}"),
        _ => format!("{off:.3}"),
    }
}

/// Of an output; `None`: its records leave as they come.
pub(super) fn release(output: &Output) -> Option<ReleaseMeaning> {
    if let Some(counts) = &output.counts {
        return Some(ReleaseMeaning {
            k: None,
            counts: Some(meaning(output, counts)),
            says: counted(counts),
        });
    }
    let held = output.held.as_ref()?;
    Some(ReleaseMeaning {
        counts: None,
        k: held.classes.as_ref().map(|classes| classes.k.value),
        says: says(held),
    })
}

/// What is counted of records.
fn amount(counts: &Counts) -> String {
    match &counts.amount {
        Amount::Records => "records".to_owned(),
        Amount::People => "persons".to_owned(),
        Amount::Sum { path, .. } => format!("the sum of `{}`", path.value),
    }
}

/// How far single values, and times the root of n sums of n, are off at most, 19 times of
/// 20; `None`: they cannot be made.
fn bars(counts: &Counts) -> Option<[String; 2]> {
    let worth = match &counts.amount {
        Amount::Records | Amount::People => 1.0,
        Amount::Sum { step, .. } => step.about(),
    };
    let noise = counts.made().ok()?.noise;
    // A sum of many is spread as a normal distribution is.
    let bars = [noise.within(), 1.96 * noise.deviation()];
    Some(bars.map(|off| figure(off * worth)))
}

/// Paths of the fields by which is counted that are `null` in no cell that is named.
fn never_null(output: &Output, counts: &Counts) -> Vec<String> {
    let SaidCells::Listed(cells) = &counts.keys else {
        return Vec::new();
    };
    let paths = output.fields.iter().flat_map(|field| {
        let writes = field.writes.iter();
        writes.map(|write| field.output_path(write).to_string())
    });
    let is_never = |part: usize| cells.iter().all(|cell| cell.get(part) != Some(&Json::Null));
    let paths = paths.enumerate().filter(|(part, _)| is_never(*part));
    paths.map(|(_, path)| path).collect()
}

fn meaning(output: &Output, counts: &Counts) -> CountsMeaning {
    let [off, sums] = bars(counts).unwrap_or_default();
    let window = &counts.window_text;
    let column = |name: &str, says: String, ty: &str| [name.to_owned(), says, ty.to_owned()];
    CountsMeaning {
        row: vec![
            column(
                "window",
                format!("how long the window is: `{window}`"),
                "text",
            ),
            column("from", "when the window begins, UTC".to_owned(), "text"),
            column(
                "to",
                "when it ends, UTC; that second is not in it".to_owned(),
                "text",
            ),
            column(
                "value",
                format!(
                    "{} in the window, with noise; it may be below 0",
                    amount(counts)
                ),
                "number",
            ),
        ],
        reads: counts.reads().cloned().collect(),
        never_null: never_null(output, counts),
        off,
        sums,
    }
}

/// What leaves in place of records, and how far it may be off.
fn counted(counts: &Counts) -> String {
    let what = amount(counts);
    let window = &counts.window_text;
    let mut says = format!(
        "no record leaves; a row has `window`, `from`, `to`, the fields by which is counted, and `value`: {what} in a window of {window}, of one person in at most {} {}",
        counts.cells,
        if counts.cells == 1 { "cell" } else { "cells" }
    );
    let Ok(made) = counts.made() else {
        return says;
    };
    let noise = match made.noise {
        Mechanism::Laplace { .. } => "discrete Laplace",
        Mechanism::Gaussian { .. } => "discrete Gaussian",
    };
    says.push_str(&format!(
        "; {noise} noise hides whether any one person is in a window: ε = {}",
        counts.epsilon.value.about()
    ));
    if !made.delta.is_zero() {
        says.push_str(&format!(", δ = {}", made.delta.about()));
    }
    let [off, sums] = bars(counts).unwrap_or_default();
    says.push_str(&format!(
        "; of 20 values 19 are off by {off} or less, of sums of n values, from ten or so on, by {sums} × √n; a value may be below 0"
    ));
    match (&counts.keys, &made.selection) {
        (SaidCells::Selected, Some(selection)) => says.push_str(&format!(
            "; a cell leaves from a noisy count of {} on",
            selection.threshold
        )),
        _ => says.push_str(
            "; every cell that the policy names leaves, whether somebody is in it or not",
        ),
    }
    let days = counts.budget.per_ms / 86_400_000;
    says.push_str(&format!(
        "; all windows of {days} days spend at most ε = {} (budget `{}`)",
        counts.budget.epsilon.about(),
        counts.budget.name
    ));
    says
}

fn says(held: &Held) -> String {
    let mut says = match &held.classes {
        None => format!(
            "records wait, and leave together with at least {} others of at least {} persons, in an order that says nothing of theirs",
            held.records_min.saturating_sub(1),
            held.people_min
        ),
        Some(classes) => format!(
            "records wait, and leave in releases, in an order that says nothing of theirs; each stands in a class of records with equal `quasi` fields, of at least {} persons, and says what its class says",
            classes.k.value
        ),
    };
    for (of, must) in held.classes.iter().flat_map(|classes| &classes.floors) {
        let of = of.value.to_string();
        let more = match must {
            Must::Distinct(l) => format!("`{of}` has at least {l} values in each class"),
            Must::Entropy(l) => {
                format!(
                    "`{of}` has in each class the entropy of at least {l} equally frequent values"
                )
            }
            Must::Recursive { c, l } => format!(
                "the most frequent `{of}` of each class counts less than {c} times all from the {l}. on"
            ),
            Must::Close { max, .. } => {
                format!("`{of}` is spread in each class as in its release, but for {max}")
            }
        };
        says.push_str("; ");
        says.push_str(&more);
    }
    if let Some(once) = &held.once_per {
        let days = once.value / 86_400_000;
        says.push_str(&format!(
            "; a person is in one release in {days} days, of all that `veil run` releases, or of what one run of `veil apply` does"
        ));
    }
    let free = held.classes.iter().flat_map(|classes| &classes.free);
    let free: Vec<String> = free.map(|f| format!("`{}`", f.value)).collect();
    if !free.is_empty() {
        says.push_str(&format!(
            "; on the author's word others neither know nor wish to know {}, which stand in no class",
            free.join(", ")
        ));
    }
    if let Some(kind) = &held.subject {
        says.push_str(&format!("; persons are counted by `{}`", kind.value));
    }
    says
}
