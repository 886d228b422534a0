//! Conditions as the policy says them: which case of a `when` a field is made in,
//! which records an output selects.

mod read;
mod says;
mod value_test;
mod when;

use std::sync::Arc;

use crate::language::finding::Span;
use crate::plan::condition::TESTS_MAX;
use crate::plan::value_test::ValueTest;
use crate::policy::selector::PlaceName;
use crate::record::path::Selector;
pub(super) use read::condition;
pub(super) use when::{NESTING_MAX, when};

/// A condition: true or false of every record.
#[derive(Clone)]
pub(crate) enum Condition {
    /// A question about one value.
    Test(Arc<Test>),
    /// Not that.
    Not(Box<Condition>),
    /// All of these; of none true.
    All(Vec<Condition>),
    /// One of these.
    Any(Vec<Condition>),
}

/// A question about one value.
pub(crate) struct Test {
    /// Which value.
    pub(crate) of: PlaceName,
    /// Where the policy names it.
    pub(crate) span: Span,
    /// What is asked.
    pub(crate) asks: ValueTest,
    /// The same in words, to follow the value's name: what says the same asks the
    /// same.
    pub(crate) says: String,
}

/// In which case of a `when` a field value stands.
#[derive(Clone)]
pub(crate) struct Guard {
    /// All its cases, in order: the first that holds counts, and the last one always
    /// does. Cases of a `when` inside another are cases of that one.
    pub(crate) cases: Arc<[Condition]>,
    /// Which of them.
    pub(crate) case: usize,
    /// Where the `when` stands.
    pub(crate) span: Span,
}

impl Condition {
    /// Holds always.
    pub(super) fn always() -> Condition {
        Condition::All(Vec::new())
    }

    /// True of what holds always.
    fn is_always(&self) -> bool {
        matches!(self, Condition::All(each) if each.iter().all(Condition::is_always))
    }

    /// Both.
    pub(super) fn and(&self, other: &Condition) -> Condition {
        match (self.is_always(), other.is_always()) {
            (true, _) => other.clone(),
            (_, true) => self.clone(),
            _ => Condition::All(vec![self.clone(), other.clone()]),
        }
    }

    /// The conditions that must all hold for it to hold.
    pub(crate) fn all_of(&self) -> Vec<&Condition> {
        match self {
            Condition::All(each) => each.iter().flat_map(Condition::all_of).collect(),
            other => vec![other],
        }
    }

    /// Every question that it asks.
    pub(crate) fn tests(&self) -> Vec<&Test> {
        fn add<'c>(of: &'c Condition, list: &mut Vec<&'c Test>) {
            match of {
                Condition::Test(test) => list.push(test),
                Condition::Not(of) => add(of, list),
                Condition::All(each) | Condition::Any(each) => {
                    each.iter().for_each(|one| add(one, list));
                }
            }
        }
        let mut list = Vec::new();
        add(self, &mut list);
        list
    }

    /// The paths of the value that it looks at.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Selector> {
        self.tests().into_iter().filter_map(|test| match &test.of {
            PlaceName::Value(path) => Some(path),
            PlaceName::RecordKey | PlaceName::RecordKeyPath(_) | PlaceName::Header(_) => None,
        })
    }

    /// What it comes to when nothing that it asks of is there.
    pub(crate) fn holds_of_nothing(&self) -> bool {
        match self {
            Condition::Test(test) => test.asks.holds_of_nothing(),
            Condition::Not(of) => !of.holds_of_nothing(),
            Condition::All(each) => each.iter().all(Condition::holds_of_nothing),
            Condition::Any(each) => each.iter().any(Condition::holds_of_nothing),
        }
    }
}

impl Guard {
    /// The cases up to this one: those of the same cases hold for the same records.
    fn until(&self) -> &[Condition] {
        &self.cases[..=self.case]
    }

    /// True when both hold for the same records, for certain.
    pub(crate) fn is_same(&self, other: &Guard) -> bool {
        let both = self.until().iter().zip(other.until());
        self.case == other.case && both.into_iter().all(|(a, b)| a.says() == b.says())
    }

    /// True when both are of one `when`.
    pub(crate) fn is_beside(&self, other: &Guard) -> bool {
        Arc::ptr_eq(&self.cases, &other.cases)
    }

    /// The case that absent data takes.
    pub(crate) fn of_nothing(&self) -> usize {
        let first = self.cases.iter().position(Condition::holds_of_nothing);
        first.unwrap_or(self.cases.len() - 1)
    }
}

/// Most tests of one `when` or `where`, as often as they are written: many times what
/// an output can hold.
const WRITTEN_MAX: usize = 16 * TESTS_MAX;
