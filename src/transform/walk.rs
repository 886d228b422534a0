//! The render walk: one output's value, in the order of the input.
//!
//! The tape is walked once. What the role table skips is jumped over, with all
//! that is inside; what lies on a path is held back until something below it
//! is written; a leaf runs its actions, which write at the end of the buffer.
//! A field that yields nothing is truncated away, name and all.

use super::field_outcome::{FieldOutcome, Presence};
use super::made_names::MadeNames;
use super::state::{Scratch, finish};
use crate::action::{BodyKind, Copies, Cx};
use crate::plan::automaton::{EXPECTS_ARRAY, EXPECTS_OBJECT};
use crate::plan::reading::{CHOOSES, NAMED, NAMES, OutputReading, SlotRole, Table};
use crate::plan::{
    Choice, Gap, Given, LeafId, Misfit, OnError, OtherId, Output, Plan, Role, TableId, Write,
    WriteName,
};
use crate::record::Notes;
use crate::record::format::{Container, End, Format, Mark, Reader, Written, WrittenAt};
use crate::record::ids::FieldId;
use crate::record::jobs::Jobs;
use crate::record::tape::{Document, ELEMENT, Entry, HOLDS_OBJECT, Kind, Opened, Slot, Tape};
use crate::record::value::{Out, View, Whole};
use crate::record::{Literal, Reason, overwrite};

/// Most parts of a composite value.
pub(super) const PARTS_MAX: usize = 16;

/// One value being rendered for one output.
pub(super) struct Walk<'w, 'd, F: Format> {
    pub(crate) plan: &'w Plan,
    pub(crate) output: &'w Output,
    /// What each slot of the tape means to the output.
    pub(crate) reading: &'w OutputReading,
    /// What the format must know of the places of the table.
    pub(crate) types: F::Types<'w>,
    pub(crate) document: Document<'d, F::Reader>,
}

/// An open container of the input, written or still held back.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Its tape entry.
    entry: u32,
    /// The tape entry behind it.
    next: u32,
    kind: Container,
    /// Some names in it are made, so that all are compared.
    compares: bool,
}

