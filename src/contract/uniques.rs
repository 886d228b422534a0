//! How the distinct values of a column are counted, and what the count means.

use std::borrow::Cow;

use super::gate::lasting;
use crate::action::{Degree, EpochLength, Epochs};
use crate::plan::TimestampRule;
use crate::policy::{Column, OutputMeaning, Where};
use crate::record::path::{Selector, Step};

/// How distinct values are counted.
pub struct Uniques {
    /// What the count means, or why there is none.
    pub means: String,
    /// A query, where there is something to count, as PostgreSQL and DuckDB take it; the
    /// topic loaded as a table, objects as structures (composite types).
    pub sql: Option<String>,
}

/// How the distinct values of a column are counted.
pub(super) fn of(output: &OutputMeaning, column: &Column) -> Uniques {
    let facts = &column.facts;
    if let Some(means) = mixed(output, column) {
        return Uniques {
            means: means.to_owned(),
            sql: None,
        };
    }
    if let Some(epochs) = facts.epochs.as_ref().filter(|_| facts.linkable) {
        return by_epoch(output, column, epochs);
    }
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
        Degree::StandIn if !facts.linkable => (
            "cannot be counted: a word is drawn anew in every record",
            false,
        ),
        Degree::StandIn => (
            "distinct words are as many as the list has, at most: values share words, so there are at least as many values",
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
        sql: counts
            .then(|| {
                let (at, from) = source(&output.topic, &column.to)?;
                Some(format!("SELECT COUNT(DISTINCT {at}) FROM {from}"))
            })
            .flatten(),
    }
}

/// Why distinct values of a column count nothing, where other records have something else
/// in it; `None`: they have the same.
fn mixed(output: &OutputMeaning, column: &Column) -> Option<&'static str> {
    if output.has_other_codes(column) {
        return Some(
            "cannot be counted: one value has several codes here, since cases or types of record make it differently",
        );
    }
    let is_alike = |other: &Column| {
        other.joins_by == column.joins_by
            && (other.joins_by.is_some() || other.spec.reveals() == column.spec.reveals())
    };
    let mut others = output.beside(column);
    (!others.all(is_alike)).then_some(
        "no count of its own: under other cases or types of record something else stands in the column, and a count takes all of it together",
    )
}

/// Of codes that change: one epoch can be counted, of several there are bounds.
fn by_epoch(output: &OutputMeaning, column: &Column, epochs: &Epochs) -> Uniques {
    let what = match column.facts.needs_subject {
        true => "pairs of person and value",
        false => "values",
    };
    let source = source(&output.topic, &column.to);
    let time = time(output, epochs);
    let sql = source.map(|(at, from)| match &time {
        Some(time) => format!(
            "SELECT MAX(n) AS at_least, SUM(n) AS at_most FROM (SELECT {} AS epoch, COUNT(DISTINCT {at}) AS n FROM {from} GROUP BY 1) AS epochs",
            number(epochs.length, time)
        ),
        None => format!("SELECT COUNT(DISTINCT {at}) AS at_most FROM {from}"),
    });
    let where_from = match time.as_deref() {
        Some(RECORD_TIMESTAMP) => {
            "; `record_timestamp` in the query is the timestamp of the record, in UTC"
        }
        Some(_) => "",
        None => {
            "; in which epoch a record lies, the output does not say finely enough to count the fullest"
        }
    };
    Uniques {
        means: format!(
            "distinct codes of one epoch ({}) are distinct {what}; of several epochs there are at least as many {what} as codes in the fullest one, and at most as many as codes in all: no exact count, since no code of one epoch can be held against another's{where_from}. Records that come up to {} late have the code of their own epoch, so for so long the codes of two epochs arrive side by side",
            epochs.length,
            lasting(epochs.late_max_ms),
        ),
        sql,
    }
}

const RECORD_TIMESTAMP: &str = "record_timestamp";

/// What says in which epoch a record lies, exactly, as SQL has it; `None`: nothing in
/// the output does.
fn time<'o>(output: &'o OutputMeaning, epochs: &Epochs) -> Option<Cow<'o, str>> {
    let is_fine = |ms: i64| {
        let step = EpochLength::fixed(ms);
        ms < EpochLength::FIXED_MIN_MS && EpochLength::FIXED_MIN_MS % ms == 0
            || step.is_some_and(|step| step.lies_within(epochs.length))
    };
    let Some(by) = &epochs.by else {
        return match output.timestamp {
            TimestampRule::Now | TimestampRule::Release => None,
            TimestampRule::Keep => Some(RECORD_TIMESTAMP.into()),
            TimestampRule::Truncate(ms) => is_fine(ms).then_some(RECORD_TIMESTAMP.into()),
        };
    };
    if !epochs.is_iso {
        return None;
    }
    let mut columns = output.columns.iter();
    let column = columns.find(|c| {
        let is_made_from = matches!(&c.inputs[..], [input] if input.to_string() == *by);
        let cut = c.facts.time_step.as_ref();
        is_made_from && c.of_type.is_none() && (cut.is_some_and(|s| is_fine(s.ms)) || c.facts.clear)
    })?;
    let (at, _) = source(&output.topic, &column.to)?;
    let is_simple = matches!(&column.to, Where::Value(path) if path.is_single());
    is_simple.then(|| format!("CAST({at} AS TIMESTAMP)").into())
}

/// The number of the epoch that a time lies in.
fn number(length: EpochLength, time: &str) -> String {
    let seconds = format!("EXTRACT(EPOCH FROM {time})");
    match length {
        EpochLength::Fixed(ms) => format!("FLOOR({seconds} / {})", ms / 1_000),
        EpochLength::Week => format!("FLOOR(({seconds} - 345600) / 604800)"),
        EpochLength::Month => {
            format!("EXTRACT(YEAR FROM {time}) * 12 + EXTRACT(MONTH FROM {time})")
        }
        EpochLength::Quarter => {
            format!("EXTRACT(YEAR FROM {time}) * 4 + CEIL(EXTRACT(MONTH FROM {time}) / 3.0)")
        }
        EpochLength::Year => format!("EXTRACT(YEAR FROM {time})"),
    }
}

/// A column as SQL names it, and the table that it stands in.
pub(super) fn source(topic: &str, to: &Where) -> Option<(String, String)> {
    let table = quoted(topic);
    let Where::Value(Selector { steps }) = to else {
        return None;
    };
    let mut from = table;
    let mut at = String::new();
    let (mut unnested, mut last) = (0, String::new());
    for step in steps {
        match step {
            // PostgreSQL takes `a.b` for a column of a table `a`, and `(a).b` for a member.
            Step::Name(name) => {
                at = match at.as_str() {
                    "" => quoted(name),
                    // An alias is a table.
                    alias if alias == last => format!("{alias}.{}", quoted(name)),
                    inner => format!("({inner}).{}", quoted(name)),
                };
            }
            Step::AnyElement | Step::Element(_) | Step::Filter(_) => {
                unnested += 1;
                let alias = format!("e{unnested}");
                from = format!("{from} CROSS JOIN UNNEST({at}) AS {alias}");
                last.clone_from(&alias);
                at = alias;
            }
            // A column for each member that an event brings, or a value without a name:
            // there is no one name.
            Step::AnyName | Step::AnyDepth | Step::Json | Step::Itself => return None,
        }
    }
    Some((at, from))
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
