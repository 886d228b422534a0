//! Paths at which the schema of the source says each value that can stand there: booleans, and
//! words of an enum. What is kept there is not whatever a producer puts there. Of Protobuf
//! alone: every message is read by that schema.

use super::check::model::Checked;
use super::compile::Shelf;
use super::tags::own_formats;
use crate::record::path::Selector;
use crate::schema::shaped::{Inside, Shaped, step_on};
use crate::schema::writer::Writer;

/// Notes the paths of fields that are so by every schema file of the source.
pub(super) fn apply(policy: &mut Checked, shelf: &Shelf) {
    if policy.source.schema.is_none() {
        return;
    }
    let outputs = policy.outputs.iter();
    let fields = outputs.flat_map(|output| {
        let types = output.types.iter().flatten();
        let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
        lists.flatten()
    });
    let is_unbounded = |value: &super::check::model::Value| value.spec.facts().unbounded_text;
    let fields = fields.filter(|field| field.writes.iter().any(|w| is_unbounded(&w.value)));
    let paths: Vec<Selector> = fields.map(|field| field.selector.clone()).collect();
    if paths.is_empty() {
        return;
    }
    let writers = own_formats(policy, shelf);
    let writers: Option<Vec<Writer>> = writers.iter().map(|f| Writer::of(f)?.ok()).collect();
    let Some(writers) = writers else { return };
    let is_few = |path: &Selector| {
        writers.iter().all(|writer| match writer {
            // A container is read by its own schema, which may have a text there.
            Writer::Avro(_) => false,
            // Records are not held against it.
            Writer::Json(_) => false,
            Writer::Protobuf(writer) => has_few(writer, path),
        })
    };
    policy.few_values = paths.into_iter().filter(is_few).collect();
}

/// True when each value at that path is null or one of few.
fn has_few<W: Shaped>(writer: &W, path: &Selector) -> bool {
    let mut at = vec![writer.root()];
    for step in &path.steps {
        at = step_on(writer, &at, step);
    }
    let mut some = false;
    while let Some(one) = at.pop() {
        match writer.inside(one) {
            Inside::Either(branches) => at.extend(branches),
            Inside::Few => some = true,
            Inside::Null => {}
            _ => return false,
        }
    }
    some
}
