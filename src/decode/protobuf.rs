//! Protobuf to tape (Protocol Buffers, "Encoding"): a program and the bytes of one
//! message.
//!
//! One pass, an explicit stack, no recursion, no allocation in steady state. Whether a
//! value is named or not, it is read alike; of fields that the schema does not have the
//! structure is read and nothing is kept. What a later part of a message could undo is
//! refused: a field or a member of a oneof that stands twice.
//!
//! A cut at a border of two fields of the message cannot be seen: what is left is a
//! message. Whoever decides by what is *not* there must know that.

mod anew;
mod entry;
mod fields;
mod frame;
mod ordered;
mod reader;
mod reading;
mod refused;
mod room;
mod spelled;
mod wire;

pub use reader::{Message, Protobuf};
pub use refused::{Fault, Refused};
pub use spelled::json_of;

use reading::{Next, Reading};
use room::Room;
use wire::Wire;

use super::Limits;
use crate::record::Reason;
use crate::record::tape::Tape;
use crate::schema::protobuf::program::{Op, Program};

/// Longer values are refused whatever the limits say: places are 32 bits wide.
const INPUT_LIMIT: usize = 1 << 31;

/// What the parsers of the format's authors read at most (`SetRecursionLimit`).
const DEPTH_LIMIT: u32 = 100;

/// Reads Protobuf messages; keeps nothing of one but its room.
pub struct ProtobufDecoder {
    room: Room,
    hasher: foldhash::quality::FixedState,
}

impl ProtobufDecoder {
    /// A decoder. `seed` keeps the hashes of keys from those who write them; draw it at
    /// random.
    pub fn new(seed: u64) -> ProtobufDecoder {
        ProtobufDecoder {
            room: Room::default(),
            hasher: foldhash::quality::FixedState::with_seed(seed),
        }
    }

    /// Fills `tape` with what `program` names in `bytes`, which must be one message of
    /// its schema. The slots of the tape are nodes of the program.
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
        if bytes.len() > (limits.value_bytes_max as usize).min(INPUT_LIMIT) {
            return Err(Refused::TooLarge);
        }
        self.room.clear();
        tape.entries.clear();
        tape.reads.clear();
        tape.reads.resize(program.reads_len, Tape::ABSENT);
        tape.more.clear();
        tape.unreadable.clear();
        tape.pending.clear();
        tape.opened.clear();
        let mut reading = Reading {
            wire: Wire::new(bytes, 0, bytes.len()),
            program,
            tape,
            room: &mut self.room,
            hasher: &self.hasher,
            entries_max: limits.tape_entries_max,
            depth_max: limits.depth_max.min(DEPTH_LIMIT) as usize,
            depth: 0,
            containers: 0,
            unnamed: 0,
        };
        reading.open(Next::at(0, 0), (0, bytes.len()), bytes.len(), 0)?;
        while let Some(frame) = reading.room.stack.last() {
            let frame = *frame;
            if reading.wire.is_at_end() && frame.group == 0 {
                reading.close(reading.wire.at())?;
                continue;
            }
            match program.nodes[frame.node as usize].op {
                Op::Message(fields) | Op::Group(fields) => reading.field(&frame, fields)?,
                Op::Struct(map) => reading.entry_of_struct(&frame, map)?,
                Op::Array { element, positions } => {
                    reading.element_of_array(&frame, element, positions)?;
                }
                _ => unreachable!("only messages are opened"),
            }
        }
        tape.unnamed = reading.unnamed;
        Ok(())
    }
}

impl ProtobufDecoder {
    /// As [`ProtobufDecoder::decode`], of a message.
    ///
    /// # Errors
    /// The reason, in one word.
    pub(super) fn message(
        &mut self,
        message: &Message<'_>,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let decoded = self.decode(message.bytes, message.program, limits, tape);
        decoded.map_err(Refused::reason)
    }
}

#[cfg(test)]
#[path = "protobuf_tests.rs"]
mod tests;
