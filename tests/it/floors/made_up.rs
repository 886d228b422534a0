//! The checker itself, on made-up houses: what it must find, and what it must
//! not take for an import.

use super::check::{arrows, faults};
use super::circles;
use super::drawing::draw;
use super::source::Code;
use super::tree::{Files, Tree};

const HEAD: &str = "//! **In**: a. **Out**: b. **Promises**: c. **Does not\n//! know**: d.\n";

/// Three rooms on three floors, in order.
fn house() -> Files {
    let lib = "//! ## The rooms\n//!\n//! | room | one sentence | may use |\n//! |---|---|---|\n\
        //! | [`ground`] | Words. | – |\n//! | [`first`] | Deeds. | ground |\n\
        //! | `cli` | All of it. | all |\n//!\n//! ## Circles left\n\
        pub mod first;\npub mod ground;\n";
    let files = [
        ("lib.rs", lib.to_owned()),
        ("main.rs", "mod cli;\nfn main() { cli::run() }\n".to_owned()),
        (
            "cli/mod.rs",
            format!("{HEAD}pub fn run() {{ veilstream::first::deed(); }}\n"),
        ),
        (
            "first/mod.rs",
            format!("{HEAD}use crate::ground::Word;\npub fn deed() {{}}\n"),
        ),
        (
            "ground/mod.rs",
            format!("{HEAD}pub mod word;\npub use word::Word;\n"),
        ),
        ("ground/word.rs", "pub struct Word;\n".to_owned()),
    ];
    files
        .into_iter()
        .map(|(file, text)| (file.to_owned(), text))
        .collect()
}

/// The faults of the house with `text` at the end of `file`.
fn with(file: &str, text: &str) -> Vec<String> {
    let mut files = house();
    files.entry(file.to_owned()).or_default().push_str(text);
    faults(&files)
}

/// The faults of the house with its page changed.
fn with_page(from: &str, to: &str) -> Vec<String> {
    let mut files = house();
    let lib = files.get_mut("lib.rs").unwrap();
    assert!(lib.contains(from));
    *lib = lib.replacen(from, to, 1);
    faults(&files)
}

#[test]
fn a_house_in_order_has_no_faults() {
    assert_eq!(faults(&house()), Vec::<String>::new());
}

#[test]
fn every_way_to_climb_is_found_with_its_line() {
    for (climbs, path) in [
        ("use crate::first::deed;", "first::deed"),
        ("use crate::{first};", "first"),
        ("use crate::{\nfirst::{deed as done}};", "first::deed"),
        ("pub(crate) use crate::first::*;", "first::*"),
        ("use super::super::first;", "first"),
        ("use self::super::super::first;", "first"),
        ("fn f() -> impl X + use<'_> {} use crate::first;", "first"),
        ("fn f() { crate::first::deed() }", "first::deed"),
        ("fn f() { super::super::first::deed() }", "first::deed"),
        ("fn f<'a>(x: &'a crate::first::Deed<'a>) {}", "first::Deed"),
        ("impl From<crate::first::Deed> for Word {}", "first::Deed"),
        (
            "macro_rules! m { () => { $crate::first::deed() } }",
            "first::deed",
        ),
        (
            "#[cfg(feature = \"test\")] use crate::first::deed;",
            "first::deed",
        ),
        ("#[cfg(not(test))] use crate::first::deed;", "first::deed"),
        (
            "#[cfg(any(test, unix))] use crate::first::deed;",
            "first::deed",
        ),
        (
            "#[cfg(test)] mod tests {} use crate::first::deed;",
            "first::deed",
        ),
        (
            "#[cfg(test)] use a::B; use crate::first::deed;",
            "first::deed",
        ),
        (
            "const QUOTE: char = '\"'; use crate::first::deed; const AGAIN: char = '\"';",
            "first::deed",
        ),
        (
            "const A: &str = r#\" \" \"#; use crate::first::deed;",
            "first::deed",
        ),
        ("/* /* */ */ use crate::first::deed;", "first::deed"),
    ] {
        let found = with("ground/word.rs", climbs);
        let line = if climbs.contains('\n') { 3 } else { 2 };
        let said = format!(
            "src/ground/word.rs:{line}: `ground` uses `first`, which stands above it: {path}"
        );
        assert_eq!(found, [said], "{climbs}");
    }
}

