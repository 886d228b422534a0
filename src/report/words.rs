//! What the reports say alike.

use crate::contract::{ColumnContract, Contract, Described};
use crate::document::{Line, Look, joined};
use crate::policy::{CountsMeaning, Where};

/// The columns of the value, without key and headers.
pub(super) fn of_value<'c, 'd>(
    contract: &'c Contract<'d>,
) -> impl Iterator<Item = &'c ColumnContract<'d>> {
    contract.columns.iter().filter(|c| c.is_in_value())
}

/// Words of the policy, told apart; `none` where there is none.
pub(super) fn codes(words: impl IntoIterator<Item = String>) -> Line {
    let line = joined(words.into_iter().map(Line::code), ", ");
    match line.is_empty() {
        true => Line::from("none"),
        false => line,
    }
}

/// What a person must say, marked so.
pub(super) fn to_fill(what: &str) -> Line {
    Line::of(Look::ToFill, format!("to fill in: {what}"))
}

/// Each once, in alphabetical order.
pub(super) fn each_once(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let set: std::collections::BTreeSet<String> = words.into_iter().collect();
    set.into_iter().collect()
}

/// The personal classes of what leaves.
pub(super) fn classes(contract: &Contract<'_>) -> Vec<String> {
    let all = contract
        .columns
        .iter()
        .flat_map(|c| c.column.classes.iter().cloned());
    each_once(all.filter(|class| class != "none"))
}

/// The personal classes of what leaves, and what the policy leaves unsaid of them.
pub(super) fn categories(contract: &Contract<'_>) -> Line {
    if counts(contract) {
        return "none of any person: the rows are noisy figures of all who count".into();
    }
    let data = classes(contract);
    // Keys and headers that leave as they are, too.
    let asked = |c: &&ColumnContract<'_>| c.is_in_value() || c.column.is_readable();
    let asked = contract.columns.iter().filter(asked);
    let unclassed = asked.filter(|c| !c.column.classed).count();
    let some = contract
        .columns
        .iter()
        .any(|c| !c.column.classes.is_empty());
    match (data.is_empty(), unclassed) {
        (true, 0) if some => "none: the class of every column says so".into(),
        (true, _) if !some => to_fill("the policy classes nothing that leaves here"),
        (true, n) => to_fill(&format!("the policy does not class {}", columns(n))),
        (false, 0) => codes(data),
        (false, n) => {
            let more = to_fill(&format!("the policy does not class {}", columns(n)));
            codes(data).then("; ").then(more)
        }
    }
}

/// No record leaves: rows are of counts.
pub(super) fn counts(contract: &Contract<'_>) -> bool {
    of_counts(contract).is_some()
}

/// What leaves in place of records; `None`: records do.
pub(super) fn of_counts<'c>(contract: &'c Contract<'_>) -> Option<&'c CountsMeaning> {
    let release = contract.output.release.as_ref();
    release.and_then(|release| release.counts.as_ref())
}

fn columns(n: usize) -> String {
    match n {
        1 => "1 column".to_owned(),
        n => format!("{n} columns"),
    }
}

/// The class of a column.
pub(super) fn class_of(column: &ColumnContract<'_>) -> Line {
    match column.column.classes.is_empty() {
        true => to_fill("no class is stated"),
        false => codes(column.column.classes.iter().cloned()),
    }
}

/// Why a field may leave as the policy says: what `dangerously` allows of it.
pub(super) fn allowed<'p>(contract: &Contract<'p>, column: &ColumnContract<'_>) -> Vec<&'p str> {
    let policy: &'p Described = contract.policy;
    let names: Vec<String> = match &column.column.to {
        Where::Value(path) => column
            .column
            .inputs
            .iter()
            .chain([path])
            .map(ToString::to_string)
            .collect(),
        Where::Key => vec!["key".to_owned()],
        Where::KeyField(path) => vec![format!("key.{path}")],
        Where::Header(name) => vec![format!("header.{name}")],
    };
    let all = policy.meaning.allowances.iter();
    let of = all.filter(|a| {
        let here = a.outputs.is_empty() || a.outputs.contains(&contract.output.topic);
        here && a.field.as_ref().is_some_and(|field| names.contains(field))
    });
    of.map(|a| &*a.because).collect()
}

/// A title and the policies that it is about.
pub(super) fn about(title: &str, contracts: &[Contract<'_>]) -> Line {
    let stamps = each_once(contracts.iter().map(|c| c.policy.stamp()));
    Line::from(format!("{title}: ")).then(codes(stamps))
}
