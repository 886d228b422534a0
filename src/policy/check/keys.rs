//! Which keys there are: references alone.

use super::Cx;
use super::model::{Key, Spelled};
use super::names;
use crate::keys::KeyRef;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Member, Node};
use crate::policy::grammar;

const HELP: &str = "write `{ ref: \"file:keyring.json#people\" }`";

/// Reads `keys`.
pub(crate) fn keys(policy: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Vec<Key> {
    let members = policy.map("keys");
    members
        .iter()
        .map(|m| key(m, cx, policy.findings))
        .collect()
}

fn key(m: &Member, cx: &Cx<'_>, findings: &mut Findings) -> Key {
    if !names::is_alias(&m.name) {
        findings
            .error(
                codes::BAD_NAME,
                m.name_span,
                format!("`{}` cannot name a key", m.name),
            )
            .help("write letters, digits, `-` and `_`, a letter first, at most 64");
    }
    materials(&m.value, false, findings);
    let mut entry = Key {
        alias: m.name.clone(),
        span: m.name_span,
        reference: None,
    };
    if let Some(text) = m.value.scalar().filter(|t| !t.is_empty()) {
        if !is_material(text) {
            findings
                .error(
                    codes::WRONG_KIND,
                    m.value.span,
                    format!("`key` must be a mapping, found {}", m.value.kind_name()),
                )
                .help(HELP);
        }
        return entry;
    }
    let mut nameless = m.value.members().into_iter().flatten();
    if let Some(text) = nameless.find(|inner| is_nameless(inner)) {
        // Read as a word, it would be named as an unknown one.
        findings
            .error(
                codes::WRONG_KIND,
                text.name_span,
                "a text stands here without a word before it",
            )
            .label("not shown")
            .help(HELP);
        return entry;
    }
    let Some(mut mapping) = Mapping::open(&m.value, &grammar::KEY, findings) else {
        return entry;
    };
    if let Some(text) = mapping.text("ref") {
        let span = mapping.place("ref");
        match KeyRef::parse(text, cx.base) {
            Ok(value) => entry.reference = Some(Spelled { value, span }),
            Err(_) if is_material(text) => {}
            Err(error) => {
                mapping
                    .findings
                    .error(codes::BAD_KEY_REFERENCE, span, error.to_string())
                    .help("write `file:keyring.json#people`; the file is relative to the policy");
            }
        }
    }
    entry
}

/// `{ TEXT }`: to YAML a name with nothing behind it.
fn is_nameless(m: &Member) -> bool {
    let is_word = grammar::KEY.words.iter().any(|w| w.name == m.name);
    !is_word && m.value.scalar() == Some("")
}

/// Reports key material wherever it stands in `node`. `named`: under a word for it.
fn materials(node: &Node, named: bool, findings: &mut Findings) {
    match &node.kind {
        Kind::Scalar { text, .. } if named || is_material(text) => material(node.span, findings),
        Kind::Scalar { .. } => {}
        Kind::List(items) => items.iter().for_each(|n| materials(n, named, findings)),
        Kind::Map(members) => {
            for m in members {
                let named = named || ["material", "secret"].contains(&m.name.as_str());
                materials(&m.value, named, findings);
            }
        }
    }
}

fn material(span: Span, findings: &mut Findings) {
    findings
        .error(codes::KEY_MATERIAL, span, "key material stands in the policy")
        .label("not shown")
        .why("a policy is read, copied and versioned; a key in it is known to all who see it")
        .help("put it into a keyring, write `{ ref: \"file:keyring.json#NAME\" }`, and replace the key that stood here");
}

/// 16 bytes or more as hexadecimal or base64, or armoured, and no reference.
fn is_material(text: &str) -> bool {
    if text.starts_with("file:") {
        return false;
    }
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let body = packed.trim_end_matches('=');
    let body = body.rsplit_once(':').map_or(body, |(_, b)| b);
    let encoded = body.len() >= 22
        && body
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/-_".contains(&b))
        && body.bytes().any(|b| b.is_ascii_digit());
    encoded || text.contains("-----BEGIN")
}

#[cfg(test)]
mod tests {
    use crate::language::report;
    use crate::policy::compile;
    use crate::policy::entry::PolicyFile;

    /// The report of a policy whose `keys` hold that.
    fn shown(keys: &str) -> String {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw }}\nkeys: {keys}\noutputs: []\n"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let findings =
            compile(&file, &crate::keys::TestKeys, &crate::policy::NoTables, now).findings;
        report::text(&findings, "policy.yaml", &file.text, false, None)
    }

    #[test]
    fn nothing_that_may_be_a_key_is_shown() {
        for keys in [
            "{ people: hunter2correcthorse }",
            "{ people: [hunter2correcthorse] }",
            "{ people: [{ a: hunter2correcthorse }, [\"hunter2correcthorse\"]] }",
            "{ people: { ref: hunter2correcthorse } }",
            "{ people: { rref: hunter2correcthorse } }",
            "{ people: { ref: [hunter2correcthorse] } }",
            "{ people: { ref: { secret: hunter2correcthorse } } }",
            "{ people: { ref: { hunter2correcthorse: 1 } } }",
            "{ people: { hunter2correcthorse } }",
            "{ people: { ref: \"file:k.json#a\", ref: hunter2correcthorse } }",
            "{ people: { ref: \"file:k.json#a\" }, people: hunter2correcthorse }",
            "\n  ? people\n  : hunter2correcthorse",
            "\n  people: |\n    hunter2correcthorse\n    hunter2correcthorse\n  9: {}",
            "\n  people: { ref: 7 } # hunter2correcthorse",
            "[hunter2correcthorse]",
            "hunter2correcthorse",
        ] {
            let report = shown(keys);
            assert!(report.contains("error["), "{keys}");
            assert!(!report.contains("hunter2"), "{report}");
            assert!(!report.contains("correct"), "{report}");
        }
    }

    /// What somebody typed where keys stand, or meant to: in the block itself, in
    /// one that is misspelt or stands elsewhere, in one that is written twice.
    const TYPED: [&str; 7] = [
        "keys:\n  people: { ref: \"hunter2correcthorse\" }\n  q: { ref: \"file:k.json#q\", pass: hunter2correcthorse }\n",
        "keys:\n  people:\n    ref: 'hunter2correcthorse'\n",
        "keyz: { people: { ref: hunter2correcthorse } }\n",
        "metadata: { name: t, version: 1, owner: o, keys: { people: hunter2correcthorse } }\n",
        "note: &p hunter2correcthorse\nkeys: { people: { ref: *p } }\n",
        "keys: {}\nkeys: { people: { ref: hunter2correcthorse } }\n",
        "{\"apiVersion\": \"veil/v1\", \"keys\": {\"people\": {\"ref\": \"hunter2correcthorse\"}}, \"keyz\": \"hunter2correcthorse\"}\n",
    ];

    fn is_told(text: String) -> Option<String> {
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &crate::keys::TestKeys, &crate::policy::NoTables, now);
        let report = report::text(&compiled.findings, "policy.yaml", &file.text, false, None);
        ["hunter2", "correct", "horse"]
            .iter()
            .any(|part| report.contains(part))
            .then(|| format!("{}\n---\n{report}", file.text))
    }

    #[test]
    fn a_secret_is_shown_by_no_report_of_a_broken_policy() {
        let rest = "apiVersion: veil/v1\nkind: Policy\nsource: { topic: raw }\noutputs: []\n";
        for typed in TYPED {
            let whole = match typed.starts_with('{') {
                true => typed.to_owned(),
                false => format!("{typed}{rest}"),
            };
            assert_eq!(is_told(whole.clone()), None);
            for at in 0..whole.len() {
                // A part of the secret alone is still told apart by its letters.
                if at % 2 == 0 {
                    assert_eq!(is_told(whole[..at].to_owned()), None, "cut at {at}");
                }
                let mut without = whole.clone();
                let gone = without.remove(at);
                if !gone.is_alphanumeric() {
                    assert_eq!(is_told(without), None, "without {gone:?} at {at}");
                }
                // Each of them somewhere, and at each place one or two.
                for more in MORE.iter().skip(at % STEP).step_by(STEP) {
                    let mut with = whole.clone();
                    with.insert_str(at, more);
                    assert_eq!(is_told(with), None, "with {more:?} at {at}");
                }
            }
        }
    }

    const MORE: [&str; 16] = [
        "\"", "'", "\t", "{", "}", "[", "]", "\n", "&a ", "*a", "!t ", "#", ":", ",", "%", "@",
    ];
    const STEP: usize = 11;

    #[test]
    fn names_and_words_are_shown_and_what_is_no_reference_is_not() {
        let report = shown("{ people: { ref: \"file:k.json#no such\", reef: 1 }, 9: [] }");
        for part in [
            "{ people: { ref: \"*******************\", reef: * }, 9: [] }",
            "`9`",
        ] {
            assert!(report.contains(part), "{report}");
        }
    }
}
