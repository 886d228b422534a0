//! The draft as a text: each line below the place that it came from.

use std::fmt::Write as _;

use super::listed;
use super::outcome::{Beside, Foreign, Imported, SALT};
use super::rules::Rules;
use crate::document::yaml::scalar;

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
    rules.refused.sort_by_key(|r| r.line);
    Imported {
        text: out,
        keys,
        refused: rules.refused,
    }
}
