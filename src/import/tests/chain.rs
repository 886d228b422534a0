//! Members keep what was done to them, whatever they are called by then.

use super::*;

/// A connector of these transforms: name, class, options.
pub(super) fn connector(transforms: &[(&str, &str, &str)]) -> String {
    let names: Vec<&str> = transforms.iter().map(|(name, ..)| *name).collect();
    let mut text = format!("transforms={}\n", names.join(","));
    for (name, class, options) in transforms {
        let from = match class.contains('.') {
            true => "",
            false => "org.apache.kafka.connect.transforms.",
        };
        text += &format!("transforms.{name}.type={from}{class}\n");
        for option in options.split(' ').filter(|o| !o.is_empty()) {
            text += &format!("transforms.{name}.{option}\n");
        }
    }
    text
}

/// What leaves, what is offered in clear, how much is refused.
pub(super) fn said(transforms: &[(&str, &str, &str)]) -> (Vec<String>, Vec<String>, usize) {
    let made = policy(Foreign::Connect, &connector(transforms), None);
    let clear = made.text.split_once("until somebody decides:\n");
    let clear = clear.map_or("", |(_, rest)| {
        let end = rest
            .find("quarantine:")
            .into_iter()
            .chain(rest.find("# Changed"));
        rest.split_at(end.min().unwrap_or(rest.len())).0
    });
    let clear = clear
        .lines()
        .map(|l| l.trim().trim_start_matches("# ").to_owned());
    let leaves = lines(&made).into_iter().map(str::to_owned).collect();
    (leaves, clear.collect(), made.refused.len())
}

pub(super) const MASK: &str = "MaskField$Value";
pub(super) const REPLACE: &str = "ReplaceField$Value";
pub(super) const NULL: &str = "{ replace: { with: null } }";

#[test]
fn what_was_masked_and_renamed_leaves_masked_under_its_new_name() {
    let masked = ("m", MASK, "fields=ssn");
    let renamed = ("r", REPLACE, "renames=ssn:id");
    let as_id = format!("ssn: {{ as: {{ id: {NULL} }} }}");
    let none: Vec<String> = Vec::new();
    assert_eq!(
        said(&[masked, renamed]),
        (vec![as_id.clone()], none.clone(), 0)
    );
    // The other way round, the mask names what the rename made.
    let by_new_name = ("m", MASK, "fields=id");
    assert_eq!(
        said(&[renamed, by_new_name]),
        (vec![as_id], none.clone(), 0)
    );
    // By its old name nothing is there to be masked: it leaves in clear there.
    assert_eq!(
        said(&[renamed, masked, ("x", REPLACE, "exclude=other")]),
        (
            vec!["other: drop".to_owned()],
            vec!["ssn: { as: { id: keep } }".to_owned()],
            1
        )
    );
    // Names of names of names.
    let chain = [
        ("a", REPLACE, "renames=a:b"),
        ("b", REPLACE, "renames=b:c"),
        ("m", MASK, "fields=c replacement=0"),
        ("c", REPLACE, "renames=c:a"),
    ];
    let zero = "a: { replace: { with: \"0\" } }".to_owned();
    assert_eq!(said(&chain), (vec![zero], none, 0));
}

#[test]
fn the_last_of_two_transforms_of_one_member_stands() {
    let mask = |with| ("m", MASK, with);
    for (chain, line) in [
        (
            [
                mask("fields=a replacement=x"),
                ("n", MASK, "fields=a replacement=y"),
            ],
            "a: { replace: { with: \"y\" } }",
        ),
        ([mask("fields=a"), ("n", REPLACE, "exclude=a")], "a: drop"),
        ([("n", REPLACE, "exclude=a"), mask("fields=a")], "a: drop"),
        ([mask("fields=a"), ("n", REPLACE, "include=b")], "a: drop"),
        (
            [("n", REPLACE, "renames=a:b"), ("o", REPLACE, "blacklist=b")],
            "a: drop",
        ),
    ] {
        let (leaves, _, refused) = said(&chain);
        assert_eq!(
            (&leaves[..], refused),
            (&[line.to_owned()][..], 0),
            "{chain:?}"
        );
    }
}

