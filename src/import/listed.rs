//! What a draft lists beside its rules, out of reach of the policy: fields that leave in
//! clear there, and those of which that is not so, or not known.

use std::collections::HashSet;

use super::outcome::Beside;
use super::rules::{Others, Rules, places};
use crate::document::yaml::scalar;
use crate::draft::path;

/// Most fields of the sample that are listed.
const LISTED_MAX: usize = 2_000;

/// Titles with their lines, those that have any.
pub(super) fn sections(rules: &Rules<'_>, beside: &Beside<'_>) -> Vec<(&'static str, Vec<String>)> {
    let mut clear: Vec<String> = rules
        .clear
        .iter()
        .map(|(path, action)| format!("{}: {action}", scalar(path)))
        .collect();
    let mut unknown = Vec::new();
    let left = rules.clear.iter().map(|(path, _)| path.as_str());
    let ruled = Covered::by(rules.list.iter().map(|r| r.path.as_str()).chain(left));
    let touched = Covered::by(rules.touched.iter().map(|(path, _)| path.as_str()));
    for path in leaves(beside)
        .filter(|p| !ruled.has(p) && !touched.has(p))
        .take(LISTED_MAX)
    {
        let line = format!("{}: drop", scalar(&path));
        match rules.others {
            Others::InClear => clear.push(line),
            Others::NotKnown => unknown.push(line),
            Others::LeftOut => {}
        }
    }
    let mut seen = HashSet::new();
    let changed = rules.touched.iter().filter(|(path, _)| {
        // A rule that was taken over says more of it.
        !ruled.has(path) && seen.insert(path)
    });
    let changed = changed.take(LISTED_MAX).map(|(path, place)| {
        let from = one_line(&place.what);
        format!("{}: drop   # line {}: {from}", scalar(path), place.line)
    });
    let all = [
        (
            "In clear there, and left out here until somebody decides",
            clear,
        ),
        (
            "Changed there by a rule that has no equal, and left out here",
            changed.collect(),
        ),
        (
            "Not known whether in clear there, since a rule has no equal; left out here",
            unknown,
        ),
    ];
    all.into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .collect()
}

/// Names of a configuration may hold anything; a comment ends with its line.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn leaves(beside: &Beside<'_>) -> impl Iterator<Item = String> {
    let leaves = beside.sample.map(|s| s.leaves()).unwrap_or_default();
    let paths: Vec<String> = leaves.iter().map(|found| path(&found.path)).collect();
    paths.into_iter()
}

/// Paths, with all that is inside of them.
struct Covered(HashSet<String>);

impl Covered {
    fn by<'p>(paths: impl Iterator<Item = &'p str>) -> Covered {
        let each = paths.flat_map(places);
        Covered(each.map(|path| any_element(&path)).collect())
    }

    fn has(&self, path: &str) -> bool {
        let path = any_element(path);
        let ends = path.match_indices(['.', '[', '|']).map(|(at, _)| at);
        let ends: Vec<usize> = ends.chain([path.len()]).collect();
        let starts = path.match_indices('.').map(|(at, _)| at + 1);
        let starts: Vec<usize> = [0].into_iter().chain(starts).collect();
        ends.iter().any(|end| {
            let deep = starts.iter().filter(|start| *start < end);
            let mut deep = deep.map(|start| format!("**.{}", &path[*start..*end]));
            self.0.contains(&path[..*end]) || deep.any(|d| self.0.contains(&d))
        })
    }
}

/// The path with `[*]` for every choice of elements: a field that some elements are
/// changed in is none that nobody named.
fn any_element(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let (mut is_quoted, mut is_inside) = (false, false);
    for c in path.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            '[' if !is_quoted => {
                is_inside = true;
                out.push_str("[*");
            }
            ']' if !is_quoted => is_inside = false,
            _ => {}
        }
        if !is_inside {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_covers_what_is_inside_of_it() {
        let paths = [
            "address",
            "(before|after).ssn",
            "**.email",
            "a[?k=='x]'].v",
            "'b.c'",
            "t|json.d",
        ];
        let covered = Covered::by(paths.into_iter());
        for (path, is) in [
            ("address", true),
            ("address.street", true),
            ("address[*]", true),
            ("address|json.a", true),
            ("addresses", false),
            ("home.address", false),
            ("after.ssn", true),
            ("ssn", false),
            ("email", true),
            ("user.email", true),
            ("user.email.parts", true),
            ("user.email_2", false),
            ("a[*].v", true),
            ("a[*].k", false),
            ("'b.c'", true),
            ("t|json.d.e", true),
            ("t", false),
        ] {
            assert_eq!(covered.has(path), is, "{path}");
        }
    }
}
