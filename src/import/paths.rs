//! Names and paths of other tools, as a policy writes them.

use crate::draft::path;
use crate::record::path::{Selector, Step};
use crate::sample::Profile;

/// Most steps of a path: with those around a text that is opened, fewer than the 64 that
/// a policy takes.
const STEPS_MAX: usize = 50;

/// A path of names that dots part (`a.b`). `None`: a name is empty, or there are more
/// than 50.
pub(super) fn dotted(text: &str) -> Option<String> {
    selector(text).map(|s| path(&s))
}

/// The member of that name, dots and all.
pub(super) fn member(name: &str) -> String {
    let name = Step::Name(name.to_owned());
    path(&Selector { steps: vec![name] })
}

/// The members of that name, at any depth.
pub(super) fn anywhere(name: &str) -> String {
    format!("**.{}", member(name))
}

fn selector(text: &str) -> Option<Selector> {
    let names = text.split('.');
    let steps: Option<Vec<Step>> = names
        .map(|name| (!name.is_empty()).then(|| Step::Name(name.to_owned())))
        .collect();
    let steps = steps?;
    (steps.len() <= STEPS_MAX).then_some(Selector { steps })
}

/// Paths as JSONPath writes them, without filters: `$.a.b[*]`, `$.['a','b'].c`. Several
/// where it lists names. `None`: it uses more than that.
pub(super) fn json_path(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('$')?;
    let mut found: Vec<Vec<Step>> = vec![Vec::new()];
    while !rest.is_empty() {
        let (steps, behind) = step(rest)?;
        found = found
            .iter()
            .flat_map(|before| {
                steps.iter().map(move |s| {
                    let mut path = before.clone();
                    path.push(s.clone());
                    path
                })
            })
            .collect();
        if found.len() > 64 {
            return None;
        }
        rest = behind;
    }
    let fits = |steps: &Vec<Step>| (1..=STEPS_MAX).contains(&steps.len());
    found.iter().all(fits).then(|| {
        let paths = found.into_iter().map(|steps| path(&Selector { steps }));
        paths.collect()
    })
}

/// The alternatives of the next step, and what follows it.
fn step(rest: &str) -> Option<(Vec<Step>, &str)> {
    if let Some(inside) = rest.strip_prefix("[*]") {
        return Some((vec![Step::AnyElement], inside));
    }
    // Both `.['a']` and `['a']` are written.
    if let Some(inside) = rest.strip_prefix(".[").or_else(|| rest.strip_prefix('[')) {
        let (list, behind) = inside.split_once(']')?;
        let mut steps = Vec::new();
        for one in list.split(',') {
            let one = one.trim();
            let quoted = |q: char| one.strip_prefix(q)?.strip_suffix(q);
            match quoted('\'').or_else(|| quoted('"')) {
                Some(name) if !name.is_empty() => steps.push(Step::Name(name.to_owned())),
                Some(_) => return None,
                None => steps.push(Step::Element(one.parse().ok()?)),
            }
        }
        return Some((steps, behind));
    }
    let named = rest.strip_prefix('.')?;
    let end = named.find(['.', '[']).unwrap_or(named.len());
    let (name, behind) = named.split_at(end);
    let is_plain = !name.is_empty() && !name.contains(['*', '?', '(', ')', '@', '\'', '"']);
    is_plain.then(|| (vec![Step::Name(name.to_owned())], behind))
}

/// Paths of the sample whose last name `is` right, as a policy writes them.
pub(super) fn by_last_name(profile: &Profile, is: impl Fn(&str) -> bool) -> Vec<String> {
    let leaves = profile.leaves().into_iter();
    leaves
        .filter(|found| {
            let names = found.path.steps.iter().rev();
            let mut names = names.filter_map(|step| match step {
                Step::Name(name) => Some(name.as_str()),
                _ => None,
            });
            names.next().is_some_and(&is)
        })
        .map(|found| path(&found.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_paths_become_paths() {
        for (text, paths) in [
            ("$.email", Some(&["email"][..])),
            ("$.a.b[*].c", Some(&["a.b[*].c"])),
            (
                "$.data.['email', 'ip_opt']",
                Some(&["data.email", "data.ip_opt"]),
            ),
            ("$['a'][0]", Some(&["a[0]"])),
            ("$.['a b'].c", Some(&["'a b'.c"])),
            ("$", None),
            ("$..email", None),
            ("$.a[?(@.b == 1)]", None),
            ("$.*", None),
            ("email", None),
            ("$.a[", None),
            ("$.['']", None),
        ] {
            let found = json_path(text);
            let found: Option<Vec<&str>> = found
                .as_ref()
                .map(|f| f.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), paths, "{text}");
        }
        let many = "$".to_owned() + &"['a','b']".repeat(9);
        assert_eq!(json_path(&many), None);
        assert_eq!(dotted("a..b"), None);
        assert_eq!(dotted("a.b-c").as_deref(), Some("a.b-c"));
    }
}
