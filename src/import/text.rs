//! The draft as a text: each line below the place that it came from.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::outcome::{Beside, Foreign, Imported};
use super::rules::{Rules, places};
use crate::document::yaml::scalar;
use crate::draft::path;

/// Most fields of the sample that are listed beside the rules.
const LISTED_MAX: usize = 2_000;

/// Keys by the words of an action that need one.
const KEYS: &[(&str, &str)] = &[
    ("key: people", "people"),
    ("key: contact", "contact"),
    ("key: tokens@1", "tokens"),
    ("salt: salt", "salt"),
];

/// Writes the policy.
pub(super) fn write(foreign: Foreign, mut rules: Rules<'_>, beside: &Beside<'_>) -> Imported {
    let name = &beside.named.policy;
    let needs = |words: &str| rules.list.iter().any(|r| r.action.contains(words));
    let used = KEYS.iter().filter(|(words, _)| needs(words));
    let mut keys: Vec<&'static str> = used.map(|(_, key)| *key).collect();
    keys.push("quarantine");
    let mut out = String::new();
    let mut line =
        |text: std::fmt::Arguments<'_>| writeln!(out, "{text}").expect("a text takes all");
    line(format_args!(
        "# A draft, made from {}. A person must read it.",
        foreign.name()
    ));
    line(format_args!(
        "# There, what no rule names leaves in clear; here it does not leave. FILL IN marks"
    ));
    line(format_args!("# what nobody can guess."));
    for said in &rules.said {
        line(format_args!("# {said}"));
    }
    line(format_args!("apiVersion: veil/v1"));
    line(format_args!("kind: Policy"));
    line(format_args!("metadata:"));
    line(format_args!("  name: {}", scalar(name)));
    line(format_args!("  version: 1"));
    line(format_args!(
        "  owner: nobody yet          # FILL IN: who answers for this policy"
    ));
    line(format_args!("source:"));
    line(format_args!(
        "  topic: {}   # FILL IN: the topic that is read",
        scalar(&format!("{name}.raw"))
    ));
    match &rules.subject {
        Some(path) => line(format_args!(
            "  subject: {}   # whose dates are moved together",
            scalar(path)
        )),
        None => line(format_args!(
            "  # subject: PATH            # FILL IN: whose data a record is"
        )),
    }
    line(format_args!(
        "keys:                         # references; `veil keys new` makes the keys"
    ));
    for key in &keys {
        let what = match *key {
            "salt" => "   # FILL IN: an entry that holds their salt",
            _ => "",
        };
        line(format_args!(
            "  {key}: {{ ref: \"file:keyring.json#{key}\" }}{what}"
        ));
    }
    line(format_args!(
        "# classes: {{ fields: {{ … }} }}   # FILL IN: what each field is"
    ));
    line(format_args!("outputs:"));
    line(format_args!(
        "  - topic: {}   # FILL IN: the topic that is written",
        scalar(&format!("{name}.clean"))
    ));
    line(format_args!(
        "    purpose: analytics.reporting   # FILL IN: what the data is for"
    ));
    line(format_args!(
        "    domain: {}   # FILL IN: who can join with whom",
        scalar(name)
    ));
    match &rules.selects[..] {
        [] => {}
        [one] => line(format_args!("    where: {{ {one} }}")),
        several => {
            let several: Vec<String> = several.iter().map(|c| format!("{{ {c} }}")).collect();
            line(format_args!(
                "    where: {{ all: [{}] }}",
                several.join(", ")
            ));
        }
    }
    if rules.list.is_empty() {
        line(format_args!("    fields: {{}}   # FILL IN: what leaves"));
    } else {
        line(format_args!(
            "    fields:   # the allowlist: a line without # leaves"
        ));
    }
    for rule in &rules.list {
        line(format_args!(
            "      # line {}: {}",
            rule.line,
            one_line(&rule.from)
        ));
        for said in &rule.said {
            line(format_args!("      # {said}"));
        }
        line(format_args!(
            "      {}: {}",
            scalar(&rule.path),
            rule.action
        ));
    }
    let unnamed = unnamed(&rules, beside);
    if !rules.clear.is_empty() || !unnamed.is_empty() {
        line(format_args!(
            "      # In clear there, and left out here until somebody decides:"
        ));
    }
    for (path, action) in &rules.clear {
        line(format_args!("      # {}: {action}", scalar(path)));
    }
    for path in &unnamed {
        line(format_args!("      # {}: drop", scalar(path)));
    }
    line(format_args!(
        "quarantine: {{ topic: {}, key: quarantine, retention: 7d }}   # refused records, sealed",
        scalar(&format!("{name}.quarantine"))
    ));
    if rules.is_compat {
        line(format_args!("dangerously:"));
        line(format_args!("  - allow: compat_hash"));
        line(format_args!(
            "    because: readers still join codes made by the enrichment   # FILL IN: who, and why"
        ));
        line(format_args!("    until: {}", scalar(beside.until)));
    }
    rules.refused.sort_by_key(|r| r.line);
    Imported {
        text: out,
        keys,
        refused: rules.refused,
    }
}

/// Names of a configuration may hold anything; a comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Fields of the sample that no rule names.
fn unnamed(rules: &Rules<'_>, beside: &Beside<'_>) -> Vec<String> {
    let leaves = beside.sample.map(|s| s.leaves()).unwrap_or_default();
    let paths = leaves.iter().map(|found| path(&found.path));
    let ruled = rules.list.iter().map(|r| &r.path);
    let named = ruled.chain(rules.clear.iter().map(|(path, _)| path));
    let named: HashSet<String> = named.flat_map(|p| places(p)).collect();
    paths
        .filter(|p| !named.contains(p))
        .take(LISTED_MAX)
        .collect()
}
