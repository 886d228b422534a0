//! The render walk: one output's value, in the order of the input.
//!
//! The tape is walked once. What the role table skips is jumped over, with all
//! that is inside; what lies on a path is held back until something below it
//! is written; a leaf runs its actions, which write at the end of the buffer.
//! A field that yields nothing is truncated away, name and all.

use crate::action::Cx;
use crate::plan::automaton::{EXPECTS_ARRAY, EXPECTS_OBJECT};
use crate::plan::{OnError, Output, Plan, Role, Write, WriteName};
use crate::record::Reason;
use crate::record::jobs::Jobs;
use crate::record::render::{Container, Format};
use crate::record::tape::{Document, ELEMENT, Entry, HOLDS_OBJECT, KEY_ESCAPED, Kind};
use crate::record::value::{Applied, View, Whole};

use super::field_outcome::{FieldOutcome, Outcome};
use super::state::{Scratch, finish};
use super::table::Table;
use crate::action::Copies;

/// Most parts of a composite value.
const PARTS_MAX: usize = 16;

/// One value being rendered for one output.
pub(super) struct Walk<'w> {
    pub plan: &'w Plan,
    pub output: &'w Output,
    /// The role tables of the output.
    pub tables: &'w [Table],
    pub document: Document<'w>,
}

/// An open container of the input, written or still held back.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Its tape entry.
    entry: u32,
    /// The tape entry behind it.
    next: u32,
    kind: Container,
}

