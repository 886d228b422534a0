//! What was spent of budgets, line by line: written down before anything leaves, and held
//! against whoever would spend more.

use std::collections::{BTreeMap, HashMap};

use super::entry::{Entry, Figures, LineDigest, after, hex};
use super::folding::{Folded, Line};
use super::not_granted::{NotGranted, Smaller};
use super::state::Unreadable;
use super::windows::Closed;
use crate::anonymity::counts::{Budget, OverBudget, Spent};
use crate::plan::Output;
use crate::plan::counting::{Counting, Spends};

/// The first byte of a row that does not say how much its budget was, and of one that does.
const ROW_VERSIONS: [u8; 2] = [1, 2];

/// A ledger as far as it was read and written: by what it is asked for, so that a question
/// looks at no more of it than concerns it.
#[derive(Default)]
pub struct Spending {
    lines: usize,
    /// What the next line begins with: the digest of the one before it.
    pub(super) last: String,
    outputs: HashMap<Box<str>, OfOutput>,
    budgets: HashMap<Box<str>, OfBudget>,
}

/// The windows of one output.
struct OfOutput {
    windows: BTreeMap<(i64, i64), Known>,
    /// How long the longest of them is.
    longest_ms: i64,
    /// When the last one ends.
    last_ms: i64,
    /// Those that end by then are not listed; [`i64::MIN`]: all are.
    folded_ms: i64,
}

/// What was spent of one budget.
#[derive(Default)]
struct OfBudget {
    /// How many of this process come before it: the name by which windows know it.
    number: u32,
    spent: Spent,
    /// How much the budget was when windows spent of it, and when the last of those ended;
    /// `None`: they do not say.
    sizes: BTreeMap<Option<Budget>, i64>,
    /// What was spent by then is not listed; `None`: all is.
    folded_ms: Option<i64>,
}

/// One window, as little of it as answers a question.
struct Known {
    budget: u32,
    size: Option<Budget>,
    after: Option<LineDigest>,
    line: LineDigest,
    /// It stands there more than once: whatever is asked is not the same again.
    is_twice: bool,
}

