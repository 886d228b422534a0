use super::super::Limits;
use super::super::json::JsonDecoder;
use super::*;
use crate::plan::automaton::Builder;
use crate::policy::selector;
use crate::record::tape::Tape;

/// Paths, as the walk spells them.
#[derive(Default)]
struct Paths {
    now: String,
    found: Vec<String>,
    at_most: Option<usize>,
}

impl Trail for Paths {
    type Depth = usize;

    fn depth(&self) -> usize {
        self.now.len()
    }

    fn back(&mut self, depth: usize) {
        self.now.truncate(depth);
    }

    fn member(&mut self, name: &str) {
        self.now.push('/');
        self.now.push_str(name);
    }

    fn element(&mut self) {
        self.now.push_str("[*]");
    }

    fn unnamed(&mut self) -> ControlFlow<()> {
        self.found.push(self.now.clone());
        match self.at_most == Some(self.found.len()) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn automaton(paths: &[&str]) -> Automaton {
    let mut builder = Builder::default();
    for path in paths {
        for selector in selector::selectors(path).unwrap() {
            builder.add(selector);
        }
    }
    builder.build(&[]).unwrap().automaton
}

fn found(automaton: &Automaton, value: &str) -> Vec<String> {
    let mut paths = Paths::default();
    walk(value.as_bytes(), Under::one(automaton), &mut paths);
    paths.found
}

/// A mixed set: at the top, below, below what is taken whole, behind `*`, in
/// arrays by every and by one position.
const USUAL: &[&str] = &["a", "b.c", "b.c.d", "l[*].x", "m.*.y", "p[1].z", "o.q"];

#[test]
fn each_unnamed_member_is_told_with_its_path() {
    let usual = automaton(USUAL);
    for (value, expected) in [
        (r#"{}"#, vec![]),
        (r#" { "a" : {"n":1} } "#, vec![]),
        (r#"{"z":1,"b":{"c":1,"y":{"c":2}}}"#, vec!["/z", "/b/y"]),
        (
            r#"{"l":[{"x":1,"n":[{"k":1}]},7,[],{"n":2}],"z":"}"}"#,
            vec!["/l[*]/n", "/l[*]/n", "/z"],
        ),
        (
            r#"{"m":{"any":{"y":0,"n":"\"]"},"other":5}}"#,
            vec!["/m/any/n"],
        ),
        (r#"{"p":[{"n":1},{"n":2,"z":3}]}"#, vec!["/p[*]/n"]),
        (
            r#"{"\u0061":1,"\u007a\"":[[],{"x":-1.5e3}, null ],"b":true}"#,
            vec!["/z\""],
        ),
    ] {
        assert_eq!(found(&usual, value), expected, "{value}");
    }
}

#[test]
fn the_walk_ends_where_it_is_told_to() {
    let mut paths = Paths {
        at_most: Some(2),
        ..Paths::default()
    };
    walk(
        br#"{"x":1,"y":2,"z":3}"#,
        Under::one(&automaton(USUAL)),
        &mut paths,
    );
    assert_eq!(paths.found, ["/x", "/y"]);
}

/// As many as the decoder counts, in every event that the decoder's fuzz target
/// has found worth keeping.
#[test]
fn it_finds_what_the_decoder_counts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/events");
    let events: Vec<Vec<u8>> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let mut compared = 0;
    let sets: [&[&str]; 4] = [
        USUAL,
        &["t.k.v", "o.*", "b.c[*].d", "s.lat"],
        &["*.*", "l.street"],
        &["f[2]", "t.*.v[*]", "unnamed.deep[*].b"],
    ];
    for paths in sets {
        let automaton = automaton(paths);
        let mut decoder = JsonDecoder::new(42);
        let mut tape = Tape::default();
        for event in &events {
            let read = decoder.decode(event, &automaton, &Limits::default(), &mut tape);
            if let Ok(value) = read {
                let found = found(&automaton, value);
                assert_eq!(found.len(), tape.unnamed as usize, "{paths:?}: {value}");
                compared += tape.unnamed;
            }
        }
    }
    assert!(compared > 500, "{compared} members are too few to compare");
}
