//! What changes for who reads an output by the schemas of the writers: the form of values,
//! and what stands where in them.

use std::collections::{BTreeMap, BTreeSet};

use super::Change;
use super::called;
use crate::plan::SchemaIds;
use crate::policy::check::model::Schemas;
use crate::policy::diff::Said;
use crate::policy::leaving::{Types, WHOLE, in_words};

/// Those changes of the output of that topic, and what the schemas change beside them. Where
/// the schemas before and after are known, they say of what type a place is, and not what
/// an action may make of any.
pub(super) fn with((was, is): (&Said, &Said), topic: &str, changes: Vec<Change>) -> Vec<Change> {
    let mut all = Vec::new();
    let (before, now) = (form(was), form(is));
    if before != now {
        all.push(Change::Form {
            was: before,
            is: now,
        });
    }
    let places = |said: &'_ Said| said.leaving().places.get(topic).cloned();
    let (true, Some(before), Some(now)) = (format(was) == format(is), places(was), places(is))
    else {
        if format(was) == format(is) {
            all.extend(called::by_namespace((was, is), topic));
        }
        all.extend(changes);
        return all;
    };
    all.extend(called::by_types((was, is), topic));
    let is_known = |column: &String| before.contains_key(column) && now.contains_key(column);
    all.extend(
        changes
            .into_iter()
            .filter(|change| !matches!(change, Change::Type { column, .. } if is_known(column))),
    );
    let more = between(&before, &now, &all);
    all.extend(more);
    all
}

type Places = BTreeMap<String, Types>;

/// What differs in the places, of those that are gone or new the outermost; what is told
/// already, or lies in it or around it, is left out.
fn between(before: &Places, now: &Places, told: &[Change]) -> Vec<Change> {
    let mut gone: Vec<String> = Vec::new();
    let mut new: Vec<String> = Vec::new();
    for change in told {
        match change {
            Change::Gone { column } => gone.push(column.clone()),
            Change::New { column } => new.push(column.clone()),
            Change::Renamed { was, is } => {
                gone.push(was.clone());
                new.push(is.clone());
            }
            _ => {}
        }
    }
    let mut changes = Vec::new();
    let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for path in paths {
        let column = path.clone();
        match (before.get(path), now.get(path)) {
            (Some(was), Some(is)) if was == is => {}
            _ if path == WHOLE => changes.push(Change::Schema),
            (Some(was), Some(is)) => changes.push(Change::Type {
                column,
                was: in_words(was),
                is: in_words(is),
            }),
            (Some(_), None) if !is_told(path, &gone) => {
                gone.push(column.clone());
                changes.push(Change::Gone { column });
            }
            (None, Some(_)) if !is_told(path, &new) => {
                new.push(column.clone());
                changes.push(Change::New { column });
            }
            _ => {}
        }
    }
    changes
}

/// True of a place that is one of those, lies in one of them, or one of them in it.
fn is_told(path: &str, told: &[String]) -> bool {
    let lies_in = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', ' ']))
    };
    told.iter()
        .any(|one| lies_in(path, one) || lies_in(one, path))
}

/// The format of values.
fn format(said: &Said) -> &'static str {
    let source = said.policy.source.schema.as_ref();
    source.map_or("JSON", |source| source.of.name())
}

/// The format of values, and what stands in front of them.
fn form(said: &Said) -> String {
    let format = format(said);
    let Some(source) = &said.policy.source.schema else {
        return format.to_owned();
    };
    match (source.schemas, source.ids) {
        (Schemas::One, _) => format.to_owned(),
        (Schemas::ByFingerprint, _) => format!("{format} behind the fingerprint of a schema"),
        (Schemas::ById, SchemaIds::Confluent) => format!("{format} behind the id of a schema"),
        (Schemas::ById, SchemaIds::Apicurio) => {
            format!("{format} behind an id of a schema as Apicurio writes it")
        }
    }
}
