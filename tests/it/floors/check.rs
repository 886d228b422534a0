//! The code against the page: who climbs, and what the page says that is not so.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::{self, Arrows};
use super::page::{Page, Uses};
use super::tree::{Files, Tree};

/// The room a file belongs to; the library's root belongs to none.
pub fn room_of(file: &str) -> Option<&str> {
    match file {
        "lib.rs" => None,
        "main.rs" => Some("cli"),
        _ => Some(
            file.split('/')
                .next()
                .unwrap_or(file)
                .trim_end_matches(".rs"),
        ),
    }
}

/// Everything in which the page and the code differ, each with its line.
pub fn faults(files: &Files) -> Vec<String> {
    let tree = match Tree::read(files) {
        Ok(tree) => tree,
        Err(fault) => return vec![format!("src/{fault}")],
    };
    let page = Page::read(&files["lib.rs"]);
    let mut faults = page.faults.clone();
    faults.extend(rows(&tree, &page));
    faults.extend(imports(&tree, &page));
    faults.extend(outside(files, &tree));
    faults.extend(heads(files, &page));
    faults.extend(loops(&tree, &page));
    faults
}

/// Rooms without a row, rows without a room, and rows that make a circle.
fn rows(tree: &Tree, page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    let rooms: BTreeSet<&str> = tree
        .modules
        .iter()
        .filter_map(|m| room_of(&m.file))
        .collect();
    for room in &rooms {
        if !page.rooms.contains_key(*room) {
            faults.push(format!("src/{room}: no row in the table of rooms"));
        }
    }
    for (room, uses) in &page.rooms {
        if !rooms.contains(room.as_str()) {
            faults.push(format!("src/lib.rs: `{room}` has a row and is no room"));
        }
        if let Uses::These(list) = uses {
            for other in list.iter().filter(|other| !page.rooms.contains_key(*other)) {
                faults.push(format!(
                    "src/lib.rs: `{room}` may use `{other}`, which has no row"
                ));
            }
        }
    }
    for circle in circles::groups(&table(page)) {
        faults.push(format!(
            "src/lib.rs: the table goes round in a circle: {circle:?}"
        ));
    }
    faults
}

/// The table as arrows.
fn table(page: &Page) -> Arrows<'_> {
    page.rooms
        .keys()
        .map(|room| (room.as_str(), page.may_use(room).into_iter().collect()))
        .collect()
}

/// Imports that no row allows, and what a row allows and nobody imports.
fn imports(tree: &Tree, page: &Page) -> Vec<String> {
    let table = table(page);
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for module in &tree.modules {
        let Some(room) = room_of(&module.file) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for named in tree.named(module) {
            let Some(other) = named.path.first().filter(|other| *other != room) else {
                continue;
            };
            used.insert((room.to_owned(), other.clone()));
            if page.may_use(room).contains(&other.as_str())
                || !seen.insert((named.line, other.clone()))
            {
                continue;
            }
            let why = if circles::reach(&table, other).contains(room) {
                "which stands above it"
            } else {
                "which its row does not name"
            };
            let (file, line, path) = (&module.file, named.line, named.path.join("::"));
            faults.push(format!(
                "src/{file}:{line}: `{room}` uses `{other}`, {why}: {path}"
            ));
        }
    }
    for (room, uses) in &page.rooms {
        let Uses::These(list) = uses else { continue };
        for other in list {
            if !used.contains(&(room.clone(), other.clone())) {
                faults.push(format!(
                    "src/lib.rs: `{room}` may use `{other}` and does not"
                ));
            }
        }
    }
    faults
}

/// What the core does not touch: files, processes, threads, clocks, sockets.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::process",
    "std::thread",
    "std::net::Tcp",
    "std::net::Udp",
    "std::os",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// What the page says of that: small files, keyrings, the audit log and kept state are files, a log that
