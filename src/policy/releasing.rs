//! What an output's records wait for, in words.

use super::check::model::{Held, Output};
use crate::anonymity::release::Must;

/// What records wait for before they leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseMeaning {
    /// Least persons of every class; `None`: they are shuffled, and in no class.
    pub k: Option<u32>,
    /// All of it, as one clause.
    pub says: String,
}

/// Of an output; `None`: its records leave as they come.
pub(super) fn release(output: &Output) -> Option<ReleaseMeaning> {
    let held = output.held.as_ref()?;
    Some(ReleaseMeaning {
        k: held.classes.as_ref().map(|classes| classes.k.value),
        says: says(held),
    })
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
        says.push_str(&format!("; a person is in one release in {days} days"));
    }
    says
}
