//! The row that says which of the others are whole, and of what.

use super::bytes::{Reader, Unreadable, count};
use crate::plan::PolicyDigest;

const VERSION: u8 = 1;

/// What is known of an output that counts, but for what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of the policy under which it is counted.
    pub policy: PolicyDigest,
    /// How often it was saved.
    pub serial: u64,
    /// Windows that end by then are closed, milliseconds since 1970.
    pub closed_by: i64,
    /// Of those, the ones that end by then are lost.
    pub lost_by: i64,
    /// How far each partition of the source is read.
    pub lanes: Vec<LaneAt>,
    /// The windows that are not done yet, rising.
    pub windows: Vec<Kept>,
}

/// How far a partition is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneAt {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// The offset that is read next.
    pub next: i64,
    /// The latest time of an event in it, milliseconds since 1970.
    pub latest_ms: i64,
    /// All that was in it then was read, milliseconds since 1970.
    pub read_by_ms: i64,
}

/// A window that is not done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// From when to when, milliseconds since 1970, the end exclusive.
    pub window: (i64, i64),
    /// How far it is.
    pub kept: KeptAs,
}

/// How far a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum KeptAs {
    /// Records come still.
    Open(Parts),
    /// It is cut, and its rows have not left.
    Cut(Parts),
    /// What was counted in it is lost.
    Lost,
}

/// The parts that a window is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// [`Head::serial`] when they were written.
    pub serial: u64,
    /// How many.
    pub count: u32,
    /// The digest of all of them, put together.
    pub digest: [u8; 32],
}

impl Head {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.policy.0);
        out.extend_from_slice(&self.serial.to_be_bytes());
        out.extend_from_slice(&self.closed_by.to_be_bytes());
        out.extend_from_slice(&self.lost_by.to_be_bytes());
        count(self.lanes.len(), &mut out);
        for lane in &self.lanes {
            let len = u16::try_from(lane.topic.len()).expect("a topic has at most 249 bytes");
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(lane.topic.as_bytes());
            out.extend_from_slice(&lane.partition.to_be_bytes());
            for number in [lane.next, lane.latest_ms, lane.read_by_ms] {
                out.extend_from_slice(&number.to_be_bytes());
            }
        }
        count(self.windows.len(), &mut out);
        for Kept { window, kept } in &self.windows {
            out.extend_from_slice(&window.0.to_be_bytes());
            out.extend_from_slice(&window.1.to_be_bytes());
            let (word, parts) = match kept {
                KeptAs::Open(parts) => (0, Some(parts)),
                KeptAs::Cut(parts) => (1, Some(parts)),
                KeptAs::Lost => (2, None),
            };
            out.push(word);
            if let Some(parts) = parts {
                out.extend_from_slice(&parts.serial.to_be_bytes());
                out.extend_from_slice(&parts.count.to_be_bytes());
                out.extend_from_slice(&parts.digest);
            }
        }
        out
    }

    /// Reads them.
    ///
    /// # Errors
    /// They are no head.
    pub fn read(bytes: &[u8]) -> Result<Head, Unreadable> {
        let mut at = Reader(bytes);
        if at.u8()? != VERSION {
            return Err(Unreadable);
        }
        let mut head = Head {
            policy: PolicyDigest(at.array()?),
            serial: at.u64()?,
            closed_by: at.i64()?,
            lost_by: at.i64()?,
            lanes: Vec::new(),
            windows: Vec::new(),
        };
        for _ in 0..at.u32()? {
            let len = at.u16()?;
            let topic = std::str::from_utf8(at.bytes(len.into())?);
            head.lanes.push(LaneAt {
                topic: topic.map_err(|_| Unreadable)?.to_owned(),
                partition: at.i32()?,
                next: at.i64()?,
                latest_ms: at.i64()?,
                read_by_ms: at.i64()?,
            });
        }
        for _ in 0..at.u32()? {
            let window = at.window()?;
            let before = head.windows.last();
            if before.is_some_and(|before| before.window.1 > window.0) {
                return Err(Unreadable);
            }
            let kept = match at.u8()? {
                0 => KeptAs::Open(parts(&mut at)?),
                1 => KeptAs::Cut(parts(&mut at)?),
                2 => KeptAs::Lost,
                _ => return Err(Unreadable),
            };
            head.windows.push(Kept { window, kept });
        }
        at.end()?;
        Ok(head)
    }
}

fn parts(at: &mut Reader<'_>) -> Result<Parts, Unreadable> {
    Ok(Parts {
        serial: at.u64()?,
        count: at.u32()?,
        digest: at.array()?,
    })
}
