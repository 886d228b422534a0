//! `veil test --update`: expected outputs, brought to what leaves now.

use super::super::rewritten::rewrite;
use super::super::screen::{Tone, paint};
use super::super::{Exit, Failure, Outcome, policy, screen};
use std::path::Path;
use std::sync::Arc;
use veilstream::keys::TestKeys;
use veilstream::policy::PolicyFile;
use veilstream::policy::diff::diff;
use veilstream::trial::{self, Updated};

/// Updates the tests of these policies, or of none of them where one cannot be used.
pub(super) fn update(files: &[PolicyFile], writes: bool) -> Outcome {
    let mut refused = None;
    let mut all = Vec::new();
    for file in files {
        match updated(file) {
            Ok(next) => all.push((file, next)),
            Err(failure) => refused = Some(failure),
        }
    }
    if let Some(refused) = refused {
        return Err(refused);
    }
    let (mut changed, mut failing, mut as_they_were) = (0, 0, 0);
    for (file, (next, tests)) in &all {
        let has = |list: fn(&Updated) -> &Vec<String>| {
            tests.iter().filter(|t| !list(t).is_empty()).count()
        };
        let (own, left) = (has(|t| &t.changes), has(|t| &t.left));
        if writes && *next != file.text {
            rewrite(&file.path, &file.text, next)?;
        }
        changed += own;
        failing += left;
        as_they_were += tests.len() - own - left;
        screen::show(&text(&file.path, tests, writes))?;
    }
    let word = if writes { "updated" } else { "to update" };
    screen::show(&format!(
        "{changed} {word}, {failing} left as they fail, {as_they_were} as they were\n"
    ))?;
    Ok(match failing + if writes { 0 } else { changed } {
        0 => Exit::Ok,
        _ => Exit::Partly,
    })
}

/// The text with its tests updated, once it is sure that they pass and that the
/// policy says the same.
fn updated(file: &PolicyFile) -> Result<(String, Vec<Updated>), Failure> {
    let mut compiled = policy::compile_with(file, &TestKeys);
    let (Some(plan), Some(was)) = (compiled.plan.take(), &compiled.said) else {
        return Err(policy::refuse(file, &compiled));
    };
    let unsure = || {
        let what = format!("`{}` is left as it is", file.path.display());
        Failure::new(Exit::Software, what).why("its tests cannot be written so that they pass")
    };
    let (text, tests) =
        trial::update(&Arc::new(plan), &compiled.tests, &file.text).ok_or_else(unsure)?;
    let next = PolicyFile {
        path: file.path.clone(),
        text: text.clone(),
    };
    let mut compiled = policy::compile_with(&next, &TestKeys);
    let (Some(plan), Some(is)) = (compiled.plan.take(), &compiled.said) else {
        return Err(unsure());
    };
    let verdicts = trial::run(&Arc::new(plan), &compiled.tests);
    let as_told = verdicts.len() == tests.len()
        && verdicts
            .iter()
            .zip(&tests)
            .all(|(v, t)| v.differences.is_empty() == t.left.is_empty());
    match as_told && diff(was, is).is_empty() {
        true => Ok((text, tests)),
        false => Err(unsure()),
    }
}

fn text(path: &Path, tests: &[Updated], writes: bool) -> String {
    let mut text = format!(
        "{}\n",
        paint(Tone::Strong, &screen::one_line(path.display()))
    );
    for test in tests {
        let (mark, list) = match (test.left.is_empty(), test.changes.is_empty()) {
            (false, _) => (paint(Tone::Error, "FAILED"), &test.left),
            (true, false) if writes => (paint(Tone::Good, "updated"), &test.changes),
            (true, false) => (paint(Tone::Warning, "to update"), &test.changes),
            (true, true) => continue,
        };
        text.push_str(&format!("  {mark}  {}\n", screen::one_line(&test.name)));
        for line in list {
            text.push_str(&format!("      {}\n", screen::one_line(line)));
        }
    }
    text
}
