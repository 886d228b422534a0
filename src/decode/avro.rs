//! Avro binary to tape (Apache Avro 1.12, "Binary Encoding"): a program and the bytes
//! of one record.
//!
//! One pass, an explicit stack, no recursion, no allocation in steady state. Whether a
//! value is named or not, it is read alike. What two writers could spell in two ways is
//! taken in the shorter one only: a varint longer than it need be could carry what
//! nobody named.

mod frame;
mod reader;
mod reading;
mod refused;
mod spelled;
pub(super) mod wire;

pub use reader::{Avro, Record};
pub use refused::{Fault, Refused};
pub use spelled::json_of;

use frame::Frame;
use reading::{Next, Reading};
use wire::Wire;

use super::Limits;
use super::duplicates::Duplicates;
use crate::record::Reason;
use crate::record::tape::{Kind, Tape};
use crate::schema::avro::program::{Node, Op, Program};

/// Longer values are refused whatever the limits say: places are 32 bits wide.
const INPUT_LIMIT: usize = 1 << 31;

/// Reads Avro records; keeps nothing of one but its room.
pub struct AvroDecoder {
    /// The open containers, innermost last.
    stack: Vec<Frame>,
    /// Keys of the open maps.
    seen: Duplicates,
    hasher: foldhash::quality::FixedState,
}

impl AvroDecoder {
    /// A decoder. `seed` keeps the hashes of keys from those who write them; draw it at
    /// random.
    pub fn new(seed: u64) -> AvroDecoder {
        AvroDecoder {
            stack: Vec::new(),
            seen: Duplicates::default(),
            hasher: foldhash::quality::FixedState::with_seed(seed),
        }
    }

    /// Fills `tape` with what `program` names in `bytes`, which must be one record of its
    /// schema and nothing more. The slots of the tape are nodes of the program.
    ///
    /// # Errors
    /// [`Refused`]. The tape means nothing then.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        program: &Program,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<(), Refused> {
        if bytes.len() > longest(limits) {
            return Err(Refused::TooLarge);
        }
        match self.first(bytes, program, limits, tape)? {
            len if len == bytes.len() => Ok(()),
            _ => Err(Fault::Trailing.into()),
        }
    }

    /// As [`AvroDecoder::decode`], of a record.
    ///
    /// # Errors
    /// The reason, in one word.
    pub(super) fn record(
        &mut self,
        record: &Record<'_>,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let decoded = self.decode(record.bytes, record.program, limits, tape);
        decoded.map_err(Refused::reason)
    }

    /// As [`AvroDecoder::decode`], of the first of several records that stand one behind
    /// the other. How many bytes it has.
    ///
    /// # Errors
    /// [`Refused`]. Where the next record begins is not known then.
    pub fn first(
        &mut self,
        bytes: &[u8],
        program: &Program,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<usize, Refused> {
        let whole = bytes;
        let bytes = &bytes[..bytes.len().min(longest(limits))];
        self.stack.clear();
        self.seen.clear();
        tape.entries.clear();
        tape.reads.clear();
        tape.reads.resize(program.reads_len, Tape::ABSENT);
        tape.more.clear();
        tape.unreadable.clear();
        tape.pending.clear();
        tape.opened.clear();
        let mut reading = Reading {
            wire: Wire::new(bytes),
            program,
            limits,
            tape,
            free: 0,
            containers: 0,
            unnamed: 0,
        };
        match self.values(&mut reading) {
            // There is more, of a record that is too long.
            Err(Refused::NotAvro(Fault::Cut | Fault::Block)) if bytes.len() < whole.len() => {
                return Err(Refused::TooLarge);
            }
            read => read?,
        }
        let len = reading.wire.at();
        tape.unnamed = reading.unnamed;
        match tape.entries.first().map(|top| top.kind) {
            Some(Kind::Object) => Ok(len),
            _ => Err(Refused::NotAnObject),
        }
    }

    fn values(&mut self, r: &mut Reading<'_>) -> Result<(), Refused> {
        let mut top = Next::at(0, 0);
        let node = r.branch(&mut top)?;
        if !node.op.is_container() {
            return r.scalar(top, node);
        }
        self.open(top, node, r)?;
        while let Some(frame) = self.stack.last_mut() {
            match frame.next(r, &mut self.seen, &self.hasher)? {
                Some((next, node)) => self.open(next, node, r)?,
                None => {
                    r.close(frame.entry);
                    self.stack.pop();
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, next: Next, node: &Node, r: &mut Reading<'_>) -> Result<(), Refused> {
        if self.stack.len() >= r.limits.depth_max as usize {
            return Err(Refused::TooDeep);
        }
        if let Op::Record { fields, unnamed } = node.op {
            if fields.len == 0 {
                r.took_no_byte(next.from)?;
            }
            r.unnamed += unnamed;
        }
        let at = r.wire.at();
        let entry = r.note(next, node, node.kind, (at, at))?;
        r.containers += 1;
        self.stack.push(Frame {
            node: next.node,
            entry,
            read: 0,
            left: 0,
            block_end: None,
            number: r.containers,
        });
        Ok(())
    }
}

/// Bytes of the longest value that is read.
fn longest(limits: &Limits) -> usize {
    (limits.value_bytes_max as usize).min(INPUT_LIMIT)
}

#[cfg(test)]
#[path = "avro_tests.rs"]
mod tests;
