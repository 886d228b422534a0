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
use crate::plan::reading::{NAMED, SlotRole, Table};
use crate::plan::{
    Given, LeafId, Misfit, NamingId, Output, Plan, RecordKey, Role, TableId, Write, WriteName,
};
use crate::record::Reason;
use crate::record::format::{Format, Reader};
use crate::record::ids::ActionId;
use crate::record::tape::{ELEMENT, Entry, Kind};
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
    let mut views = [None; walk::PARTS_MAX];
    if let Some(RecordKey::Made(write)) = &output.key
        && let Ok(views) = metadata::key_views(write, record, &mut views)
    {
        let action = asks(plan, write.action);
        passed_over(match *views {
            [None] => Ok(()),
            [one] => action.ask(one, asking),
            _ => action.ask_parts(views, asking),
        });
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
        let next = self.document.tape.entries[root as usize].next;
        let table = self.reading.table(table);
        self.ask_inside(root + 1, (root, next), table, asking, scratch);
    }

    /// What is asked for from tape entry `at` to the end of `inside`: the entry
    /// around it, and the one behind.
    fn ask_inside(
        &self,
        mut at: u32,
        inside: (u32, u32),
        table: &Table,
        asking: &mut Asking<'_>,
        scratch: &mut Scratch,
    ) {
        let entries = &*self.document.tape.entries;
        let base = scratch.around.len();
        let mut around = inside;
        scratch.around.push(around);
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
            if slot.expects & NAMED != 0 {
                self.ask_name(entry, slot, asking);
            }
            let is_way = |kind| container(kind).is_some_and(|k| slot.expects & expected(k) != 0);
            at = match slot.role() {
                Role::Path(_) if is_way(entry.kind) => {
                    around = (at, entry.next);
                    scratch.around.push(around);
                    at + 1
                }
                Role::Skip => entry.next,
                Role::Path(other) => {
                    match &self.output.other(other).does {
                        Misfit::Leaf(leaf) => {
                            self.ask_leaf(*leaf, at, around.0, asking, scratch);
                        }
                        Misfit::Chosen(choice) => {
                            let case = self.chosen(choice, at, &mut scratch.characters);
                            if let Some(table) = case.or(choice.otherwise) {
                                let alone = (around.0, entry.next);
                                let table = self.reading.table(table);
                                self.ask_inside(at, alone, table, asking, scratch);
                            }
                        }
                        Misfit::Opened(text) => {
                            if entry.kind == Kind::Text {
                                self.ask_text((at, around.0), table, asking, scratch);
                            } else if let Misfit::Leaf(leaf) = text.otherwise {
                                self.ask_leaf(leaf, at, around.0, asking, scratch);
                            }
                        }
                        Misfit::Refused(_) | Misfit::Dropped(_) => {}
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

    /// What the name of a container asks for, whether something is written in it or not.
    fn ask_name(&self, entry: &Entry, slot: SlotRole, asking: &mut Asking<'_>) {
        let Role::Path(other) = slot.role() else {
            return;
        };
        if let (Some(naming), 0) = (self.output.other(other).naming, entry.flags & ELEMENT) {
            self.ask_naming(naming, entry, asking);
        }
    }

    fn ask_naming(&self, naming: NamingId, entry: &Entry, asking: &mut Asking<'_>) {
        let naming = &self.output.namings[naming.0 as usize];
        let name = F::Reader::name(self.document.input, entry);
        passed_over(naming.action.ask(name, asking));
    }

    /// What is asked for inside of a text that was opened.
    fn ask_text(
        &self,
        (at, parent): (u32, u32),
        table: &Table,
        asking: &mut Asking<'_>,
        scratch: &mut Scratch,
    ) {
        let tape = self.document.tape;
        let Some(text) = tape.opened(at).filter(|text| text.refused.is_none()) else {
            return;
        };
        let root = &tape.entries[text.root as usize];
        let (reading, table) = self.in_texts(table);
        if let Role::Leaf(leaf) = table.slot(root.slot).role() {
            return self.ask_leaf(leaf, at, parent, asking, scratch);
        }
        let expects = table.slot(root.slot).expects;
        if container(root.kind).is_none_or(|kind| expects & expected(kind) == 0) {
            return;
        }
        let walk: Walk<'_, '_, F::Text> = Walk {
            plan: self.plan,
            output: self.output,
            reading,
            types: (),
            document: tape.inside(text),
        };
        let inside = (text.root, root.next);
        walk.ask_inside(text.root + 1, inside, table, asking, scratch);
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
        if let WriteName::Made(naming) = write.name {
            self.ask_naming(naming, entry, asking);
        }
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
            Given::Opened => {
                let text = self.document.tape.opened(at).ok_or(Reason::WrongType)?;
                let root = &self.document.tape.entries[text.root as usize];
                action.ask(Some(self.document.tape.inside(text).view(root)), asking)
            }
            Given::Parts(_) if self.stands_before(write, at, parent) => Ok(()),
            Given::Parts(parts) => {
                let mut views = [None; walk::PARTS_MAX];
                for (_, entry) in children(self.document.tape, parent) {
                    let state = F::Reader::state(self.document.input, entry.slot);
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
