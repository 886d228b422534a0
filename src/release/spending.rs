//! What was spent of budgets, line by line: written down before anything leaves, and held
//! against whoever would spend more.

use serde::{Deserialize, Serialize};

use super::instant::spelled;
use super::state::Unreadable;
use super::windows::Closed;
use crate::anonymity::counts::{OverBudget, Spent};
use crate::anonymity::ratio::Ratio;
use crate::crypto::digest;
use crate::plan::Output;
use crate::plan::counting::Counting;

/// The first byte of a row.
const ROW_VERSION: u8 = 1;

/// A ledger as far as it was read and written.
pub struct Spending {
    pub(super) entries: Vec<Known>,
    /// What the next line begins with: the digest of the one before it.
    pub(super) last: String,
}

/// An entry, and what it says in figures.
pub(super) struct Known {
    entry: Entry,
    window: (i64, i64),
    spent: Spent,
}

/// One window of one output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The digest of the line before it: none can be changed or taken out unseen but the
    /// last ones.
    after: String,
    budget: String,
    output: String,
    from: String,
    to: String,
    epsilon: String,
    delta: String,
    /// What was counted, how, and by which key: the same again says nothing more.
    cut: String,
    how: String,
    key: String,
    /// The digest of all of it but this: a line that was changed is none.
    line: String,
}

/// What a row says by which it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfRow<'s> {
    /// The budget.
    pub budget: &'s str,
    /// The output.
    pub output: &'s str,
    /// From when to when, milliseconds since 1970.
    pub window: (i64, i64),
}

/// What a ledger says to a window.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may leave, once this line is written down.
    Anew(Box<Note>),
    /// The very rows left before: they may again, and spend nothing.
    Again,
}

/// A line to be appended, with its line break.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    entry: Entry,
    window: (i64, i64),
    spent: Spent,
    /// The line.
    pub line: String,
}

/// Why a window may not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// The budget says so.
    #[error(transparent)]
    Over(#[from] OverBudget),
    /// A second look at the same people would take the noise off.
    #[error(
        "the window left before, counted of other records, in another way or under another key"
    )]
    Otherwise,
}

/// What is wrong with a line.
pub(super) enum BadLine {
    /// No ledger has such a line.
    Unreadable,
    /// It was changed, or one before it.
    Broken,
}

impl Spending {
    /// What is kept by itself in rows, each of which says what one window spent: nothing yet.
    pub fn in_rows() -> Spending {
        Spending {
            entries: Vec::new(),
            last: String::new(),
        }
    }