impl Walk<'_> {
    /// Writes the container at tape entry `root` under role table `table`: in
    /// the record that is the top-level object, in a sealed field the field.
    ///
    /// # Errors
    /// The reason of the first field that refuses its value; what was written
    /// until then means nothing, and the frames in work are left behind.
    pub(super) fn render<F: Format>(
        &self,
        root: u32,
        table: usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Applied {
        let table = &self.tables[table];
        let entries = &*self.document.tape.entries;
        let top = &entries[root as usize];
        let kind = container(top.kind).expect("only containers are rendered inside");
        F::open(kind, buf);
        let base = scratch.frames.len();
        let mut frame = Frame {
            entry: root,
            next: top.next,
            kind,
        };
        scratch.frames.push(frame);
        // How many of the frames are written.
        let mut opened = base + 1;
        let mut at = root + 1;
        loop {
            while at == frame.next {
                if opened == scratch.frames.len() {
                    F::close(frame.kind, buf);
                    opened -= 1;
                }
                scratch.frames.pop();
                match scratch.frames.last() {
                    Some(around) if scratch.frames.len() > base => frame = *around,
                    _ => return Ok(()),
                }
            }
            let entry = &entries[at as usize];
            let slot = table.at(entry.slot);
            at = match slot.role() {
                Role::Skip => entry.next,
                Role::Leaf(_) if is_copied(entry, slot.copies) && frame.kind == OBJECT => {
                    let (run, behind) = self.run(at, frame.next, table, scratch);
                    self.open_all::<F>(&mut opened, scratch, buf);
                    F::separate(buf);
                    buf.extend_from_slice(run);
                    behind
                }
                Role::Leaf(leaf) => {
                    for write in &self.output.leaves[usize::from(leaf)].writes {
                        self.field::<F>(write, at, frame, &mut opened, cx, scratch, buf)?;
                    }
                    entry.next
                }
                Role::Path => match container(entry.kind) {
                    Some(kind) if slot.expects & expected(kind) != 0 => {
                        let is_element = frame.kind == Container::Array;
                        frame = Frame {
                            entry: at,
                            next: entry.next,
                            kind,
                        };
                        scratch.frames.push(frame);
                        // Elements are written even if they stay empty, so
                        // that positions hold.
                        if is_element {
                            self.open_all::<F>(&mut opened, scratch, buf);
                        }
                        at + 1
                    }
                    _ => entry.next,
                },
            };
        }
    }

    /// The member at `at` with all that follow it directly and may be copied
    /// too: one copy instead of one a member. And the entry behind.
    #[inline]
    fn run(&self, mut at: u32, end: u32, table: &Table, scratch: &mut Scratch) -> (&[u8], u32) {
        let entries = &*self.document.tape.entries;
        let mut last = &entries[at as usize];
        let start = name_start(last);
        loop {
            let field = table.at(last.slot).field;
            scratch
                .fields
                .push(FieldOutcome::new(field, Outcome::Written));
            at = last.next;
            if at == end {
                break;
            }
            let entry = &entries[at as usize];
            // Only a comma fits into one byte between two members.
            let copies = table.at(entry.slot).copies;
            if !is_copied(entry, copies) || name_start(entry) != value_end(last) + 1 {
                break;
            }
            last = entry;
        }
        let input = self.document.text.as_bytes();
        (&input[start as usize..value_end(last) as usize], at)
    }

    /// Writes one field at the end of `buf`, or leaves everything as it was.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the walk's state, in registers")]
    fn field<F: Format>(
        &self,
        write: &Write,
        at: u32,
        parent: Frame,
        opened: &mut usize,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Applied {
        let entry = &self.document.tape.entries[at as usize];
        let is_whole = write.parts.is_none() && write.sealed.is_none();
        if !is_whole && self.stands_before(write, at, parent.entry) {
            return Ok(());
        }
        if parent.kind == Container::Array {
            self.open_all::<F>(opened, scratch, buf);
        }
        // What has to be restored when the field is left out after all.
        let (mark, opened_before) = (buf.len(), *opened);
        let counted = scratch.fields.len();
        self.open_all::<F>(opened, scratch, buf);
        F::separate(buf);
        match &write.name {
            WriteName::Element => {}
            WriteName::Spelled(name) => name.write(buf),
            WriteName::Copied => F::name(&self.document, entry, buf),
        }

        let value_at = buf.len();
        let applied = if is_whole || (write.parts.is_none() && entry.kind == Kind::Null) {
            cx.action = write.action;
            let action = &self.plan.actions[write.action as usize];
            action.apply(self.document.view(entry), &mut F::member(buf), cx)
        } else if let Some(parts) = &write.parts {
            self.composite::<F>(write, parts, parent.entry, cx, buf)
        } else {
            self.sealed::<F>(write, at, cx, scratch, buf)
        };
        let outcome = match applied {
            Ok(()) if buf.len() > value_at => Outcome::Written,
            Ok(()) => Outcome::Absent,
            Err(_) if write.on_error == OnError::DropField => Outcome::DroppedOnError,
            Err(reason) => return Err(reason),
        };
        if outcome != Outcome::Written {
            buf.truncate(mark);
            cx.jobs.truncate(mark);
            scratch.fields.truncate(counted);
            *opened = opened_before;
        }
        scratch.fields.push(FieldOutcome::new(write.field, outcome));
        Ok(())
    }

    /// Writes every container that is held back: separator, name, bracket.
    #[inline(always)]
    fn open_all<F: Format>(&self, opened: &mut usize, scratch: &Scratch, buf: &mut Vec<u8>) {
        if *opened < scratch.frames.len() {
            self.open_held::<F>(&scratch.frames[*opened..], buf);
            *opened = scratch.frames.len();
        }
    }

    #[inline(never)]
    fn open_held<F: Format>(&self, held: &[Frame], buf: &mut Vec<u8>) {
        for frame in held {
            F::separate(buf);
            let entry = &self.document.tape.entries[frame.entry as usize];
            if entry.flags & ELEMENT == 0 {
                F::name(&self.document, entry, buf);
            }
            F::open(frame.kind, buf);
        }
    }

    /// The children of a container, in order, with their places.
    fn children(&self, parent: u32) -> impl Iterator<Item = (u32, &Entry)> {
        let entries = &*self.document.tape.entries;
        let end = entries[parent as usize].next;
        let mut at = parent + 1;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let child = (at, &entries[at as usize]);
                at = child.1.next;
                child
            })
        })
    }

    /// True when a part of a composite stands before `at`: the field was
    /// written there.
    #[inline(never)]
    fn stands_before(&self, write: &Write, at: u32, parent: u32) -> bool {
        let parts = write.parts.as_deref().unwrap_or_default();
        self.children(parent)
            .take_while(|(child, _)| *child < at)
            .any(|(_, entry)| parts.contains(&entry.slot))
    }

    #[inline(never)]
    fn composite<F: Format>(
        &self,
        write: &Write,
        parts: &[u32],
        parent: u32,
        cx: &mut Cx<'_>,
        buf: &mut Vec<u8>,
    ) -> Applied {
        let mut views = [None; PARTS_MAX];
        for (_, entry) in self.children(parent) {
            if let Some(n) = parts.iter().position(|slot| *slot == entry.slot) {
                views[n] = Some(self.document.view(entry));
            }
        }
        cx.action = write.action;
        let action = &self.plan.actions[write.action as usize];
        action.apply_parts(&views[..parts.len()], &mut F::member(buf), cx)
    }

    /// Renders the inside of a value under its own role table, then has the
    /// action take the result whole. Jobs inside are done at once: the action
    /// needs the bytes.
    #[inline(never)]
    fn sealed<F: Format>(
        &self,
        write: &Write,
        at: u32,
        cx: &mut Cx<'_>,
        scratch: &mut Scratch,
        buf: &mut Vec<u8>,
    ) -> Applied {
        let entry = &self.document.tape.entries[at as usize];
        let table = usize::from(write.sealed.expect("a sealed field has its table"));
        let matches = container(entry.kind)
            .is_some_and(|kind| self.tables[table].at(entry.slot).expects & expected(kind) != 0);
        if !matches {
            return Err(Reason::WrongType);
        }
        let mut inside = scratch.sealed.pop().unwrap_or_default();
        let frames = scratch.frames.len();
        std::mem::swap(cx.jobs, &mut inside.jobs);
        let rendered = self.render::<F>(at, table, cx, scratch, &mut inside.bytes);
        std::mem::swap(cx.jobs, &mut inside.jobs);
        scratch.frames.truncate(frames);
        let applied = rendered.and_then(|()| {
            finish(self.plan, &mut inside, cx.seal);
            let raw = std::str::from_utf8(&inside.bytes).expect("actions write UTF-8");
            let view = View::Whole(Whole {
                raw,
                holds_object: raw.contains('{'),
            });
            cx.action = write.action;
            let action = &self.plan.actions[write.action as usize];
            action.apply(view, &mut F::member(buf), cx)
        });
        inside.clear();
        scratch.sealed.push(inside);
        applied
    }
}

