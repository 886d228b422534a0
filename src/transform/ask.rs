//! What the actions of a batch look up: a walk of its own over each tape, in
//! the order in which the render walk will come, that writes nothing.
//!
//! A value that an action will refuse is passed over here. It is refused when
//! its record is written, and what was asked for it is then asked for nothing.

use super::state::Scratch;
use super::walk::{Walk, children, container, expected};
use super::{metadata, walk};
use crate::action::{Action, Asking};
use crate::consent::Permitted;
use crate::plan::{Given, LeafId, Misfit, Output, Plan, Role, TableId, Write};
use crate::record::format::{Format, Reader};
use crate::record::ids::ActionId;
use crate::record::tape::Kind;
use crate::record::value::{Applied, View};

/// What record key and headers of one output ask for. `is_permitted`: the
/// record goes there; else only a tombstone with its key does.
pub(super) fn around<F: Format>(
    plan: &Plan,
    output: &Output,
    record: &Permitted<'_, F::Reader>,
    is_permitted: bool,
    asking: &mut Asking<'_>,
) {
    if let Some(write) = &output.key
        && let Ok(Some(view)) = metadata::key_view(write, record)
    {
        passed_over(asks(plan, write.action).ask(Some(view), asking));
    }
    if !is_permitted || output.headers.is_empty() {
        return;
    }
    for (name, value) in record.fetched().headers() {
        let Some(write) = metadata::header_of(output, name) else {
            continue;
        };
        if let Ok(view) = metadata::header_view(value) {
            passed_over(asks(plan, write.action).ask(Some(view), asking));
        }
    }
}

impl<'d, F: Format> Walk<'_, 'd, F> {
    /// What is asked for below tape entry `root` under role table `table`.
    pub(super) fn ask(
        &self,
        root: u32,
        table: TableId,
        asking: &mut Asking<'_>,
        scratch: &mut Scratch,
    ) {
        let table = self.reading.table(table);
        let entries = &*self.document.tape.entries;
        let base = scratch.around.len();
        let mut around = (root, entries[root as usize].next);
        scratch.around.push(around);
        let mut at = root + 1;
        loop {
            while at == around.1 {
                scratch.around.pop();
                match scratch.around.last() {
                    Some(outer) if scratch.around.len() > base => around = *outer,
                    _ => return,
                }
            }
            let entry = &entries[at as usize];
            let slot = table.slot(entry.slot);
            let is_way = |kind| container(kind).is_some_and(|k| slot.expects & expected(k) != 0);
            at = match slot.role() {
                Role::Path(_) if is_way(entry.kind) => {
                    around = (at, entry.next);
                    scratch.around.push(around);
                    at + 1
                }
                Role::Skip => entry.next,
                Role::Path(other) => {
                    if let Misfit::Leaf(leaf) = self.output.other(other).does {
                        self.ask_leaf(leaf, at, around.0, asking, scratch);
                    }
                    entry.next
                }
                Role::Leaf(leaf) => {
                    self.ask_leaf(leaf, at, around.0, asking, scratch);
                    entry.next
                }
            };
        }
    }

    /// What the fields of a leaf ask for.
    fn ask_leaf(
        &self,
        leaf: LeafId,
        at: u32,
        parent: u32,
        asking: &mut Asking<'_>,
        scratch: &mut Scratch,
    ) {
        for write in &self.output.leaf(leaf).writes {
            passed_over(self.ask_of(write, at, parent, asking, scratch));
        }
    }

    /// What one field asks for.
    fn ask_of(
        &self,
        write: &Write,
        at: u32,
        parent: u32,
        asking: &mut Asking<'_>,
        scratch: &mut Scratch,
    ) -> Applied {
        if let Some(guard) = write.guard {
            let enclosing = &scratch.around;
            let around = |depth: usize| enclosing.get(depth).map_or(at, |(entry, _)| *entry);
            let known = &mut scratch.case;
            let answers = scratch.answers;
            if self.case(guard.when, at, around, answers, known, asking.text) != guard.case {
                return Ok(());
            }
        }
        let entry = &self.document.tape.entries[at as usize];
        let action = asks(self.plan, write.action);
        match &write.given {
            Given::Body(body) if entry.kind != Kind::Null => {
                // Where its fields cannot be, the field is refused.
                let table = self.reading.table(body.table);
                let slot = table.slot(entry.slot);
                let kind = container(entry.kind);
                if kind.is_none_or(|kind| slot.expects & expected(kind) == 0) {
                    return Ok(());
                }
                self.ask(at, body.table, asking, scratch);
                action.ask(None, asking)
            }
            Given::Value | Given::Body(_) => {
                let view: View<'d> = F::Reader::view(self.document.input, entry);
                action.ask(Some(view), asking)
            }
            Given::Parts(_) if self.stands_before(write, at, parent) => Ok(()),
            Given::Parts(parts) => {
                let mut views = [None; walk::PARTS_MAX];
                for (_, entry) in children(self.document.tape, parent) {
                    let state = F::state(self.types, entry.slot);
                    if let Some(n) = parts.iter().position(|part| *part == state) {
                        views[n] = Some(self.document.view(entry));
                    }
                }
                action.ask_parts(&views[..parts.len()], asking)
            }
        }
    }
}

fn asks(plan: &Plan, action: ActionId) -> &dyn Action {
    &*plan.actions[action.index()]
}

/// The reason comes again, and counts, when the value is to be protected.
fn passed_over(_: Applied) {}
