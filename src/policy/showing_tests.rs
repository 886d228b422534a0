use std::path::Path;

use super::*;
use crate::keys::TestKeys;
use crate::language::finding::Span;
use crate::language::redaction::conceal;
use crate::language::{report, yaml};
use crate::policy::entry::{Compiled, PolicyFile, compile};

fn compiled(text: &str) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &TestKeys, &crate::policy::NoTables, now)
}

/// All that findings say, and the whole text as excerpts are cut from it: what a
/// report of whatever form can show.
fn showable(text: &str, findings: &Findings) -> String {
    let mut all = conceal(text, findings.concealed());
    for f in findings.list() {
        let also = f.also.as_ref().map_or("", |(_, label)| label);
        for words in [&*f.message, &f.label, &f.why, &f.help, also] {
            all.push('\n');
            all.push_str(words);
        }
    }
    all
}

fn policy(metadata: &str, keys: &str, rest: &str) -> String {
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, {metadata} }}\n\
         source: {{ topic: raw }}\nkeys: {keys}\n\
         outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n{rest}"
    )
}

/// Typed where the language expects something else.
#[test]
fn a_secret_in_the_wrong_place_is_shown_by_no_report() {
    let field = |value: &str| policy("owner: o", "{}", &format!("    fields: {{ a: {value} }}\n"));
    let odd = "hunter2 correct horse!";
    for text in [
        policy("owner: [hunter2correct]", "{}", ""),
        policy("owner: { keys: hunter2correct }", "{}", ""),
        policy(
            "owner: o",
            "{ \"hunter2 correct\": { ref: \"file:k.json#a\" } }",
            "",
        ),
        policy(
            "owner: o",
            "{ people: { ref: \"file:k.json#a\", hunter2correct: 1 } }",
            "",
        ),
        policy(
            "owner: o",
            "{ people: { ref: \"file:k.json#a\", hunter2correct: } }",
            "",
        ),
        policy(
            "owner: o",
            "{ people: { ref: \"file:hunter2 correct#a\" } }",
            "",
        ),
        policy("owner: o, hunter2correct: x", "{}", ""),
        policy("owner: o, dpo: { hunter2correct: x }", "{}", ""),
        field("{ keep: hunter2correct }"),
        field("{ keep: [hunter2correct] }"),
        field("{ keep: { max_chars: hunter2correct } }"),
        field("{ keep: { hunter2correct: 1 } }"),
        field("{ keys: { people: hunter2correct } }"),
        field("hunter2correct"),
        field("[hunter2correct]"),
        field("{ hunter2correct: {} }"),
        field("{ pseudonymize: { key: hunter2correct, epoch: none } }"),
        field("{ pseudonymize: { key: people, epoch: none, space: \"hunter2 correct\" } }"),
        field("{ tokenize: { key: \"hunter2correct@1\", format: digits } }"),
        field("{ encrypt: { key: { ref: hunter2correct } } }"),
        field("{ keep: { max_chars: 9 }, on_error: hunter2correct }"),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\n    key: hunter2correct\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\n    timestamp: hunter2correct\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\n    sample: hunter2correct\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\n    basis: [hunter2correct]\n",
        ),
        policy(
            "owner: o",
            "{}",
            &format!("    fields: {{ \"{odd}\": keep }}\n    on_withheld: x\n"),
        ),
        policy(
            "owner: o",
            "{}",
            &format!("    fields: {{ a: keep }}\n    recipient: [\"{odd}\"]\n"),
        ),
        policy(
            "owner: o",
            "{}",
            &format!("    fields: {{ a: keep }}\nquarantine: {{ topic: \"{odd}\", key: q }}\n"),
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\nquarantine: { topic: q, key: hunter2correct, retention: hunter2correct }\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\nquarantine: hunter2correct\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\ntests: [hunter2correct]\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\ntests: [{ name: n, given: { x: hunter2correct, x: hunter2correct, y: ~ }, expect: 1 }]\n",
        ),
        policy(
            "owner: o",
            "{}",
            "    fields: { a: keep }\nhunter2correct: 1\n",
        ),
        "- hunter2correct\n".to_owned(),
        "hunter2correct\n".to_owned(),
    ] {
        let findings = compiled(&text).findings;
        assert!(findings.has_errors(), "{text}");
        let shown = showable(&text, &findings)
            + &report::text(&findings, "policy.yaml", &text, false, Some(10_000))
            + &report::json(&findings, "policy.yaml", &text);
        for part in ["hunter2", "correct", "horse"] {
            assert!(!shown.contains(part), "{text}\n{shown}");
        }
    }
}

