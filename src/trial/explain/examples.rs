//! A few values of each field, taken from what was written and from nothing else.

use std::collections::HashMap;

use crate::plan::Output;
use crate::policy::Named;
use crate::policy::check::json::Json;
use crate::policy::selector::selectors;
use crate::record::path::{Selector, Step};
use crate::trial::chosen::holds;
use crate::trial::json::parse;

/// Values of one field.
const VALUES_MAX: usize = 3;
/// Characters of a value that are shown.
const CHARS_MAX: usize = 40;
/// Characters of a code or ciphertext that are shown: enough to tell two apart.
const CODE_CHARS_MAX: usize = 8;
/// Records that are read for values.
const RECORDS_MAX: u64 = 5_000;

/// Values of the fields of one output.
pub(super) struct Examples {
    places: HashMap<String, FieldExamples>,
    read: u64,
}

struct FieldExamples {
    /// Where in the value; `None` for the key and headers.
    path: Option<Selector>,
    is_code: bool,
    values: Vec<String>,
}

impl Examples {
    pub(super) fn of(output: &Output, named: &Named) -> Examples {
        let mut places: HashMap<String, FieldExamples> = HashMap::new();
        let topic = &*output.topic;
        for field in &output.fields {
            let own = |f: &&crate::policy::NamedField| f.topic == topic && f.path == field.path;
            let mut fields = named.fields.iter().filter(own).peekable();
            // What stands in a sealed object leaves inside of its ciphertext.
            if fields.peek().is_some_and(|f| f.inside.is_some()) {
                continue;
            }
            let in_value = fields.peek().is_some_and(|f| f.selector.is_some());
            let path = in_value
                .then(|| selectors(&field.path).ok()?.pop())
                .flatten();
            let place = FieldExamples {
                path,
                // Where it is not known which action it was, no more is shown than
                // of a code.
                is_code: fields.peek().is_none() || fields.any(|f| f.is_code()),
                values: Vec::new(),
            };
            places.insert(field.path.clone(), place);
        }
        Examples { places, read: 0 }
    }

    /// The values of the field of that output path.
    pub(super) fn values(&self, path: &str) -> &[String] {
        self.places.get(path).map_or(&[], |place| &place.values)
    }

    /// Takes from a record what is still wanted.
    pub(super) fn add<'b, H>(
        &mut self,
        value: Option<&[u8]>,
        key: Option<&[u8]>,
        headers: impl Fn() -> H,
    ) where
        H: Iterator<Item = (&'b [u8], Option<&'b [u8]>)>,
    {
        if self.read >= RECORDS_MAX {
            return;
        }
        self.read += 1;
        let text = value.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let tree = text.and_then(parse);
        let wanted = self.places.iter_mut();
        for (name, place) in wanted.filter(|(_, place)| place.values.len() < VALUES_MAX) {
            match (&place.path, &tree) {
                (Some(path), Some(tree)) => {
                    let mut found = Vec::new();
                    at(tree, &path.steps, &mut found);
                    for value in found {
                        place.take(&shown(value));
                    }
                }
                (Some(_), None) => {}
                (None, _) if name == "key" => {
                    if let Some(key) = key {
                        place.take(&String::from_utf8_lossy(key));
                    }
                }
                (None, _) => {
                    let wanted = name.strip_prefix("header.").unwrap_or(name);
                    let own = headers().filter(|(n, _)| *n == wanted.as_bytes());
                    for value in own.filter_map(|(_, value)| value) {
                        place.take(&String::from_utf8_lossy(value));
                    }
                }
            }
        }
    }
}

impl FieldExamples {
    fn take(&mut self, value: &str) {
        let max = match self.is_code {
            true => CODE_CHARS_MAX,
            false => CHARS_MAX,
        };
        let mut text: String = value.chars().take(max).collect();
        if text.len() < value.len() {
            text.push('…');
        }
        if self.values.len() < VALUES_MAX && !self.values.contains(&text) {
            self.values.push(text);
        }
    }
}

/// Text without quotes, anything else as JSON spells it.
fn shown(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What stands at a path, nulls left out.
fn at<'j>(value: &'j Json, steps: &[Step], found: &mut Vec<&'j Json>) {
    let Some((step, rest)) = steps.split_first() else {
        if *value != Json::Null {
            found.push(value);
        }
        return;
    };
    if found.len() >= VALUES_MAX {
        return;
    }
    match (step, value) {
        (Step::Itself, _) => at(value, rest, found),
        (Step::Name(name), Json::Object(members)) => {
            for (_, value) in members.iter().filter(|(n, _)| n == name) {
                at(value, rest, found);
            }
        }
        (Step::AnyName, Json::Object(members)) => {
            members.iter().for_each(|(_, value)| at(value, rest, found));
        }
        (Step::AnyDepth, _) => {
            at(value, rest, found);
            match value {
                Json::Object(members) => members.iter().for_each(|(_, v)| at(v, steps, found)),
                Json::List(items) => items.iter().for_each(|v| at(v, steps, found)),
                _ => {}
            }
        }
        (Step::AnyElement | Step::Element(_), Json::List(items)) => {
            items.iter().for_each(|value| at(value, rest, found));
        }
        (Step::Filter(filter), Json::List(items)) => {
            let chosen = items.iter().filter(|item| holds(filter, item));
            chosen.for_each(|value| at(value, rest, found));
        }
        _ => {}
    }
}
