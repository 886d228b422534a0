//! The fields of an open message, and the lists and maps that are open in it.

use super::frame::{Frame, NONE, Run};
use super::reading::{Next, Reading, UNLIKE};
use super::refused::{Fault, Refused};
use crate::plan::automaton::{DEAD, WHOLE};
use crate::record::tape::HOLDS_OBJECT;
use crate::schema::protobuf::node::WireType;
use crate::schema::protobuf::program::{FieldAt, Fields, NO_BIT, NodeAt, Once, Op, Range};

impl Reading<'_> {
    /// Reads the next field of the innermost message.
    pub(super) fn field(&mut self, frame: &Frame, fields: Fields) -> Result<(), Refused> {
        let from = self.wire.at();
        let (number, wire) = self.wire.tag()?;
        if wire == WireType::GroupEnd {
            return match frame.group == number {
                true => self.close(from),
                false => Err(Fault::Group.into()),
            };
        }
        let all = fields.all.of(&self.program.fields);
        let found = match fields.is_dense {
            true => all.get(number as usize - 1),
            false => {
                let at = all.binary_search_by_key(&number, |field| field.number);
                at.ok().map(|at| &all[at])
            }
        };
        let Some(field) = found else {
            return self.unknown(from, frame, (number, wire));
        };
        match field.once {
            Once::Singular(bit, oneof) => {
                self.close_run(from);
                if wire != field.wire {
                    return Err(Fault::WireType.into());
                }
                let is_twice = self.saw(frame, bit) | (oneof != NO_BIT && self.saw(frame, oneof));
                if is_twice {
                    return Err(Refused::DuplicateKey);
                }
                self.count_unnamed(frame, field.node);
                self.value(Next::of(field, field.node, from), frame.end)
            }
            Once::List(bit) => self.elements(frame, field, bit, (from, wire)),
            Once::Map(bit) => {
                if wire != field.wire {
                    return Err(Fault::WireType.into());
                }
                let Op::Map(map) = self.program.nodes[field.node as usize].op else {
                    unreachable!("a map has a node of a map")
                };
                self.open_run(frame, field.node, bit, true, from)?;
                let number = self.run().number;
                self.entry(map, number, (field.node, from))
            }
        }
    }

    /// Passes over a field that the schema does not have.
    pub(super) fn unknown(
        &mut self,
        from: usize,
        frame: &Frame,
        field: (u32, WireType),
    ) -> Result<(), Refused> {
        self.close_run(from);
        self.skip(field)?;
        self.wire.was_padded();
        self.mark(UNLIKE);
        let is_named = self.program.nodes[frame.node as usize].state > WHOLE;
        self.unnamed += u32::from(is_named);
        Ok(())
    }

    pub(super) fn skip(&mut self, field: (u32, WireType)) -> Result<(), Refused> {
        let room = self.depth_max.saturating_sub(self.depth);
        match self.wire.skip(field, &mut self.room.groups, room)? {
            true => Ok(()),
            false => Err(Refused::TooDeep),
        }
    }

    fn elements(
        &mut self,
        frame: &Frame,
        field: &FieldAt,
        bit: u16,
        (from, wire): (usize, WireType),
    ) -> Result<(), Refused> {
        let Op::List {
            element,
            positions,
            is_one,
        } = self.program.nodes[field.node as usize].op
        else {
            unreachable!("a list has a node of a list")
        };
        let is_packed = wire == WireType::Sized && field.wire != WireType::Sized;
        if wire != field.wire && !(is_packed && field.wire != WireType::Group) {
            return Err(Fault::WireType.into());
        }
        if is_packed && self.wire.is_empty_ahead() {
            // No element is no list, as if nothing were there.
            self.wire.sized()?;
            if self.run().node != field.node {
                self.close_run(from);
            }
            self.wire.was_padded();
            self.mark(UNLIKE);
            return Ok(());
        }
        self.open_run(frame, field.node, bit, is_one, from)?;
        if !is_packed {
            let node = self.element(element, positions);
            return self.value(Next::of(field, node, from), frame.end);
        }
        let end = self.wire.sized()?;
        self.wire.go(self.wire.at(), end);
        if self.wire.was_padded() {
            self.mark(UNLIKE);
        }
        while !self.wire.is_at_end() {
            let node = self.element(element, positions);
            self.value(Next::at(node, self.wire.at()), end)?;
        }
        self.wire.go(end, frame.end);
        Ok(())
    }

    /// The node of the element that comes next in the open list.
    fn element(&mut self, element: NodeAt, positions: Range) -> NodeAt {
        let run = self.run();
        let positions = positions.of(&self.program.positions);
        let at = positions.binary_search_by_key(&run.read, |(n, _)| *n);
        let read = run.read.saturating_add(1);
        self.top().run.read = read;
        at.map_or(element, |at| positions[at].1)
    }

    /// Reads the next element of an array of JSON.
    pub(super) fn element_of_array(
        &mut self,
        frame: &Frame,
        element: NodeAt,
        positions: Range,
    ) -> Result<(), Refused> {
        let from = self.wire.at();
        let field = self.wire.tag()?;
        if field.0 != 1 {
            return self.unknown(from, frame, field);
        }
        if field.1 != WireType::Sized {
            return Err(Fault::WireType.into());
        }
        let positions = positions.of(&self.program.positions);
        let at = positions.binary_search_by_key(&frame.read, |(n, _)| *n);
        let node = at.map_or(element, |at| positions[at].1);
        self.top().read = frame.read.saturating_add(1);
        self.value(Next::at(node, from), frame.end)
    }

    /// Goes on with the open list or map of that node, or opens one.
    fn open_run(
        &mut self,
        frame: &Frame,
        at: NodeAt,
        bit: u16,
        is_one: bool,
        from: usize,
    ) -> Result<(), Refused> {
        if self.run().node == at {
            return Ok(());
        }
        self.close_run(from);
        if self.saw(frame, bit) && is_one {
            return Err(Fault::Scattered.into());
        }
        self.deeper()?;
        let node = &self.program.nodes[at as usize];
        self.count_unnamed(frame, at);
        let entry = self.note(Next::at(at, from), node, node.kind, (from, from), 0)?;
        self.containers += 1;
        let number = self.containers;
        self.top().run = Run {
            node: at,
            entry,
            read: 0,
            flags: 0,
            number,
        };
        Ok(())
    }

    /// Ends the list or map that is open in the innermost message, if one is.
    pub(super) fn close_run(&mut self, at: usize) {
        let run = self.run();
        if run.node == NONE {
            return;
        }
        let is_map = matches!(self.program.nodes[run.node as usize].op, Op::Map(_));
        let flags = run.flags | (u8::from(is_map) * HOLDS_OBJECT);
        if is_map {
            self.room.seen.close(run.number);
        }
        self.top().run = Run::NONE;
        self.top().flags |= flags;
        self.end_entry(run.entry, at, flags);
        self.depth -= 1;
    }

    fn count_unnamed(&mut self, frame: &Frame, field: NodeAt) {
        let nodes = &self.program.nodes;
        let is_unnamed = nodes[field as usize].state == DEAD;
        self.unnamed += u32::from(is_unnamed && nodes[frame.node as usize].state > WHOLE);
    }
}