/// What a comparison shows of a policy is what it says, and `#` in a text is no comment.
#[test]
fn a_comment_is_shown_by_no_comparison() {
    let said = |max: u8| {
        let field = format!(
            "    fields:\n      ä:\n        keep: # hunter2\n          matches: \"x #hunt\" # ä hunter2\n          max_chars: {max} # hunter2\n"
        );
        let text = policy("owner: o", "{}", &field);
        compiled(&text).said.expect("it can be read")
    };
    let all = crate::policy::diff::diff(&said(3), &said(9));
    let [one] = &all[..] else { panic!("{all:?}") };
    assert_eq!(one.was, r#"keep: matches: "x #hunt" max_chars: 3"#);
    assert_eq!(one.is, r#"keep: matches: "x #hunt" max_chars: 9"#);
}

const PLAIN: &str = "hunter2correct";
const ODD: &str = "\"Hunter2 correct horse!\"";

/// Words that text for people stands behind.
const PROSE: [&str; 8] = [
    "contact",
    "owner",
    "dpo",
    "recipient",
    "because",
    "matches",
    "title",
    "text",
];
/// Words that a name, a path or a value of one's own stands behind.
const NAMES: [&str; 34] = [
    "class",
    "collected_for",
    "own",
    "region",
    "unknown",
    "vendor",
    "means",
    "purposes",
    "of",
    "other",
    "epoch_by",
    "name",
    "topic",
    "topics",
    "type",
    "subject",
    "path",
    "category",
    "grants",
    "purpose",
    "domain",
    "needs_consent",
    "withheld",
    "absent",
    "quarantined",
    "allow",
    "field",
    "output",
    "from",
    "like",
    "space",
    "label",
    "one_of",
    "normalize",
];
/// Words that events stand behind.
const EVENTS: [&str; 6] = ["given", "record", "expect", "exactly", "record_keys", "raw"];
/// Words that names of one's own stand below.
const OWN: [&str; 18] = [
    "by",
    "means",
    "names",
    "recipients",
    "fields",
    "headers",
    "as",
    "actions",
    "keys",
    "expect",
    "exactly",
    "record_keys",
    "types",
    "classes",
    "subject",
    "categories",
    "title",
    "text",
];

/// A place of the tree: the names on the way to it, and where its name and value stand.
struct Place {
    way: Vec<String>,
    depth: usize,
    name: Option<Span>,
    value: Span,
}

fn places(node: &Node, depth: usize, way: &[String], found: &mut Vec<Place>) {
    let mut add = |name: Option<(&str, Span)>, value: &Node| {
        let mut way = way.to_vec();
        way.extend(name.map(|(name, _)| name.to_owned()));
        found.push(Place {
            way: way.clone(),
            depth,
            name: name.map(|(_, span)| span),
            value: value.span,
        });
        places(value, depth + 1, &way, found);
    };
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::List(items) => items.iter().for_each(|item| add(None, item)),
        Kind::Map(members) => {
            for m in members {
                add(Some((&m.name, m.name_span)), &m.value);
            }
        }
    }
}

impl Place {
    fn above(&self, steps: usize) -> &str {
        let at = self.way.len().checked_sub(steps + 1);
        at.map_or("", |at| &self.way[at])
    }

    fn is_in_event(&self) -> bool {
        let above = &self.way[..self.way.len().saturating_sub(1)];
        let is_told = self
            .way
            .starts_with(&["tests".to_owned(), "consent".to_owned()]);
        is_told || above.iter().any(|name| EVENTS.contains(&&**name))
    }

    /// True where the name is its author's own.
    fn has_own_name(&self) -> bool {
        self.is_in_event() || OWN.contains(&self.above(1)) || self.above(2) == "types"
    }

    fn takes_prose(&self) -> bool {
        let is_test = self.way == ["tests", "name"];
        let is_somebody = self.way[0] == "recipients" && self.above(0) == "name";
        let in_a_language = ["title", "text"].contains(&self.above(1));
        in_a_language
            || !self.has_own_name() && (PROSE.contains(&self.above(0)) || is_test || is_somebody)
    }

    fn takes_name(&self) -> bool {
        match self.way[0] == "classes" {
            true => self.above(1) == "fields" || self.above(2) == "types" || self.above(0) == "own",
            false if ["subject", "means", "where"].contains(&self.above(1)) => true,
            false => !self.has_own_name() && NAMES.contains(&self.above(0)),
        }
    }
}

/// When what was typed may be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Always,
    WhenAllIsRight,
    Never,
}

/// What somebody may have typed in a place.
fn typed(place: &Place, form: usize) -> Option<(Span, String, May)> {
    let own_below = place.is_in_event() || {
        let below = Place {
            way: [&*place.way, &[String::new()]].concat(),
            ..*place
        };
        below.has_own_name()
    };
    let (own, prose) = (place.has_own_name(), place.takes_prose());
    let right = match own || place.takes_name() || own_below {
        true => May::WhenAllIsRight,
        false => May::Never,
    };
    let always = |may: bool, or: May| if may { May::Always } else { or };
    let value = place.value;
    Some(match form {
        0 => (
            value,
            PLAIN.to_owned(),
            always(place.takes_name() || prose, May::Never),
        ),
        1 => (value, ODD.to_owned(), always(prose, right)),
        2 => (value, format!("[{ODD}]"), right),
        3 => (value, format!("{{ {ODD}: 1 }}"), right),
        4 => (value, format!("{{ keys: {ODD} }}"), right),
        5 => (
            value,
            format!("{{ ref: \"file:k.json#a\", {PLAIN}: }}"),
            always(own_below, May::Never),
        ),
        6 => (place.name?, PLAIN.to_owned(), always(own, May::Never)),
        _ => (place.name?, ODD.to_owned(), right),
    })
}