/// What a row says by which it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfRow {
    /// The budget.
    pub budget: String,
    /// The output.
    pub output: String,
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
    figures: Figures,
    /// The line.
    pub line: String,
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
        Spending::default()
    }

    /// How many windows have spent.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Adds what a row of [`Note::row`] says. Returns the budget that it spent of, and the
    /// window, as the key of the row names them.
    ///
    /// # Errors
    /// It is none, or one of a later version.
    pub fn add_row(&mut self, row: &[u8]) -> Result<OfRow, Unreadable> {
        let (mut entry, figures) = read_row(row).ok_or(Unreadable)?;
        if !entry.after.is_empty() || !entry.is_whole() {
            return Err(Unreadable);
        }
        self.keep(&entry, figures).ok_or(Unreadable)?;
        Ok(OfRow {
            budget: entry.budget,
            output: entry.output,
            window: figures.window,
        })
    }

    /// True when a window of that output that overlaps this one has spent before.
    pub fn has_met(&self, output: &Output, window: (i64, i64)) -> bool {
        self.meeting(&output.topic, window).next().is_some()
    }

    /// The windows of that output that overlap this one, which may be of another length:
    /// they are of the same people.
    fn meeting(&self, output: &str, (from, to): (i64, i64)) -> impl Iterator<Item = &Known> {
        let own = self.outputs.get(output).into_iter();
        own.flat_map(move |own| {
            let first = (from.saturating_sub(own.longest_ms), i64::MIN);
            let near = own.windows.range(first..(to, i64::MIN).max(first));
            near.filter(move |((_, end), _)| *end > from)
                .map(|(_, known)| known)
        })
    }

    /// The end of the last window of that output that has spent, milliseconds since 1970.
    pub fn last_of(&self, output: &Output) -> Option<i64> {
        self.outputs.get(&*output.topic).map(|own| own.last_ms)
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
        if let Some(own) = self.budgets.get(&counting.spends.name) {
            own.is_kept(counting.spends.budget, closed.window.1)?;
        }
        match self.ask(output, counting, closed)? {
            Answer::Anew(_) => Ok(()),
            // Whatever left before did not leave by this row.
            Answer::Again => Err(NotGranted::Otherwise),
        }
    }

    /// The windows of that output that spent of that budget and that no question can be
    /// about any more: two periods behind the one that ends at `at_ms`, but for the last
    /// one. The period is the longest that the budget has had.
    pub fn outlived(&self, output: &Output, counting: &Counting, at_ms: i64) -> Vec<(i64, i64)> {
        let spends = &counting.spends;
        let found = self.outputs.get(&*output.topic);
        let Some((own, budget)) = found.zip(self.budgets.get(&spends.name)) else {
            return Vec::new();
        };
        let sizes = budget.sizes.keys().flatten();
        let longest = sizes.map(|size| size.per_ms).max();
        let per_ms = spends.budget.per_ms.max(longest.unwrap_or_default());
        let by_ms = at_ms.saturating_sub_unsigned(per_ms.saturating_mul(2));
        let old = own.windows.range(..(by_ms, i64::MIN));
        let old = old.filter(|(window, known)| {
            known.budget == budget.number && window.1 <= by_ms && window.1 != own.last_ms
        });
        old.map(|(window, _)| *window).collect()
    }

    /// What a window of an output would spend, whether it may or not.
    pub fn note_of(&self, output: &Output, counting: &Counting, closed: &Closed) -> Box<Note> {
        let entry = Entry::of(output, counting, closed).following(self.last.clone());
        let line = format!("{}\n", entry.json());
        Box::new(Note {
            entry,
            figures: Figures {
                window: closed.window,
                epsilon: counting.spends.epsilon,
                size: Some(counting.spends.budget),
            },
            line,
        })
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
        let mut met = self.meeting(&output.topic, closed.window).peekable();
        if met.peek().is_some() {
            let own = Entry::of(output, counting, closed);
            // How much the budget is changes no row.
            let is_same = |known: &Known| {
                let after = known.after.as_ref().map(|digest| hex(digest));
                let same = own.clone().under(known.size);
                let same = same.following(after.unwrap_or_default());
                !known.is_twice && same.line_digest() == Some(known.line)
            };
            return match met.all(is_same) {
                true => Ok(Answer::Again),
                false => Err(NotGranted::Otherwise),
            };
        }
        let folded = self.outputs.get(&*output.topic).map(|own| own.folded_ms);
        if folded.is_some_and(|by_ms| closed.window.0 < by_ms) {
            return Err(OverBudget::Forgotten.into());
        }
        if let Some(own) = self.budgets.get(&spends.name) {
            own.bears(spends, closed.window.1)?;
        } else {
            let none = Spent::default();
            (spends.budget).allows(&none, closed.window.1, spends.epsilon)?;
        }
        Ok(Answer::Anew(self.note_of(output, counting, closed)))
    }

    /// Adds what a line of a ledger says.
    ///
    /// # Errors
    /// It is none, or does not follow the one before it.
    pub(super) fn add_line(&mut self, line: &str) -> Result<(), BadLine> {
        let mut entry = match Line::read(line).ok_or(BadLine::Unreadable)? {
            Line::Window(entry) => entry,
            Line::Folded(folded) => return self.add_folded(line, &folded),
        };
        let figures = entry.figures().ok_or(BadLine::Unreadable)?;
        if entry.after != self.last || !entry.is_whole() {
            return Err(BadLine::Broken);
        }
        self.last = after(line);
        self.keep(&entry, figures).ok_or(BadLine::Unreadable)
    }

    fn add_folded(&mut self, line: &str, folded: &Folded) -> Result<(), BadLine> {
        let to = folded.to_ms().ok_or(BadLine::Unreadable)?;
        if folded.after != self.last || !folded.is_whole() {
            return Err(BadLine::Broken);
        }
        self.last = after(line);
        let own = self.output(&folded.output, to);
        own.folded_ms = own.folded_ms.max(to);
        let budget = self.budget(&folded.budget).ok_or(BadLine::Unreadable)?;
        budget.folded_ms = Some(to).max(budget.folded_ms);
        self.lines += 1;
        Ok(())
    }

    /// The line is written down.
    pub fn note(&mut self, note: Box<Note>) {
        self.last = after(note.line.trim_end());
        self.keep(&note.entry, note.figures)
            .expect("it was sealed here");
    }

    /// `None`: it has no digest.
    fn keep(&mut self, entry: &Entry, figures: Figures) -> Option<()> {
        let line = entry.line_digest()?;
        let (from, to) = figures.window;
        let budget = self.budget(&entry.budget)?;
        budget.spent.add(to, figures.epsilon);
        let last_ms = budget.sizes.entry(figures.size).or_insert(to);
        *last_ms = to.max(*last_ms);
        let known = Known {
            budget: budget.number,
            size: figures.size,
            after: entry.after_digest(),
            line,
            is_twice: false,
        };
        let own = self.output(&entry.output, to);
        own.longest_ms = own.longest_ms.max(to.saturating_sub(from));
        let there = own.windows.entry((from, to));
        there
            .and_modify(|there| there.is_twice = true)
            .or_insert(known);
        self.lines += 1;
        Some(())
    }

    /// The budget of that name, of which nothing may be spent yet; `None`: there are too
    /// many.
    fn budget(&mut self, name: &str) -> Option<&mut OfBudget> {
        let number = u32::try_from(self.budgets.len()).ok()?;
        if !self.budgets.contains_key(name) {
            let new = OfBudget {
                number,
                ..OfBudget::default()
            };
            self.budgets.insert(name.into(), new);
        }
        self.budgets.get_mut(name)
    }

    /// The output of that topic, of which a window ends then.
    fn output(&mut self, topic: &str, to: i64) -> &mut OfOutput {
        if !self.outputs.contains_key(topic) {
            let new = OfOutput {
                windows: BTreeMap::new(),
                longest_ms: 0,
                last_ms: to,
                folded_ms: i64::MIN,
            };
            self.outputs.insert(topic.into(), new);
        }
        let own = self.outputs.get_mut(topic).expect("just put");
        own.last_ms = own.last_ms.max(to);
        own
    }

    /// True when that is the row of what the window spends, whichever version wrote it.
    pub fn is_row_of(row: &[u8], output: &Output, counting: &Counting, closed: &Closed) -> bool {
        read_row(row).is_some_and(|(entry, figures)| {
            entry == Entry::of(output, counting, closed).under(figures.size)
        })
    }
}

