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
        (
            "nothing",
            &[],
            "neither pseudonymized, tokenized nor hashed",
        ),
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

#[test]
fn codes_that_stand_inside_are_asked_for_by_their_part() {
    let mail = "{ pseudonymize: { key: people, normalize: email, epoch: none } }";
    let fields = format!(
        "      \"by.*\": {{ keep: {{ one_of: [sent] }}, names: {mail} }}\n      note: {{ redact: {{ with: {mail} }} }}\n      page: {{ url: {{ query: {{ m: {mail} }} }} }}\n"
    );
    let home = Home::with(&POLICY.replace("      plan: keep\n", &fields));
    let jane = "jane@example.com";
    let record = serde_json::json!({
        "by": { "jane@example.com": "sent" },
        "note": "of jane@example.com",
        "page": "https://shop.example/?m=jane%40example.com",
        "mail": jane, "user": 1,
    });
    let out = applied(&home, &record);
    let code = out["mail"].as_str().unwrap();
    for (field, part) in [
        ("by.*", "names"),
        ("note", "redact.with"),
        ("page", "url.m"),
    ] {
        assert!(out.to_string().matches(code).count() >= 4, "{out}");
        let ran = veil(&home, field, &["--part", part], "Jane@example.com\n");
        assert_eq!(
            (ran.code, ran.out.trim_end()),
            (0, code),
            "{field}: {ran:?}"
        );
        let whole = veil(&home, field, &[], "jane@example.com\n");
        assert_eq!(whole.code, 64, "{field}");
        assert!(
            whole
                .said()
                .contains(&format!("--field {field} --part {part}")),
            "{field}: {whole:?}"
        );
    }
    let none = veil(&home, "note", &["--part", "names"], "x\n");
    assert_eq!(none.code, 64, "{none:?}");
    let log = home.read("audit.jsonl");
    assert!(!log.contains("jane") && log.contains("\"note\""), "{log}");
}

#[test]
fn a_hash_without_a_key_is_computed_too() {
    let out = "  - topic: ads\n    purpose: marketing.advertising\n    domain: ads\n    basis: consent\n    needs_consent: Ads\n    recipient: agency\n    fields:\n      mail: { match_hash: { for: meta, what: email } }\n";
    let consent = "consent: { signals: [{ from: value, path: ads, category: Ads }] }\noutputs:";
    let policy = POLICY.replace("quarantine: { topic", &format!("{out}quarantine: {{ topic"));
    let policy = policy.replacen("outputs:", consent, 1);
    let home = Home::with(&policy);
    let args = [
        "pseudonym",
        "-p",
        "policy.yaml",
        "--output",
        "ads",
        "--field",
        "mail",
    ];
    let ran = home.veil_on(&args, "John_Smith@gmail.com\n");
    // The example of the platform's own page.
    assert_eq!(
        ran.out.trim_end(),
        "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        "{ran:?}"
    );
}

#[test]
fn cases_that_make_several_codes_of_a_value_are_called_so() {
    let phone = |region: &str| {
        format!("{{ pseudonymize: {{ key: people, normalize: phone@2({region}), epoch: none }} }}")
    };
    let cases = format!(
        "      plan: {{ when: [{{ if: {{ c: DE }}, then: {} }}, {{ else: {} }}] }}\n",
        phone("DE"),
        phone("FR")
    );
    let home = Home::with(&POLICY.replace("      plan: keep\n", &cases));
    let ran = veil(&home, "plan", &[], "+33612345678\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("cases of `when` or types of record"),
        "{ran:?}"
    );
    assert!(!ran.err.contains("+336"), "{ran:?}");
    // Which one is meant can be said: what a record of that case gets.
    let of = |case: &str| veil(&home, "plan", &["--case", case], "+33612345678\n").out;
    let record = serde_json::json!({ "plan": "+33612345678", "c": "DE" });
    let first = applied(&home, &record)["plan"]
        .as_str()
        .expect("a code")
        .to_owned();
    assert_eq!(of("1").trim_end(), first);
    let other = applied(&home, &serde_json::json!({ "plan": "+33612345678" }));
    assert_eq!(of("2").trim_end(), other["plan"].as_str().expect("a code"));
    for case in ["0", "3"] {
        let ran = veil(&home, "plan", &["--case", case], "+33612345678\n");
        assert_eq!(ran.code, 64, "{ran:?}");
        assert!(ran.err.contains("--case 1 to 2"), "{ran:?}");
    }
    let ran = veil(&home, "user", &["--case", "1"], "42\n");
    assert_eq!(ran.code, 64, "{ran:?}");
}
