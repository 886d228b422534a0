//! Every action, and every kind of `generalize`, on a line of the page of conformance: what
//! it takes, gives, leaks and costs. From the definitions, their examples, and the record
//! of the bench; what is not in there is said to be missing.

use std::fmt::Write as _;

use super::generalize::{KINDS, KindDef, LEAKS_EACH};
use super::testing::parse;
use super::{ACTIONS, Example, Type, Types};
use crate::language::finding::Findings;
use crate::language::shape::Word;

/// What `bench actions --write` measured.
const COSTS: &str = include_str!("../../docs/speed/actions.tsv");

/// The table, in Markdown.
pub(crate) fn table() -> String {
    let mut text =
        "| action | takes | gives | leaks | CPU ns a value |\n|---|---|---|---|---|\n".to_owned();
    for row in rows() {
        let (takes, gives) = types(row.examples);
        let costs: Vec<String> = measured()
            .filter(|m| m.is_of(&row))
            .map(|m| format!("{} {}", m.how(), m.ns).trim().to_owned())
            .collect();
        let costs = match (costs.is_empty(), row.has_kinds()) {
            (true, true) => "by kind".to_owned(),
            (true, false) => "not in the record".to_owned(),
            (false, _) => costs.join(" · "),
        };
        let name = format!("`{}`{}", row.action, row.kind_text());
        for cell in [name, takes.says(), gives.says(), row.leaks(), costs] {
            write!(text, "| {} ", cell.replace('|', "\\|")).expect("a string takes it");
        }
        text.push_str("|\n");
    }
    text
}

/// An action, or one kind of it.
struct Row {
    action: &'static str,
    kind: Option<&'static KindDef>,
    examples: &'static [Example],
    leaks: &'static str,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for def in ACTIONS {
        let row = |kind, examples, leaks| Row {
            action: def.name,
            kind,
            examples,
            leaks,
        };
        match def.name {
            "generalize" => {
                rows.push(row(None, def.examples, LEAKS_EACH));
                rows.extend(
                    KINDS
                        .iter()
                        .map(|kind| row(Some(kind), kind.examples, kind.leaks)),
                );
            }
            _ => rows.push(row(None, def.examples, def.leaks)),
        }
    }
    rows
}

impl Row {
    fn kind_text(&self) -> String {
        self.kind
            .map_or_else(String::new, |kind| format!(", {}", kind.what))
    }

    /// True for the line above those of its kinds.
    fn has_kinds(&self) -> bool {
        self.action == "generalize" && self.kind.is_none()
    }

    fn leaks(&self) -> String {
        match self.kind {
            None => self.leaks.to_owned(),
            Some(_) => format!("As every kind. {}", self.leaks).trim().to_owned(),
        }
    }
}

/// The types of JSON that the examples take, but for `null`, which all take; and what they
/// make of these.
fn types(examples: &[Example]) -> (Types, Types) {
    let (mut takes, mut gives) = (Types::NONE, Types::NONE);
    for example in examples {
        let spec = parse(example.policy, &mut Findings::default()).expect("an example");
        for from in Types::JSON.without(Type::Null).each() {
            if let Some(made) = spec.gives(from) {
                takes = takes.with(from);
                gives = gives.or(made.types);
            }
        }
    }
    (takes, gives)
}

/// A line of the record.
struct Measured {
    /// The action, and behind a comma what it does.
    what: &'static str,
    field: &'static str,
    ns: &'static str,
}

fn measured() -> impl Iterator<Item = Measured> {
    let lines = COSTS.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().expect("three columns");
        Measured {
            what: column(),
            field: column(),
            ns: column(),
        }
    })
}

impl Measured {
    fn action(&self) -> &'static str {
        self.what
            .split_once(',')
            .map_or(self.what, |(action, _)| action)
    }

    fn how(&self) -> String {
        let how = self.what.split_once(", ").map(|(_, how)| how);
        how.map_or_else(String::new, |how| format!("{how}:"))
    }

    fn is_of(&self, row: &Row) -> bool {
        let (_, value) = self.field.split_once(": ").expect("a field");
        let says = |word: &Word| value.contains(&format!("{}: ", word.name));
        let is_of = |kind: &KindDef| kind.decides.iter().any(says);
        match row.kind {
            None => self.action() == row.action && !row.has_kinds(),
            Some(kind) => self.action() == row.action && is_of(kind),
        }
    }
}

#[test]
fn every_cost_of_the_record_is_of_one_line() {
    let rows = rows();
    for measured in measured() {
        let of = rows.iter().filter(|row| measured.is_of(row)).count();
        assert_eq!(of, 1, "{}", measured.what);
    }
}

#[test]
fn every_action_takes_and_gives_something() {
    for row in rows() {
        let (takes, gives) = types(row.examples);
        assert!(!takes.is_empty(), "{}", row.action);
        assert_eq!(gives.is_empty(), row.action == "drop", "{}", row.action);
    }
}
