//! Where reading stands: in which containers, behind which name.
//!
//! What one step of the decoder leaves for the next is written and read in the
//! same widths. A value written in parts and read as one makes the processor
//! wait longer than the step took; this is why these types look as they do.

use crate::decode::learned_names::{self, MemberMeaning};
use crate::record::tape::Slot;

/// One open container. What is expected in the innermost one is [`Next`]; here
/// stands, in two parts, what is expected around this one once it has ended.
/// The parts lie apart because the compiler would read them as one, and the
/// processor wait for it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Frame {
    /// See [`Next::object`].
    pub(crate) around_object: u64,
    /// State of the container itself.
    pub(crate) state: Slot,
    /// Its tape entry, or [`super::NONE`].
    pub(crate) entry: u32,
    /// See [`Next::names`].
    pub(crate) around_names: u64,
    /// Objects: whose names these are. Arrays: where every element leads, if
    /// all lead to one state, else [`super::NONE`].
    pub(crate) shape: u32,
    /// Arrays: whose names those of unnamed objects inside are.
    pub(crate) inside: u32,
    /// What ends the container around it.
    pub(crate) bracket: u8,
}

/// Where the innermost container stands. Two words, so that it travels in
/// registers: written in parts and read as one it would make the processor wait.
#[derive(Clone, Copy)]
pub(super) struct Next {
    /// Objects: its number. Arrays: the number of the object opened last
    /// before it.
    pub(crate) object: u64,
    /// Below: of objects the name seen last, of arrays the position of the
    /// element. Above: of objects the name to expect next.
    pub(crate) names: u64,
}

/// Where reading goes on, handed over in the decoder. Its words lie as they do
/// for the reason given at [`Frame`].
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Resume {
    /// See [`Next::object`].
    pub(crate) object: u64,
    /// Of the value that comes.
    pub(crate) leads: MemberMeaning,
    /// See [`Next::names`].
    pub(crate) names: u64,
    /// First byte of the inside of its name.
    pub(crate) at: u32,
    /// Behind the colon or the comma.
    pub(crate) pos: u32,
}

impl Resume {
    #[inline]
    pub(crate) fn next(&self) -> Next {
        Next {
            object: self.object,
            names: self.names,
        }
    }

    #[inline]
    pub(crate) fn set_next(&mut self, next: Next) {
        self.object = next.object;
        self.names = next.names;
    }
}

impl Next {
    /// What the top-level value stands in.
    pub(crate) const OUTSIDE: Next = Next::new(0, 0, learned_names::NONE);

    #[inline]
    pub(crate) const fn new(object: u64, last: u32, expected: u32) -> Next {
        Next {
            object,
            names: last as u64 | (expected as u64) << 32,
        }
    }

    #[inline]
    pub(crate) fn last(self) -> u32 {
        self.names as u32
    }

    #[inline]
    pub(crate) fn expected(self) -> u32 {
        (self.names >> 32) as u32
    }
}
