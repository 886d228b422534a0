//! `veil detokenize`: tokens back to what they stand for, line for line.

use super::{Home, PLAIN};

const APPLY: &[&str] = &["apply", "-p", "policy.yaml"];
const BACK: &[&str] = &[
    "detokenize",
    "-p",
    "policy.yaml",
    "--output",
    "clean",
    "--field",
    "n",
];

/// A home whose policy tokenizes the digits of `n`.
fn home() -> Home {
    let policy = PLAIN
        .replace(
            "      n: { keep: { max_chars: 20 } }",
            "      n: { tokenize: { key: people@1, format: digits } }",
        )
        .replace(
            "keys:\n",
            "keys:\n  people: { ref: \"file:keyring.json#people\" }\n",
        );
    Home::with(&policy)
}

/// The token of a value, as text.
fn token(home: &Home, value: &str) -> String {
    let ran = home.veil_on(APPLY, format!("{}\n", serde_json::json!({ "n": value })));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    out["n"].as_str().unwrap().to_owned()
}

#[test]
fn tokens_come_back_through_the_policy() {
    let home = home();
    let made = token(&home, "078-05-1120");
    assert_ne!(made, "078-05-1120");
    let back = home.veil_on(BACK, format!("{made}\n\"{made}\"\n"));
    assert_eq!(
        (back.code, back.out.as_str()),
        (0, "078-05-1120\n078-05-1120\n"),
        "{}",
        back.err
    );
    let bad = home.veil_on(BACK, "no digits at all: SECRET\n");
    assert_eq!((bad.code, bad.out.as_str()), (2, "\n"));
    assert!(!bad.err.contains("SECRET"), "{}", bad.err);
    let mut other = BACK.to_vec();
    *other.last_mut().unwrap() = "name";
    let wrong = home.veil_on(&other, "1\n");
    assert_eq!(wrong.code, 64);
    assert!(
        wrong.err.contains("fields of that output that are: n"),
        "{}",
        wrong.err
    );
}

#[test]
fn addresses_come_back_at_the_time_of_their_epoch() {
    let address = |epoch: &str| {
        let policy = PLAIN
            .replace(
                "      n: { keep: { max_chars: 20 } }",
                &format!(
                    "      n: {{ pseudonymize: {{ key: people, ip: prefix_preserving, {epoch} }} }}"
                ),
            )
            .replace(
                "keys:\n",
                "keys:\n  people: { ref: \"file:keyring.json#people\" }\n",
            );
        Home::with(&policy)
    };
    let ever = address("epoch: none");
    for clear in ["203.0.113.7", "2001:db8::7"] {
        let made = token(&ever, clear);
        assert_ne!(made, clear);
        let back = ever.veil_on(BACK, format!("{made}\n"));
        assert_eq!((back.code, back.out), (0, format!("{clear}\n")));
    }
    let at = [BACK, &["--at", "2026-03-15T08:00:00Z"]].concat();
    let ran = ever.veil_on(&at, "203.0.113.7\n");
    assert_eq!(ran.code, 64);
    assert!(ran.err.contains("--at says nothing"), "{}", ran.err);

    let monthly = address("epoch: month, epoch_by: t, accept_from: 2026-01-01");
    let line = "{\"n\":\"203.0.113.7\",\"t\":\"2026-03-01T00:00:00Z\"}\n";
    let ran = monthly.veil_on(APPLY, line);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let made = format!("{}\n", out["n"].as_str().unwrap());
    assert_eq!(monthly.veil_on(&at, made.clone()).out, "203.0.113.7\n");
    let without = monthly.veil_on(BACK, made.clone());
    assert_eq!(without.code, 64);
    assert!(without.err.contains("pass --at TIME"), "{}", without.err);
    let april = [BACK, &["--at", "2026-04-15T08:00:00Z"]].concat();
    assert_ne!(monthly.veil_on(&april, made).out, "203.0.113.7\n");
    let bad = monthly.veil_on(&at, "SECRET\n");
    assert_eq!((bad.code, bad.out.as_str()), (2, "\n"));
    assert!(!bad.err.contains("SECRET"), "{}", bad.err);
}

#[test]
fn separators_at_the_ends_and_escaped_ones_come_back() {
    let home = home();
    for value in [" 123456", "123456 ", "\u{a0}123456", "12\"3456", "12\\3456"] {
        let made = token(&home, value);
        let json = serde_json::to_string(&made).unwrap();
        let back = home.veil_on(BACK, format!("{made}\n{json}\n"));
        assert_eq!(back.out, format!("{value}\n{value}\n"), "{}", back.err);
    }
}

#[test]
fn a_blank_line_keeps_its_place() {
    let home = home();
    let made = token(&home, "123456");
    let back = home.veil_on(BACK, format!("{made}\n\n  \n{made}\r\n"));
    assert_eq!((back.code, back.out.as_str()), (0, "123456\n\n\n123456\n"));
}