/// Bytes rendered aside, and the jobs inside them.
#[derive(Default)]
pub(super) struct Inside {
    pub bytes: Vec<u8>,
    pub jobs: Jobs,
}

impl Inside {
    /// Empties it; clear values are overwritten.
    fn clear(&mut self) {
        self.bytes.fill(0);
        self.bytes.clear();
        self.jobs.clear();
    }
}

const OBJECT: Container = Container::Object;

/// True when the member may be copied as it stands, name and all.
#[inline(always)]
fn is_copied(entry: &Entry, copies: Copies) -> bool {
    let takes = match copies {
        Copies::Nothing => false,
        Copies::Flat => entry.flags & HOLDS_OBJECT == 0,
        Copies::Everything => true,
    };
    // Nothing but the colon stands between a name and its value.
    takes && entry.flags & KEY_ESCAPED == 0 && name_end(entry) + 1 == value_start(entry)
}

/// The opening quote of a member's name.
fn name_start(entry: &Entry) -> u32 {
    entry.key_at - 1
}

/// Behind the closing quote of a member's name.
fn name_end(entry: &Entry) -> u32 {
    entry.key_at + u32::from(entry.key_len) + 1
}

/// The first byte of a value, quote included.
fn value_start(entry: &Entry) -> u32 {
    entry.start - u32::from(entry.kind == Kind::Text)
}

/// Behind the last byte of a value, quote included.
fn value_end(entry: &Entry) -> u32 {
    entry.end + u32::from(entry.kind == Kind::Text)
}

fn container(kind: Kind) -> Option<Container> {
    match kind {
        Kind::Object => Some(Container::Object),
        Kind::Array => Some(Container::Array),
        _ => None,
    }
}

fn expected(kind: Container) -> u8 {
    match kind {
        Container::Object => EXPECTS_OBJECT,
        Container::Array => EXPECTS_ARRAY,
    }
}
