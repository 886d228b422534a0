//! What was spent of budgets, line by line: written down before anything leaves, and held
//! against whoever would spend more.

use serde::{Deserialize, Serialize};

use super::instant::spelled;
use super::windows::Closed;
use crate::anonymity::counts::{OverBudget, Spent};
use crate::anonymity::ratio::Ratio;
use crate::crypto::digest;
use crate::plan::Output;
use crate::plan::counting::Counting;

/// The first line of every ledger.
const BEGINS: &str = r#"{"veil":"budget","v":1}"#;

/// A ledger as far as it was read and written.
pub struct Spending {
    entries: Vec<Known>,
    /// What the next line begins with: the digest of the one before it.
    last: String,
}

/// An entry, and what it says in figures.
struct Known {
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

/// Why a text is no ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLedger {
    /// It does not begin as one does.
    #[error("it is no ledger of budgets, or one of a later version")]
    Other,
    /// A line that no ledger has.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// A line was changed, or one before it.
    #[error("line {0} does not follow the one before it: the file was changed")]
    Broken(usize),
}

impl Spending {
    /// A ledger in which nothing is spent, and its text.
    pub fn begin() -> (Spending, String) {
        let spending = Spending {
            entries: Vec::new(),
            last: after(BEGINS),
        };
        (spending, format!("{BEGINS}\n"))
    }

    /// Reads a ledger. A last line that was cut off while it was written spent nothing: no
    /// row left before it was whole. Returns how many bytes are whole lines.
    ///
    /// # Errors
    /// When it is none, or was changed.
    pub fn read(text: &str) -> Result<(Spending, usize), NoLedger> {
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut lines = text[..whole].lines().zip(1..);
        if lines.next().map(|(line, _)| line) != Some(BEGINS) {
            return Err(NoLedger::Other);
        }
        let (mut spending, _) = Spending::begin();
        for (line, number) in lines {
            let entry: Entry = serde_json::from_str(line).map_err(|_| NoLedger::Line(number))?;
            let figures = entry.window().zip(entry.spent());
            let (window, spent) = figures.ok_or(NoLedger::Line(number))?;
            if entry.after != spending.last || entry.sealed() != entry {
                return Err(NoLedger::Broken(number));
            }
            spending.last = after(line);
            spending.entries.push(Known {
                entry,
                window,
                spent,
            });
        }
        Ok((spending, whole))
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
        let entry = Entry {
            after: self.last.clone(),
            budget: spends.name.to_string(),
            output: output.topic.to_string(),
            from: spelled(closed.window.0),
            to: spelled(closed.window.1),
            epsilon: spends.epsilon.to_string(),
            delta: spends.delta.to_string(),
            cut: data_encoding::HEXLOWER.encode(&closed.cut),
            how: counting.how.to_string(),
            key: counting.key.to_string(),
            line: String::new(),
        };
        // Of windows of another length too: they are of the same people.
        let meets = |known: &&Known| {
            let (from, to) = known.window;
            from < closed.window.1 && closed.window.0 < to && known.entry.output == entry.output
        };
        if let Some(known) = self.entries.iter().find(meets) {
            let known = &known.entry;
            let same = Entry {
                after: known.after.clone(),
                ..entry
            };
            return match *known == same.sealed() {
                true => Ok(Answer::Again),
                false => Err(NotGranted::Otherwise),
            };
        }
        let own = self.entries.iter();
        let own = own.filter(|known| known.entry.budget == entry.budget);
        let spent: Vec<Spent> = own.map(|known| known.spent).collect();
        spends
            .budget
            .allows(&spent, closed.window.1, spends.epsilon)?;
        let entry = entry.sealed();
        let line = format!("{}\n", entry.json());
        let spent = Spent {
            at_ms: closed.window.1,
            epsilon: spends.epsilon,
        };
        Ok(Answer::Anew(Box::new(Note {
            entry,
            window: closed.window,
            spent,
            line,
        })))
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

fn after(line: &str) -> String {
    data_encoding::HEXLOWER.encode(&digest::sha256(line.as_bytes())[..16])
}

/// `1/2`.
fn ratio(text: &str) -> Option<Ratio> {
    let (n, d) = text.split_once('/')?;
    Ratio::new(n.parse().ok()?, d.parse().ok()?)
}
