//! The rows of what stands beside the value: record key and headers.

use super::found::{as_text, at_path, cut, spelled};
use super::row::Row;
use super::walk::Walk;
use crate::pipeline::{OutBatch, OutRecord};
use crate::policy::NamedField;
use crate::policy::check::json::Json;

impl Walk<'_> {
    /// The rows of the record key and the headers.
    pub(super) fn beside_the_value(
        &mut self,
        out: &OutBatch,
        record: Option<&OutRecord>,
        tree: Option<&Json>,
    ) {
        let of_key = |f: &NamedField| f.path == "key" || f.path.starts_with("key.");
        let is_beside = |f: &&NamedField| of_key(f) || f.path.starts_with("header.");
        let fields: Vec<NamedField> = self.all.fields.iter().filter(is_beside).cloned().collect();
        let fetched = out.raw().fetched().next();
        for field in &fields {
            if field.selector.is_some() || !self.is_own(field) {
                continue;
            }
            self.shown.push(field.path.clone());
            let mut inputs = field.inputs.iter();
            let parts: Vec<(String, Vec<String>)> = field
                .places
                .iter()
                .map(|place| {
                    if place.starts_with("value.")
                        && let Some(input) = inputs.next()
                    {
                        let value = tree.and_then(|tree| at_path(tree, &input.steps));
                        return (input.to_string(), value.map(spelled).into_iter().collect());
                    }
                    let before = match place.strip_prefix("header.") {
                        Some(name) => fetched.map_or_else(Vec::new, |f| named(name, f.headers())),
                        None => fetched
                            .and_then(|f| f.key())
                            .map(as_text)
                            .into_iter()
                            .collect(),
                    };
                    (place.clone(), before)
                })
                .collect();
            let (from, before) = match field.path.as_str() {
                "key" => of_a_key(&parts),
                _ => parts.into_iter().next().unwrap_or_default(),
            };
            let after =
                record.map_or_else(Vec::new, |r| match field.path.strip_prefix("header.") {
                    Some(name) => named(name, out.headers(r)),
                    None => r.key.map(|k| as_text(out.bytes(k))).into_iter().collect(),
                });
            let says = field.spec.says(&self.output.domain).what;
            let is_told = after.is_empty() || before.len() <= 1 || after.len() == before.len();
            for n in 0..before.len().max(after.len().min(1)) {
                let after = after.get(n).filter(|_| is_told).cloned();
                let (fate, why) = match &after {
                    Some(_) => (self.left_as(), says.clone()),
                    None if is_told => self.not_found(field, says.clone()),
                    None => (
                        "not told",
                        "some headers of this name did not leave, so which of them is this one \
                         cannot be told"
                            .to_owned(),
                    ),
                };
                self.rows.push(Row {
                    from: cut(&from),
                    before: before.get(n).cloned(),
                    to: Some(cut(&field.path)),
                    after,
                    fate,
                    action: Some(field.written.clone()),
                    why,
                });
            }
        }
    }
}

/// What a record key is made from: of each place the last value, since the last header
/// of a name makes the key; nothing where none of them is there.
fn of_a_key(parts: &[(String, Vec<String>)]) -> (String, Vec<String>) {
    let from: Vec<&str> = parts.iter().map(|(from, _)| from.as_str()).collect();
    let last: Vec<Option<&str>> = parts
        .iter()
        .map(|(_, before)| before.last().map(String::as_str))
        .collect();
    let is_there = last.iter().any(Option::is_some);
    let last: Vec<&str> = last.iter().map(|v| v.unwrap_or("(absent)")).collect();
    let before = is_there.then(|| last.join(", "));
    (from.join(", "), before.into_iter().collect())
}

/// Each header of that name, in their order; one without a value is `null`.
fn named<'h>(
    name: &str,
    headers: impl Iterator<Item = (&'h [u8], Option<&'h [u8]>)>,
) -> Vec<String> {
    let own = headers.filter(|(n, _)| *n == name.as_bytes());
    own.map(|(_, value)| value.map_or_else(|| "null".to_owned(), as_text))
        .collect()
}
