//! What named types are called in the schemas of what leaves: values do not show it, and
//! readers know types by it.

use super::Change;
use crate::policy::diff::Said;
use crate::policy::leaving::{RECORD, Types, in_words};

/// Types that are called otherwise, each once, by the places that both schemas have.
pub(super) fn by_types((was, is): (&Said, &Said), topic: &str) -> Vec<Change> {
    let of = |said: &'_ Said| said.leaving().called.get(topic).cloned();
    let (before, now) = (of(was).unwrap_or_default(), of(is).unwrap_or_default());
    let name = |types: Option<&Types>| types.map(in_words);
    let mut changes: Vec<Change> = Vec::new();
    // Whether JSON has a title is told as well: `RecordNameStrategy` goes by it.
    let (a, b) = (name(before.get(RECORD)), name(now.get(RECORD)));
    if a != b {
        changes.push(Change::Called {
            column: None,
            more: 0,
            was: a,
            is: b,
        });
    }
    let paths = before.keys().filter(|path| *path != RECORD);
    for path in paths {
        let (a, b) = (name(before.get(path)), name(now.get(path)));
        // A type that has no name now is told as another type.
        if b.is_none() || a == b {
            continue;
        }
        let told = changes.iter_mut().find_map(|change| match change {
            Change::Called {
                column: Some(_),
                more,
                was,
                is,
            } if (&*was, &*is) == (&a, &b) => Some(more),
            _ => None,
        });
        match told {
            Some(more) => *more += 1,
            None => changes.push(Change::Called {
                column: Some(path.clone()),
                more: 0,
                was: a,
                is: b,
            }),
        }
    }
    changes
}

/// Another namespace, where schemas are not known: every type is called otherwise then.
pub(super) fn by_namespace((was, is): (&Said, &Said), topic: &str) -> Option<Change> {
    let of = |said: &Said| {
        said.policy.source.schema.as_ref()?;
        let mut outputs = said.policy.outputs.iter();
        let output = outputs.find(|output| output.topic.value == topic)?;
        let namespace = output.schema.as_ref()?.namespace.as_ref()?;
        Some(namespace.value.clone())
    };
    let (was, is) = (of(was), of(is));
    (was != is).then_some(Change::Namespace { was, is })
}