/// another process holds is waited for, and one worker brings the system's clock
/// along.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("audit/", "std::fs"),
    ("audit/", "std::os"),
    ("audit/lock.rs", "std::thread"),
    ("files.rs", "std::fs"),
    ("files.rs", "std::os"),
    ("keys/", "std::fs"),
    ("keys/", "std::os"),
    ("vault/", "std::fs"),
    ("vault/", "std::os"),
    ("pipeline/worker.rs", "std::time::SystemTime"),
    // Behind the feature `registry`: it waits, and asks by HTTP.
    ("schema/registry/", "std::time::Instant"),
];

/// Lines of the core that reach out of the process.
fn outside(files: &Files, tree: &Tree) -> Vec<String> {
    let lib = files["lib.rs"].replace("#[cfg(feature = \"kafka\")]\n", "#sidecar ");
    let sidecar = |room: &str| room == "cli" || lib.contains(&format!("#sidecar pub mod {room};"));
    let mut faults = Vec::new();
    for module in &tree.modules {
        let Some(room) = room_of(&module.file) else {
            continue;
        };
        for (path, line) in tree.outside(module) {
            let touched = OUTSIDE.iter().find(|what| path.starts_with(**what));
            let excepted = EXCEPTIONS
                .iter()
                .any(|(file, what)| module.file.starts_with(file) && path.starts_with(what));
            if touched.is_some() && !excepted && !sidecar(room) {
                let file = &module.file;
                faults.push(format!("src/{file}:{line}: the core does no I/O: {path}"));
            }
        }
    }
    faults
}

/// Rooms whose opening words leave out one of the four parts.
fn heads(files: &Files, page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    for room in page.rooms.keys() {
        let file = format!("{room}/mod.rs");
        let Some(text) = files.get(&file) else {
            continue;
        };
        let head: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .collect();
        let head = head
            .join("")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        for part in ["**In**:", "**Out**:", "**Promises**:", "**Does not know**:"] {
            if !head.contains(part) {
                faults.push(format!("src/{file}: {part} is not said"));
            }
        }
    }
    faults
}

/// Who uses whom among the files of one room; what is only passed on is not used.
pub fn arrows(tree: &Tree) -> BTreeMap<(String, String), usize> {
    let mut arrows = BTreeMap::new();
    for module in &tree.modules {
        for named in tree.named(module) {
            let Some(file) = named.file.filter(|_| !named.passed_on) else {
                continue;
            };
            if file != module.file && room_of(&file) == room_of(&module.file) {
                arrows
                    .entry((module.file.clone(), file))
                    .or_insert(named.line);
            }
        }
    }
    arrows
}

/// Circles of files that the page does not list, and arrows of its list that
/// close none.
fn loops(tree: &Tree, page: &Page) -> Vec<String> {
    let every = arrows(tree);
    let circles = circles_of(every.keys());
    let within = |file: &str| circles.iter().position(|circle| circle.contains(file));
    let mut all = every.clone();
    all.retain(|(from, to), _| within(from).is_some() && within(from) == within(to));
    // Those left when every arrow of the list is gone, but for one perhaps.
    let left = |kept: Option<usize>| {
        circles_of(all.keys().filter(|(from, to)| {
            let mut listed = page.circles.iter().enumerate();
            !listed.any(|(at, back)| Some(at) != kept && back.is(from, to))
        }))
    };
    let mut faults = Vec::new();
    for circle in left(None) {
        faults.push("src/lib.rs: a circle of files that is not listed:".to_owned());
        for ((from, to), line) in &all {
            if circle.contains(from.as_str()) && circle.contains(to.as_str()) {
                faults.push(format!("    src/{from}:{line}: uses src/{to}"));
            }
        }
    }
    for (at, back) in page.circles.iter().enumerate() {
        if faults.is_empty() && left(Some(at)).is_empty() {
            let (from, to) = (&back.from, &back.to);
            faults.push(format!(
                "src/lib.rs: `{from}` → `{to}` closes no circle: take it off the list"
            ));
        }
    }
    faults
}

/// The circles that these arrows from file to file make.
pub fn circles_of<'a>(
    arrows: impl Iterator<Item = &'a (String, String)>,
) -> Vec<BTreeSet<&'a str>> {
    let mut between = Arrows::new();
    for (from, to) in arrows {
        between.entry(from).or_default().insert(to);
    }
    circles::groups(&between)
}
