use super::*;
use crate::keys::TestKeys;
use crate::language::report;
use crate::plan::automaton::ROOT;
use crate::plan::{Given, RecordKey, Role, TableId, WriteName};
use crate::policy::NoTables;

pub(crate) fn compiled(text: &str) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &TestKeys, &NoTables, now)
}

fn policy(rest: &str) -> String {
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, type: [type, event], writers: own }}\n{rest}"
    )
}

fn output(fields: &str) -> String {
    policy(&format!(
        "outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n{fields}"
    ))
}

fn plan(text: &str) -> Plan {
    let compiled = compiled(text);
    let report = report::text(&compiled.findings, "policy.yaml", text, false, None);
    compiled.plan.unwrap_or_else(|| panic!("{report}"))
}

fn codes_of(text: &str) -> Vec<&'static str> {
    compiled(text)
        .findings
        .list()
        .iter()
        .filter(|f| f.severity == crate::language::finding::Severity::Error)
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
    plan.reading.output(0).table(table).slot(state).role()
}

/// The first eight digits of SHA-256 of the text are those of `sha256sum`.
#[test]
fn an_output_says_its_policy_where_it_is_asked_to_and_nowhere_else() {
    let text = output("    policy_header: true\n    fields: { a: drop, b: keep }\n");
    let made = plan(&text);
    let digest = made.digest.to_string();
    assert_eq!(
        made.outputs[0].stamp.as_deref(),
        Some(format!("t@1#{}", &digest[..8]).as_str())
    );
    for off in ["", "    policy_header: false\n"] {
        let text = output(&format!("{off}    fields: {{ a: drop, b: keep }}\n"));
        assert_eq!(plan(&text).outputs[0].stamp, None);
    }
    for wrong in ["yes", "\"true\"", "1"] {
        let text = output(&format!(
            "    policy_header: {wrong}\n    fields: {{ b: keep }}\n"
        ));
        assert_eq!(codes_of(&text), [codes::WRONG_KIND], "{wrong}");
    }
    // Whoever writes no such header may pass on that of the policy before.
    let chained = "    headers: { veil-policy: keep }\n    fields: { b: keep }\n";
    assert_eq!(codes_of(&output(chained)), [""; 0]);
    for name in ["veil-policy", "Veil-Policy"] {
        let both = chained.replace("veil-policy", name);
        let text = output(&format!("    policy_header: true\n{both}"));
        assert_eq!(codes_of(&text), [codes::POLICY_HEADER], "{name}");
    }
}

#[test]
fn a_simple_policy_becomes_a_plan() {
    let plan = plan(&output(
        "    fields: { a: keep, b.c: drop, b.d: { as: { e: keep } } }\n",
    ));
    assert!(matches!(role(&plan, 0, ""), Role::Path(_)));
    assert!(matches!(role(&plan, 0, "b"), Role::Path(_)));
    assert_eq!(role(&plan, 0, "x"), Role::Skip);
    let Role::Leaf(leaf) = role(&plan, 0, "b.d") else {
        panic!("a leaf")
    };
    let write = &plan.outputs[0].leaf(leaf).writes[0];
    assert!(
        matches!(write.name, WriteName::Named(name) if &*plan.outputs[0].names[name.0 as usize] == "e")
    );
    let field = &plan.outputs[0].fields[write.field.index()];
    assert_eq!(
        (field.path.as_str(), field.from.as_str(), field.action),
        ("b.e", "b.d", "keep")
    );
    assert_eq!(plan.actions.len(), 3);
    assert_eq!(&*plan.outputs[0].topic, "out");
}

#[test]
fn two_plans_of_one_text_are_two_plans() {
    let text = output("    fields: { a: keep }\n");
    let (first, second) = (plan(&text), plan(&text));
    assert_eq!(first.digest, second.digest);
    assert!(first.id < second.id);
}

#[test]
fn drop_covers_the_rest_and_nothing_named() {
    let text = output("    fields: { a: drop, a.b: keep, \"*\": drop }\n");
    let plan = plan(&text);
    assert!(matches!(role(&plan, 0, "a"), Role::Path(_)));
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
    assert_eq!(
        self::plan(&text).outputs[0].by_type,
        [Some(TableId(0)), None]
    );
}