impl<'d, F: Format> Walk<'_, 'd, F> {
    /// Writes the container at tape entry `root` under role table `table`: in
    /// the record that is the top-level object, in a sealed field the field.
    ///
    /// # Errors
    /// The reason of the first field that refuses its value; what was written
    /// until then means nothing, and the frames in work are left behind.
    pub(super) fn render(
        &self,
        root: u32,
        table: TableId,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        self.render_under(root, self.reading.table(table), cx, scratch, buf)
    }

    #[inline]
    fn render_under(
        &self,
        root: u32,
        table: &Table,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let entries = &*self.document.tape.entries;
        let top = &entries[root as usize];
        let kind = container(top.kind).expect("only containers are rendered inside");
        let base = scratch.frames.len();
        let frame = Frame {
            entry: root,
            next: top.next,
            kind,
            compares: compares(kind, table.slot(top.slot)),
        };
        scratch.frames.push(frame);
        let mark = F::open(kind, self.types, top.slot, buf);
        remember::<F>(mark, &mut scratch.marks);
        let (mut opened, inside) = (base + 1, (root + 1, frame));
        match table.makes_names {
            false => {
                self.inside::<false, false>(inside, base, table, &mut opened, cx, scratch, buf)
            }
            true => self.inside::<false, true>(inside, base, table, &mut opened, cx, scratch, buf),
        }
    }

    /// Writes what stands from tape entry `at` to the end of `frame`, which is open
    /// and closed at the end. `opened`: how many of the frames are written, `base`:
    /// how many there were before that one. `ELEMENT`: the frame is that of the
    /// array around a single element, counted in `base`, and stays open. `NAMING`: the
    /// table makes names.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn inside<const ELEMENT: bool, const NAMING: bool>(
        &self,
        (mut at, around): (u32, Frame),
        base: usize,
        table: &Table,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let entries = &*self.document.tape.entries;
        let mut frame = around;
        loop {
            while at == frame.next {
                if ELEMENT && scratch.frames.len() == base {
                    return Ok(());
                }
                let is_written = *opened == scratch.frames.len();
                if is_written {
                    let mark = remembered::<F>(&mut scratch.marks);
                    F::close(frame.kind, mark, buf, cx.jobs);
                    behind::<F>(&scratch.marks, buf, cx.jobs);
                    *opened -= 1;
                }
                scratch.frames.pop();
                if NAMING {
                    scratch.made.left(scratch.frames.len(), is_written);
                }
                match scratch.frames.last() {
                    Some(outer) if scratch.frames.len() > base => frame = *outer,
                    _ if ELEMENT => frame = around,
                    _ => return Ok(()),
                }
            }
            let entry = &entries[at as usize];
            let slot = table.slot(entry.slot);
            if NAMING && self.is_reached(slot, at, frame, &mut scratch.characters) {
                let first = base + usize::from(!ELEMENT);
                if let Some(gone) = self.held_names(first, table, *opened, cx, scratch)? {
                    at = scratch.frames[gone].next;
                    scratch.frames.truncate(gone);
                    scratch.made.left(gone, false);
                    frame = *scratch.frames.last().expect("the frame around it");
                    continue;
                }
            }
            at = match slot.role() {
                Role::Skip => {
                    self.fill(entry.slot, buf)?;
                    entry.next
                }
                Role::Leaf(_)
                    if !(NAMING && frame.compares)
                        && is_copied::<F>(entry, slot.copies)
                        && frame.kind == OBJECT =>
                {
                    let (run, behind) = self.run(at, frame.next, table, scratch);
                    self.open_all(opened, scratch, buf);
                    separate::<F>(&mut scratch.marks, buf);
                    buf.extend_from_slice(run);
                    behind
                }
                Role::Leaf(leaf) => {
                    self.leaf(leaf, at, frame, opened, cx, scratch, buf)?;
                    entry.next
                }
                Role::Path(other) => match container(entry.kind) {
                    Some(kind)
                        if F::EAGER
                            && slot.expects & expected(kind) != 0
                            && !F::is_there(self.types, entry.slot) =>
                    {
                        self.not_there(entry, frame, scratch, buf)?;
                        entry.next
                    }
                    Some(kind) if slot.expects & expected(kind) != 0 => {
                        let is_element = frame.kind == Container::Array;
                        frame = Frame {
                            entry: at,
                            next: entry.next,
                            kind,
                            compares: compares(kind, slot),
                        };
                        scratch.frames.push(frame);
                        // Elements are written even if they stay empty, so
                        // that positions hold.
                        if is_element && slot.expects & CHOOSES == 0 || F::EAGER {
                            let first = base + usize::from(!ELEMENT);
                            // Names are made before what they name is opened.
                            if NAMING
                                && F::EAGER
                                && let Some(gone) =
                                    self.held_names(first, table, *opened, cx, scratch)?
                            {
                                at = scratch.frames[gone].next;
                                scratch.frames.truncate(gone);
                                scratch.made.left(gone, false);
                                frame = *scratch.frames.last().expect("the frame around it");
                                continue;
                            }
                            self.open_all(opened, scratch, buf);
                        }
                        at + 1
                    }
                    _ => {
                        self.other((other, table), at, frame, opened, cx, scratch, buf)?;
                        entry.next
                    }
                },
            };
        }
    }

    /// The member at `at` with all that follow it directly and may be copied
    /// too: one copy instead of one a member. And the entry behind.
    #[inline]
    fn run(&self, mut at: u32, end: u32, table: &Table, scratch: &mut Scratch) -> (&[u8], u32) {
        let entries = &*self.document.tape.entries;
        let first = &entries[at as usize];
        let mut last = first;
        loop {
            let field = table.slot(last.slot).field();
            scratch
                .fields
                .push(FieldOutcome::new(field, Presence::Written));
            at = last.next;
            if at == end {
                break;
            }
            let entry = &entries[at as usize];
            let copies = table.slot(entry.slot).copies;
            if !is_copied::<F>(entry, copies) || !F::adjoin(last, entry) {
                break;
            }
            last = entry;
        }
        (F::verbatim(self.document.input, first, last), at)
    }

    /// A value where a path goes on, and none that it goes through: it is not
    /// there when it is `null`, is a leaf's when the policy foresees it, and else
    /// is of the wrong type.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn other(
        &self,
        (other, table): (OtherId, &Table),
        at: u32,
        parent: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let entry = &self.document.tape.entries[at as usize];
        let other = self.output.other(other);
        let (mut does, mut reason) = (Some(&other.does), Reason::WrongType);
        if let Some(Misfit::Chosen(choice)) = does {
            let case = self.chosen(choice, at, &mut scratch.characters);
            if let Some(table) = case.or(choice.otherwise) {
                return self.element(table, at, parent, opened, cx, scratch, buf);
            }
            // An object that no filter chose is left out.
            does = Some(&choice.misfit).filter(|_| entry.kind != Kind::Object);
        }
        if let Some(Misfit::Opened(text)) = does {
            does = Some(&text.otherwise);
            if entry.kind == Kind::Text {
                let found = self.document.tape.opened(at);
                does = found.and(Some(&text.unreadable));
                match found.map(|found| (found, found.refused)) {
                    Some((found, None)) => {
                        if self.text((found, table), at, parent, opened, cx, scratch, buf)? {
                            return Ok(());
                        }
                        does = None;
                    }
                    Some((_, Some(refused))) => reason = refused,
                    // It says nothing.
                    None => {}
                }
            }
        }
        match does {
            Some(Misfit::Leaf(leaf)) => {
                return self.leaf(*leaf, at, parent, opened, cx, scratch, buf);
            }
            Some(does) if entry.kind != Kind::Null => self.misfit(does, reason, scratch)?,
            _ => {}
        }
        if parent.kind == Container::Array && other.gap == Gap::Null {
            self.open_all(opened, scratch, buf);
            separate::<F>(&mut scratch.marks, buf);
            return self.stand_in(None, place(entry.slot, 0), buf);
        }
        self.fill(entry.slot, buf)
    }

    /// A container of which the output has nothing; an element keeps its place.
    #[inline(never)]
    fn not_there(
        &self,
        entry: &Entry,
        parent: Frame,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        if parent.kind == Container::Array {
            separate::<F>(&mut scratch.marks, buf);
            return self.stand_in(None, place(entry.slot, 0), buf);
        }
        self.fill(entry.slot, buf)
    }

    /// Where nothing comes of a value: every field that stands there all the same.
    #[inline]
    fn fill(&self, slot: Slot, buf: &mut Vec<u8>) -> Result<(), Reason> {
        if F::EAGER {
            for field in F::standing(self.types, slot) {
                F::absent(self.types, field, buf)?;
            }
        }
        Ok(())
    }

    /// Writes the fields of a leaf.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn leaf(
        &self,
        leaf: LeafId,
        at: u32,
        parent: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let writes = &self.output.leaf(leaf).writes;
        if F::EAGER {
            return self.standing(writes, at, parent, opened, cx, scratch, buf);
        }
        for (nth, write) in (0..).zip(writes) {
            self.field((nth, write), at, parent, opened, cx, scratch, buf)?;
        }
        Ok(())
    }

    /// The same in the order of the output's type, with what must stand where nothing is
    /// written.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn standing(
        &self,
        writes: &[Write],
        at: u32,
        parent: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let slot = self.document.tape.entries[at as usize].slot;
        for field in F::standing(self.types, slot) {
            let mut is_written = false;
            for nth in &field.writes {
                let write = (*nth, &writes[*nth as usize]);
                is_written |= self.field(write, at, parent, opened, cx, scratch, buf)?;
            }
            if !is_written {
                F::absent(self.types, field, buf)?;
            }
        }
        Ok(())
    }

    /// What is named below a value is refused with it, or is missing and counted.
    fn misfit(&self, does: &Misfit, reason: Reason, scratch: &mut Scratch) -> Result<(), Reason> {
        match does {
            Misfit::Refused(field) => {
                scratch.refused = Some(*field);
                return Err(reason);
            }
            Misfit::Dropped(fields) => scratch.fields.extend(
                fields
                    .iter()
                    .map(|field| FieldOutcome::new(*field, Presence::DroppedOnError)),
            ),
            Misfit::Leaf(_) | Misfit::Chosen(_) | Misfit::Opened(_) => {
                unreachable!("these foresee the value")
            }
        }
        Ok(())
    }

    /// Writes what is named in a text that was opened, as a text again: under the
    /// same role table, in a buffer of its own, since all of it is escaped. Jobs
    /// inside are done at once. A text of which nothing is written is left out; an
    /// element stays. `false`: it holds another kind of value than what is named in
    /// it stands in.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn text(
        &self,
        (text, table): (&Opened, &Table),
        at: u32,
        parent: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<bool, Reason> {
        let tape = self.document.tape;
        let (entry, root) = (
            &tape.entries[at as usize],
            &tape.entries[text.root as usize],
        );
        let around = table;
        let (reading, table) = self.in_texts(table);
        let walk: Walk<'_, '_, F::Text> = Walk {
            plan: self.plan,
            output: self.output,
            reading,
            types: (),
            document: tape.inside(text),
        };
        let slot = table.slot(root.slot);
        if let Role::Leaf(leaf) = slot.role() {
            self.leaf(leaf, at, parent, opened, cx, scratch, buf)?;
            return Ok(true);
        }
        let is_way = container(root.kind).is_some_and(|kind| slot.expects & expected(kind) != 0);
        if !is_way {
            if let Role::Path(other) = slot.role() {
                self.misfit(&self.output.other(other).does, Reason::WrongType, scratch)?;
            }
            return Ok(false);
        }
        let mut inside = scratch.bodies.pop().unwrap_or_default();
        let (frames, marks) = (scratch.frames.len(), scratch.marks.len());
        std::mem::swap(cx.jobs, &mut inside.jobs);
        let rendered = walk.render_under(text.root, table, cx, scratch, &mut inside.bytes);
        std::mem::swap(cx.jobs, &mut inside.jobs);
        scratch.frames.truncate(frames);
        scratch.made.left(frames, true);
        scratch.marks.truncate(marks);
        let is_empty = inside.bytes.len() <= "{}".len();
        let ended = rendered.and_then(|()| {
            if is_empty && parent.kind == OBJECT {
                return self.fill(entry.slot, buf).map(|()| true);
            }
            finish(self.plan, &mut inside, cx.seal);
            let mut is_made = false;
            if parent.compares {
                let object = scratch.frames.len() - 1;
                match self.container_name(at, around, object, cx, scratch)? {
                    Some(made) => is_made = made,
                    None => return Ok(true),
                }
            }
            self.open_all(opened, scratch, buf);
            separate::<F>(&mut scratch.marks, buf);
            if is_made {
                F::made_name(scratch.made.last(), buf);
            } else if entry.flags & ELEMENT == 0 {
                F::name(self.types, self.document.input, entry, buf);
            }
            let characters = std::str::from_utf8(&inside.bytes).expect("actions write UTF-8");
            let mut member = F::member(self.types, place(entry.slot, 0), buf);
            member.text(characters);
            member.end()?;
            behind::<F>(&scratch.marks, buf, cx.jobs);
            Ok(true)
        });
        inside.clear();
        scratch.bodies.push(inside);
        ended
    }

    /// What slots mean inside of a text that was opened: they are states there, whatever
    /// they are around it.
    pub(super) fn in_texts<'t>(&'t self, table: &'t Table) -> (&'t OutputReading, &'t Table) {
        if F::Reader::IS_JSON {
            return (self.reading, table);
        }
        let of = |output: &Output| std::ptr::eq(output, self.output);
        let output = self.plan.outputs.iter().position(of);
        let reading = self
            .plan
            .reading
            .output(output.expect("it is one of the plan"));
        (reading, reading.table(self.reading.number(table)))
    }

    /// The table of the case that the element at `at` is; `None`: it is none.
    pub(super) fn chosen(
        &self,
        choice: &Choice,
        at: u32,
        characters: &mut String,
    ) -> Option<TableId> {
        let entries = &*self.document.tape.entries;
        let decides = choice.by.iter().try_fold(at, |at, state| {
            let is_object = entries[at as usize].kind == Kind::Object;
            let mut inside = children(self.document.tape, at).filter(|_| is_object);
            let found = inside
                .find(|(_, entry)| F::Reader::state(self.document.input, entry.slot) == *state);
            found.map(|(at, _)| at)
        });
        match self.document.view(&entries[decides? as usize]) {
            View::Text(text) => choice.of_text(text.chars_in(characters)),
            View::Number(number) => {
                let spelled = number.text_in(characters).ok()?;
                choice.of(|is| is.is_number(spelled))
            }
            View::Bool(value) => choice.of(|is| is.is_bool(value)),
            View::Null | View::Time(_) | View::Bytes(_) | View::Whole(_) => None,
        }
    }

    /// Writes one element under the role table that was chosen for it.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn element(
        &self,
        table: TableId,
        at: u32,
        array: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let next = self.document.tape.entries[at as usize].next;
        let (alone, base) = (Frame { next, ..array }, scratch.frames.len());
        let walk = Walk {
            types: F::types_of(self.types, usize::from(table.0)),
            ..*self
        };
        let table = self.reading.table(table);
        match table.makes_names {
            false => walk.inside::<true, false>((at, alone), base, table, opened, cx, scratch, buf),
            true => walk.inside::<true, true>((at, alone), base, table, opened, cx, scratch, buf),
        }
    }

    /// True where something is written, or may be, so that the names on the way to it
    /// are looked at.
    fn is_reached(&self, slot: SlotRole, at: u32, parent: Frame, characters: &mut String) -> bool {
        let entry = &self.document.tape.entries[at as usize];
        let is_element = parent.kind == Container::Array;
        // What is written or not, its list is there.
        let writes =
            |leaf: LeafId| is_element || self.output.leaf(leaf).writes.iter().any(|w| !w.drops);
        let other = match slot.role() {
            Role::Skip => return false,
            Role::Leaf(leaf) => return writes(leaf),
            Role::Path(other) => self.output.other(other),
        };
        if container(entry.kind).is_some_and(|kind| slot.expects & expected(kind) != 0) {
            return is_element && slot.expects & CHOOSES == 0;
        }
        let does = match &other.does {
            Misfit::Chosen(choice) => {
                let case = self.chosen(choice, at, characters);
                return case.or(choice.otherwise).is_some();
            }
            Misfit::Opened(text) if entry.kind == Kind::Text => {
                let opened = self.document.tape.opened(at);
                if opened.is_some_and(|opened| opened.refused.is_none()) {
                    return true;
                }
                &text.unreadable
            }
            Misfit::Opened(text) => &text.otherwise,
            does => does,
        };
        let keeps_place = is_element && other.gap == Gap::Null;
        keeps_place || matches!(does, Misfit::Leaf(leaf) if writes(*leaf))
    }

    /// Makes the names of the containers that are held back, from frame `first` on,
    /// because something in them is reached. The frame of one that is left out, if one
    /// is: it has no name.
    #[inline(never)]
    fn held_names(
        &self,
        first: usize,
        table: &Table,
        opened: usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
    ) -> Result<Option<usize>, Reason> {
        for n in opened.max(first)..scratch.frames.len() {
            let entry = scratch.frames[n].entry;
            if !scratch.frames[n - 1].compares || scratch.made.holds(n) {
                continue;
            }
            match self.container_name(entry, table, n - 1, cx, scratch)? {
                Some(is_made) => scratch.made.hold(n, is_made),
                None => return Ok(Some(n)),
            }
        }
        Ok(None)
    }

    /// Adds the name of the container, or of the text with JSON in it, at tape entry
    /// `at` to those of the object at frame `object`: whether it is made; `None`: there
    /// is none, and what is named in it is missing.
    fn container_name(
        &self,
        at: u32,
        table: &Table,
        object: usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
    ) -> Result<Option<bool>, Reason> {
        let entry = &self.document.tape.entries[at as usize];
        let name = F::Reader::name(self.document.input, entry);
        let slot = table.slot(entry.slot);
        let other = match slot.role() {
            Role::Path(other) => self.output.other(other),
            Role::Skip | Role::Leaf(_) => unreachable!("something in it is named"),
        };
        let Some(naming) = other.naming.filter(|_| slot.expects & NAMED != 0) else {
            let added = scratch.made.add(object, name.chars_in(cx.text));
            if let (Err(_), Misfit::Refused(field)) = (&added, &other.does) {
                scratch.refused = Some(*field);
            }
            return added.map(|()| Some(false));
        };
        let naming = &self.output.namings[naming.0 as usize];
        let absent = |field: &FieldId| FieldOutcome::new(*field, Presence::Absent);
        match scratch.made.make(object, naming, name, cx) {
            Ok(true) => return Ok(Some(true)),
            Ok(false) => scratch.fields.extend(naming.fields.iter().map(absent)),
            Err(reason) => self.misfit(&naming.refused, reason, scratch)?,
        }
        Ok(None)
    }

    /// Adds the name under which a field is written to those of the innermost object.
    /// False: there is none.
    #[inline(never)]
    fn field_name(
        &self,
        write: &Write,
        entry: &Entry,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
    ) -> Result<bool, Reason> {
        let object = scratch.frames.len() - 1;
        let name = F::Reader::name(self.document.input, entry);
        let added = match write.name {
            WriteName::Element => return Ok(true),
            WriteName::Made(naming) => {
                let naming = &self.output.namings[naming.0 as usize];
                return scratch.made.make(object, naming, name, cx);
            }
            WriteName::Named(id) => scratch.made.add(object, &self.output.names[id.0 as usize]),
            WriteName::Copied => scratch.made.add(object, name.chars_in(cx.text)),
        };
        added.map(|()| true)
    }

    /// Writes a constant at its place; `None` is `null`.
    #[inline(never)]
    fn stand_in(
        &self,
        stand: Option<&Literal>,
        place: WrittenAt,
        buf: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let mut member = F::member(self.types, place, buf);
        stand_in(stand, &mut member);
        member.end().map(drop)
    }

    /// Writes one field at the end of `buf`, or leaves everything as it was. Whether
    /// something stands there now.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn field(
        &self,
        (nth, write): (u32, &Write),
        at: u32,
        parent: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<bool, Reason> {
        let entry = &self.document.tape.entries[at as usize];
        if !write.is_plain && self.passes_over(write, at, parent.entry, cx, scratch) {
            return Ok(false);
        }
        if parent.kind == Container::Array {
            self.open_all(opened, scratch, buf);
        } else if write.drops {
            // Nothing around it is opened either: names may not have been made.
            let absent = FieldOutcome::new(write.field, Presence::Absent);
            scratch.fields.push(absent);
            return Ok(false);
        }
        // What has to be restored when the field is left out after all.
        let (mark, opened_before) = (buf.len(), *opened);
        let marks_before = scratch.marks.len();
        let around = scratch.marks.last().copied().filter(|_| F::MARKS);
        let counted = scratch.fields.len();
        let compares = parent.compares && !write.drops;
        let named = match compares {
            false => Ok(true),
            true => self.field_name(write, entry, cx, scratch),
        };
        self.open_all(opened, scratch, buf);
        separate::<F>(&mut scratch.marks, buf);
        match write.name {
            WriteName::Element => {}
            WriteName::Named(id) => {
                let (name, spelled) = (&*self.output.names[id.0 as usize], self.reading.name(id));
                F::named(self.types, name, spelled, self.document.input, entry, buf);
            }
            WriteName::Copied => F::name(self.types, self.document.input, entry, buf),
            WriteName::Made(_) if named == Ok(true) => F::made_name(scratch.made.last(), buf),
            WriteName::Made(_) => {}
        }
        let value_at = buf.len();

        let place = place(entry.slot, nth);
        let ended = match &write.given {
            _ if named != Ok(true) => named.map(|_| Written::Nothing),
            Given::Value => self.alone(write, entry, place, cx, buf),
            Given::Body(_) if entry.kind == Kind::Null => self.alone(write, entry, place, cx, buf),
            Given::Body(body) => match body.kind {
                BodyKind::Sealed => self.sealed((write, body.table), at, place, cx, scratch, buf),
            },
            Given::Parts(parts) => self.composite((write, parts), parent.entry, place, cx, buf),
            Given::Opened => self.opened(write, at, place, cx, buf),
        };
        let outcome = match ended {
            Ok(Written::Value) => Presence::Written,
            Ok(Written::Nothing) => Presence::Absent,
            Err(reason) => match write.on_error {
                OnError::DropField => {
                    scratch.refused = None;
                    Presence::DroppedOnError
                }
                // Under the name of another no constant can stand either.
                OnError::Replace(_) if named.is_ok() => {
                    scratch.refused = None;
                    Presence::ReplacedOnError
                }
                OnError::Quarantine | OnError::Replace(_) => {
                    // A field inside this one says more of where it was.
                    scratch.refused.get_or_insert(write.field);
                    return Err(reason);
                }
            },
        };
        let mut is_written = outcome == Presence::Written;
        if !is_written {
            scratch.fields.truncate(counted);
            let stand = match (outcome, write.on_error, write.gap) {
                (Presence::ReplacedOnError, OnError::Replace(stand), _) => {
                    Some(self.output.literal(stand))
                }
                // An element has no name: only its place is kept.
                (_, _, Gap::Null) => Some(None),
                (_, _, Gap::Closed) => None,
            };
            if let Some(stand) = stand {
                is_written = true;
                overwrite::cut(buf, value_at);
                cx.jobs.truncate(value_at);
                self.stand_in(stand, place, buf)?;
            } else {
                if compares && named == Ok(true) {
                    scratch.made.forget_last();
                }
                overwrite::cut(buf, mark);
                cx.jobs.truncate(mark);
                *opened = opened_before;
                if F::MARKS {
                    scratch.marks.truncate(marks_before);
                    scratch.marks.pop();
                    scratch.marks.extend(around);
                }
            }
        }
        if is_written {
            behind::<F>(&scratch.marks, buf, cx.jobs);
        }
        scratch.fields.push(FieldOutcome::new(write.field, outcome));
        if !cx.noted.is_empty() {
            count_notes(write.field, outcome, cx, scratch);
        }
        Ok(is_written)
    }

    /// Writes every container that is held back: separator, name, bracket.
    #[inline]
    fn open_all(&self, opened: &mut usize, scratch: &mut Scratch, buf: &mut Vec<u8>) {
        if *opened < scratch.frames.len() {
            let held = (*opened, &*scratch.frames);
            self.open_held(held, &scratch.made, &mut scratch.marks, buf);
            *opened = scratch.frames.len();
        }
    }

    #[inline(never)]
    fn open_held(
        &self,
        (first, frames): (usize, &[Frame]),
        made: &MadeNames,
        marks: &mut Vec<Mark>,
        buf: &mut Vec<u8>,
    ) {
        for (n, frame) in frames.iter().enumerate().skip(first) {
            separate::<F>(marks, buf);
            let entry = &self.document.tape.entries[frame.entry as usize];
            if entry.flags & ELEMENT == 0 {
                match made.of(n) {
                    None => {
                        let is_known = !frames[n - 1].compares || made.holds(n);
                        assert!(
                            is_known,
                            "names are made before anything in them is written"
                        );
                        F::name(self.types, self.document.input, entry, buf);
                    }
                    Some(name) => F::made_name(name, buf),
                }
            }
            let mark = F::open(frame.kind, self.types, entry.slot, buf);
            remember::<F>(mark, marks);
        }
    }

    /// True when the field is another case's, or was written already.
    #[inline(never)]
    fn passes_over(
        &self,
        write: &Write,
        at: u32,
        parent: u32,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
    ) -> bool {
        if let Some(guard) = write.guard {
            let frames = &scratch.frames;
            let around = |depth: usize| frames.get(depth).map_or(at, |frame| frame.entry);
            let known = &mut scratch.case;
            if self.case(guard.when, at, around, scratch.answers, known, cx.text) != guard.case {
                return true;
            }
        }
        self.stands_before(write, at, parent)
    }

    /// True when a part of a composite stands before `at`: the field was
    /// written there.
    #[inline(never)]
    pub(super) fn stands_before(&self, write: &Write, at: u32, parent: u32) -> bool {
        let Given::Parts(parts) = &write.given else {
            return false;
        };
        children(self.document.tape, parent)
            .take_while(|(child, _)| *child < at)
            .any(|(_, entry)| parts.contains(&F::Reader::state(self.document.input, entry.slot)))
    }

    /// Has the action take the value as it stands.
    // Forced: without, 1.0 % more instructions on workload A without crypto, 0.5 % on A.
    #[inline(always)]
    fn alone(
        &self,
        write: &Write,
        entry: &'d Entry,
        place: WrittenAt,
        cx: &mut Cx<'_>,
        buf: &mut Vec<u8>,
    ) -> Result<Written, Reason> {
        let mut member = F::member(self.types, place, buf);
        let action = self.plan.act(write.action, cx);
        action.apply(F::Reader::view(self.document.input, entry), &mut member, cx)?;
        member.end()
    }

    /// Has the action take the JSON in the text whole.
    #[inline(never)]
    fn opened(
        &self,
        write: &Write,
        at: u32,
        place: WrittenAt,
        cx: &mut Cx<'_>,
        buf: &mut Vec<u8>,
    ) -> Result<Written, Reason> {
        let text = self.document.tape.opened(at).ok_or(Reason::WrongType)?;
        let root = &self.document.tape.entries[text.root as usize];
        let inside = self.document.tape.inside(text);
        let mut member = F::member(self.types, place, buf);
        let action = self.plan.act(write.action, cx);
        action.apply(inside.view(root), &mut member, cx)?;
        member.end()
    }

    #[inline(never)]
    fn composite(
        &self,
        (write, parts): (&Write, &[Slot]),
        parent: u32,
        place: WrittenAt,
        cx: &mut Cx<'_>,
        buf: &mut Vec<u8>,
    ) -> Result<Written, Reason> {
        let mut views = [None; PARTS_MAX];
        for (_, entry) in children(self.document.tape, parent) {
            let state = F::Reader::state(self.document.input, entry.slot);
            if let Some(n) = parts.iter().position(|part| *part == state) {
                views[n] = Some(self.document.view(entry));
            }
        }
        let mut member = F::member(self.types, place, buf);
        let action = self.plan.act(write.action, cx);
        action.apply_parts(&views[..parts.len()], &mut member, cx)?;
        member.end()
    }

    /// Renders the inside of a value under its own role table, then has the
    /// action take the result whole. Jobs inside are done at once: the action
    /// needs the bytes.
    #[inline(never)]
    fn sealed(
        &self,
        (write, table): (&Write, TableId),
        at: u32,
        place: WrittenAt,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Result<Written, Reason> {
        let entry = &self.document.tape.entries[at as usize];
        let slot = self.reading.table(table).slot(entry.slot);
        let kind = container(entry.kind).filter(|kind| slot.expects & expected(*kind) != 0);
        let kind = kind.ok_or(Reason::WrongType)?;
        let mut inside = scratch.bodies.pop().unwrap_or_default();
        let (frames, marks) = (scratch.frames.len(), scratch.marks.len());
        std::mem::swap(cx.jobs, &mut inside.jobs);
        let walk: Walk<'_, '_, F::Sealed> = Walk {
            plan: self.plan,
            output: self.output,
            reading: self.reading,
            types: (),
            document: Document {
                input: self.document.input,
                tape: self.document.tape,
            },
        };
        let rendered = walk.render(at, table, cx, scratch, &mut inside.bytes);
        std::mem::swap(cx.jobs, &mut inside.jobs);
        scratch.frames.truncate(frames);
        scratch.made.left(frames, true);
        scratch.marks.truncate(marks);
        let ended = rendered.and_then(|()| {
            finish(self.plan, &mut inside, cx.seal);
            let text = std::str::from_utf8(&inside.bytes).expect("actions write UTF-8");
            let view = View::Whole(Whole::of_json(text, kind == OBJECT, true));
            let mut member = F::member(self.types, place, buf);
            let action = self.plan.act(write.action, cx);
            action.apply(view, &mut member, cx)?;
            member.end()
        });
        inside.clear();
        scratch.bodies.push(inside);
        ended
    }
}

