//! What another policy changes for who reads the outputs: columns that are gone,
//! renamed or of another type, and codes that are others, so that joins break.

mod called;
mod change;
mod schemas;

use std::collections::BTreeMap;

use super::diff::Said;
use super::joining::apart;
use super::joins_by::JoinsBy;
use super::meaning::{Column, Meaning, OutputMeaning, Where, meaning};
use super::parts::PartAt;
use crate::action::{Gives, Types};
pub use change::Change;

/// What changes for the readers of one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputChange {
    /// Its topic.
    pub topic: String,
    /// Each change, in the order of the policy before.
    pub changes: Vec<Change>,
}

impl OutputChange {
    /// True when somebody who relied on the output has to do something.
    pub fn breaks(&self) -> bool {
        self.changes.iter().any(Change::breaks)
    }
}

/// What changes for the readers of each output; outputs of which nothing does are
/// left out.
pub fn for_consumers(was: &Said, is: &Said) -> Vec<OutputChange> {
    let saids = (was, is);
    let (was, is) = (&meaning(was), &meaning(is));
    let of = |m: &'_ Meaning, topic: &str| m.outputs.iter().position(|o| o.topic == topic);
    let mut all = Vec::new();
    for before in &was.outputs {
        let changes = match of(is, &before.topic) {
            None => vec![Change::OutputGone],
            Some(at) => {
                let changes = between((was, before), (is, &is.outputs[at]));
                schemas::with(saids, &before.topic, changes)
            }
        };
        all.push(OutputChange {
            topic: before.topic.clone(),
            changes,
        });
    }
    for now in is.outputs.iter().filter(|o| of(was, &o.topic).is_none()) {
        all.push(OutputChange {
            topic: now.topic.clone(),
            changes: vec![Change::OutputNew],
        });
    }
    all.retain(|output| !output.changes.is_empty());
    all
}

type Named<'m> = BTreeMap<String, &'m Column>;

fn between(
    (was, before): (&Meaning, &OutputMeaning),
    (is, now): (&Meaning, &OutputMeaning),
) -> Vec<Change> {
    let named = |o: &'_ OutputMeaning| -> Vec<String> { o.columns.iter().map(name).collect() };
    let old: Named<'_> = named(before).into_iter().zip(&before.columns).collect();
    let new: Named<'_> = named(now).into_iter().zip(&now.columns).collect();
    let mut gone: Vec<(&String, &Column)> = Vec::new();
    let mut changes = Vec::new();
    for (column, before) in &old {
        match new.get(column) {
            Some(now) => same_name(column, (was, before), (is, now), &mut changes),
            None => gone.push((column, before)),
        }
    }
    let mut fresh: Vec<(&String, &Column)> = new
        .iter()
        .filter(|(column, _)| !old.contains_key(*column))
        .map(|(column, now)| (column, *now))
        .collect();
    for (column, before) in gone {
        let same = |now: &Column| {
            let made = now.inputs == before.inputs && now.of_type == before.of_type;
            made && now.from == before.from && now.action.name == before.action.name
        };
        let stays = |(_, now): &(&String, &Column)| same(now) && now.to == before.to;
        let at = fresh.iter().position(stays);
        match at.or_else(|| fresh.iter().position(|(_, now)| same(now))) {
            Some(at) => {
                let (is_called, now) = fresh.remove(at);
                changes.push(match now.to == before.to {
                    true => Change::Condition {
                        column: place(now),
                        was: before.when.clone(),
                        is: now.when.clone(),
                    },
                    false => Change::Renamed {
                        was: column.clone(),
                        is: is_called.clone(),
                    },
                });
                same_name(is_called, (was, before), (is, now), &mut changes);
            }
            None => changes.push(match is_key_member(before) && has_key_record(now) {
                true => key_member(column, false),
                false => Change::Gone {
                    column: column.clone(),
                },
            }),
        }
    }
    for (column, now) in fresh {
        changes.push(match is_key_member(now) && has_key_record(before) {
            true => key_member(column, true),
            false => Change::New {
                column: column.clone(),
            },
        });
    }
    if before.has_policy_header != now.has_policy_header {
        changes.push(Change::PolicyHeader {
            now: now.has_policy_header,
        });
    }
    changes
}

fn is_key_member(column: &Column) -> bool {
    matches!(column.to, Where::KeyField(_))
}

fn has_key_record(output: &OutputMeaning) -> bool {
    output.columns.iter().any(is_key_member)
}

fn key_member(column: &str, now: bool) -> Change {
    Change::KeyMember {
        column: column.to_owned(),
        now,
    }
}

fn same_name(
    column: &str,
    (was, before): (&Meaning, &Column),
    (is, now): (&Meaning, &Column),
    changes: &mut Vec<Change>,
) {
    let (a, b) = (gives(before), gives(now));
    if a != b {
        changes.push(Change::Type {
            column: column.to_owned(),
            was: a.says(),
            is: b.says(),
        });
    }
    let mut places: Vec<Option<&PartAt>> = Vec::new();
    for (at, _) in before.codes().chain(now.codes()) {
        if !places.contains(&at) {
            places.push(at);
        }
    }
    for at in places {
        let (column, inside) = (column.to_owned(), at.cloned());
        match (code_at(before, at), code_at(now, at)) {
            (Some(a), Some(b)) if a != b => {
                let still = joined(is, now, b);
                let mut lost = joined(was, before, a);
                lost.retain(|other| !still.contains(other));
                changes.push(Change::Codes {
                    column,
                    inside,
                    why: apart(a, b),
                    lost,
                });
            }
            (Some(_), None) | (None, Some(_)) => changes.push(Change::CodesOrNot {
                column,
                inside,
                now: code_at(now, at).is_some(),
            }),
            _ => {}
        }
    }
}

fn code_at<'c>(column: &'c Column, at: Option<&PartAt>) -> Option<&'c JoinsBy> {
    let mut codes = column.codes();
    codes.find(|(place, _)| *place == at).map(|(_, by)| by)
}

/// What a code of a column joins with in the other outputs of its policy.
fn joined(policy: &Meaning, column: &Column, by: &JoinsBy) -> Vec<String> {
    let mut all = Vec::new();
    for output in &policy.outputs {
        for other in &output.columns {
            let itself = std::ptr::eq(other, column);
            if !itself && other.codes().any(|(_, other)| other == by) {
                all.push(format!("{}.{}", output.topic, name(other)));
            }
        }
    }
    all
}

fn name(column: &Column) -> String {
    let place = place(column);
    match &column.when {
        Some(when) => format!("{place}, {when}"),
        None => place,
    }
}

/// Where it leaves, and of which type of record.
fn place(column: &Column) -> String {
    let to = match &column.to {
        Where::Value(path) => path.to_string(),
        Where::Key => "key".to_owned(),
        Where::KeyField(path) => format!("key.{path}"),
        Where::Header(name) => format!("header.{name}"),
    };
    match &column.of_type {
        Some(of_type) => format!("{to} (type {of_type})"),
        None => to,
    }
}

/// The types that a column can have of a value of any type.
fn gives(column: &Column) -> Types {
    let gives = Gives::of_each(column.of_types, |ty| column.spec.gives(ty));
    column.with_stand_ins(gives).types
}

#[cfg(test)]
mod tests;