impl Note {
    /// The same as a row that stands by itself: of [`Spending::in_rows`].
    pub fn row(&self) -> Vec<u8> {
        let json = self.line.trim_end().bytes();
        std::iter::once(ROW_VERSIONS[1]).chain(json).collect()
    }
}

impl OfBudget {
    /// Whether a window that ends then may spend that as well: by how much the budget is,
    /// and by how much it was for each that left and is not a period older.
    fn bears(&self, spends: &Spends, at_ms: i64) -> Result<(), NotGranted> {
        let begins = at_ms.saturating_sub_unsigned(spends.budget.per_ms);
        if let Some(by_ms) = self.folded_ms
            && begins < by_ms
        {
            let last = self.sizes.values().copied().max().unwrap_or(by_ms);
            let is_late = last.saturating_sub_unsigned(spends.budget.per_ms) >= at_ms;
            return Err(match is_late {
                true => OverBudget::Forgotten,
                false => OverBudget::NotKept,
            }
            .into());
        }
        spends.budget.allows(&self.spent, at_ms, spends.epsilon)?;
        let others = self.sizes.iter().filter_map(|(size, last)| {
            let size = size.filter(|size| *size != spends.budget)?;
            (*last > at_ms.saturating_sub_unsigned(size.per_ms)).then_some(size)
        });
        for was in others {
            let allowed = was.allows(&self.spent, at_ms, spends.epsilon);
            allowed.map_err(|_| {
                NotGranted::Smaller(Box::new(Smaller {
                    budget: spends.name.clone(),
                    is: spends.budget,
                    was,
                }))
            })?;
        }
        Ok(())
    }

    /// Whether all is kept that was spent in a period before `at_ms`. Of rows those are
    /// taken away that are two periods behind one that left.
    fn is_kept(&self, of: Budget, at_ms: i64) -> Result<(), OverBudget> {
        let begins = at_ms.saturating_sub_unsigned(of.per_ms);
        for (size, last) in &self.sizes {
            let per_ms = size.map_or(of.per_ms, |size| size.per_ms);
            if last.saturating_sub_unsigned(per_ms.saturating_mul(2)) < begins {
                continue;
            }
            return Err(match last.saturating_sub_unsigned(of.per_ms) >= at_ms {
                true => OverBudget::Late,
                false => OverBudget::NotKept,
            });
        }
        Ok(())
    }
}

/// `None`: it is no row, or one of a later version.
fn read_row(row: &[u8]) -> Option<(Entry, Figures)> {
    let (version, json) = row.split_first()?;
    let says = ROW_VERSIONS.iter().position(|own| own == version)?;
    let entry: Entry = serde_json::from_slice(json).ok()?;
    let figures = entry.figures()?;
    (figures.size.is_some() == (says == 1)).then_some((entry, figures))
}
