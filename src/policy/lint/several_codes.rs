//! Columns in which one value has several codes.

use std::collections::HashMap;

use super::pseudonyms::reference;
use super::{Use, WrittenTo};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Output, Value};
use crate::policy::parts::{PartAt, parts};
use crate::record::path::Selector;

/// Warns of each place where one value leaves as codes that are made differently, by
/// cases of a `when` or by types of record. Where a `space` keeps them apart it is said
/// already that they are to be.
pub(super) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let mut places: HashMap<Place<'_>, Earlier<'_, '_>> = HashMap::new();
    let of_fields = uses.iter();
    for u in of_fields.filter(|u| !u.is_part && u.place == WrittenTo::Field) {
        let place = (std::ptr::from_ref(u.output), &u.leaves, &u.inputs[..]);
        let earlier = places.entry(place).or_default();
        let mut others = earlier.uses.iter().filter(|_| !earlier.is_told);
        let found = others.find_map(|other| Some((*other, apart(policy, other.value, u.value)?)));
        earlier.uses.push(u);
        let Some((other, differs)) = found else {
            continue;
        };
        earlier.is_told = true;
        let leaves = u.leaves.as_ref().map(ToString::to_string);
        let path = leaves.unwrap_or_else(|| u.path.clone());
        findings
            .warning(
                codes::SEVERAL_CODES,
                u.at(),
                format!("one value has several codes in `{path}`"),
            )
            .also(other.at(), "another code of it")
            .why(format!(
                "{differs}: such a value joins with itself no more, and a count of distinct codes takes it for several"
            ))
            .help("make it alike everywhere, so that the code does not depend on the case (of telephone numbers with `+`: `normalize: phone@2(+)`); or give each its own name under `as`")
            .output(u.topic())
            .field(&u.path);
    }
}

/// Where a value leaves, and what it is made from: the output, the path there, the inputs.
type Place<'u> = (*const Output, &'u Option<Selector>, &'u [Selector]);

/// What stood at a place before.
#[derive(Default)]
struct Earlier<'u, 'p> {
    uses: Vec<&'u Use<'p>>,
    /// It was warned of.
    is_told: bool,
}

/// In what the codes of two field values differ; `None`: in nothing, or they are meant to
/// be apart.
fn apart(policy: &Checked, a: &Value, b: &Value) -> Option<String> {
    let (a, b) = (carried(a), carried(b));
    a.iter().find_map(|(at, one)| {
        let (_, other) = b.iter().find(|(place, _)| place == at)?;
        differ(policy, one, other)
    })
}

/// The value itself and its parts, each with what makes it.
fn carried(value: &Value) -> Vec<(PartAt, &Value)> {
    let own = [(PartAt::default(), value)];
    own.into_iter().chain(parts(value)).collect()
}

fn differ(policy: &Checked, a: &Value, b: &Value) -> Option<String> {
    let (a, b) = (a.maker(), b.maker());
    let (how, other) = (a.spec.facts().join_key?, b.spec.facts().join_key?);
    let differs = how.beside(&other);
    if differs.iter().any(|(word, _)| *word == "space") {
        return None;
    }
    if a.def.name != b.def.name {
        return Some(format!(
            "`{}` makes one, `{}` another",
            a.def.name, b.def.name
        ));
    }
    if let Some((word, [a, b])) = differs.first() {
        let set = |set: &Option<&str>| set.map_or("none".to_owned(), |set| format!("`{set}`"));
        return Some(format!(
            "`{word}` decides which code it is, and is {} in one and {} in the other",
            set(a),
            set(b)
        ));
    }
    let key = |value: &Value| {
        let used = value.spec.key()?;
        Some((reference(policy, used.alias), used.pick))
    };
    (key(a) != key(b)).then(|| "they are made with two keys, or two versions of one".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile};

    /// The codes of what is found of such fields.
    fn found(rest: &str) -> usize {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
             source: {{ topic: raw, type: t }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }}, l: {{ ref: \"file:k.json#l\" }} }}\n\
             outputs:\n  - {{ topic: x, purpose: analytics.reporting, domain: d, {rest} }}\n"
        );
        let path = "p.yaml".into();
        let now = jiff::Timestamp::UNIX_EPOCH;
        let compiled = compile(&PolicyFile { path, text }, &TestKeys, &NoTables, now);
        assert!(
            !compiled.findings.has_errors(),
            "{:?}",
            compiled.findings.list()
        );
        let list = compiled.findings.list();
        list.iter().filter(|f| f.code == "V0290").count()
    }

    fn cases(a: &str, b: &str) -> usize {
        let then = |action: &str| format!("{{ pseudonymize: {{ epoch: none, {action} }} }}");
        let (a, b) = (then(a), then(b));
        let by_case = found(&format!(
            "fields: {{ u: {{ when: [{{ if: {{ c: DE }}, then: {a} }}, {{ else: {b} }}] }} }}"
        ));
        let by_type = found(&format!(
            "fields: {{}}, types: {{ s: {{ u: {a} }}, v: {{ u: {b} }} }}"
        ));
        assert_eq!(by_case, by_type);
        by_case
    }

    #[test]
    fn codes_that_cases_or_types_make_differently_are_told_unless_a_space_says_so() {
        let de = "key: k, normalize: phone@2(DE)";
        assert_eq!(cases(de, "key: k, normalize: phone@2(FR)"), 1);
        assert_eq!(cases(de, "key: l, normalize: phone@2(DE)"), 1);
        assert_eq!(
            cases(de, "key: k, normalize: phone@2(DE), scope: output"),
            1
        );
        assert_eq!(cases(de, de), 0);
        assert_eq!(
            cases(de, "key: k, normalize: phone@2(DE), encoding: hex"),
            0
        );
        assert_eq!(cases(de, "key: k, normalize: phone@2(DE), space: s"), 0);
        assert_eq!(cases(de, "key: k, scope: record"), 0);
    }

    #[test]
    fn codes_that_stand_inside_are_looked_at_too() {
        let redact = |normal: &str| {
            format!(
                "{{ redact: {{ with: {{ pseudonymize: {{ key: k, normalize: {normal}, epoch: none }} }} }} }}"
            )
        };
        let of = |a: &str, b: &str| {
            found(&format!(
                "fields: {{ n: {{ when: [{{ if: {{ c: DE }}, then: {} }}, {{ else: {} }}] }} }}",
                redact(a),
                redact(b)
            ))
        };
        assert_eq!(of("email", "text"), 1);
        assert_eq!(of("email", "email"), 0);
    }

    #[test]
    fn a_name_of_its_own_for_each_is_a_way_out() {
        let one = |region: &str| {
            format!("{{ pseudonymize: {{ key: k, normalize: phone@2({region}), epoch: none }} }}")
        };
        let fields = format!(
            "fields: {{ u: {{ as: {{ de: {{ when: [{{ if: {{ c: DE }}, then: {} }}, {{ else: drop }}] }}, fr: {{ when: [{{ if: {{ c: FR }}, then: {} }}, {{ else: drop }}] }} }} }} }}",
            one("DE"),
            one("FR")
        );
        assert_eq!(found(&fields), 0);
    }
}