/// Counts what was noted of the value of that field, if it left as its action made it.
#[cold]
#[inline(never)]
pub(super) fn count_notes(
    field: FieldId,
    outcome: Presence,
    cx: &mut Cx<'_>,
    scratch: &mut Scratch,
) {
    let noted = std::mem::take(&mut cx.noted);
    if outcome == Presence::Written {
        let notes = Notes::ALL.into_iter().filter(|note| noted.has(*note));
        let notes = notes.map(|note| FieldOutcome::noted(field, note));
        scratch.fields.extend(notes);
    }
}

/// Writes a constant of the policy; `None` is `null`.
pub(super) fn stand_in(stand: Option<&Literal>, out: &mut dyn Out) {
    match stand {
        None => out.null(),
        Some(literal) => literal.write(out),
    }
}

/// Before a member or element of the innermost container that is written.
#[inline]
fn separate<F: Format>(marks: &mut [Mark], buf: &mut Vec<u8>) {
    if F::MARKS {
        let around = marks.last_mut().expect("what has members is written");
        F::separate(around, buf);
    } else {
        F::separate(&mut Mark::default(), buf);
    }
}

/// Behind what was written to the innermost container that is.
#[inline]
fn behind<F: Format>(marks: &[Mark], buf: &mut Vec<u8>, jobs: &mut Jobs) {
    if F::MARKS
        && let Some(around) = marks.last()
    {
        F::behind(around, buf, jobs);
    }
}