    /// Adds what a row of [`Note::row`] says. Returns the budget that it spent of, and the
    /// window, as the key of the row names them.
    ///
    /// # Errors
    /// It is none, or one of a later version.
    pub fn add_row(&mut self, row: &[u8]) -> Result<OfRow<'_>, Unreadable> {
        let [ROW_VERSION, json @ ..] = row else {
            return Err(Unreadable);
        };
        let entry: Entry = serde_json::from_slice(json).map_err(|_| Unreadable)?;
        let figures = entry.window().zip(entry.spent());
        let (window, spent) = figures.ok_or(Unreadable)?;
        if !entry.after.is_empty() || entry.sealed() != entry {
            return Err(Unreadable);
        }
        self.entries.push(Known {
            entry,
            window,
            spent,
        });
        let known = self.entries.last().expect("just added");
        Ok(OfRow {
            budget: &known.entry.budget,
            output: &known.entry.output,
            window,
        })
    }

    /// True when a window of that output that overlaps this one has spent before.
    pub fn has_met(&self, output: &Output, window: (i64, i64)) -> bool {
        let mut all = self.entries.iter();
        all.any(|known| known.meets(&output.topic, window))
    }

    /// The end of the last window of that output that has spent, milliseconds since 1970.
    pub fn last_of(&self, output: &Output) -> Option<i64> {
        let own = self.entries.iter();
        let own = own.filter(|known| *known.entry.output == *output.topic);
        own.map(|known| known.window.1).max()
    }

    /// Whether a window of an output may leave, by rows that were written before its own.
    ///
    /// # Errors
    /// When it may not.
    pub fn grants(
        &self,
        output: &Output,
        counting: &Counting,
        closed: &Closed,
    ) -> Result<(), NotGranted> {
        if self.is_past(counting, closed.window) {
            return Err(NotGranted::Over(OverBudget::Late));
        }
        match self.ask(output, counting, closed)? {
            Answer::Anew(_) => Ok(()),
            // Whatever left before did not leave by this row.
            Answer::Again => Err(NotGranted::Otherwise),
        }
    }

    /// True when windows spent of the same budget that end later than a period after this
    /// one: what was spent before them may not be known any more.
    fn is_past(&self, counting: &Counting, window: (i64, i64)) -> bool {
        let per_ms = counting.spends.budget.per_ms;
        let own = self.entries.iter();
        let mut own = own.filter(|known| *known.entry.budget == *counting.spends.name);
        own.any(|known| known.window.1.saturating_sub_unsigned(per_ms) >= window.1)
    }

    /// The windows of that output that spent of that budget and that no question can be
    /// about any more: two periods behind the one that ends at `at_ms`, but for the last
    /// one.
    pub fn outlived(&self, output: &Output, counting: &Counting, at_ms: i64) -> Vec<(i64, i64)> {
        let spends = &counting.spends;
        let twice = spends.budget.per_ms.saturating_mul(2);
        let by_ms = at_ms.saturating_sub_unsigned(twice);
        let last = self.last_of(output);
        let own = self.entries.iter().filter(|known| {
            let entry = &known.entry;
            *entry.output == *output.topic && *entry.budget == *spends.name
        });
        let own = own.map(|known| known.window);
        own.filter(|window| window.1 <= by_ms && Some(window.1) != last)
            .collect()
    }

    /// What a window of an output would spend, whether it may or not.
    pub fn note_of(&self, output: &Output, counting: &Counting, closed: &Closed) -> Box<Note> {
        let entry = self.entry(output, counting, closed).sealed();
        let line = format!("{}\n", entry.json());
        Box::new(Note {
            entry,
            window: closed.window,
            spent: Spent {
                at_ms: closed.window.1,
                epsilon: counting.spends.epsilon,
            },
            line,
        })
    }

    fn entry(&self, output: &Output, counting: &Counting, closed: &Closed) -> Entry {
        let spends = &counting.spends;
        Entry {
            after: self.last.clone(),
            budget: spends.name.to_string(),
            output: output.topic.to_string(),
            from: spelled(closed.window.0),
            to: spelled(closed.window.1),
            epsilon: spends.epsilon.to_string(),
            delta: spends.delta.to_string(),
            cut: data_encoding::HEXLOWER.encode(&counting.draws.mark(closed.window, &closed.cut)),
            how: counting.how.to_string(),
            key: counting.key.to_string(),
            line: String::new(),
        }
    }

    /// Whether a window of an output may leave.
    ///
    /// # Errors
    /// When it may not.
    pub fn ask(
        &self,
        output: &Output,
        counting: &Counting,
        closed: &Closed,
    ) -> Result<Answer, NotGranted> {
        let spends = &counting.spends;
        let mut all = self.entries.iter();
        if let Some(known) = all.find(|known| known.meets(&output.topic, closed.window)) {
            let known = &known.entry;
            let same = Entry {
                after: known.after.clone(),
                ..self.entry(output, counting, closed)
            };
            return match *known == same.sealed() {
                true => Ok(Answer::Again),
                false => Err(NotGranted::Otherwise),
            };
        }
        let own = self.entries.iter();
        let own = own.filter(|known| *known.entry.budget == *spends.name);
        let spent: Vec<Spent> = own.map(|known| known.spent).collect();
        spends
            .budget
            .allows(&spent, closed.window.1, spends.epsilon)?;
        Ok(Answer::Anew(self.note_of(output, counting, closed)))
    }

    /// Adds what a line of a ledger says.
    ///
    /// # Errors
    /// It is none, or does not follow the one before it.
    pub(super) fn add_line(&mut self, line: &str) -> Result<(), BadLine> {
        let entry: Entry = serde_json::from_str(line).map_err(|_| BadLine::Unreadable)?;
        let figures = entry.window().zip(entry.spent());
        let (window, spent) = figures.ok_or(BadLine::Unreadable)?;
        if entry.after != self.last || entry.sealed() != entry {
            return Err(BadLine::Broken);
        }
        self.last = after(line);
        self.entries.push(Known {
            entry,
            window,
            spent,
        });
        Ok(())
    }

    /// The line is written down.
    pub fn note(&mut self, note: Box<Note>) {
        self.last = after(note.line.trim_end());
        self.entries.push(Known {
            entry: note.entry,
            window: note.window,
            spent: note.spent,
        });
    }
}

impl Note {
    /// The same as a row that stands by itself: of [`Spending::in_rows`].
    pub fn row(&self) -> Vec<u8> {
        let json = self.line.trim_end().bytes();
        std::iter::once(ROW_VERSION).chain(json).collect()
    }
}

impl Known {
    /// It is of a window of that output that overlaps this one, which may be of another
    /// length: they are of the same people.
    fn meets(&self, output: &str, (from, to): (i64, i64)) -> bool {
        self.window.0 < to && from < self.window.1 && self.entry.output == output
    }
}

impl Entry {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    /// The same with the digest of its line.
    fn sealed(&self) -> Entry {
        let open = Entry {
            line: String::new(),
            ..self.clone()
        };
        let line = after(&open.json());
        Entry { line, ..open }
    }

    fn window(&self) -> Option<(i64, i64)> {
        let ms = |text: &str| Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond());
        Some((ms(&self.from)?, ms(&self.to)?))
    }

    fn spent(&self) -> Option<Spent> {
        Some(Spent {
            at_ms: self.window()?.1,
            epsilon: ratio(&self.epsilon)?,
        })
    }
}

/// The digest by which the next line follows this one.
pub(super) fn after(line: &str) -> String {
    data_encoding::HEXLOWER.encode(&digest::sha256(line.as_bytes())[..16])
}

/// `1/2`.
fn ratio(text: &str) -> Option<Ratio> {
    let (n, d) = text.split_once('/')?;
    Ratio::new(n.parse().ok()?, d.parse().ok()?)
}
