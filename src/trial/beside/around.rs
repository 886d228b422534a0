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
        let is_beside = |f: &&NamedField| f.path == "key" || f.path.starts_with("header.");
        let fields: Vec<NamedField> = self.all.fields.iter().filter(is_beside).cloned().collect();
        let fetched = out.raw().fetched().next();
        for field in &fields {
            if field.selector.is_some() || !self.is_own(field) {
                continue;
            }
            self.shown.push(field.path.clone());
            let header = |name: &str, headers: &mut dyn Iterator<Item = (&[u8], Option<&[u8]>)>| {
                let mut own = headers.filter(|(n, _)| *n == name.as_bytes());
                own.next().and_then(|(_, value)| value.map(as_text))
            };
            let (from, before) = match (field.inputs.first(), field.place.as_deref()) {
                (Some(input), _) => {
                    let value = tree.and_then(|tree| at_path(tree, &input.steps));
                    (input.to_string(), value.map(spelled))
                }
                (None, Some(place)) => {
                    let before = match place.strip_prefix("header.") {
                        Some(name) => fetched.and_then(|f| header(name, &mut f.headers())),
                        None => fetched.and_then(|f| f.key()).map(as_text),
                    };
                    (place.to_owned(), before)
                }
                (None, None) => (field.path.clone(), None),
            };
            let after = record.and_then(|r| match field.path.strip_prefix("header.") {
                Some(name) => header(name, &mut out.headers(r)),
                None => r.key.map(|k| as_text(out.bytes(k))),
            });
            let says = field.spec.says(&self.output.domain).what;
            let (fate, why) = match (&after, &before) {
                (Some(_), _) => ("written", says),
                (None, None) => continue,
                (None, Some(_)) => self.not_found(field, says),
            };
            self.rows.push(Row {
                from: cut(&from),
                before,
                to: Some(cut(&field.path)),
                after,
                fate,
                action: Some(field.written.clone()),
                why,
            });
        }
    }
}
