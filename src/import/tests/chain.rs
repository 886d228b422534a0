//! Members keep what was done to them, whatever they are called by then.

use super::*;

/// A connector of these transforms: name, class, options.
fn connector(transforms: &[(&str, &str, &str)]) -> String {
    let names: Vec<&str> = transforms.iter().map(|(name, ..)| *name).collect();
    let mut text = format!("transforms={}\n", names.join(","));
    for (name, class, options) in transforms {
        text += &format!("transforms.{name}.type=org.apache.kafka.connect.transforms.{class}\n");
        for option in options.split(' ').filter(|o| !o.is_empty()) {
            text += &format!("transforms.{name}.{option}\n");
        }
    }
    text
}

/// What leaves, what is offered in clear, how much is refused.
fn said(transforms: &[(&str, &str, &str)]) -> (Vec<String>, Vec<String>, usize) {
    let made = policy(Foreign::Connect, &connector(transforms), None);
    let clear = made.text.split_once("until somebody decides:\n");
    let clear = clear.map_or("", |(_, rest)| {
        rest.split("quarantine:").next().unwrap_or("")
    });
    let clear = clear
        .lines()
        .map(|l| l.trim().trim_start_matches("# ").to_owned());
    let leaves = lines(&made).into_iter().map(str::to_owned).collect();
    (leaves, clear.collect(), made.refused.len())
}

const MASK: &str = "MaskField$Value";
const REPLACE: &str = "ReplaceField$Value";
const NULL: &str = "{ replace: { with: null } }";

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