#[test]
fn what_cannot_be_obeyed_is_refused() {
    use crate::language::codes::{
        INSIDE_A_VALUE, MISPLACED, SAME_OUTPUT_PATH, SAME_PATH, WILDCARD_NAMES,
    };
    for (fields, code) in [
        (
            "{ a: { keep: { subtree: true } }, a.b: keep }",
            INSIDE_A_VALUE,
        ),
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
fn an_empty_name_or_owner_is_none() {
    let text = output("    fields: { a: keep }\n");
    for (written, emptied) in [("name: t,", "name: \"\","), ("owner: o }", "owner: \"\" }")] {
        let changed = text.replacen(written, emptied, 1);
        assert_ne!(changed, text);
        assert_eq!(codes_of(&changed), [codes::BAD_NAME]);
    }
}

#[test]
fn types_and_fields_are_taken_together() {
    use crate::language::codes::{INSIDE_A_VALUE, SAME_PATH};
    let with = |types: &str| {
        codes_of(&output(&format!(
            "    fields: {{ a: {{ keep: {{ subtree: true }} }} }}\n    types: {types}\n"
        )))
    };
    assert_eq!(with("{ page: { a: drop } }"), [SAME_PATH]);
    assert_eq!(with("{ page: { a.b: keep } }"), [INSIDE_A_VALUE]);
    assert_eq!(with("{ page: { b: keep }, x: { b.c: keep } }"), [""; 0]);
}

/// A keyring file of one key, its bytes 00 to 1f.
#[cfg(feature = "key-files")]
fn keyring(kind: &str, state: &str) -> String {
    let material = match state {
        "destroyed" => "",
        _ => r#","material":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8""#,
    };
    format!(
        r#"{{"format":"veil-keyring/1","generation":1,"wrap":{{"kind":"none"}},"keys":[{{"name":"people","kind":"{kind}","versions":[{{"version":1,"created":"2026-01-01T00:00:00Z","use_from":"1970-01-01T00:00:00Z","state":"{state}","kcv":"1ad0702965ec1d8d"{material}}}]}}]}}"#
    )
}

#[cfg(feature = "key-files")]
fn with_keyring(text: &str, keyring: Option<&str>) -> (Vec<&'static str>, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keyring.json");
    if let Some(keyring) = keyring {
        std::fs::write(&file, keyring).expect("a keyring");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("its mode");
    }
    let policy = PolicyFile {
        path: folder.path().join("policy.yaml"),
        text: text.to_owned(),
    };
    let keys = crate::keys::FileKeys::new(crate::keys::Access::default());
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let found = compile(&policy, &keys, &NoTables, now).findings;
    let codes = found.list().iter().map(|f| f.code).collect();
    (
        codes,
        report::text(&found, "policy.yaml", text, false, None),
    )
}

#[cfg(feature = "key-files")]
#[test]
fn a_key_that_cannot_be_used_is_refused_with_its_reason() {
    use crate::language::codes::{KEY_UNUSABLE, KEYRING_IN_CLEAR, NO_QUARANTINE};
    let text = policy(
        "keys: { k: { ref: \"file:keyring.json#people\" } }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    basis: contract\n    fields: { a: { pseudonymize: { key: k, epoch: none } } }\n",
    );
    let (codes, report) = with_keyring(&text, Some(&keyring("root", "active")));
    assert_eq!(codes, [NO_QUARANTINE, KEYRING_IN_CLEAR], "{report}");
    for (file, reason) in [
        (None, "keyring.json"),
        (Some(keyring("root", "destroyed")), "destroyed"),
        (Some(keyring("x25519-public", "active")), "public key"),
        (
            Some(keyring("root", "active").replace("people", "other")),
            "has no key `people`",
        ),
    ] {
        let (codes, report) = with_keyring(&text, file.as_deref());
        assert!(codes.contains(&KEY_UNUSABLE), "{report}");
        assert!(report.contains(reason), "{reason}: {report}");
        assert!(!report.contains("AAECAwQF"), "{report}");
    }
}

#[test]
fn what_lets_nothing_leave_or_gives_no_reason_is_refused() {
    use crate::language::codes::{BAD_ALLOWANCE, NO_FIELDS, TOMBSTONE_KEY, WRONG_KIND};
    let types = output("    fields: { a: drop }\n    types: {}\n");
    assert_eq!(codes_of(&types), [NO_FIELDS]);
    let clearing = output(
        "    fields: { a: drop }\n    on_withheld: { tombstone: { when: before, at: before } }\n",
    );
    assert_eq!(codes_of(&clearing), [TOMBSTONE_KEY]);
    let reason = output(
        "    fields: { a: keep }\ndangerously: [{ allow: unbounded_keep, because: \" \" }]\n",
    );
    assert_eq!(codes_of(&reason), [BAD_ALLOWANCE]);
    let octal = output("    fields: { a: { keep: { max_chars: 010 } } }\n");
    assert_eq!(codes_of(&octal), [WRONG_KIND]);
}

#[test]
fn a_byte_order_mark_and_other_line_ends_change_no_place() {
    let text = output("    fields: { a: nothing_known }\n").replace('\n', "\r\n");
    for text in [text.clone(), format!("\u{feff}{text}")] {
        let found = compiled(&text).findings;
        let mut list = found.list().iter();
        let f = list
            .find(|f| f.code == codes::UNKNOWN_ACTION)
            .expect("it is found");
        let span = f.span.expect("a place");
        assert_eq!(&text[span.start..span.end], "nothing_known", "{f:?}");
    }
}

#[test]
fn fields_made_of_siblings_are_leaves_of_each_part() {
    let text = policy(
        "keys: { k: { ref: \"file:keyring.json#people\" } }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: { \"l[*].who\": { pseudonymize: { key: k, epoch: none, from: [first, last] } }, \"l[*].first\": drop }\n",
    );
    let plan = plan(&text);
    let element = plan.value.element(plan.value.member(ROOT, b"l"), 0);
    let parts = [b"first".as_slice(), b"last"].map(|n| plan.value.member(element, n));
    let table = plan.reading.output(0).table(TableId(0));
    for (state, writes) in parts.iter().zip([2, 1]) {
        let Role::Leaf(leaf) = table.slot(*state).role() else {
            panic!("a leaf")
        };
        let leaf = plan.outputs[0].leaf(leaf);
        assert_eq!(leaf.writes.len(), writes);
        let composite = leaf
            .writes
            .iter()
            .find(|w| matches!(w.given, Given::Parts(_)))
            .expect("the field");
        assert!(matches!(&composite.given, Given::Parts(found) if **found == parts));
        assert!(
            matches!(composite.name, WriteName::Named(name) if &*plan.outputs[0].names[name.0 as usize] == "who")
        );
    }
}

#[test]
fn sealed_objects_have_tables_of_their_own() {
    let text = policy(
        "keys: { k: { ref: \"file:keyring.json#people\" } }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: { a.who: { encrypt: { key: k, fields: { name: keep, \"*\": drop } } }, a.b: drop }\n",
    );
    let plan = plan(&text);
    let who = plan.value.member(plan.value.member(ROOT, b"a"), b"who");
    let name = plan.value.member(who, b"name");
    let output = &plan.outputs[0];
    let reading = plan.reading.output(0);
    let table = reading.table(output.by_type[0].expect("selected"));
    let Role::Leaf(leaf) = table.slot(who).role() else {
        panic!("a leaf")
    };
    assert_eq!(table.slot(name).role(), Role::Skip);
    let Given::Body(body) = output.leaf(leaf).writes[0].given else {
        panic!("a body")
    };
    let inside = reading.table(body.table);
    assert!(matches!(inside.slot(who).role(), Role::Path(_)));
    assert!(matches!(inside.slot(name).role(), Role::Leaf(_)));
    let paths: Vec<&str> = output.fields.iter().map(|f| f.path.as_str()).collect();
    assert!(paths.contains(&"a.who.name"), "{paths:?}");
}

#[test]
fn the_record_key_runs_the_action_of_its_field() {
    let text = policy(
        "keys: { k: { ref: \"file:keyring.json#people\" } }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    key: { like: b.id }\n    fields: { b.userId: { as: { id: { pseudonymize: { key: k, normalize: text, epoch: none } } } } }\n",
    );
    let plan = plan(&text);
    let output = &plan.outputs[0];
    let Some(RecordKey::Made(key)) = &output.key else {
        panic!("a key");
    };
    assert_eq!(key.action, output.leaves[0].writes[0].action);
    let field = &output.fields[key.field.index()];
    assert_eq!(
        (field.path.as_str(), field.from.as_str()),
        ("key", "value.b.userId")
    );
}

/// A field leaves for the types that its entry alone takes: what it is in records
/// of another type is not claimed of it.
#[test]
fn a_field_has_the_classes_of_the_types_it_leaves_for() {
    use crate::language::codes::{DIRECT_IDENTIFIER, SAME_TYPE, UNCLASSIFIED_KEEP};
    let keep = "{ a: { keep: { max_chars: 9 } } }";
    for (classes, fields, types, found) in [
        // The order of entries says nothing.
        (
            "types: { x: { a: user.name }, \"*\": { a: none } }",
            "{}",
            format!("{{ x: {keep} }}"),
            &[DIRECT_IDENTIFIER][..],
        ),
        (
            "types: { \"*\": { a: none }, x: { a: user.name } }",
            "{}",
            format!("{{ x: {keep} }}"),
            &[DIRECT_IDENTIFIER],
        ),
        (
            "types: { \"*\": { a: user.name }, x: { a: none } }",
            "{}",
            format!("{{ x: {keep} }}"),
            &[],
        ),
        (
            "types: { x: { a: none }, \"*\": { a: user.name } }",
            "{}",
            format!("{{ x: {keep} }}"),
            &[],
        ),
        (
            "types: { \"t/*\": { a: none }, \"t/u/*\": { a: user.name } }",
            "{}",
            format!("{{ t/u/v: {keep} }}"),
            &[DIRECT_IDENTIFIER],
        ),
        (
            "types: { \"t/u/*\": { a: user.name }, \"t/*\": { a: none } }",
            "{}",
            format!("{{ t/u/v: {keep} }}"),
            &[DIRECT_IDENTIFIER],
        ),
        (
            "types: { x: { a: none }, \"(x|y)\": { a: none } }",
            "{}",
            format!("{{ x: {keep} }}"),
            &[SAME_TYPE],
        ),
        // `fields` of an output without `types` leaves for every type, one with them for those.
        (
            "fields: { a: none }, types: { x: { a: user.name } }",
            keep,
            "{ x: {}, y: {} }".to_owned(),
            &[DIRECT_IDENTIFIER],
        ),
        (
            "fields: { a: none }, types: { x: { a: user.name } }",
            keep,
            "{ y: {} }".to_owned(),
            &[],
        ),
        (
            "fields: { a: user.name }, types: { x: { a: none } }",
            keep,
            "{ x: {} }".to_owned(),
            &[],
        ),
        // A more exact entry of the output takes its types away.
        (
            "types: { \"t/*\": { a: none }, t/x: { a: user.name } }",
            "{}",
            format!("{{ \"t/*\": {keep} }}"),
            &[DIRECT_IDENTIFIER],
        ),
        (
            "types: { \"t/*\": { a: none }, t/x: { a: user.name } }",
            "{}",
            format!("{{ \"t/*\": {keep}, t/x: {{}} }}"),
            &[],
        ),
        // What has a class in some types only has none in the others.
        (
            "types: { x: { a: user.name } }",
            keep,
            "{ \"*\": {} }".to_owned(),
            &[UNCLASSIFIED_KEEP, DIRECT_IDENTIFIER],
        ),
    ] {
        let text = policy(&format!(
            "classes: {{ {classes} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: {fields}\n    types: {types}\n"
        ));
        let compiled = compiled(&text);
        let codes = compiled.findings.list().iter().map(|f| f.code);
        let told = [DIRECT_IDENTIFIER, SAME_TYPE, UNCLASSIFIED_KEEP];
        let mut codes: Vec<&str> = codes.filter(|c| told.contains(c)).collect();
        codes.sort_unstable();
        let mut found = found.to_vec();
        found.sort_unstable();
        assert_eq!(codes, found, "{classes} {fields} {types}");
    }
}