#[test]
fn what_is_no_import_of_the_program_is_none() {
    for text in [
        "// use crate::first::deed;",
        "/// See [`crate::first::deed`].\nfn f() {}",
        "/* crate::first::deed() /* nested */ crate::first */",
        "const A: &str = \"\\\" use crate::first::deed;\";",
        "const A: &str = r##\"\"# use crate::first::deed;\"##;",
        "#[cfg(test)]\nmod tests { use crate::first::deed; }",
        "#[cfg(test)]\nmod tests;",
        "#[cfg(all(test, unix))]\n#[allow(unused)]\npub(crate) fn f(_: [u8; 2]) -> X { crate::first::deed() }",
        "#[cfg(test)]\nuse crate::{first::deed};",
        "struct S { a: u8, #[cfg(test)] b: crate::first::Deed, c: u8 }",
        "fn f() { #[cfg(test)] crate::first::deed(1, 2); }",
        "pub(in crate::first) fn f() {}",
        "use std::first::x;",
    ] {
        assert_eq!(with("ground/word.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_room_that_no_row_names_is_found() {
    let mut files = house();
    files.insert("second/mod.rs".to_owned(), HEAD.to_owned());
    files
        .get_mut("lib.rs")
        .unwrap()
        .push_str("pub mod second;\n");
    files
        .get_mut("first/mod.rs")
        .unwrap()
        .push_str("use crate::second::x;\n");
    let found = faults(&files);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("src/second: no row"));
    assert!(found[1].starts_with("src/first/mod.rs:5: `first` uses `second`, which its row"));
}

#[test]
fn what_the_page_says_and_is_not_so_is_found() {
    for (from, to, fault) in [
        (
            "| ground |",
            "| – |",
            "src/first/mod.rs:3: `first` uses `ground`, which its row",
        ),
        ("Words. | –", "Words. | first", "goes round in a circle"),
        (
            "Words. | –",
            "Words. | cellar",
            "`cellar`, which has no row",
        ),
        (
            "//! | `cli`",
            "//! | `attic` | Dust. | – |\n//! | `cli`",
            "`attic` has a row and is no room",
        ),
        ("//! | `cli` | All of it. | all |\n", "", "src/cli: no row"),
        (
            "All of it. | all",
            "All of it. | first, ground",
            "`cli` may use `ground` and does not",
        ),
        ("Deeds. | ground |", "Deeds. |", "a room has three cells"),
        ("Deeds.", "Deeds", "one sentence"),
        (
            "//! | `cli`",
            "//! | [`first`] | Deeds. | ground |\n//! | `cli`",
            "stands twice",
        ),
        (
            "Circles left\n",
            "Circles left\n//! - `a` → `b`:\n",
            "a circle is written",
        ),
        (
            "Circles left\n",
            "Circles left\n//! - `a` → `b`: why.\n",
            "`a` → `b` closes no circle",
        ),
    ] {
        let found = with_page(from, to).join("\n");
        assert!(found.contains(fault), "{to}:\n{found}");
    }
}

#[test]
fn a_file_that_cannot_be_found_is_a_fault() {
    assert_eq!(
        with("ground/word.rs", "mod gone;"),
        ["src/ground/word.rs:2: no file for `gone`"]
    );
    assert_eq!(
        with("ground/word.rs", "mod inline { use crate::first::deed; }"),
        ["src/ground/word.rs:2: give `inline` a file of its own"]
    );
}

#[test]
fn a_head_without_its_four_parts_is_found() {
    let mut files = house();
    let first = files.get_mut("first/mod.rs").unwrap();
    *first = first.replace("**Promises**", "**Hopes**");
    assert_eq!(
        faults(&files),
        ["src/first/mod.rs: **Promises**: is not said"]
    );
}

#[test]
fn the_core_touches_nothing_outside() {
    for text in [
        "use std::fs::File;",
        "fn f() { std::thread::spawn(g); }",
        "use std::{time::{Instant}};",
    ] {
        let found = with("ground/word.rs", text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0].starts_with("src/ground/word.rs:2: the core does no I/O: std::"));
        assert_eq!(with("cli/mod.rs", text), Vec::<String>::new(), "{text}");
    }
    let mut files = house();
    files
        .get_mut("first/mod.rs")
        .unwrap()
        .push_str("use std::fs;\n");
    assert_eq!(faults(&files).len(), 1);
    let lib = files.get_mut("lib.rs").unwrap();
    *lib = lib.replace(
        "pub mod first;",
        "#[cfg(feature = \"kafka\")]\npub mod first;",
    );
    assert_eq!(faults(&files), Vec::<String>::new());
}

/// The house with a third file on the ground, and `word` leaning on it.
fn leaning(page: &str) -> Files {
    let mut files = house();
    let lib = files.get_mut("lib.rs").unwrap();
    *lib = lib.replace("Circles left\n", &format!("Circles left\n{page}"));
    files
        .get_mut("ground/mod.rs")
        .unwrap()
        .push_str("pub mod place;\n");
    files
        .get_mut("ground/word.rs")
        .unwrap()
        .push_str("use super::place::Place;\n");
    files.insert(
        "ground/place.rs".to_owned(),
        "use super::Word;\n".to_owned(),
    );
    files
}

#[test]
fn a_circle_of_files_is_found_through_what_is_passed_on() {
    let found = faults(&leaning(""));
    assert_eq!(
        found[1..],
        [
            "    src/ground/place.rs:1: uses src/ground/word.rs",
            "    src/ground/word.rs:2: uses src/ground/place.rs"
        ]
    );
    // `mod.rs` only passes `Word` on: it is in no circle with its children.
    let ground = |files: &Files| {
        let arrows = arrows(&Tree::read(files).unwrap());
        arrows
            .keys()
            .filter(|(from, _)| from.starts_with("ground/"))
            .count()
    };
    assert_eq!(ground(&leaning("")), 2);
    let used = "pub fn f(_: Word) {}\n";
    let mut files = leaning("");
    files.get_mut("ground/mod.rs").unwrap().push_str(used);
    assert_eq!(ground(&files), 3);
}

#[test]
fn a_circle_that_is_listed_is_allowed_by_its_arrow() {
    for page in [
        "//! - `ground/place.rs` → `ground/word.rs`: why\n//!   not.\n",
        "//! - `ground/word.rs` → `ground/*`: why not.\n",
    ] {
        assert_eq!(faults(&leaning(page)), Vec::<String>::new());
    }
    // The arrow allows no second circle beside it.
    let mut files = leaning("//! - `ground/place.rs` → `ground/word.rs`: why not.\n");
    files
        .get_mut("ground/mod.rs")
        .unwrap()
        .push_str("pub fn here() { place::x() }\n");
    files
        .get_mut("ground/place.rs")
        .unwrap()
        .push_str("use super::here;\n");
    assert!(faults(&files)[0].contains("a circle of files"));
}

#[test]
fn the_drawing_shows_floors_sizes_and_circles() {
    let mut files = leaning("");
    files.get_mut("ground/word.rs").unwrap().push_str(
        "#[inline(always)]\npub fn long(x: [u8; 2])\nwhere\n    u8: Copy,\n{\n    x.expect(\"}\");\n}\npub(crate) fn s() {}\n#[cfg(test)]\nmod tests {\n    pub fn longer() {\n\n\n\n\n\n\n\n    }\n}\n",
    );
    let drawing = draw(&files);
    for line in [
        "    0 ground          3      16",
        "    1 first           1       4",
        "    2 cli             2       5",
        "circle of files: ground/place.rs, ground/word.rs",
        "longest function: 6 lines, long in ground/word.rs:4",
        "pub 9 (",
        ".expect( 1 (",
        "inline(always) 1 (",
    ] {
        assert!(drawing.contains(line), "{line}\n{drawing}");
    }
    files
        .get_mut("ground/word.rs")
        .unwrap()
        .push_str("use crate::first::deed;\n");
    assert!(draw(&files).contains("circle of rooms: first, ground"));
}

#[test]
fn floors_are_counted_from_the_ground() {
    let arrows = [
        ("a", vec![]),
        ("b", vec!["a"]),
        ("c", vec!["b", "a"]),
        ("d", vec!["e"]),
        ("e", vec!["d", "b"]),
    ];
    let arrows = arrows
        .map(|(from, to)| (from, to.into_iter().collect()))
        .into();
    let floors = circles::floors(&arrows);
    assert_eq!(
        floors.into_iter().collect::<Vec<_>>(),
        [("a", 0), ("b", 1), ("c", 2), ("d", 2), ("e", 2)]
    );
    assert_eq!(circles::groups(&arrows).len(), 1);
}

#[test]
fn places_stay_what_they_were() {
    let text = "// é\nlet a = \"ä\\\"{\"; // }\n#[cfg(test)]\nfn t() {\n}\nb\n";
    let code = Code::read(text);
    assert_eq!(code.text.len(), text.len());
    assert_eq!(code.lines, 3);
    let last = code.tokens().last().copied().unwrap();
    assert_eq!((last.text, last.line), ("b", 6));
}
