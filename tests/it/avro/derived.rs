//! What becomes of a writer's schema: `tests/avro/derived/CASE/` has its versions
//! (`v1.avsc`, …), what is made of which path (`fields`), and the schema of what leaves of
//! each version (`derived-1.avsc`), or why there is none.
//!
//! A line of `fields` is a path, a word that stands for an action, and how the field is
//! written: `as=NAME`, `drop_field`, `gaps` (of an array's elements: none are left).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use veilstream::plan::automaton::{Automaton, Builder};
use veilstream::record::path::{Selector, Step};
use veilstream::record::types::{Given, Gives, NotTaken, Type};
use veilstream::schema::avro::node::Schema;
use veilstream::schema::derived::{Fields, Head, Leaf, Made};
use veilstream::schema::json::Json;

#[test]
fn schemas_of_what_leaves_are_as_accepted() {
    let update = std::env::var_os("VEIL_UPDATE").is_some();
    let mut wrong = Vec::new();
    for folder in cases() {
        let fields = fs::read_to_string(folder.join("fields")).expect("a case has fields");
        for version in 1.. {
            let Ok(text) = fs::read_to_string(folder.join(format!("v{version}.avsc"))) else {
                assert!(version > 1, "{} has no schema", folder.display());
                break;
            };
            let derived = derived(&text, &fields) + "\n";
            let file = folder.join(format!("derived-{version}.avsc"));
            if update {
                fs::write(&file, &derived).expect("it can be written");
            }
            if fs::read_to_string(&file).ok().as_ref() != Some(&derived) {
                wrong.push(format!("{}: {derived}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_derived_is_derived_again_as_itself() {
    for folder in cases() {
        // Of a type that contains itself, the one at the top is told of what was done to
        // it, and those inside are not: they are two.
        if folder.ends_with("contains-itself") {
            continue;
        }
        let first = fs::read_to_string(folder.join("derived-1.avsc")).expect("accepted");
        if !first.starts_with(['{', '[']) {
            continue;
        }
        let once = derived(&first, "* keep\n");
        let twice = derived(&once, "* keep\n");
        assert_eq!(once, twice, "{}", folder.display());
        let [first, once] = [&first, &once].map(|text| Schema::parse(text).expect("printed"));
        let name = folder.display();
        assert_eq!(first.canonical(), once.canonical(), "{name}");
    }
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/avro/derived");
    let all = fs::read_dir(root).expect("there are cases");
    let mut all: Vec<_> = all
        .map(|entry| entry.expect("it is readable").path())
        .collect();
    all.sort();
    all
}

/// The schema of what leaves, or why there is none.
fn derived(schema: &str, fields: &str) -> String {
    let schema = match Schema::parse(schema) {
        Ok(schema) => schema,
        Err(bad) => panic!("{bad}"),
    };
    let lines: Vec<Line> = fields.lines().map(Line::read).collect();
    let (automaton, output) = Output::of(&lines);
    let head = Head {
        policy: "web-events",
        namespace: None,
    };
    match schema.derive(&automaton, &output, head) {
        Ok(derived) => derived.print(),
        Err(unfit) => unfit.to_string(),
    }
}

/// One line of `fields`.
pub struct Line<'t> {
    path: Vec<Step>,
    name: Option<&'t str>,
    gives: Box<dyn Fn(Type) -> Result<Gives, NotTaken> + 't>,
    gaps: bool,
    word: &'t str,
    said: Json,
}

impl<'t> Line<'t> {
    pub fn read(line: &'t str) -> Line<'t> {
        let mut parts = line.split(' ');
        let path = parts.next().expect("a path");
        let word = parts.next().expect("a word");
        let mut steps = Vec::new();
        for part in path.split('.') {
            let (name, elements) = part.split_once('[').unwrap_or((part, ""));
            steps.push(match name {
                "*" => Step::AnyName,
                "**" => Step::AnyDepth,
                _ => Step::Name(name.into()),
            });
            for element in elements.split('[').filter(|element| !element.is_empty()) {
                steps.push(match element.trim_end_matches(']') {
                    "*" => Step::AnyElement,
                    n => Step::Element(n.parse().expect("a position")),
                });
            }
        }
        let rest: Vec<&str> = parts.collect();
        Line {
            path: steps,
            name: rest.iter().find_map(|part| part.strip_prefix("as=")),
            gives: match rest.contains(&"drop_field") {
                true => Box::new(|ty| gives(word, ty).map(Gives::or_nothing)),
                false => Box::new(|ty| gives(word, ty)),
            },
            gaps: rest.contains(&"gaps"),
            word,
            said: Json::Object(vec![("action".into(), Json::text(word))]),
        }
    }
}

/// What the words take and give, as the actions that they stand for do.
fn gives(word: &str, ty: Type) -> Result<Gives, NotTaken> {
    let given = match (word, ty) {
        ("keep", _) => Given::Same,
        ("replace", _) => Given::Text,
        (_, Type::Null) => Given::Same,
        ("mask", Type::Text) => Given::Same,
        ("mask", Type::Symbol) => Given::Text,
        ("pseudonymize", Type::Int | Type::Long | Type::Text | Type::Symbol) => Given::Text,
        ("bucket", Type::Int | Type::Long | Type::Double | Type::Time(_)) => Given::Same,
        ("year", Type::Time(_)) => Given::Int,
        // A day of a time stays what it is, that of a number is one.
        ("day", Type::Time(_)) => Given::Same,
        ("day", Type::Long) => Given::Int,
        _ => return Err(NotTaken::Type),
    };
    let gives = Gives::one(given);
    Ok(match word {
        "pseudonymize" => gives.or_nothing(),
        _ => gives,
    })
}

pub struct Output<'t> {
    /// For each state what is made of it; of some nothing is known: nothing is.
    made: BTreeMap<u32, Vec<Leaf<'t>>>,
    inside: Vec<bool>,
    no_gaps: Vec<u32>,
}

impl<'t> Output<'t> {
    pub fn of(lines: &'t [Line<'t>]) -> (Automaton, Output<'t>) {
        let mut builder = Builder::default();
        let selectors: Vec<_> = lines
            .iter()
            .map(|line| {
                let steps = line.path.clone();
                builder.add(Selector { steps })
            })
            .collect();
        let built = builder.build(&[]).expect("a few states");
        let mut output = Output {
            made: BTreeMap::new(),
            inside: Vec::new(),
            no_gaps: Vec::new(),
        };
        for (state, info) in (0..).zip(&built.states) {
            output.inside.push(!info.passes.is_empty());
            // The path that says most holds: here the one without stars, or the first.
            let accepted: Vec<_> = info.accepts.iter().map(|item| item.selector).collect();
            let is_star = |line: &Line<'_>| {
                let star = |step: &Step| matches!(step, Step::AnyName | Step::AnyDepth);
                line.path.iter().any(star)
            };
            let all: Vec<&Line<'_>> = lines
                .iter()
                .zip(&selectors)
                .filter(|(_, selector)| accepted.contains(selector))
                .map(|(line, _)| line)
                .collect();
            let exact = all.iter().any(|line| !is_star(line));
            let leaves: Vec<_> = all
                .into_iter()
                .filter(|line| !exact || !is_star(line))
                .map(Line::leaf)
                .collect();
            if !leaves.is_empty() {
                output.made.insert(state, leaves);
            }
        }
        for line in lines.iter().filter(|line| line.gaps) {
            let root = veilstream::plan::automaton::ROOT;
            let around = &line.path[..line.path.len() - 1];
            let state = around.iter().fold(root, |state, step| match step {
                Step::Name(name) => built.automaton.member(state, name.as_bytes()),
                _ => built.automaton.element(state, 0),
            });
            output.no_gaps.push(state);
        }
        (built.automaton, output)
    }
}

impl Line<'_> {
    fn leaf(&self) -> Leaf<'_> {
        Leaf {
            name: self.name,
            gives: &*self.gives,
            parts: &[],
            is_kept: self.word == "keep",
            said: &self.said,
        }
    }
}

impl Fields for Output<'_> {
    fn at(&self, state: u32) -> Made<'_> {
        match self.made.get(&state) {
            Some(leaves) => Made::Leaves(leaves),
            None if self.inside.get(state as usize) == Some(&true) => Made::Inside(&[]),
            None => Made::Nothing,
        }
    }

    fn removes_gaps(&self, array: u32) -> bool {
        self.no_gaps.contains(&array)
    }
}
