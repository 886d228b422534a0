use std::collections::BTreeSet;

use super::*;
use crate::action::{TableError, TableName, TableSource};
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::Severity;
use crate::policy::{PolicyFile, compile};

/// The tables beside the examples.
struct OfTheExamples;

impl TableSource for OfTheExamples {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        let file = std::path::Path::new("config").join(name.as_str());
        std::fs::read(file).map_err(|_| TableError::Missing)
    }
}

pub(super) const BASE: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: shop, version: 3, owner: data }
source: { topic: raw, type: [type], subject: [userId] }
keys:
  people:     { ref: "file:keyring.json#people" }
  others:     { ref: "file:keyring.json#others" }
  quarantine: { ref: "file:keyring.json#quarantine" }
consent:
  signals:
    - { from: value, path: after.cookies }
    - { from: value, path: after.consent }
    - { from: value, path: after.optin, category: Mail, grants: ["yes", true] }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    needs_consent: [Analytics, Mail]
    on_withheld: { tombstone: { when: before, at: before } }
    tombstones: forward
    key: { from: record_key, pseudonymize: { key: people, epoch: none } }
    headers: { trace: keep }
    timestamp: { generalize: { time: 1h } }
    fields:
      userId: { pseudonymize: { key: people, epoch: none } }
      card: { tokenize: { key: people@2, format: digits } }
      mail: { encrypt: { key: people } }
      country: { keep: { one_of: [DE, FR] } }
      phone: { mask: { keep_last: 4 }, on_error: drop_field }
      traits.email: drop
      traits.*: { keep: { subtree: true } }
      sealed: { encrypt: { key: people, fields: { a: keep, b: { generalize: { bucket: 10 } } } } }
    types:
      page: { path: { keep: { max_chars: 40 } } }
      track/*: { revenue: { generalize: { bucket: 10 } } }
  - topic: second
    purpose: analytics.reporting
    domain: shops
    fields: { plan: keep }
quarantine: { topic: refused, key: quarantine, retention: 7d }
dangerously:
  - { allow: unclassified_keep, output: clean, field: country, because: it is harmless, until: 2099-01-01 }
"#;

fn said_at(path: &str, text: &str) -> Said {
    let file = PolicyFile {
        path: path.into(),
        text: text.to_owned(),
    };
    let compiled = compile(
        &file,
        &TestKeys,
        &OfTheExamples,
        jiff::Timestamp::UNIX_EPOCH,
    );
    for f in compiled.findings.list() {
        // The keys of tests have one version.
        let fine = f.severity != Severity::Error || f.code == codes::KEY_UNUSABLE;
        assert!(fine, "{f:?} in {text}");
    }
    compiled.said.expect("it was read")
}

pub(super) fn said(text: &str) -> Said {
    said_at("policy.yaml", text)
}

pub(super) fn changed(from: &str, to: &str) -> String {
    assert_eq!(BASE.matches(from).count(), 1, "`{from}` stands once");
    BASE.replacen(from, to, 1)
}

/// Other parts of what is read are records: nothing can be held side by side.
#[test]
fn another_way_to_take_records_apart_cannot_be_compared() {
    let topic = "source: { topic: raw, type: [type]";
    let base = BASE
        .replace("    tombstones: forward\n", "")
        .replace(topic, "source: { topic: raw, split: batch, type: [type]");
    for to in [
        "split: { at: batch, lift: true }",
        "split: other",
        "split: \"[]\"",
    ] {
        let (was, is) = (said(&base), said(&base.replace("split: batch", to)));
        let found = diff(&was, &is);
        let split: Vec<_> = found.iter().filter(|d| d.field == "source.split").collect();
        let [split] = &split[..] else {
            panic!("{to}: {found:?}")
        };
        assert_eq!(
            (split.verdict, &*split.was),
            (Verdict::Changed, "batch"),
            "{to}"
        );
    }
    let found = diff(&said(&base), &said(&base.replace("split: batch, ", "")));
    assert!(
        found
            .iter()
            .any(|d| d.field == "source.split" && d.is == "(not written)"),
        "{found:?}"
    );
}

/// The one difference there is: sign, place.
fn one(was: &str, is: &str) -> (String, String) {
    let all = diff(&said(was), &said(is));
    let [one] = all.as_slice() else {
        panic!("{all:#?}");
    };
    assert!(!one.why.is_empty(), "{one:?}");
    // What it quotes can be found in one of the two.
    for word in one.why.split('`').skip(1).step_by(2) {
        assert!(was.contains(word) || is.contains(word), "`{word}`: {one:?}");
    }
    let sign = match one.verdict {
        Verdict::Weaker => "-",
        Verdict::Changed => "?",
        Verdict::Stronger => "+",
    };
    let output = one
        .output
        .as_ref()
        .map_or(String::new(), |o| format!("{o}/"));
    let of_type = one
        .record_type
        .as_ref()
        .map_or(String::new(), |t| format!(" {t}"));
    (sign.to_owned(), format!("{output}{}{of_type}", one.field))
}

/// What stands in the base, what stands there instead, what that is, where, and
/// what it is the other way round.
const CLAUSES: &[(&str, &str, &str, &str, &str)] = &[
    ("name: shop", "name: stop", "?", "metadata.name", "?"),
    (
        "topic: raw",
        "topics: [raw, more]",
        "-",
        "source.topics",
        "+",
    ),
    ("type: [type]", "type: [kind]", "?", "source.type", "?"),
    ("#people\"", "#persons\"", "", "", ""),
    // Consent.
    (
        "    - { from: value, path: after.consent }\n",
        "",
        "-",
        "consent.signals: after.consent",
        "?",
    ),
    (
        "grants: [\"yes\", true]",
        "grants: [\"yes\"]",
        "?",
        "consent.signals: after.optin",
        "-",
    ),
    (
        "grants: [\"yes\", true]",
        "grants: [\"no\", true]",
        "?",
        "consent.signals: after.optin",
        "?",
    ),
    (
        "[Analytics, Mail]",
        "[Analytics]",
        "-",
        "clean/needs_consent",
        "?",
    ),
    (
        "[Analytics, Mail]",
        "[Analytics, Other]",
        "?",
        "clean/needs_consent",
        "?",
    ),
    (
        "on_withheld: { tombstone: { when: before, at: before } }",
        "on_withheld: skip",
        "-",
        "clean/on_withheld",
        "?",
    ),
    // Readers.
    (
        "    purpose: analytics.reporting\n    domain: analytics\n    needs",
        "    purpose: marketing\n    domain: analytics\n    needs",
        "?",
        "clean/purpose",
        "?",
    ),
    (
        "    purpose: analytics.reporting\n    domain: analytics\n    needs",
        "    purpose: analytics.reporting\n    domain: mail\n    needs",
        "?",
        "clean/domain",
        "?",
    ),
    (
        "    fields: { plan",
        "    recipient: agency\n    fields: { plan",
        "?",
        "second/recipient",
        "?",
    ),
    ("topic: second", "topic: third", "", "", ""),
    // Beside the value.
    ("time: 1h", "time: 15m", "-", "clean/timestamp", "+"),
    ("time: 1h", "time: 25m", "?", "clean/timestamp", "?"),
    (
        "timestamp: { generalize: { time: 1h } }",
        "timestamp: keep",
        "-",
        "clean/timestamp",
        "+",
    ),
    (
        "timestamp: { generalize: { time: 1h } }",
        "timestamp: now",
        "?",
        "clean/timestamp",
        "?",
    ),
    (
        "headers: { trace: keep }",
        "headers: { trace: keep, more: keep }",
        "-",
        "clean/header.more",
        "+",
    ),
    (
        "headers: { trace: keep }",
        "headers: { trace: drop }",
        "+",
        "clean/header.trace",
        "-",
    ),
    (
        "headers: { trace: keep }",
        "headers: { trace: { mask: {} } }",
        "+",
        "clean/header.trace",
        "-",
    ),
    (
        "key: { from: record_key, pseudonymize: { key: people, epoch: none } }",
        "key: { from: record_key, keep: {} }",
        "-",
        "clean/key",
        "+",
    ),
    (
        "key: { from: record_key, pseudonymize",
        "key: { from: header.id, pseudonymize",
        "",
        "",
        "",
    ),
    // Fields.
    (
        "      userId: { pseudonymize: { key: people, epoch: none } }",
        "      userId: keep",
        "-",
        "clean/userId",
        "+",
    ),
    (
        "      userId: { pseudonymize: { key: people, epoch: none } }\n",
        "",
        "+",
        "clean/userId",
        "-",
    ),
    (
        "      userId: { pseudonymize: { key: people, epoch: none } }",
        "      userId: { pseudonymize: { key: others, epoch: none } }",
        "?",
        "clean/userId",
        "?",
    ),
    ("people@2", "people@1", "-", "clean/card", "+"),
    ("people@2", "others@2", "?", "clean/card", "?"),
    ("[DE, FR]", "[DE, FR, AT]", "-", "clean/country", "+"),
    (
        "{ mask: { keep_last: 4 }, on_error: drop_field }",
        "{ mask: { keep_last: 4 } }",
        "+",
        "clean/phone",
        "-",
    ),
    (
        "traits.email: drop",
        "traits.email: keep",
        "-",
        "clean/traits.email",
        "+",
    ),
    (
        "      traits.email: drop\n",
        "",
        "-",
        "clean/traits.email",
        "+",
    ),
    (
        "      traits.*: { keep: { subtree: true } }\n",
        "",
        "+",
        "clean/traits.*",
        "-",
    ),
    (
        "      mail: { encrypt: { key: people } }\n",
        "      mail: { encrypt: { key: people, pad: 8192 } }\n",
        "+",
        "clean/mail",
        "-",
    ),
    (
        "{ a: keep, b: { generalize: { bucket: 10 } } }",
        "{ a: keep, b: { generalize: { bucket: 5 } } }",
        "-",
        "clean/sealed",
        "+",
    ),
    (
        "{ a: keep, b: { generalize: { bucket: 10 } } }",
        "{ a: keep }",
        "+",
        "clean/sealed",
        "-",
    ),
    // Types.
    (
        "{ path: { keep: { max_chars: 40 } } }",
        "{ path: { keep: { max_chars: 80 } } }",
        "-",
        "clean/path page",
        "+",
    ),
    (
        "      page: {",
        "      screen: {}\n      page: {",
        "-",
        "clean/types screen",
        "?",
    ),
    (
        "      page: { path",
        "      \"*\": {}\n      page: { path",
        "-",
        "clean/types *",
        "?",
    ),
    // What a wider entry selects already.
    (
        "      track/*: {",
        "      track/a: { revenue: keep }\n      track/*: {",
        "-",
        "clean/revenue track/a",
        "+",
    ),
    // Quarantine.
    (
        "retention: 7d",
        "retention: 8d",
        "-",
        "quarantine.retention",
        "+",
    ),
    (", retention: 7d", "", "-", "quarantine.retention", "+"),
    (
        "topic: refused",
        "topic: elsewhere",
        "?",
        "quarantine.topic",
        "?",
    ),
    (
        "key: quarantine, ret",
        "key: others, ret",
        "?",
        "quarantine.key",
        "?",
    ),
    (
        "quarantine: { topic: refused, key: quarantine, retention: 7d }\n",
        "",
        "-",
        "quarantine",
        "?",
    ),
    // Allowances.
    ("until: 2099-01-01", "until: 2098-01-01", "", "", ""),
    ("field: country, ", "", "", "", ""),
];

#[test]
fn each_clause_in_both_directions() {
    for (from, to, want, place, back) in CLAUSES.iter().filter(|c| !c.2.is_empty()) {
        let other = changed(from, to);
        assert_eq!(
            one(BASE, &other),
            (want.to_string(), place.to_string()),
            "{from} → {to}"
        );
        assert_eq!(
            one(&other, BASE),
            (back.to_string(), place.to_string()),
            "{to} → {from}"
        );
    }
}

/// Changes of which several things can be said.
#[test]
fn what_two_differences_come_from() {
    let signs = |was: &str, is: &str| -> Vec<(&'static str, String)> {
        let all = diff(&said(was), &said(is));
        let of = |d: &Difference| {
            (
                d.verdict.as_str(),
                format!("{}: {} → {}", d.field, d.was, d.is),
            )
        };
        all.iter().map(of).collect()
    };
    let key = changed("#people\"", "#persons\"");
    let all = signs(BASE, &key);
    assert_eq!(all.len(), 5, "{all:#?}");
    assert!(
        all.iter().all(|(verdict, _)| *verdict == "changed"),
        "{all:#?}"
    );
    let output = changed("topic: second", "topic: third");
    let want = [
        ("weaker", "topic: (not written) → third".to_owned()),
        ("stronger", "topic: second → (not written)".to_owned()),
    ];
    assert_eq!(signs(BASE, &output), want);
    let until = changed("until: 2099-01-01", "until: 2098-01-01");
    assert!(!is_weaker(&diff(&said(BASE), &said(&until))));
    assert!(is_weaker(&diff(&said(&until), &said(BASE))));
    let wide = changed("field: country, ", "");
    assert!(is_weaker(&diff(&said(BASE), &said(&wide))));
    assert!(!is_weaker(&diff(&said(&wide), &said(BASE))));
    // Without `types` every type leaves, with the fields of all.
    let types = "    types:\n      page: { path: { keep: { max_chars: 40 } } }\n      track/*: { revenue: { generalize: { bucket: 10 } } }\n";
    let every = changed(types, "");
    let all = signs(BASE, &every);
    assert_eq!(
        all[0],
        ("weaker", "types: those named → every type".to_owned()),
        "{all:#?}"
    );
    assert!(
        !is_weaker(&diff(&said(&every), &said(BASE)))
            || signs(&every, BASE)
                .iter()
                .any(|(v, s)| *v == "weaker" && s.starts_with("path"))
    );
    let json = changed("topic: raw,", "topic: raw, key: json,");
    assert!(is_weaker(&diff(&said(BASE), &said(&json))));
    let dropped = changed(
        "    on_withheld: { tombstone: { when: before, at: before } }\n    tombstones: forward\n",
        "",
    );
    assert_eq!(
        signs(BASE, &dropped)
            .iter()
            .filter(|(v, _)| *v == "weaker")
            .count(),
        2
    );
}

/// A selector that goes away gives its place to a wider one, also to one that
/// only crosses it.
#[test]
fn what_a_selector_hid_is_seen() {
    let with = |fields: &str| {
        changed(
            "      traits.email: drop\n      traits.*: { keep: { subtree: true } }\n",
            fields,
        )
    };
    let crossed = with("      g.a.*: drop\n      g.*.b: drop\n      x.y: keep\n");
    let open = with("      g.*.b: { keep: { subtree: true } }\n      x.y: keep\n");
    let all = diff(&said(&crossed), &said(&open));
    let places: Vec<&str> = all.iter().map(|d| d.field.as_str()).collect();
    assert!(
        places.contains(&"g.a.b") && places.contains(&"g.*.b"),
        "{places:?}"
    );
    // What was taken whole may be taken apart, and not the other way round.
    let whole = with("      ctx: { keep: { subtree: true } }\n");
    let apart = with("      ctx.ip: { generalize: { ipv4: 24 } }\n      ctx.page: keep\n");
    assert!(!is_weaker(&diff(&said(&whole), &said(&apart))));
    assert!(is_weaker(&diff(&said(&apart), &said(&whole))));
    // A new name for what leaves already is nothing more.
    let named = with("      q: { as: { r: { mask: { keep_last: 4 } } } }\n");
    let plain = with("      q: { mask: { keep_last: 4 } }\n");
    assert_eq!(diff(&said(&plain), &said(&named)), []);
    let both = with("      q: { as: { r: { mask: { keep_last: 4 } }, s: keep } }\n");
    assert_eq!(one(&plain, &both), ("-".to_owned(), "clean/s".to_owned()));
}

#[test]
fn nothing_differs_from_itself_nor_by_what_lets_nothing_out() {
    assert_eq!(diff(&said(BASE), &said(BASE)), []);
    let elsewhere = said_at("/etc/veil/policy.yaml", BASE);
    assert_eq!(diff(&said(BASE), &elsewhere), []);
    for (from, to) in [
        ("version: 3", "version: 4"),
        ("owner: data", "owner: shop, dpo: dpo@example.com"),
        (
            "userId: { pseudonymize: { key: people, epoch: none } }",
            "userId: { pseudonymize: { key: people, encoding: hex, epoch: none } }",
        ),
        (
            "kind: Policy",
            "kind: Policy\nclasses: { fields: { userId: user.unique_id } }",
        ),
        (
            "kind: Policy",
            "kind: Policy\nactions: { person: { pseudonymize: { key: people } } }",
        ),
        (
            "others:     {",
            "more: { ref: \"file:keyring.json#more\" }\n  others:     {",
        ),
        ("[Analytics, Mail]", "[Mail, Analytics]"),
        ("subject: [userId]", "subject: [person]"),
    ] {
        assert_eq!(
            diff(&said(BASE), &said(&changed(from, to))),
            [],
            "{from} → {to}"
        );
    }
    for entry in std::fs::read_dir("config").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("veil.yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(diff(&said(&text), &said(&text)), [], "{}", path.display());
        }
    }
}

/// How long a code stays the same decides, not the version of the key that follows
/// from it.
#[test]
fn longer_epochs_are_weaker_and_shorter_ones_stronger() {
    let with = |epoch: &str| {
        let code = |epoch| format!("userId: {{ pseudonymize: {{ key: people, epoch: {epoch} }} }}");
        said(&changed(&code("none"), &code(epoch)))
    };
    for (from, to, verdict) in [
        ("30d", "none", Verdict::Weaker),
        ("none", "30d", Verdict::Stronger),
        ("1d", "30d", Verdict::Weaker),
        ("30d", "1d", Verdict::Stronger),
        ("7d", "month", Verdict::Changed),
    ] {
        let found = diff(&with(from), &with(to));
        let verdicts: Vec<_> = found.iter().map(|d| (&*d.field, d.verdict)).collect();
        assert_eq!(verdicts, [("userId", verdict)], "{from} → {to}: {found:?}");
    }
}

/// The same name and version, and other bytes.
#[test]
fn another_key_under_the_same_version_is_seen() {
    let was = said(BASE);
    for at in 0..was.keys.len() {
        let mut is = said(BASE);
        let checks = is.keys[at].checks.as_mut().expect("roots have some");
        checks.values_mut().for_each(|check| check[0] ^= 1);
        let found = diff(&was, &is);
        let [one] = found.as_slice() else {
            panic!("{found:#?}");
        };
        assert_eq!(one.verdict, Verdict::Changed);
        assert_eq!(one.field, format!("keys: {}", was.keys[at].reference));
    }
    // What a version before this one remembered says nothing of it.
    let mut old = said(BASE);
    old.keys.iter_mut().for_each(|key| key.checks = None);
    assert_eq!(diff(&old, &was), []);
    assert!(!old.remembers_keys() && was.remembers_keys());
    // A version that was made since, or destroyed, has no other to be held against.
    let mut rotated = said(BASE);
    for key in &mut rotated.keys {
        key.checks.get_or_insert_default().insert(7, [7; 8]);
    }
    assert_eq!(diff(&was, &rotated), []);
    assert_eq!(diff(&rotated, &was), []);
}

#[test]
fn a_keyring_that_went_back_is_seen() {
    let with = |seals, codes, public| {
        let mut said = said(BASE);
        for key in &mut said.keys {
            (key.seals, key.codes) = (Some(seals), Some(codes));
            key.public = key.public.map(|_| [public; 32]);
        }
        said
    };
    let found = |was: &Said, is: &Said| -> BTreeSet<&'static str> {
        diff(was, is).iter().map(|d| d.verdict.as_str()).collect()
    };
    assert_eq!(
        said(BASE)
            .keys
            .iter()
            .filter(|k| k.public.is_some())
            .count(),
        1
    );
    let now = with(2, 1, 0);
    assert_eq!(found(&now, &now), BTreeSet::new());
    assert_eq!(found(&now, &with(1, 1, 0)), BTreeSet::from(["weaker"]));
    assert_eq!(found(&with(1, 1, 0), &now), BTreeSet::new());
    assert_eq!(found(&now, &with(2, 2, 0)), BTreeSet::from(["changed"]));
    assert_eq!(found(&now, &with(2, 1, 9)), BTreeSet::from(["changed"]));
}

/// Weaker in one direction is never weaker in the other, whichever changes come
/// together.
#[test]
fn of_two_policies_at_most_one_is_weaker_for_one_place() {
    let all: Vec<_> = CLAUSES.iter().filter(|c| !c.2.is_empty()).collect();
    for (n, (a, a_to, ..)) in all.iter().enumerate() {
        for (b, b_to, ..) in all.iter().skip(n + 1).step_by(3) {
            let one = changed(a, a_to);
            if one.matches(b).count() != 1 {
                continue;
            }
            let both = one.replacen(b, b_to, 1);
            let weaker =
                |was: &Said, is: &Said| -> BTreeSet<(Option<String>, Option<String>, String)> {
                    let weaker = diff(was, is)
                        .into_iter()
                        .filter(|d| d.verdict == Verdict::Weaker);
                    weaker.map(|d| (d.output, d.record_type, d.field)).collect()
                };
            let (was, is) = (said(BASE), said(&both));
            let twice: Vec<_> = weaker(&was, &is)
                .intersection(&weaker(&is, &was))
                .cloned()
                .collect();
            assert!(twice.is_empty(), "{a} → {a_to}, {b} → {b_to}: {twice:?}");
        }
    }
}
