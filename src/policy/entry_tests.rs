use super::*;
use crate::keys::TestKeys;
use crate::policy::automaton::ROOT;
use crate::policy::plan::{Role, WriteName};
use crate::policy::render;

pub fn compiled(text: &str) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &TestKeys, now)
}

fn policy(rest: &str) -> String {
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, type: [type, event] }}\n{rest}"
    )
}

fn output(fields: &str) -> String {
    policy(&format!(
        "outputs:\n  - topic: out\n    purpose: p\n    domain: d\n{fields}"
    ))
}

fn plan(text: &str) -> Plan {
    let compiled = compiled(text);
    let report = render::text(&compiled.findings, "policy.yaml", text, false);
    compiled.plan.unwrap_or_else(|| panic!("{report}"))
}

fn codes_of(text: &str) -> Vec<&'static str> {
    compiled(text)
        .findings
        .list()
        .iter()
        .filter(|f| f.severity == crate::policy::finding::Severity::Error)
        .map(|f| f.code)
        .collect()
}

/// The role of a path of plain names in the only output.
fn role(plan: &Plan, column: usize, path: &str) -> Role {
    let mut state = ROOT;
    for name in path.split('.').filter(|n| !n.is_empty()) {
        state = plan.value.member(state, name.as_bytes());
    }
    let table = plan.outputs[0].by_type[column].expect("selected");
    Role::decode(plan.outputs[0].roles[usize::from(table)][state as usize])
}

#[test]
fn a_simple_policy_becomes_a_plan() {
    let plan = plan(&output(
        "    fields: { a: keep, b.c: drop, b.d: { as: { e: keep } } }\n",
    ));
    assert_eq!(role(&plan, 0, ""), Role::Path);
    assert_eq!(role(&plan, 0, "b"), Role::Path);
    assert_eq!(role(&plan, 0, "x"), Role::Skip);
    let Role::Leaf(leaf) = role(&plan, 0, "b.d") else {
        panic!("a leaf")
    };
    let write = &plan.outputs[0].leaves[usize::from(leaf)].writes[0];
    assert!(matches!(&write.name, WriteName::Spelled(name) if **name == *b"\"e\":"));
    let field = &plan.outputs[0].fields[write.field as usize];
    assert_eq!(
        (field.path.as_str(), field.from.as_str(), field.action),
        ("b.e", "b.d", "keep")
    );
    assert_eq!(plan.actions.len(), 3);
    assert_eq!(&*plan.outputs[0].topic, "out");
}

#[test]
fn drop_covers_the_rest_and_nothing_named() {
    let text = output("    fields: { a: drop, a.b: keep, \"*\": drop }\n");
    let plan = plan(&text);
    assert_eq!(role(&plan, 0, "a"), Role::Path);
    assert!(matches!(role(&plan, 0, "a.b"), Role::Leaf(_)));
    assert_eq!(role(&plan, 0, "a.x"), Role::Skip);
    assert!(matches!(role(&plan, 0, "x"), Role::Leaf(_)));
}

#[test]
fn each_type_has_its_own_column() {
    let text = output(
        "    fields: { a: keep }\n    types: { page: { b: keep }, track/*: { c: keep }, \"track/x\": {}, \"*\": { d: keep } }\n",
    );
    let plan = plan(&text);
    let column = |name: &str| usize::from(plan.types.exact[name]);
    assert!(matches!(role(&plan, column("page"), "b"), Role::Leaf(_)));
    assert_eq!(role(&plan, column("page"), "c"), Role::Skip);
    assert_eq!(role(&plan, column("track/x"), "c"), Role::Skip);
    assert!(matches!(role(&plan, column("track/x"), "a"), Role::Leaf(_)));
    let track = usize::from(plan.types.prefixes[0].1);
    assert_eq!(&*plan.types.prefixes[0].0, "track/");
    assert!(matches!(role(&plan, track, "c"), Role::Leaf(_)));
    assert!(matches!(
        role(&plan, usize::from(plan.types.other), "d"),
        Role::Leaf(_)
    ));
    assert_eq!(plan.types.columns, 4);
    let text = output("    fields: { a: keep }\n    types: { page: {} }\n");
    assert_eq!(self::plan(&text).outputs[0].by_type, [Some(0), None]);
}

#[test]
fn what_cannot_be_obeyed_is_refused() {
    use crate::policy::codes::{
        INSIDE_A_VALUE, MISPLACED, SAME_OUTPUT_PATH, SAME_PATH, WILDCARD_NAMES,
    };
    for (fields, code) in [
        ("{ a: keep, a.b: keep }", INSIDE_A_VALUE),
        (
            "{ a: { keep: { subtree: true } }, a.b: drop }",
            INSIDE_A_VALUE,
        ),
        (
            "{ \"*\": { keep: { subtree: true } }, a.b: drop }",
            INSIDE_A_VALUE,
        ),
        (
            "{ a: drop, \"*.b\": { keep: { subtree: true } } }",
            INSIDE_A_VALUE,
        ),
        ("{ (a|b): keep, b: keep }", SAME_PATH),
        ("{ a: { as: { b: keep } }, b: keep }", SAME_OUTPUT_PATH),
        ("{ a: { as: { b: keep } }, b.c: keep }", SAME_OUTPUT_PATH),
        (
            "{ a: { as: { b: keep } }, \"*\": { keep: { subtree: true } } }",
            SAME_OUTPUT_PATH,
        ),
        ("{ \"a[*]\": { as: { b: keep } } }", MISPLACED),
        ("{ \"*\": keep }", WILDCARD_NAMES),
    ] {
        assert_eq!(
            codes_of(&output(&format!("    fields: {fields}\n"))),
            [code],
            "{fields}"
        );
    }
}

#[test]
fn types_and_fields_are_taken_together() {
    use crate::policy::codes::{INSIDE_A_VALUE, SAME_PATH};
    let with = |types: &str| {
        codes_of(&output(&format!(
            "    fields: {{ a: keep }}\n    types: {types}\n"
        )))
    };
    assert_eq!(with("{ page: { a: drop } }"), [SAME_PATH]);
    assert_eq!(with("{ page: { a.b: keep } }"), [INSIDE_A_VALUE]);
    assert_eq!(with("{ page: { b: keep }, x: { b.c: keep } }"), [""; 0]);
}
