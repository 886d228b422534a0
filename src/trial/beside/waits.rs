//! What is shown of a record that does not leave as it comes: classes in place of the codes
//! that stand for them.

use super::found::{at_path, cut, spelled};
use super::row::Row;
use super::walk::Walk;
use crate::plan::held::{Classes, Label};
use crate::policy::NamedField;
use crate::policy::check::json::Json;
use crate::policy::selector::selectors;
use crate::record::path::Step;
use crate::trial::json::parse;

impl Walk<'_> {
    /// Has what would leave stand in the value, were all of its class as it is: the finest
    /// class where a code stands, or nothing; of a cell, `null` where nothing stands.
    pub(super) fn stand_in(&mut self) {
        let own = self.all.fields.iter().filter(|f| self.is_own(f));
        let cell = own.filter(|f| !f.drops() && self.counted(f).dropped_on_error == 0);
        let cell: Vec<Vec<Step>> = cell.filter_map(|f| steps(&f.path)).collect();
        let Some(written) = &mut self.written else {
            return;
        };
        if let Some(classes) = self.output.held.as_ref().and_then(|of| of.classes.as_ref()) {
            in_finest_classes(written, classes);
        }
        if self.output.counting.is_some() {
            for path in &cell {
                if at_path(written, path).is_none() {
                    put(written, path, Json::Null);
                }
            }
        }
    }

    /// The rows of fields that the record holds nothing for, where that is a value of its
    /// own.
    pub(super) fn missing(&mut self) {
        let own = self.all.fields.iter().filter(|f| {
            self.is_own(f) && !f.drops() && f.inside.is_none() && !self.shown.contains(&f.path)
        });
        let rows: Vec<(String, Row)> = own
            .filter_map(|f| Some((f.path.clone(), self.of_missing(f)?)))
            .collect();
        for (path, row) in rows {
            self.shown.push(path);
            self.rows.push(row);
        }
    }

    fn of_missing(&self, field: &NamedField) -> Option<Row> {
        let stands = at_path(self.written.as_ref()?, &steps(&field.path)?)?;
        let says = field.spec.says(&self.output.domain).what;
        Some(Row {
            from: cut(&field.inputs.first()?.to_string()),
            before: None,
            to: Some(cut(&field.path)),
            after: Some(spelled(stands)),
            fate: self.left_as(),
            action: Some(field.written.clone()),
            why: format!("nothing is there, which is a value of its own; of others: {says}"),
        })
    }
}

fn in_finest_classes(written: &mut Json, classes: &Classes) {
    let class = |label: &Label| {
        let leaf = at_path(written, &steps(classes.read_at(label)?)?);
        let leaf = match leaf {
            None | Some(Json::Null) => None,
            Some(Json::Text(key)) => Some(key.clone()),
            Some(code) => Some(code.to_string()),
        };
        let class = classes.finest(label, leaf.as_deref())?;
        let class = parse(std::str::from_utf8(&class).ok()?)?;
        Some((steps(&label.path)?, class))
    };
    // A class may stand where another is read.
    let all: Vec<_> = classes.labels.iter().filter_map(class).collect();
    for (path, class) in all {
        put(written, &path, class);
    }
}

/// The steps of a path of names.
fn steps(path: &str) -> Option<Vec<Step>> {
    Some(selectors(path).ok()?.pop()?.steps)
}

/// Puts a value at a path of names; what is missing on the way is made.
fn put(into: &mut Json, path: &[Step], value: Json) {
    let (Some((Step::Name(name), rest)), Json::Object(members)) = (path.split_first(), into) else {
        return;
    };
    let at = match members.iter().position(|(n, _)| n == name) {
        Some(at) => at,
        None => {
            members.push((name.clone(), Json::Object(Vec::new())));
            members.len() - 1
        }
    };
    match rest.is_empty() {
        true => members[at].1 = value,
        false => put(&mut members[at].1, rest, value),
    }
}
