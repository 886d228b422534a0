//! A ledger as a text: a head of a fixed length that says how many lines there are, and a
//! line a window. Lines are appended and synced, then the head; rows leave behind both. So
//! a cut shows, wherever it is: of a line that the head counts rows may have left, of one
//! that it does not count none has.

use super::entry::after;
use super::folding;
use super::spending::{BadLine, Spending};

/// What the first line follows, and what the ledgers of the first version begin with, which
/// had nothing else in their heads.
const BEGINS: &str = r#"{"veil":"budget","v":1}"#;

/// What a head begins with; ten digits follow, and [`HEAD_ENDS`].
const HEAD_BEGINS: &str = r#"{"veil":"budget","v":3,"lines":""#;
/// The same of the second version, whose lines do not say how much the budget was. It is
/// written over with the next line.
const SECOND_BEGINS: &str = r#"{"veil":"budget","v":2,"lines":""#;
const HEAD_ENDS: &str = "\"}\n";

/// Digits of the count in a head.
const DIGITS: usize = 10;

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
    /// Lines are missing for which rows may have left.
    #[error("its end was cut off: {found} of {written} windows are in it")]
    Cut {
        /// Lines that are there.
        found: usize,
        /// Lines that were written.
        written: usize,
    },
    /// The last line is not whole, and the head does not say whether rows left for it.
    #[error("its last line is not whole, and rows may have left for it")]
    Half,
}

/// A ledger that was read.
pub struct Ledger {
    /// What it says.
    pub spending: Spending,
    /// Bytes up to the end of the last line; what follows spent nothing.
    pub bytes: usize,
    /// The last line has no line feed: one is to be written before anything else is.
    pub is_open: bool,
    /// It is of the first version, whose cuts cannot all be seen: the text that it becomes.
    pub anew: Option<String>,
}

impl Spending {
    /// A ledger in which nothing is spent.
    pub fn begin() -> Spending {
        let mut spending = Spending::in_rows();
        spending.last = after(BEGINS);
        spending
    }

    /// The head of the ledger with all lines that were noted, as long as any other: it is
    /// written over the one before it.
    pub fn head(&self) -> String {
        let lines = self.lines();
        format!("{HEAD_BEGINS}{lines:0DIGITS$}{HEAD_ENDS}")
    }

    /// The text of a ledger that was read, with fewer lines: windows that ended two periods
    /// of their budget before the last one that spent of it become one line of their output,
    /// and whatever ends before them leaves no more, not even again. `None`: there are none.
    pub fn folded(text: &str) -> Option<String> {
        let (_, body) = text.split_once('\n')?;
        let (body, lines) = folding::folded(body, after(BEGINS))?;
        Some(format!("{HEAD_BEGINS}{lines:0DIGITS$}{HEAD_ENDS}{body}"))
    }

    /// Reads a ledger.
    ///
    /// # Errors
    /// When it is none, was changed, or was cut where rows may have left.
    pub fn read(text: &str) -> Result<Ledger, NoLedger> {
        let (head, body) = text.split_once('\n').ok_or(NoLedger::Other)?;
        let written = match head {
            BEGINS => None,
            head => Some(count(head).ok_or(NoLedger::Other)?),
        };
        let mut spending = Spending::begin();
        let (mut bytes, mut is_open) = (head.len() + 1, false);
        for (line, number) in body.split_inclusive('\n').zip(2..) {
            let (line, is_ended) = match line.strip_suffix('\n') {
                Some(line) => (line, true),
                None => (line, false),
            };
            match (spending.add_line(line), is_ended) {
                (Ok(()), _) => {
                    bytes += line.len() + usize::from(is_ended);
                    is_open = !is_ended;
                }
                // Cut off while it was written, or later: the head says which.
                (Err(_), false) => {
                    written.ok_or(NoLedger::Half)?;
                }
                (Err(BadLine::Unreadable), true) => return Err(NoLedger::Line(number)),
                (Err(BadLine::Broken), true) => return Err(NoLedger::Broken(number)),
            }
        }
        let found = spending.lines();
        if let Some(written) = written.filter(|written| found < *written) {
            return Err(NoLedger::Cut { found, written });
        }
        let anew = written.is_none().then(|| {
            let feed = if is_open { "\n" } else { "" };
            format!("{}{body}{feed}", spending.head())
        });
        Ok(Ledger {
            spending,
            bytes,
            is_open,
            anew,
        })
    }
}

/// How many lines a head says that there are.
fn count(head: &str) -> Option<usize> {
    let begins = [HEAD_BEGINS, SECOND_BEGINS].into_iter();
    let digits = begins
        .filter_map(|begins| head.strip_prefix(begins))
        .next()?;
    let digits = digits.strip_suffix(HEAD_ENDS.trim_end())?;
    let is_number = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}