#[test]
fn a_list_of_what_stays_closes_the_value() {
    let chain = [
        ("w", REPLACE, "whitelist=a,b renames=a:c"),
        // Neither is there any more.
        ("m", MASK, "fields=d,b"),
    ];
    assert_eq!(
        said(&chain),
        (
            vec![format!("b: {NULL}")],
            vec!["a: { as: { c: keep } }".to_owned()],
            0
        )
    );
}

#[test]
fn renames_happen_at_once_and_no_two_members_share_a_name() {
    let swap = [
        ("m", MASK, "fields=a"),
        ("r", REPLACE, "renames=a:b,b:a"),
        ("n", MASK, "fields=a replacement=n"),
    ];
    assert_eq!(
        said(&swap).0,
        [
            format!("a: {{ as: {{ b: {NULL} }} }}"),
            "b: { as: { a: { replace: { with: \"n\" } } } }".to_owned()
        ]
    );
    let meet = [
        ("m", MASK, "fields=id,ssn"),
        ("r", REPLACE, "renames=ssn:id"),
    ];
    assert_eq!(said(&meet), (vec![format!("id: {NULL}")], vec![], 1));
    // What is out leaves its name to others.
    let free = [
        ("x", REPLACE, "exclude=id renames=ssn:id"),
        ("m", MASK, "fields=id"),
    ];
    assert_eq!(
        said(&free).0,
        [
            "id: drop".to_owned(),
            format!("ssn: {{ as: {{ id: {NULL} }} }}")
        ]
    );
    let broken = [("m", MASK, "fields=a"), ("r", REPLACE, "renames=ssn,:b,c:")];
    assert_eq!(said(&broken).2, 1);
}

/// What another transform did to a value, nobody knows.
#[test]
fn behind_a_transform_without_an_equal_nothing_is_said_to_be_in_clear() {
    let rename = ("r", REPLACE, "renames=ssn:id");
    let mask = ("m", MASK, "fields=a");
    let own = ("e", "EncryptField$Value", "fields=ssn");
    let some = ("s", MASK, "fields=ssn predicate=isFoo");
    for chain in [
        [own, rename, mask],
        [rename, own, mask],
        [some, rename, mask],
    ] {
        assert_eq!(
            said(&chain),
            (vec![format!("a: {NULL}")], vec![], 2),
            "{chain:?}"
        );
    }
    let route = ("t", "RegexRouter", "regex=a");
    assert_eq!(
        said(&[route, rename, mask]).1,
        ["ssn: { as: { id: keep } }"]
    );
}

/// A name says nothing of what another's transform does.
#[test]
fn transforms_of_others_are_not_known_whatever_they_are_called() {
    for class in [
        "com.example.MaskField$Value",
        "com.example.RegexRouter",
        "com.example.Hash$Value",
    ] {
        let chain = [("o", class, "fields=a"), ("m", MASK, "fields=b")];
        let made = policy(Foreign::Connect, &connector(&chain), None);
        assert_eq!(lines(&made), [format!("b: {NULL}")], "{class}");
        assert!(
            made.refused[0].why.contains("does not know it"),
            "{:?}",
            made.refused
        );
        assert!(!made.text.contains("In clear"), "{}", made.text);
        assert!(
            made.text
                .contains("      # a: drop   # line 2: transforms.o.type"),
            "{}",
            made.text
        );
    }
}

