//! The conditions of an output, compiled: tests of single values, and small
//! programs over their answers.

use super::RecordKeyFrom;
use super::value_test::ValueTest;
use crate::record::Fetched;
use crate::record::format::{JsonText, Reader};
use crate::record::tape::{Document, Slot};
use crate::record::value::{Text, TextForm, View};

/// Most tests of one output: a record has one bit for each.
pub(crate) const TESTS_MAX: usize = 64;

/// Everything that an output asks of records and of elements in them.
pub(crate) struct Conditions {
    /// At most [`TESTS_MAX`].
    pub(crate) tests: Box<[Test]>,
    /// Those that fields ask of the record as a whole, by their bit.
    pub(crate) of_record: u64,
    /// By [`Guard::when`].
    pub(crate) whens: Box<[When]>,
    /// Which records the output selects (`where`).
    pub(crate) selects: Option<Program>,
}

/// One question about one value.
pub(crate) struct Test {
    /// Which value.
    pub(crate) of: Of,
    /// What is asked of it.
    pub(crate) asks: ValueTest,
}

/// The value that a test looks at.
pub(crate) enum Of {
    /// One of the record.
    Record(RecordKeyFrom),
    /// One below the element that stands so many steps below the top and that the
    /// field lies in: the states of each step from there.
    Element(usize, Box<[Box<[Slot]>]>),
}

/// The cases of a `when`, in order: of the first that holds the field is made. The
/// last one always does.
pub(crate) struct When(pub(crate) Box<[Program]>);

/// Which case of which `when` a field is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Place in [`Conditions::whens`].
    pub(crate) when: u16,
    /// Place among its cases.
    pub(crate) case: u16,
}

/// A condition in prefix form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program(pub(crate) Box<[Op]>);

/// One step of a [`Program`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// The answer of that test.
    Test(u8),
    /// Not what follows.
    Not,
    /// All of what stands in so many steps behind it; of none true.
    All(u16),
    /// One of what stands in so many steps behind it; of none false.
    Any(u16),
}

impl Program {
    /// True when it holds, `answer` being asked for tests as they are needed.
    pub(crate) fn holds(&self, answer: &mut impl FnMut(u8) -> bool) -> bool {
        holds(&self.0, answer)
    }
}

fn holds(ops: &[Op], answer: &mut impl FnMut(u8) -> bool) -> bool {
    match *ops {
        [Op::Test(n), ..] => answer(n),
        [Op::Not, ref rest @ ..] => !holds(rest, answer),
        [Op::All(len), ref rest @ ..] => {
            let mut each = Each(&rest[..usize::from(len)]);
            each.all(|one| holds(one, answer))
        }
        [Op::Any(len), ref rest @ ..] => {
            let mut each = Each(&rest[..usize::from(len)]);
            each.any(|one| holds(one, answer))
        }
        [] => true,
    }
}

/// The conditions that stand side by side.
struct Each<'o>(&'o [Op]);

impl<'o> Iterator for Each<'o> {
    type Item = &'o [Op];

    fn next(&mut self) -> Option<&'o [Op]> {
        let nots = self.0.iter().take_while(|op| **op == Op::Not).count();
        let behind = match self.0.get(nots)? {
            Op::All(len) | Op::Any(len) => usize::from(*len),
            Op::Test(_) | Op::Not => 0,
        };
        let (one, rest) = self.0.split_at(nots + 1 + behind);
        self.0 = rest;
        Some(one)
    }
}

/// A record as conditions look at it.
pub(crate) struct Asked<'r, R: Reader> {
    /// Its value.
    pub(crate) value: Document<'r, R>,
    /// Its key, where the plan reads it as JSON.
    pub(crate) record_key: Option<Document<'r, JsonText>>,
    /// Key and headers as they came.
    pub(crate) fetched: Fetched<'r>,
}

