//! What is counted in one window as bytes, and back.

use serde::de::IgnoredAny;

use super::bytes::{Reader, Unreadable, count, long};
use crate::anonymity::counts::Window;
use crate::plan::counting::Counting;
use crate::record::SubjectId;
use crate::release::names::Names;
use crate::release::windows::{Closed, Open, Windows};

const VERSION: u8 = 1;
const OPEN: u8 = 0;
const CLOSED: u8 = 1;

impl Windows {
    /// True when a window is not as it was when it was saved last, or never was.
    pub fn is_changed(&self, from_ms: i64) -> bool {
        self.open.get(&from_ms).is_some_and(|open| open.is_changed)
    }

    /// An open window as bytes: who counts where, by codes that only who has the key of
    /// persons can make. To be sealed.
    pub fn save(&mut self, from_ms: i64) -> Option<Vec<u8>> {
        let mut out = vec![VERSION, OPEN];
        out.extend_from_slice(&self.plan().digest.0);
        let open = self.open.get_mut(&from_ms)?;
        open.is_changed = false;
        out.extend_from_slice(&from_ms.to_be_bytes());
        out.extend_from_slice(&open.to_ms.to_be_bytes());
        out.extend_from_slice(&open.records.to_be_bytes());
        let names = open.names.listed();
        count(names.len(), &mut out);
        names.into_iter().for_each(|name| long(name, &mut out));
        let people = open.window.kept();
        count(people.len(), &mut out);
        for (person, cells) in people {
            out.extend_from_slice(&person.0);
            let own = u16::try_from(cells.len()).expect("a bound is a u16");
            out.extend_from_slice(&own.to_be_bytes());
            for (cell, sum) in cells {
                out.extend_from_slice(&cell.to_be_bytes());
                out.extend_from_slice(&sum.to_be_bytes());
            }
        }
        Some(out)
    }

    /// Opens a window again as it was saved. Returns which it is.
    ///
    /// # Errors
    /// The bytes are no open window that was counted under this policy; then nothing is
    /// changed.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(i64, i64), Unreadable> {
        let mut at = self.begin(bytes, OPEN)?;
        let window = self.window(&mut at)?;
        let records = at.u64()?;
        let counting = self.counting();
        let mut names = Vec::new();
        for _ in 0..at.u32()? {
            let name = at.long()?;
            is_name(name, counting)?;
            names.push(name.into());
        }
        let known: Vec<Box<[u8]>> = match &self.listed {
            Some(_) if !names.is_empty() => return Err(Unreadable),
            Some(listed) => listed.names.clone(),
            None => names.clone(),
        };
        let mut counted = Window::new(counting.bound);
        let mut cells = Vec::new();
        for _ in 0..at.u32()? {
            let person = SubjectId(at.array()?);
            cells.clear();
            for _ in 0..at.u16()? {
                let (cell, sum) = (at.u32()?, at.i64()?);
                let place = usize::try_from(cell).map_err(|_| Unreadable)?;
                let name = known.get(place).ok_or(Unreadable)?;
                cells.push((counting.ranks.rank(window, person, name), cell, sum));
            }
            if !counted.put_back(person, &cells) {
                return Err(Unreadable);
            }
        }
        at.end()?;
        let names = Names::of(names).ok_or(Unreadable)?;
        if window.1 <= self.closed_by() || self.open.contains_key(&window.0) {
            return Err(Unreadable);
        }
        let open = Open {
            to_ms: window.1,
            window: counted,
            names,
            records,
            is_changed: false,
        };
        self.open.insert(window.0, open);
        Ok(window)
    }

    /// A closed window as bytes: exact counts and nobody's code. To be sealed.
    pub fn save_closed(&self, closed: &Closed) -> Vec<u8> {
        let mut out = vec![VERSION, CLOSED];
        out.extend_from_slice(&self.plan().digest.0);
        out.extend_from_slice(&closed.window.0.to_be_bytes());
        out.extend_from_slice(&closed.window.1.to_be_bytes());
        out.extend_from_slice(&closed.records.to_be_bytes());
        count(closed.cells.len(), &mut out);
        for (name, sum, people) in &closed.cells {
            long(name, &mut out);
            out.extend_from_slice(&sum.to_be_bytes());
            out.extend_from_slice(&people.to_be_bytes());
        }
        out
    }

    /// A closed window as it was saved.
    ///
    /// # Errors
    /// The bytes are none that was counted under this policy.
    pub fn closed(&self, bytes: &[u8]) -> Result<Closed, Unreadable> {
        let mut at = self.begin(bytes, CLOSED)?;
        let window = self.window(&mut at)?;
        let records = at.u64()?;
        let mut cells: Vec<(Box<[u8]>, i64, u64)> = Vec::new();
        for _ in 0..at.u32()? {
            let name = at.long()?;
            is_name(name, self.counting())?;
            if cells.last().is_some_and(|(before, ..)| **before >= *name) {
                return Err(Unreadable);
            }
            cells.push((name.into(), at.i64()?, at.u64()?));
        }
        at.end()?;
        Ok(Closed::of(window, records, cells))
    }

    /// One of those that it counts in.
    fn window(&self, at: &mut Reader<'_>) -> Result<(i64, i64), Unreadable> {
        let window = at.window()?;
        let own = self.counting().window_of(window.0);
        (own == Some(window)).then_some(window).ok_or(Unreadable)
    }

    fn begin<'b>(&self, bytes: &'b [u8], what: u8) -> Result<Reader<'b>, Unreadable> {
        let mut at = Reader(bytes);
        let is_it = at.u8()? == VERSION && at.u8()? == what && at.array()? == self.plan().digest.0;
        is_it.then_some(at).ok_or(Unreadable)
    }
}

/// A cell's name is a list of its parts.
fn is_name(name: &[u8], counting: &Counting) -> Result<(), Unreadable> {
    // What is skipped inside of a string need be no text for the reader.
    let name = std::str::from_utf8(name).map_err(|_| Unreadable)?;
    let list: Result<Vec<IgnoredAny>, _> = serde_json::from_str(name);
    let is_list = list.is_ok_and(|parts| parts.len() == counting.parts);
    let is_tight = name.starts_with('[') && name.ends_with(']');
    (is_list && is_tight).then_some(()).ok_or(Unreadable)
}
