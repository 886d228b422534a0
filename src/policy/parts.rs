//! What stands in a field value beside the value that its action makes: the names of
//! members, and what other actions make of parts of it. Each can be a code of its own,
//! and whoever asks which codes a column carries asks here.

use super::check::model::Value;
use std::fmt;

/// Where in a column a part of it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartAt {
    /// In the name of a member: of the so-manieth `*`, or of all of them.
    name: Option<OfNames>,
    /// Inside these actions, each with the word of it that the part stands under.
    under: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OfNames {
    All,
    Nth(usize),
}

impl PartAt {
    /// It is the name of a member, and no part of the value.
    pub fn is_name(&self) -> bool {
        self.name.is_some()
    }

    fn under(&self, action: &'static str, word: &str) -> PartAt {
        let mut at = self.clone();
        at.under.push((action, word.to_owned()));
        at
    }

    /// In one word, as a command takes it: `names`, `redact.with`, `url.e`.
    pub fn word(&self) -> String {
        let name = self.name.map(|_| "names".to_owned());
        let under = self
            .under
            .iter()
            .map(|(action, word)| format!("{action}.{word}"));
        name.into_iter().chain(under).collect::<Vec<_>>().join(".")
    }
}

/// As a sentence goes on: `in the names of members`.
impl fmt::Display for PartAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut and = "";
        for (action, word) in self.under.iter().rev() {
            write!(f, "{and}inside `{action}` under `{word}`")?;
            and = ", ";
        }
        match self.name {
            None => Ok(()),
            Some(OfNames::All) => write!(f, "{and}in the names of members"),
            Some(OfNames::Nth(n)) => {
                write!(f, "{and}in the names that its `*` number {n} stands for")
            }
        }
    }
}

/// The parts of a field value, with the value that makes each.
pub(super) fn parts(value: &Value) -> Vec<(PartAt, &Value)> {
    let mut found = Vec::new();
    inside(value, &PartAt::default(), &mut found);
    let of = |n| match value.names.len() {
        1 => OfNames::All,
        _ => OfNames::Nth(n + 1),
    };
    for (n, name) in value.names.iter().enumerate() {
        let at = PartAt {
            name: Some(of(n)),
            ..PartAt::default()
        };
        found.push((at.clone(), &name.value));
        inside(&name.value, &at, &mut found);
    }
    found
}

/// What makes the value is no part of it; what stands inside of that is.
fn inside<'v>(value: &'v Value, at: &PartAt, found: &mut Vec<(PartAt, &'v Value)>) {
    let maker = value.maker();
    for (inner, nested) in maker.inside.iter().zip(maker.spec.nested()) {
        let at = at.under(maker.def.name, nested.name);
        found.push((at.clone(), inner));
        inside(inner, &at, found);
    }
}
