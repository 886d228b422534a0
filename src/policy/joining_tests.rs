use super::*;
use crate::keys::TestKeys;
use crate::policy::{NoTables, PolicyFile, Where, compile, meaning};

fn meant(name: &str, source: &str, outputs: &str) -> Meaning {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: {name}, version: 1, owner: o }}\n\
         source: {{ topic: {source}, type: t }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }}, l: {{ ref: \"file:k.json#l\" }} }}\n\
         outputs:\n{outputs}"
    );
    let file = PolicyFile {
        path: format!("{name}.yaml").into(),
        text,
    };
    let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
    let said = compiled.said;
    meaning(&said.unwrap_or_else(|| panic!("{:?}", compiled.findings.list())))
}

fn output(topic: &str, domain: &str, rest: &str) -> String {
    format!("  - {{ topic: {topic}, purpose: analytics.reporting, domain: {domain}, {rest} }}\n")
}

fn at<'m>(policy: &'m Meaning, topic: &str, path: &str) -> At<'m> {
    let mut outputs = policy.outputs.iter();
    let output = outputs.find(|o| o.topic == topic).expect("the output");
    let mut columns = output.columns.iter();
    let column = columns
        .find(|c| matches!(&c.to, Where::Value(p) if p.to_string() == path))
        .expect("the column");
    At {
        policy,
        output,
        column,
    }
}

const PERSON: &str = "fields: { u: { pseudonymize: { key: k, normalize: text, epoch: none } }, n: { generalize: { bucket: 10 } } }";

fn level(a: At<'_>, b: At<'_>) -> Level {
    joining(a, b, &[a.policy, b.policy]).level
}

