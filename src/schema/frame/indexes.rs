//! Which message of a Protobuf file a value is: Confluent's message indexes.

use super::bad::BadFrame;

/// Most steps of a path.
pub const INDEXES_MAX: usize = 8;

/// The positions of a message in its file: the first of a message at the top, each
/// further one of a message inside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessagePath {
    steps: [u32; INDEXES_MAX],
    len: u8,
}

impl MessagePath {
    /// The first message of the file.
    pub const FIRST: MessagePath = MessagePath {
        steps: [0; INDEXES_MAX],
        len: 1,
    };

    /// A path of those steps; `None`: of none, or of more than [`INDEXES_MAX`].
    pub fn new(steps: &[u32]) -> Option<MessagePath> {
        let mut all = [0; INDEXES_MAX];
        all.get_mut(..steps.len())?.copy_from_slice(steps);
        let len = u8::try_from(steps.len()).ok().filter(|len| *len > 0)?;
        Some(MessagePath { steps: all, len })
    }

    /// Its steps, outermost first.
    pub fn steps(&self) -> &[u32] {
        &self.steps[..usize::from(self.len)]
    }

    /// A count and as many positions, varints in zigzag; a count of 0 is the first
    /// message of the file. What stands behind them comes too.
    pub(super) fn read(mut bytes: &[u8]) -> Result<(MessagePath, &[u8]), BadFrame> {
        let count = varint(&mut bytes)?;
        let mut steps = [0; INDEXES_MAX];
        let all = steps.get_mut(..count as usize).ok_or(BadFrame::Indexes)?;
        for step in all {
            *step = varint(&mut bytes)?;
        }
        let path = match u8::try_from(count) {
            Ok(len @ 1..) => MessagePath { steps, len },
            _ => MessagePath::FIRST,
        };
        Ok((path, bytes))
    }

    /// Appends it; the first message of the file in one byte.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if *self == MessagePath::FIRST {
            return out.push(0);
        }
        write_varint(self.len.into(), out);
        for step in self.steps() {
            write_varint(*step, out);
        }
    }
}

impl std::fmt::Debug for MessagePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.steps().fmt(f)
    }
}

/// A varint in zigzag, of 31 bits and a sign that must not be there, in as few bytes as
/// it takes.
fn varint(bytes: &mut &[u8]) -> Result<u32, BadFrame> {
    let mut value = 0;
    for shift in (0..32).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(BadFrame::Cut)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            let is_longer = *byte == 0 && shift > 0;
            let value = u32::try_from(value).map_err(|_| BadFrame::Indexes)?;
            return match is_longer || value & 1 == 1 {
                true => Err(BadFrame::Indexes),
                false => Ok(value >> 1),
            };
        }
    }
    Err(BadFrame::Indexes)
}

fn write_varint(value: u32, out: &mut Vec<u8>) {
    let mut left = u64::from(value) << 1;
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}