impl<'r, R: Reader> Asked<'r, R> {
    /// The same, where one value is meant: of several there is none, nor of a text that
    /// cannot be read.
    pub(crate) fn one(&self, from: &RecordKeyFrom) -> Option<View<'r>> {
        match from {
            RecordKeyFrom::Value(read) => self.value.read_one(*read).ok()?,
            RecordKeyFrom::RecordKeyValue(read) => {
                self.record_key.as_ref()?.read_one(*read).ok()?
            }
            _ => self.view(from),
        }
    }

    /// The value at a place of the record; `None`: it is not there.
    fn view(&self, from: &RecordKeyFrom) -> Option<View<'r>> {
        match from {
            RecordKeyFrom::Value(read) => self.value.read(*read),
            RecordKeyFrom::RecordKeyValue(read) => self.record_key.as_ref()?.read(*read),
            RecordKeyFrom::RecordKey => Some(plain(self.fetched.key())),
            RecordKeyFrom::Header(name) => {
                let mut headers = self.fetched.headers();
                let last = headers.rfind(|(n, _)| *n == name.as_bytes());
                last.map(|(_, value)| plain(value))
            }
        }
    }
}

/// A record key or header; what is no text is there all the same.
pub(crate) fn plain(bytes: Option<&[u8]>) -> View<'_> {
    match bytes.map(simdutf8::basic::from_utf8) {
        None => View::Null,
        Some(Ok(text)) => View::Text(Text::new(text, TextForm::Plain)),
        Some(Err(_)) => View::Bytes(bytes.unwrap_or_default()),
    }
}

impl Conditions {
    /// True when the output takes the record.
    pub(crate) fn selects<R: Reader>(&self, asked: &Asked<'_, R>, text: &mut String) -> bool {
        let Some(program) = &self.selects else {
            return true;
        };
        program.holds(&mut |n| self.of_record(n, asked, text))
    }

    /// The answers to what fields ask of the record as a whole, by their bit.
    pub(crate) fn answers<R: Reader>(&self, asked: &Asked<'_, R>, text: &mut String) -> u64 {
        let mut left = self.of_record;
        let mut answers = 0;
        while left != 0 {
            let n = left.trailing_zeros();
            left &= left - 1;
            let n = u8::try_from(n).expect("a word has 64 bits");
            answers |= u64::from(self.of_record(n, asked, text)) << n;
        }
        answers
    }

    fn of_record<R: Reader>(&self, n: u8, asked: &Asked<'_, R>, text: &mut String) -> bool {
        let test = &self.tests[usize::from(n)];
        match &test.of {
            Of::Record(from) => test.asks.holds(asked.view(from), text),
            // An element is only known where a field is written.
            Of::Element(..) => false,
        }
    }

    /// The case of that `when` that holds.
    pub(crate) fn case(&self, when: u16, mut answer: impl FnMut(u8) -> bool) -> u16 {
        let cases = &self.whens[usize::from(when)].0;
        let first = cases.iter().position(|case| case.holds(&mut answer));
        let last = cases.len() - 1;
        u16::try_from(first.unwrap_or(last)).expect("cases are counted in 16 bits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_from_the_front() {
        use Op::{All, Any, Not, Test};
        // not (0 and not 1) or (none of nothing), then 2
        let program = Program([All(7), Any(5), Not, All(3), Test(0), Not, Test(1), Test(2)].into());
        for bits in 0..8_u8 {
            let [a, b, c] = [0, 1, 2].map(|n| bits >> n & 1 == 1);
            let held = program.holds(&mut |n| bits >> n & 1 == 1);
            assert_eq!(held, (b || !a) && c, "{bits:03b}");
        }
        let none = |op| Program([op].into()).holds(&mut |_| unreachable!());
        assert!(none(All(0)) && !none(Any(0)));
        // Only what is needed is asked.
        let lazy = Program([Any(2), Test(0), Test(1)].into());
        let mut asked = 0;
        assert!(lazy.holds(&mut |_| {
            asked += 1;
            true
        }));
        assert_eq!(asked, 1);
    }
}
