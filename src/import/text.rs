//! The draft as a text: each line below the place that it came from.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::listed;
use super::outcome::{Beside, Foreign, Imported, SALT};
use super::rules::Rules;
use crate::document::yaml::scalar;
use crate::draft::path;

/// Keys by the words of an action that need one.
const KEYS: &[(&str, &str)] = &[
    ("key: people", "people"),
    ("key: contact", "contact"),
    ("key: tokens@1", "tokens"),
    ("salt: salt", SALT),
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
            SALT => "   # FILL IN: an entry that holds their salt",
            _ => "",
        };
        line(format_args!(
            "  {key}: {{ ref: \"file:keyring.json#{key}\" }}{what}"
        ));
    }
    let classes = classes(&rules);
    match &classes[..] {
        [] => line(format_args!(
            "# classes: {{ fields: {{ … }} }}   # FILL IN: what each field is"
        )),
        guessed => {
            line(format_args!(
                "# classes:                    # FILL IN: guessed from the sample; what is right, without the `# `"
            ));
            line(format_args!("#   fields:"));
            for (path, class) in guessed {
                line(format_args!("#     {}: {class}", scalar(path)));
            }
        }
    }
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
    if !rules.list.is_empty() && rules.list.iter().all(|rule| rule.action == "drop") {
        line(format_args!(
            "      # FILL IN: every line below takes something out, so nothing leaves yet: name what may"
        ));
    }
    for rule in &rules.list {
        line(format_args!(
            "      # line {}: {}",
            rule.line,
            listed::one_line(&rule.from)
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
    for (title, lines) in listed::sections(&rules, beside) {
        line(format_args!("      # {title}:"));
        for one in lines {
            line(format_args!("      # {one}"));
        }
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
    for test in tests(&rules) {
        line(format_args!("{test}"));
    }
    rules.refused.sort_by_key(|r| r.line);
    Imported {
        text: out,
        keys,
        refused: rules.refused,
    }
}

/// The class that the sample makes likely of each path that a rule names.
fn classes(rules: &Rules<'_>) -> Vec<(String, &'static str)> {
    let Some(sample) = rules.sample else {
        return Vec::new();
    };
    let named: HashSet<&str> = rules.list.iter().map(|rule| &*rule.path).collect();
    let leaves = sample.leaves().into_iter();
    let leaves = leaves.map(|found| (path(&found.path), found.judgement().category));
    leaves
        .filter_map(|(path, class)| Some((path, class?)))
        .filter(|(path, _)| named.contains(path.as_str()))
        .collect()
}

/// Tests that hold whatever the rules say. A record without its subject, or that a
/// condition does not choose, would be another one.
fn tests(rules: &Rules<'_>) -> Vec<&'static str> {
    let mut all = vec![
        "tests:                        # FILL IN: an event of yours, and what must leave of it",
        "  - name: what is no JSON is quarantined",
        "    raw: '{\"cut\": \"off'",
        "    quarantined: not_json",
    ];
    if rules.subject.is_none() && rules.selects.is_empty() && !rules.list.is_empty() {
        all.extend([
            "  - name: a field that appears tomorrow stays behind",
            "    given: { invented_member_that_nobody_named: a secret that nobody named }",
            "    absent: [invented_member_that_nobody_named]",
            "    never_contains: [a secret that nobody named]",
        ]);
    }
    all
}
