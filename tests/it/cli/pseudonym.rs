//! `veil pseudonym`: what a record with that value gets.

use super::Home;

const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: codes, version: 1, owner: tests }
source: { topic: raw, subject: [user] }
keys:
  people: { ref: \"file:keyring.json#people\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    key: { like: mail }
    fields:
      plan: keep
      user: { pseudonymize: { key: people, normalize: text, epoch: none } }
      raw: { pseudonymize: { key: people, epoch: none, encoding: uuid } }
      mail: { pseudonymize: { key: people, normalize: email, epoch: none } }
      here: { pseudonymize: { key: people, scope: output, encoding: hex, bits: 256, epoch: none } }
      mine: { pseudonymize: { key: people, scope: subject, epoch: none } }
      once: { pseudonymize: { key: people, scope: record, epoch: none } }
      both: { pseudonymize: { key: people, from: [a, b], epoch: none } }
      phone: { tokenize: { key: people@1, format: digits } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

fn veil(home: &Home, field: &str, more: &[&str], input: &str) -> super::Ran {
    let args = ["pseudonym", "-p", "policy.yaml", "--output", "clean"];
    home.veil_on(&[&args[..], &["--field", field], more].concat(), input)
}

fn home() -> Home {
    Home::with(POLICY)
}

/// What `veil apply` makes of a record.
fn applied(home: &Home, record: &serde_json::Value) -> serde_json::Value {
    let ran = home.veil_on(&["apply", "-p", "policy.yaml"], format!("{record}\n"));
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_known_value_has_the_code_that_a_record_gets() {
    let home = home();
    let record = serde_json::json!({
        "user": 42, "raw": 42, "mail": "Jane.Doe@Example.com", "here": "Grüße \"x\"",
        "mine": true, "a": 7, "b": null, "phone": "078-05-1120",
    });
    let out = applied(&home, &record);
    for (field, more, lines) in [
        ("user", &[][..], "42\n"),
        ("user", &["--json"], "42\n\"42\"\n42.0\n"),
        ("raw", &["--json"], "42\n 42 \n"),
        (
            "mail",
            &[],
            "Jane.Doe@Example.com\r\n jane.doe@EXAMPLE.com \n",
        ),
        ("mail", &["--json"], "\"jane.doe\\u0040example.com\"\n"),
        ("here", &[], "Grüße \"x\"\n"),
        ("mine", &["--json", "--subject", "42"], "true\n"),
        ("both", &["--json"], "[7, null]\n"),
        ("phone", &[], "078-05-1120\n"),
    ] {
        let ran = veil(&home, field, more, lines);
        let code = out[field].as_str().unwrap();
        let expected = format!("{code}\n").repeat(lines.lines().count());
        assert_eq!((ran.code, &ran.out), (0, &expected), "{field}: {}", ran.err);
    }
    // The record key, made like `mail`.
    let key = veil(&home, "key", &[], "jane.doe@example.com");
    assert_eq!(key.out.trim_end(), out["mail"].as_str().unwrap());
    // Types are part of a raw value, and somebody else has other codes.
    let text = veil(&home, "raw", &[], "42\n");
    assert_eq!(text.code, 0);
    assert_ne!(text.out.trim_end(), out["raw"].as_str().unwrap());
    let other = veil(&home, "mine", &["--json", "--subject", "43"], "true\n");
    assert_ne!(other.out.trim_end(), out["mine"].as_str().unwrap());
}

#[test]
fn what_has_no_code_leaves_its_line_empty_and_is_not_shown() {
    let home = home();
    let ran = veil(&home, "mail", &[], "SECRET\n\nunknown\njane@example.com\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((lines.len(), &lines[..3]), (4, &["", "", ""][..]));
    assert!(lines[3].len() == 22, "{ran:?}");
    for part in [
        "line 1: no code: bad_identifier",
        "line 3: no code: it counts as absent",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(!ran.err.contains("SECRET"));
    let bad = [
        "SECRET",
        "{\"SECRET\": 1}",
        "[\"SECRET\"]",
        "\"\\ud800SECRET\"",
        "\"SECRET\" 1",
        "nul",
        "1e9999999999999",
    ];
    let ran = veil(&home, "raw", &["--json"], &bad.join("\n"));
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, "\n".repeat(bad.len()).as_str()),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("SECRET"), "{}", ran.err);
    let bad = [
        "7",
        "[7]",
        "[7, 8, 9]",
        "[{}, 1]",
        "[null, null]",
        "[7, \"\\ud800\"]",
    ];
    let ran = veil(&home, "both", &["--json"], &bad.join("\n"));
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, "\n".repeat(bad.len()).as_str()),
        "{}",
        ran.err
    );
    let log = home.read("audit.jsonl");
    assert!(!log.contains("SECRET") && !log.contains("jane"));
}

#[test]
fn a_field_without_codes_of_values_is_refused_with_its_reason() {
    let home = home();
    for (field, more, why) in [
        (
            "plan",
            &[][..],
            "fields of that output that are: both, here, mail, mine, once, phone, raw, user, key",
        ),
        ("nothing", &[], "neither pseudonymized nor tokenized"),
        ("once", &[], "scope: record"),
        ("both", &[], "--json"),
        ("mine", &[], "--subject ID"),
        (
            "mine",
            &["--subject", "unknown"],
            "no id that an event could have",
        ),
        ("user", &["--subject", "42"], "the same for everybody"),
    ] {
        let ran = veil(&home, field, more, "42\n");
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{field}: {ran:?}");
        assert!(ran.said().contains(why), "{field}: {}", ran.err);
    }
    assert!(
        !home.path().join("audit.jsonl").exists(),
        "nothing was begun"
    );
    let args = [
        "pseudonym",
        "-p",
        "policy.yaml",
        "--output",
        "none",
        "--field",
        "user",
    ];
    let ran = home.veil_on(&args, "42\n");
    assert!(
        ran.code == 64 && ran.err.contains("its outputs are clean"),
        "{ran:?}"
    );
}
