//! An open record, array or map, and what comes next in it.

use std::hash::{BuildHasher, Hasher};

use super::reading::{Next, Reading};
use super::refused::{Fault, Refused};
use super::wire::is_utf8;
use crate::decode::duplicates::Duplicates;
use crate::plan::automaton::{DEAD, WHOLE};
use crate::schema::avro::program::{Node, NodeAt, Op};

/// Keys of maps are shorter than this, in bytes.
const KEY_LIMIT: usize = 1 << 16;

/// An open record, array or map.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Its node.
    pub(super) node: NodeAt,
    /// Its place on the tape, or none.
    pub(super) entry: u32,
    /// How many fields or elements were read.
    pub(super) read: u32,
    /// Elements left of the open block.
    pub(super) left: u64,
    /// Where the open block must end; `None`: it does not say.
    pub(super) block_end: Option<usize>,
    /// Which container of the record it is.
    pub(super) number: u64,
}

impl Frame {
    /// Reads on in it up to the next record, array or map, which is to be opened;
    /// `None`: it is at its end.
    #[inline]
    pub(super) fn next<'r>(
        &mut self,
        r: &mut Reading<'r>,
        seen: &mut Duplicates,
        hasher: &impl BuildHasher,
    ) -> Result<Option<(Next, &'r Node)>, Refused> {
        let program = r.program;
        match program.nodes[self.node as usize].op {
            Op::Record { fields, .. } => {
                let fields = fields.of(&program.children);
                while let Some(field) = fields.get(self.read as usize) {
                    self.read += 1;
                    let next = Next::at(field.node, r.wire.at());
                    if let Some(open) = r.unless_container(next)? {
                        return Ok(Some(open));
                    }
                }
                Ok(None)
            }
            Op::Array {
                element,
                positions,
                least,
            } => {
                let positions = positions.of(&program.positions);
                while self.goes_on(r, least)? {
                    let at = positions.binary_search_by_key(&self.read, |(n, _)| *n);
                    let node = at.map_or(element, |at| positions[at].1);
                    self.read = self.read.saturating_add(1);
                    let next = Next::at(node, r.wire.at());
                    if let Some(open) = r.unless_container(next)? {
                        return Ok(Some(open));
                    }
                }
                Ok(None)
            }
            Op::Map { least, .. } => {
                while self.goes_on(r, least)? {
                    let next = self.key(r, seen, hasher)?;
                    if let Some(open) = r.unless_container(next)? {
                        return Ok(Some(open));
                    }
                }
                seen.close(self.number);
                Ok(None)
            }
            _ => unreachable!("only records, arrays and maps are opened"),
        }
    }

    /// Passes over the count of a block, where one begins. True when there is one more
    /// element, of no fewer than `least` bytes.
    fn goes_on(&mut self, r: &mut Reading<'_>, least: u32) -> Result<bool, Fault> {
        if self.left == 0 {
            let wire = &mut r.wire;
            if self.block_end.take().is_some_and(|end| end != wire.at()) {
                return Err(Fault::Block);
            }
            let count = wire.long()?;
            if count == 0 {
                return Ok(false);
            }
            if count < 0 {
                let size = wire.length()?;
                self.block_end = Some(wire.at() + size);
            }
            // What a count says is believed only as far as there are bytes for it.
            let bytes = count.unsigned_abs().checked_mul(least.into());
            if count == i64::MIN || bytes.is_none_or(|bytes| bytes > wire.left() as u64) {
                return Err(Fault::Block);
            }
            self.left = count.unsigned_abs();
        }
        self.left -= 1;
        Ok(true)
    }

    fn key(
        &mut self,
        r: &mut Reading<'_>,
        seen: &mut Duplicates,
        hasher: &impl BuildHasher,
    ) -> Result<Next, Refused> {
        let program = r.program;
        let node = &program.nodes[self.node as usize];
        let Op::Map { value, keys, .. } = node.op else {
            unreachable!("called for maps")
        };
        let len = r.wire.length()?;
        if len >= KEY_LIMIT {
            return Err(Refused::TooLarge);
        }
        let at = r.wire.at();
        let key = r.wire.take(len)?;
        if !is_utf8(key) {
            return Err(Refused::NotUtf8);
        }
        let mut hash = hasher.build_hasher();
        hash.write(key);
        let hash = hash.finish();
        seen.insert(self.number, hash, r.wire.bytes(), at, len, None)
            .map_err(|_| Refused::DuplicateKey)?;
        let keys = keys.of(&program.keys);
        let text = |name: u32| program.texts[name as usize].as_bytes();
        let found = keys.binary_search_by(|named| text(named.name).cmp(key));
        let child = found.map_or(value, |at| keys[at].node);
        if node.state > WHOLE && program.nodes[child as usize].state == DEAD {
            r.unnamed += 1;
        }
        Ok(Next {
            key: (at, len),
            ..Next::at(child, r.wire.at())
        })
    }
}