/// How many values a code is made of is part of what is coded.
#[test]
fn a_code_of_several_values_never_meets_that_of_one() {
    let code = "pseudonymize: { key: k, normalize: text, epoch: none";
    let text = format!(
        "key: {{ from: [value.tenant, record_key.id], {code} }} }}, fields: {{ u: {{ {code} }} }}, both: {{ {code}, from: [a, b] }} }} }}"
    );
    let one = meant("one", "raw", &output("x", "d", &text));
    let key = At {
        column: one.outputs[0]
            .columns
            .iter()
            .find(|c| c.to == Where::Key)
            .expect("the key"),
        ..at(&one, "x", "u")
    };
    for (several, why) in [
        (key, "none and `2`"),
        (at(&one, "x", "both"), "none and `2`"),
    ] {
        let found = joining(at(&one, "x", "u"), several, &[&one]);
        assert!(found.level > Level::ByKey, "{found:?}");
        let said = found.ways[0].why.join("; ");
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(level(key, at(&one, "x", "both")), Level::ByKey);
}

#[test]
fn codes_of_one_domain_key_and_way_join_by_key_across_policies() {
    let one = meant("one", "raw", &output("x", "d", PERSON));
    let other = |from: &str, to: &str| {
        let text = output("y", "d", PERSON).replacen(from, to, 1);
        assert!(from.is_empty() || text.contains(to));
        meant("two", "other", &text)
    };
    let same = other("", "");
    assert_eq!(level(at(&one, "x", "u"), at(&same, "y", "u")), Level::ByKey);
    for (from, to, why) in [
        ("domain: d", "domain: e", "domains differ"),
        ("key: k,", "key: l,", "keys differ"),
        (
            "normalize: text",
            "normalize: text, space: s",
            "`space` differs: none and `s`",
        ),
        (
            "normalize: text",
            "normalize: text, scope: output",
            "one output alone",
        ),
    ] {
        let apart = other(from, to);
        let (a, b) = (at(&one, "x", "u"), at(&apart, "y", "u"));
        let found = joining(a, b, &[a.policy, b.policy]);
        // Nothing shows that they speak of other persons.
        assert_eq!(found.level, Level::ByBehaviour, "{to}");
        let said = found.ways[0].why.join("; ");
        assert!(said.contains(why), "{said}");
    }
    let raw = other("normalize: text", "normalize: raw");
    let found = joining(at(&raw, "y", "u"), at(&raw, "y", "u"), &[&raw]);
    assert!(found.ways[0].why[1].contains("two codes"), "{found:?}");
}

#[test]
fn records_of_one_source_join_by_row_unless_no_type_leaves_to_both() {
    let two = |a: &str, b: &str| {
        let rest = |types: &str| {
            format!(
                "types: {types}, fields: {{ u: {{ pseudonymize: {{ key: k, scope: record }} }} }}"
            )
        };
        let list = output("x", "d", &rest(a)) + &output("y", "e", &rest(b));
        meant("one", "raw", &list)
    };
    let met = two("{ track/*: {} }", "{ track/sold: {} }");
    assert_eq!(level(at(&met, "x", "u"), at(&met, "y", "u")), Level::ByRow);
    let apart = two("{ page: {} }", "{ track/sold: {} }");
    assert_eq!(
        level(at(&apart, "x", "u"), at(&apart, "y", "u")),
        Level::Not
    );
}

#[test]
fn an_output_joins_by_row_with_what_is_made_from_it() {
    let record = "fields: { u: { pseudonymize: { key: k, scope: record } } }";
    let first = meant("one", "raw", &output("x", "d", record));
    let next = meant("two", "x", &output("y", "e", record));
    let other = meant("three", "elsewhere", &output("z", "e", record));
    let all = [&first, &next, &other];
    let found = joining(at(&first, "x", "u"), at(&next, "y", "u"), &all);
    assert_eq!(found.level, Level::ByRow, "{found:?}");
    let found = joining(at(&first, "x", "u"), at(&other, "z", "u"), &all);
    assert_eq!(found.level, Level::Not, "{found:?}");
}

/// Whether `u` of an output with that field value joins by key with the address of
/// another, and why.
fn by_key(field: &str, other: &str) -> (bool, String) {
    let fields = |value: &str| format!("fields: {{ {value} }}");
    let one = meant("one", "raw", &output("x", "d", &fields(field)));
    let two = meant("two", "other", &output("y", "d", &fields(other)));
    let name = |field: &str| {
        field
            .split(':')
            .next()
            .expect("a path")
            .trim_matches('"')
            .to_owned()
    };
    let (a, b) = (at(&one, "x", &name(field)), at(&two, "y", &name(other)));
    let found = joining(a, b, &[&one, &two]);
    (found.ways[0].is_open, found.ways[0].why.join("; "))
}

const MAIL: &str = "{ pseudonymize: { key: k, normalize: email, epoch: none } }";

#[test]
fn a_code_joins_wherever_it_stands() {
    let mail = format!("m: {MAIL}");
    for (field, place) in [
        (
            format!("\"n.*\": {{ keep: {{ one_of: [sent] }}, names: {MAIL} }}"),
            "in the names of members",
        ),
        (
            format!("t: {{ redact: {{ with: {MAIL} }} }}"),
            "inside `redact` under `with`",
        ),
        (
            format!("u: {{ url: {{ query: {{ e: {MAIL} }} }} }}"),
            "inside `url` under `e`",
        ),
        (
            format!("e: {{ each: {{ split: \",\", do: {{ redact: {{ with: {MAIL} }} }} }} }}"),
            "inside `redact` under `with`",
        ),
        (format!("l: {{ each: {{ split: \",\", do: {MAIL} }} }}"), ""),
        (
            format!("w: {{ when: [{{ if: {{ c: 1 }}, then: {MAIL} }}, {{ else: drop }}] }}"),
            "",
        ),
    ] {
        let (is_open, why) = by_key(&field, &mail);
        assert!(is_open && why.contains(place), "{field}: {why}");
        let other = field.replace("normalize: email", "normalize: text");
        let (is_open, why) = by_key(&other, &mail);
        assert!(!is_open, "{other}: {why}");
        assert!(
            why.contains("`normalize` differs: `text@1` and `email@1`"),
            "{why}"
        );
    }
}

#[test]
fn a_hash_without_a_key_joins_in_every_domain_and_with_the_value() {
    let hash = |platform: &str, what: &str| {
        format!("h: {{ match_hash: {{ for: {platform}, what: {what} }} }}")
    };
    let of = |a: &str, b: &str| {
        let gate = |topic: &str, domain: &str, field: &str| {
            output(
                topic,
                domain,
                &format!("recipient: r, fields: {{ {field} }}"),
            )
        };
        let one = meant("one", "raw", &gate("x", "d", a));
        let two = meant("two", "other", &gate("y", "e", b));
        let found = joining(at(&one, "x", "h"), at(&two, "y", "h"), &[&one, &two]);
        (found.ways[0].is_open, found.ways[3].is_open)
    };
    let meta = hash("meta", "email");
    assert_eq!(of(&meta, &hash("linkedin", "email")), (true, true));
    assert_eq!(of(&meta, &hash("google", "email")), (true, true));
    assert_eq!(
        of(&hash("meta", "phone"), &hash("google", "phone")),
        (true, true)
    );
    assert_eq!(of(&meta, &hash("meta", "phone")), (false, true));
    // What it is made of is not classed: it may name a person.
    assert!(of(&meta, "h: keep").0);
    assert!(!of(&meta, &format!("h: {MAIL}")).0);
}