const FORMS: usize = 8;

const EXAMPLES: [&str; 10] = [
    "config/ads.yaml",
    "config/app-events.yaml",
    "config/clinic.yaml",
    "config/customers-cdc.yaml",
    "config/minimal.yaml",
    "config/orders.yaml",
    "config/shop.yaml",
    "config/web-events.yaml",
    "src/demo/policy.yaml",
    "tests/it/model.yaml",
];

/// The text with a secret typed in each of the places, if that may not be shown; they
/// do not overlap. `None` when there is no such place.
fn broken(text: &str, places: &[&Place], form: usize) -> Option<(String, bool)> {
    let mut typed: Vec<_> = places.iter().filter_map(|p| typed(p, form)).collect();
    typed.retain(|(_, _, may)| *may != May::Always);
    typed.sort_by_key(|(span, ..)| std::cmp::Reverse(span.start));
    let mut broken = text.to_owned();
    for (span, secret, _) in &typed {
        broken.replace_range(span.start..span.end, secret);
    }
    let may_be_right = typed.iter().all(|(.., may)| *may == May::WhenAllIsRight);
    (!typed.is_empty()).then_some((broken, may_be_right))
}

/// All places of one depth at once, and some one by one, in every other form.
#[test]
fn a_secret_in_any_place_of_the_examples_is_shown_by_no_report() {
    no_report_shows_a_secret(false);
}

#[test]
#[ignore = "11,000 policies: minutes"]
fn a_secret_in_each_place_by_itself_is_shown_by_no_report() {
    no_report_shows_a_secret(true);
}

fn no_report_shows_a_secret(each: bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut told, mut tried, mut leaks) = (0, 0, Vec::new());
    for (file, n) in EXAMPLES.iter().zip(0..) {
        let text = std::fs::read_to_string(root.join(file)).expect("an example");
        let tree = yaml::read(&text, &mut Findings::default()).expect("a tree");
        let mut found = Vec::new();
        places(&tree, 0, &[], &mut found);
        let mut batches: Vec<Vec<&Place>> = Vec::new();
        let deepest = found.iter().map(|p| p.depth).max().unwrap_or_default();
        for depth in 0..=deepest {
            batches.push(found.iter().filter(|p| p.depth == depth).collect());
        }
        let apart = if each { 1 } else { 41 };
        batches.extend(found.iter().step_by(apart).map(|place| vec![place]));
        let all = batches.iter().zip(n..);
        let all = all.flat_map(|(batch, at)| (0..FORMS).map(move |form| (batch, at, form)));
        for (batch, _, form) in all.filter(|(_, at, form)| each || (at + form) % 2 == 0) {
            let Some((broken, may_be_right)) = broken(&text, batch, form) else {
                continue;
            };
            let findings = compiled(&broken).findings;
            tried += 1;
            if may_be_right && !findings.has_errors() {
                continue;
            }
            told += 1;
            let shown = showable(&broken, &findings).to_lowercase();
            let mut lines = shown.lines();
            if let Some(line) = lines.find(|l| l.contains("hunter2") || l.contains("horse")) {
                leaks.push(format!("{file}: {line}\n{broken}"));
            }
        }
    }
    assert!(leaks.is_empty(), "{} of {told}: {}", leaks.len(), leaks[0]);
    assert!(
        told > 150 && 3 * told > 2 * tried,
        "{told} of {tried} told something"
    );
}

/// A finding whose way out is hidden helps nobody: what the language itself names is shown
/// wherever it stands.
#[test]
fn the_language_s_own_words_are_shown_wherever_they_stand() {
    let field = |value: &str| policy("owner: o", "{}", &format!("    fields: {{ a: {value} }}\n"));
    for (text, shown) in [
        (
            field("{ tokenize: { key: \"people@1\", format: card } }"),
            &["`card`"][..],
        ),
        (
            field("{ tokenize: { key: \"people@1\", format: { digits: digits } } }"),
            &["`digits`"],
        ),
        (
            field("{ generalise: { date: year, bucket: 10, bottom: 1940 } }"),
            &["bucket: 10", "bottom: 1940"],
        ),
        (
            policy(
                "owner: o",
                "{}",
                "    fields: { a: keep }\n    on_withheld: tombstone\n",
            ),
            &["`tombstone`", "on_withheld: tombstone"],
        ),
    ] {
        let found = compiled(&text);
        assert!(found.findings.has_errors(), "{text}");
        let all = showable(&text, &found.findings);
        for words in shown {
            assert!(all.contains(words), "{words}: {all}");
        }
    }
}
