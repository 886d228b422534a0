use super::*;
use crate::language::yaml;

/// What is said of the only name of a mapping, written in YAML as it is.
fn warned(name: &str) -> Option<(String, String)> {
    let text = format!("{name}: keep\n");
    let mut findings = Findings::default();
    let node = yaml::read(&text, &mut findings).expect("a tree");
    let member = &node.members().expect("a mapping")[0];
    selector::selectors(&member.name).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    check(&mut findings, &text, member.name_span, &member.name);
    let found = findings.list().first()?;
    assert_eq!(findings.list().len(), 1, "one warning for {name}");
    assert_eq!(found.code, codes::FOREIGN_PATH);
    Some((found.message.clone(), found.help.clone()))
}

#[test]
fn paths_of_other_languages_are_written_anew() {
    for (name, ours, literal) in [
        ("$.a.b", "`a.b`", "`\"'$'.a.b\"`"),
        ("$.0.b", "from the top", "`\"'$'.'0'.b\"`"),
        ("$", "from the top", "`\"'$'\"`"),
        ("\"$[*].a\"", "`a`", "`\"'$'[*].a\"`"),
        ("\"@.a\"", "`a`", "`\"'@'.a\"`"),
        ("/a/b", "`a.b`", "`\"'/a/b'\"`"),
        ("/items/0/sku", "`\"items[0].sku\"`", "`\"'/items/0/sku'\"`"),
        ("/a.b/c~1d", "`\"'a.b'.c/d\"`", "`\"'/a'.'b/c~1d'\"`"),
        ("\"#/a/b\"", "`a.b`", "`\"'#/a/b'\"`"),
        ("a.0.b", "`\"a[0].b\"`", "`a.'0'.b`"),
        ("a.0.1", "`\"a[0][1]\"`", "`a.'0'.'1'`"),
        ("$.a.12.b", "`\"a[12].b\"`", "`\"'$'.a.'12'.b\"`"),
        ("\"a.#.b\"", "`\"a[*].b\"`", "`\"a.'#'.b\"`"),
        ("this.a", "`a`", "`\"'this'.a\"`"),
        ("a->b", "`a.b`", "`\"'a->b'\"`"),
        ("a->>b", "`a.b`", "`\"'a->>b'\"`"),
        ("\"${a.b}\"", "`a.b`", "`\"'${a'.'b}'\"`"),
        ("\"{{.a.b}}\"", "`a.b`", "`\"'{{'.'a'.'b}}'\"`"),
        ("'\"a\".\"b\"'", "`a.b`", "`\"'\\\"a\\\"'.'\\\"b\\\"'\"`"),
        ("'`a`.b'", "`a.b`", "`\"'`a`'.b\"`"),
        ("a\\.b", "`\"'a.b'\"`", "`\"'a\\\\'.b\"`"),
    ] {
        let Some((_, help)) = warned(name) else {
            panic!("nothing is said of {name}")
        };
        assert!(help.contains(ours), "{name}: {help}");
        assert!(help.contains(literal), "{name}: {help}");
    }
}

#[test]
fn what_is_offered_is_not_warned_of_again() {
    for name in [
        "$.a.b", "/a/0/b", "a.0.b", "this.a", "a->b", "a\\.b", "a.0.1",
    ] {
        let (_, help) = warned(name).expect("a warning");
        for offered in help.split('`').skip(1).step_by(2) {
            assert_eq!(warned(offered), None, "{name}: {offered}");
        }
    }
}

#[test]
fn quotes_of_yaml_are_told_from_quotes_of_a_path() {
    let (message, help) = warned("'a.b'").expect("a warning");
    assert!(message.contains("those of YAML"), "{message}");
    assert!(
        help.contains("`a.b`") && help.contains("`\"'a.b'\"`"),
        "{help}"
    );
    for name in [
        "a.b",
        "\"a.b\"",
        "\"'a.b'\"",
        "'a'",
        "'items[*].b'",
        "'*'",
        "'a.(b|c)'",
        "'''a.b'''",
    ] {
        assert_eq!(warned(name), None, "{name}");
    }
}

#[test]
fn paths_of_ours_are_left_alone() {
    for name in [
        "a.b.c",
        "data.2024.total",
        "a.'0'.b",
        "a.007",
        "0.a",
        "this",
        "root.a",
        "value.a",
        "a.this.b",
        "a.$.b",
        "$schema",
        "_id",
        "a/b",
        "ce:type",
        "\"items[0].sku\"",
        "\"(a|b).c\"",
        "x-y.z",
        "a@b",
        "\"'$'.a\"",
    ] {
        assert_eq!(warned(name), None, "{name}");
    }
}

#[test]
fn a_sibling_is_a_name() {
    let warns = |name: &str| {
        let mut findings = Findings::default();
        check_sibling(&mut findings, Span::default(), name);
        !findings.list().is_empty()
    };
    assert!(warns("address.street") && warns("$.first") && warns("/first") && warns("'first'"));
    assert!(!warns("first") && !warns("first name") && !warns("a/b"));
}

#[test]
fn a_place_is_corrected_with_its_beginning() {
    let help = |place: &str| {
        let mut findings = Findings::default();
        check_place(&mut findings, Span::default(), place);
        findings.list().first().map(|f| f.help.clone())
    };
    let found = help("value.$.a").expect("a warning");
    assert!(found.starts_with("write `value.a`;"), "{found}");
    assert!(
        help("record_key.a.0")
            .expect("a warning")
            .contains("record_key.a[0]")
    );
    assert_eq!(help("value.a.b"), None);
    assert_eq!(help("header.a.0"), None);
    let error = selector::place("$.a").expect_err("no place");
    assert!(error.help.contains("`value.a`"), "{}", error.help);
    let error = selector::selectors("$['a']").expect_err("no element");
    assert!(error.help.contains("behind a dot"), "{}", error.help);
}
