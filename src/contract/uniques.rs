//! How the distinct values of a column are counted, and what the count means.

use crate::action::Degree;
use crate::policy::{Column, OutputMeaning, Where};
use crate::record::path::{Selector, Step};

/// How distinct values are counted.
pub struct Uniques {
    /// What the count means, or why there is none.
    pub means: String,
    /// A query, where there is something to count: standard SQL, the topic
    /// loaded as a table, objects as structures.
    pub sql: Option<String>,
}

/// How the distinct values of a column are counted.
pub(super) fn of(output: &OutputMeaning, column: &Column) -> Uniques {
    let facts = &column.facts;
    let (means, counts) = match column.spec.reveals().degree {
        Degree::Nothing | Degree::Presence => ("a constant: there is nothing to count", false),
        Degree::Nullness => ("says whether there is a value: nothing to count", false),
        Degree::Sealed => (
            "cannot be counted: equal values are sealed differently each time",
            false,
        ),
        Degree::Code | Degree::ReversibleCode if !facts.linkable => {
            ("cannot be counted: every record has another code", false)
        }
        Degree::Code | Degree::ReversibleCode if facts.needs_subject => (
            "distinct codes are distinct pairs of person and value",
            true,
        ),
        Degree::Code | Degree::ReversibleCode => (
            "distinct codes are distinct values, for as long as the key stays: codes do not change when the key is rotated",
            true,
        ),
        Degree::Noised => ("distinct values are noise: nothing to count", false),
        Degree::Portion if facts.needs_subject => (
            "distinct values are distinct pairs of person and value at most: each person's are moved by days of its own",
            true,
        ),
        Degree::Portion => (
            "distinct values are those of the coarser value; of persons or exact values there are at least as many",
            true,
        ),
        Degree::Foreseen | Degree::Everything => {
            ("distinct values are the values themselves", true)
        }
    };
    Uniques {
        means: means.to_owned(),
        sql: counts.then(|| sql(&output.topic, &column.to)).flatten(),
    }
}

fn sql(topic: &str, to: &Where) -> Option<String> {
    let table = quoted(topic);
    let Where::Value(Selector { steps }) = to else {
        return None;
    };
    let mut from = table;
    let mut at = String::new();
    let mut unnested = 0;
    for step in steps {
        match step {
            Step::Name(name) => {
                if !at.is_empty() {
                    at.push('.');
                }
                at.push_str(&quoted(name));
            }
            Step::AnyElement | Step::Element(_) | Step::Filter(_) => {
                unnested += 1;
                let alias = format!("e{unnested}");
                from = format!("{from} CROSS JOIN UNNEST({at}) AS {alias}");
                at = alias;
            }
            // A column for each member that an event brings: there is no one name.
            Step::AnyName | Step::AnyDepth | Step::Json => return None,
        }
    }
    Some(format!("SELECT COUNT(DISTINCT {at}) FROM {from}"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
