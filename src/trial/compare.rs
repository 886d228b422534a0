//! What a test expects against what came out.

use super::chosen::holds;
use super::json::parse;
use crate::policy::check::json::Json;
use crate::record::path::{Selector, Step};

/// Compares `found` with `wanted`. `whole`: nothing else may be there.
/// Returns the places that differ, each one sentence.
pub(crate) fn differences(wanted: &Json, found: &Json, whole: bool) -> Vec<String> {
    let mut list = Vec::new();
    compare(&mut String::new(), wanted, found, whole, &mut list);
    list
}

fn compare(path: &mut String, wanted: &Json, found: &Json, whole: bool, list: &mut Vec<String>) {
    match (wanted, found) {
        (Json::Object(wanted), Json::Object(found)) => {
            for (name, value) in wanted {
                let at = push_name(path, name);
                match found.iter().find(|(n, _)| n == name) {
                    Some((_, f)) => compare(path, value, f, whole, list),
                    None => list.push(format!("`{path}` is missing, expected {value}")),
                }
                path.truncate(at);
            }
            for (name, value) in found.iter().filter(|_| whole) {
                if !wanted.iter().any(|(n, _)| n == name) {
                    let at = push_name(path, name);
                    list.push(format!("`{path}` is there and not expected: {value}"));
                    path.truncate(at);
                }
            }
        }
        (Json::List(wanted), Json::List(found)) if wanted.len() == found.len() => {
            for (i, (w, f)) in wanted.iter().zip(found).enumerate() {
                let at = path.len();
                path.push_str(&format!("[{i}]"));
                compare(path, w, f, whole, list);
                path.truncate(at);
            }
        }
        (Json::Number(w), Json::Number(f)) if same_number(w, f) => {}
        (w, f) if w == f => {}
        (w, f) => {
            let place = if path.is_empty() { "the value" } else { path };
            list.push(format!("`{place}` is {f}, expected {w}"));
        }
    }
}

fn push_name(path: &mut String, name: &str) -> usize {
    let at = path.len();
    if at > 0 {
        path.push('.');
    }
    path.push_str(&crate::record::path::quoted_name(name));
    at
}

/// Two numbers are the same when their digits and place of the point are:
/// `30`, `30.0` and `3e1`.
fn same_number(a: &str, b: &str) -> bool {
    canonical(a).is_some_and(|a| Some(a) == canonical(b))
}

fn canonical(text: &str) -> Option<(bool, String, i64)> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |r| (true, r));
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (int, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{int}{fraction}");
    let digits = digits.trim_start_matches('0');
    let trimmed = digits.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some((false, String::new(), 0));
    }
    let places =
        i64::try_from(digits.len() - trimmed.len()).ok()? - i64::try_from(fraction.len()).ok()?;
    Some((negative, trimmed.to_owned(), exponent.checked_add(places)?))
}

/// True when something stands at that path.
pub(crate) fn exists(json: &Json, path: &Selector) -> bool {
    at(json, &path.steps)
}

fn at(json: &Json, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    match (step, json) {
        (Step::Name(name), Json::Object(members)) => members
            .iter()
            .any(|(n, value)| n == name && at(value, rest)),
        (Step::AnyName, Json::Object(members)) => members.iter().any(|(_, value)| at(value, rest)),
        (Step::AnyDepth, _) => {
            let inside = match json {
                Json::Object(members) => members.iter().any(|(_, value)| at(value, steps)),
                Json::List(items) => items.iter().any(|item| at(item, steps)),
                _ => false,
            };
            inside || at(json, rest)
        }
        (Step::Element(n), Json::List(items)) => {
            items.get(*n as usize).is_some_and(|item| at(item, rest))
        }
        (Step::AnyElement, Json::List(items)) => items.iter().any(|item| at(item, rest)),
        (Step::Itself, _) => at(json, rest),
        (Step::Json, Json::Text(text)) => parse(text).is_some_and(|json| at(&json, rest)),
        (Step::Filter(filter), Json::List(items)) => {
            let mut chosen = items.iter().filter(|item| holds(filter, item));
            chosen.any(|item| at(item, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;

    fn diff(wanted: &str, found: &str, whole: bool) -> Vec<String> {
        differences(&parse(wanted).unwrap(), &parse(found).unwrap(), whole)
    }

    #[test]
    fn a_subset_is_enough_unless_the_whole_is_asked_for() {
        assert!(diff(r#"{"a":{"b":1}}"#, r#"{"z":0,"a":{"b":1.0,"c":2}}"#, false).is_empty());
        assert_eq!(
            diff(r#"{"a":{"b":1}}"#, r#"{"a":{"b":1,"c":2}}"#, true),
            ["`a.c` is there and not expected: 2"]
        );
    }

    #[test]
    fn differences_name_their_place() {
        assert_eq!(
            diff(
                r#"{"a":[{"b":"x"}],"c":1,"d.e":2}"#,
                r#"{"a":[{"b":"y"}],"d.e":3}"#,
                true
            ),
            [
                "`a[0].b` is \"y\", expected \"x\"",
                "`c` is missing, expected 1",
                "`'d.e'` is 3, expected 2"
            ]
        );
        assert_eq!(
            diff("[1]", "[1,2]", false),
            ["`the value` is [1,2], expected [1]"]
        );
        assert_eq!(diff("\"1\"", "1", false).len(), 1);
    }

    #[test]
    fn numbers_compare_by_value() {
        for (a, b) in [
            ("30", "30.0"),
            ("3e1", "30"),
            ("-0", "0"),
            ("1e-2", "0.010"),
        ] {
            assert!(same_number(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("30", "300"),
            ("-1", "1"),
            ("9007199254740993", "9007199254740992"),
        ] {
            assert!(!same_number(a, b), "{a} {b}");
        }
    }

    #[test]
    fn paths_find_what_is_there() {
        let json = parse(r#"{"a":[{"b":1},{"c":2}]}"#).unwrap();
        let name = |n: &str| Step::Name(n.to_owned());
        let path = |steps: Vec<Step>| Selector { steps };
        assert!(exists(
            &json,
            &path(vec![name("a"), Step::AnyElement, name("c")])
        ));
        assert!(!exists(
            &json,
            &path(vec![name("a"), Step::Element(0), name("c")])
        ));
        assert!(exists(&json, &path(vec![Step::AnyName])));
    }
}
