//! The house drawn: floors, rooms, sizes, circles, and the figures of its style.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::check::{arrows, circles_of, room_of};
use super::circles::{self, Arrows};
use super::tree::{Files, Module, Tree};

/// The drawing, of code that is not a test's; floors from the ground up, as the
/// imports make them.
pub fn draw(files: &Files) -> String {
    let tree = Tree::read(files).expect("the modules can be read");
    let mut rooms: BTreeMap<&str, Vec<&Module>> = BTreeMap::new();
    for module in &tree.modules {
        if let Some(room) = room_of(&module.file) {
            rooms.entry(room).or_default().push(module);
        }
    }
    let uses: Vec<(&str, String)> = tree
        .modules
        .iter()
        .filter_map(|module| Some((room_of(&module.file)?, tree.named(module))))
        .flat_map(|(room, named)| named.into_iter().map(move |n| (room, n.path)))
        .filter_map(|(room, path)| Some((room, path.into_iter().next()?)))
        .filter(|(room, other)| room != other)
        .collect();
    let mut between: Arrows = rooms
        .keys()
        .map(|&room| (room, Default::default()))
        .collect();
    for (room, other) in &uses {
        between.entry(room).or_default().insert(other);
    }

    let mut out = String::from("floor room        files   lines median   p95 largest\n");
    let floors = circles::floors(&between);
    for floor in 0..=floors.values().copied().max().unwrap_or(0) {
        let mut number = floor.to_string();
        for (room, modules) in rooms.iter().filter(|(room, _)| floors[*room] == floor) {
            let _ = writeln!(out, "{number:>5} {room:<11} {}", sizes(modules));
            number.clear();
        }
    }
    let all: Vec<&Module> = tree.modules.iter().collect();
    let _ = writeln!(out, "      {:<11} {}", "all", sizes(&all));
    for circle in circles::groups(&between) {
        let _ = writeln!(out, "\ncircle of rooms: {}", names(circle));
    }
    out.push('\n');
    for circle in circles_of(arrows(&tree).keys()) {
        let _ = writeln!(out, "circle of files: {}", names(circle));
    }
    out.push('\n');
    out.push_str(&style(&all));
    out
}

fn names<'a>(circle: impl IntoIterator<Item = &'a str>) -> String {
    circle.into_iter().collect::<Vec<_>>().join(", ")
}

/// How many files and lines, and how long a file is.
fn sizes(modules: &[&Module]) -> String {
    let mut lines: Vec<usize> = modules.iter().map(|module| module.code.lines).collect();
    lines.sort_unstable();
    let at = |percent: usize| lines[(lines.len() * percent).div_ceil(100).max(1) - 1];
    let largest = modules.iter().max_by_key(|module| module.code.lines);
    let largest = largest.map_or("", |module| &module.file);
    let (files, sum) = (lines.len(), lines.iter().sum::<usize>());
    let (median, p95, most) = (at(50), at(95), at(100));
    format!("{files:>5} {sum:>7} {median:>6} {p95:>5} {most:>5} {largest}")
}

/// The longest function, and how often what should be rare stands in 1,000 lines.
fn style(modules: &[&Module]) -> String {
    let lines: usize = modules.iter().map(|module| module.code.lines).sum();
    let mut longest = (0, String::new());
    let [mut public, mut expect, mut inline] = [0; 3];
    for module in modules {
        let tokens = module.code.tokens();
        for (at, token) in tokens.iter().enumerate() {
            let next = |i: usize| tokens.get(at + i).map_or("", |t| t.text);
            match token.text {
                "pub" if next(1) != "(" => public += 1,
                "." if next(1) == "expect" && next(2) == "(" => expect += 1,
                "inline" if next(1) == "(" && next(2) == "always" => inline += 1,
                "fn" => {
                    let length = function_lines(
                        &tokens[at..]
                            .iter()
                            .map(|t| (t.text, t.line))
                            .collect::<Vec<_>>(),
                    );
                    if length > longest.0 {
                        longest = (
                            length,
                            format!("{} in {}:{}", next(1), module.file, token.line),
                        );
                    }
                }
                _ => {}
            }
        }
    }
    let rate = |count: usize| format!("{count} ({:.1})", count as f64 * 1000.0 / lines as f64);
    format!(
        "longest function: {} lines, {}\nin all, and in 1,000 lines: pub {}, .expect( {}, inline(always) {}\n",
        longest.0,
        longest.1,
        rate(public),
        rate(expect),
        rate(inline)
    )
}

/// The lines of the function that these tokens begin; 0 without a body.
fn function_lines(tokens: &[(&str, usize)]) -> usize {
    let (mut depth, mut in_body) = (0, false);
    for &(text, line) in tokens {
        match text {
            ";" if depth == 0 => return 0,
            "(" | "[" => depth += 1,
            "{" => {
                in_body |= depth == 0;
                depth += 1;
            }
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return 0;
        }
        if in_body && depth == 0 {
            return line - tokens[0].1 + 1;
        }
    }
    0
}