#[test]
fn a_list_of_what_stays_leaves_nothing_else_in_clear() {
    let events = sample(&[r#"{"a":1,"b":2,"c":3}"#]);
    let text = connector(&[("i", REPLACE, "include=a,b"), ("m", MASK, "fields=b")]);
    let made = policy(Foreign::Connect, &text, Some(&events));
    assert!(
        made.text.contains("decides:\n      # a: keep\nquarantine"),
        "{}",
        made.text
    );
}

#[test]
fn flattened_members_are_named_by_their_paths() {
    let flatten = |how| ("f", "Flatten$Value", how);
    let mask = ("m", MASK, "fields=a.b,c");
    let c = format!("c: {NULL}");
    assert_eq!(
        said(&[flatten(""), mask]).0,
        [format!("a.b: {NULL}"), c.clone()]
    );
    assert_eq!(
        said(&[mask, flatten("")]).0,
        [format!("\"'a.b'\": {NULL}"), c.clone()]
    );
    // `a_b` may be `b` of `a`, or a name.
    let mask = ("m", MASK, "fields=a_b,c");
    assert_eq!(said(&[flatten("delimiter=_"), mask]).0, [c]);
    // A member and what is inside of it do not both stand in a policy.
    for (first, second) in [("a", "a.b"), ("a.b", "a")] {
        let first = format!("exclude={first}");
        let second = format!("exclude={second}");
        let chain = [
            flatten(""),
            ("x", REPLACE, first.as_str()),
            ("y", REPLACE, second.as_str()),
        ];
        assert_eq!(said(&chain).0.len(), 1);
    }
}

#[test]
fn each_transform_is_told_by_what_it_does() {
    for (class, options, says) in [
        ("RegexRouter", "", "topic"),
        ("Filter", "", "`where`"),
        ("ValueToKey", "", "record key"),
        ("SetSchemaMetadata$Value", "", "schema"),
        ("Flatten$Value", "", "`a.b`"),
        ("Cast$Value", "spec=a:string", "type"),
        ("TimestampConverter$Value", "field=a", "generalize"),
        ("InsertField$Value", "static.field=a", "adds"),
        ("HoistField$Value", "field=a", "does not know it"),
        (
            "io.confluent.connect.transforms.MessageTimestampRouter",
            "",
            "topic",
        ),
    ] {
        let chain = [("t", class, options), ("m", MASK, "fields=b")];
        let made = policy(Foreign::Connect, &connector(&chain), None);
        assert!(
            made.refused[0].why.contains(says),
            "{class}: {:?}",
            made.refused
        );
        assert!(!made.text.contains("In clear"), "{class}: {}", made.text);
    }
}

/// Of two columns of one name the rule that takes it out stands, wherever it is written.
#[test]
fn what_takes_out_stands_before_what_does_less() {
    let (drop, mask) = (
        "column.exclude.list=a.b.c\n",
        "column.mask.with.5.chars=a.x.c\n",
    );
    for text in [[drop, mask].concat(), [mask, drop].concat()] {
        let made = policy(Foreign::Connect, &text, None);
        assert_eq!(lines(&made), ["\"(before|after).c\": drop"]);
        assert_eq!(made.refused.len(), 1, "{:?}", made.refused);
    }
    let (drop, mask) = (
        "- { type: REMOVE, fields: [c] }\n",
        "- { type: MASK, fields: [c] }\n",
    );
    let events = sample(&[r#"{"c":"1"}"#]);
    for text in [[drop, mask].concat(), [mask, drop].concat()] {
        let made = policy(Foreign::KafkaUi, &text, Some(&events));
        assert_eq!(
            (lines(&made), made.refused.len()),
            (vec!["c: drop"], 1),
            "{text}"
        );
    }
}

/// A rule of any tool that is left out is no proof that its fields are in clear there.
#[test]
fn fields_of_rules_without_an_equal_are_not_told_as_in_clear() {
    let events = sample(&[r#"{"a":"1","b":"2","contexts":"[{\"x\":1}]"}"#]);
    let b = || field("b", r#""redactConfig":{}"#);
    let apart = r#""cryptoDeterministicConfig":{"context":{"name":"id"}}"#;
    let dlp = template(&[field("a", apart), b()], "");
    let made = policy(Foreign::Dlp, &dlp, Some(&events));
    assert!(
        made.text.contains("      # a: drop   # line "),
        "{}",
        made.text
    );
    let pii = r#"{"parameters":{"pii":[{"pojo":{"field":"b"}},{"json":{"field":"contexts","schemaCriterion":"*","jsonPath":"$.a"}}],"strategy":{"pseudonymize":{"hashFunction":"SHA-256"}}}}"#;
    let made = policy(Foreign::SnowplowPii, pii, Some(&events));
    assert!(
        made.text
            .contains("decides:\n      # a: drop\n      # Changed"),
        "{}",
        made.text
    );
    let whole = "- { type: MASK }\n- { type: REMOVE, fields: [b] }\n";
    let made = policy(Foreign::KafkaUi, whole, Some(&events));
    assert!(!made.text.contains("In clear there"), "{}", made.text);
    assert!(
        made.text.contains("Not known whether in clear there"),
        "{}",
        made.text
    );
}
