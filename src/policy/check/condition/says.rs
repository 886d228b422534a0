//! Conditions in plain words.

use super::{Condition, Guard, Test};
use crate::policy::selector::PlaceName;

impl Condition {
    /// In words; what says the same is the same.
    pub(crate) fn says(&self) -> String {
        match self {
            Condition::Test(test) => test.in_words(),
            Condition::Not(of) => format!("not ({})", of.says()),
            Condition::All(each) if each.is_empty() => "always".to_owned(),
            Condition::All(each) => joined(each, " and "),
            Condition::Any(each) => joined(each, " or "),
        }
    }
}

fn joined(each: &[Condition], word: &str) -> String {
    let one = |c: &Condition| match c {
        Condition::Any(_) => format!("({})", c.says()),
        Condition::All(list) if !list.is_empty() && word == " or " => format!("({})", c.says()),
        _ => c.says(),
    };
    each.iter().map(one).collect::<Vec<_>>().join(word)
}

impl Test {
    fn in_words(&self) -> String {
        let of = match &self.of {
            PlaceName::Value(path) => format!("`{path}`"),
            PlaceName::RecordKey => "the record key".to_owned(),
            PlaceName::RecordKeyPath(path) => format!("`record_key.{path}`"),
            PlaceName::Header(name) => format!("the header `{name}`"),
        };
        format!("{of} {}", self.says)
    }
}

impl Guard {
    /// When its field is made so, in words that follow what is made.
    pub(crate) fn says(&self) -> String {
        let own = &self.cases[self.case];
        match (self.case, own.is_always()) {
            (_, true) => "otherwise".to_owned(),
            (0, false) => format!("when {}", own.says()),
            (_, false) => format!("otherwise, when {}", own.says()),
        }
    }
}