#[inline]
fn remember<F: Format>(mark: Mark, marks: &mut Vec<Mark>) {
    if F::MARKS {
        marks.push(mark);
    }
}

/// What is remembered of the innermost container that is written.
#[inline]
fn remembered<F: Format>(marks: &mut Vec<Mark>) -> Mark {
    let mark = if F::MARKS { marks.pop() } else { None };
    mark.unwrap_or_default()
}

/// Bytes rendered aside, and the jobs inside them.
#[derive(Default)]
pub(super) struct Inside {
    pub(crate) bytes: Vec<u8>,
    pub(crate) jobs: Jobs,
}

impl Inside {
    /// Empties it; clear values are overwritten.
    fn clear(&mut self) {
        overwrite::cut(&mut self.bytes, 0);
        self.jobs.clear();
    }
}

/// The children of a container, in order, with their places.
pub(super) fn children(tape: &Tape, parent: u32) -> impl Iterator<Item = (u32, &Entry)> {
    let end = tape.entries[parent as usize].next;
    let mut at = parent + 1;
    std::iter::from_fn(move || {
        (at < end).then(|| {
            let child = (at, &tape.entries[at as usize]);
            at = child.1.next;
            child
        })
    })
}

/// True for an object some of whose names are made.
fn compares(kind: Container, slot: SlotRole) -> bool {
    kind == OBJECT && slot.expects & NAMES != 0
}

const OBJECT: Container = Container::Object;

const fn place(slot: Slot, nth: u32) -> WrittenAt {
    WrittenAt { slot, nth }
}

/// True when the member may be copied as it stands, name and all.
#[inline]
fn is_copied<F: Format>(entry: &Entry, copies: Copies) -> bool {
    let takes = match copies {
        Copies::Nothing => false,
        Copies::Flat => entry.flags & HOLDS_OBJECT == 0,
        Copies::Everything => true,
    };
    takes && F::is_verbatim(entry)
}

pub(super) fn container(kind: Kind) -> Option<Container> {
    match kind {
        Kind::Object => Some(Container::Object),
        Kind::Array => Some(Container::Array),
        _ => None,
    }
}

pub(super) fn expected(kind: Container) -> u8 {
    match kind {
        Container::Object => EXPECTS_OBJECT,
        Container::Array => EXPECTS_ARRAY,
    }
}
