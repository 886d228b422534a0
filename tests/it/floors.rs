//! The floors of the house: the architecture page in `src/lib.rs` says which room
//! may use which, and what imports itself in a circle inside a room. Here the
//! source is held against it, line by line.
//!
//! `just house` prints the drawing; `VEIL_HOUSE` draws the `src` of another
//! checkout.

mod check;
mod circles;
mod drawing;
mod forced;
mod made_up;
mod page;
mod source;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use tree::Files;

#[test]
fn nothing_climbs() {
    let faults = check::faults(&read(&source()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_forced_says_what_that_gives() {
    let faults = forced::faults(&read(&source()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn house() {
    let other = std::env::var_os("VEIL_HOUSE").map(PathBuf::from);
    let files = read(&other.unwrap_or_else(source));
    let drawing = drawing::draw(&files);
    assert!(drawing.contains("record"), "{drawing}");
    eprintln!("{drawing}");
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file below `root`.
fn read(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("source is text");
                let name = path.strip_prefix(root).expect("it lies below");
                files.insert(name.to_str().expect("names are text").to_owned(), text);
            }
        }
    }
    files
}
