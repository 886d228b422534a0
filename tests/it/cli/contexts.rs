//! `veil decrypt` opens what belongs where it was said, and nothing else.

use super::{Home, Ran};

const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: contexts, version: 1, owner: tests }
source: { topic: raw }
keys:
  contact: { ref: \"file:keyring.json#contact\" }
  other: { ref: \"file:keyring.json#other\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: mail
    purpose: analytics.reporting
    domain: mail
    fields:
      email: { encrypt: { key: contact } }
      phone: { encrypt: { key: contact, label: number } }
      user: { encrypt: { key: contact, mode: deterministic, space: user } }
      inner: { encrypt: { key: contact, fields: { a: { encrypt: { key: other } } } } }
  - topic: copy
    purpose: analytics.reporting
    domain: mail
    fields:
      email: { encrypt: { key: contact, label: second } }
      person: { encrypt: { key: contact, mode: deterministic, space: user } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";
const EVENT: &str =
    r#"{"email":"jane@example.com","phone":"+49151","user":42,"person":42,"inner":{"a":"x\ty"}}"#;
const K: [&str; 2] = ["--keyring", "keyring.json"];

/// The envelope of a field.
fn envelope(home: &Home, topic: &str, field: &str) -> String {
    let args = ["apply", "-p", "policy.yaml", "--output", topic];
    let ran = home.veil_on(&args, format!("{EVENT}\n"));
    assert_eq!(ran.code, 0, "{ran:?}");
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    out[field].as_str().unwrap().to_owned()
}

fn home() -> Home {
    let home = Home::with(POLICY);
    let made = home.veil(&["keys", "new", K[0], K[1], "other"]);
    assert!(made.code == 0 || made.err.contains("`other`"), "{made:?}");
    home
}

fn decrypt(home: &Home, args: &[&str], envelope: &str) -> Ran {
    home.veil_on(&[&["decrypt"], args].concat(), envelope)
}

#[test]
fn without_a_context_it_says_the_three_ways() {
    let home = home();
    let email = envelope(&home, "mail", "email");
    for args in [&K[..], &[K[0], K[1], "--domain", "mail"]] {
        let ran = decrypt(&home, args, &email);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{ran:?}");
        let said = ran.said();
        for way in [
            "-p POLICY",
            "--domain D --purpose P --label L",
            "--any-context",
        ] {
            assert!(said.contains(way), "{way}: {said}");
        }
    }
    // Half of a way, or two at once.
    for args in [
        &["--domain", "mail", "--label", "email"][..],
        &["--label", "email"],
        &["--space", "user"],
        &["--output", "mail"],
        &["-p", "policy.yaml", "--field", "email"],
        &["-p", "policy.yaml", "--any-context"],
        &["-p", "policy.yaml", "--domain", "mail", "--space", "user"],
        &["--any-context", "--domain", "mail", "--space", "user"],
    ] {
        let ran = decrypt(&home, &[args, &K].concat(), &email);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{args:?}: {ran:?}");
    }
    let unnamed = decrypt(&home, &["--any-context"], &email);
    assert_eq!(unnamed.code, 64, "{unnamed:?}");
    assert!(!home.path().join("audit.jsonl").exists());
}

#[test]
fn a_policy_opens_its_own_fields_and_says_which() {
    let home = home();
    let policy = ["-p", "policy.yaml"];
    for (topic, field, line) in [
        ("mail", "email", "mail email\tjane@example.com\n"),
        ("mail", "phone", "mail phone\t+49151\n"),
        // One domain, key and space: several fields make such envelopes.
        ("mail", "user", "copy person, mail user\t42\n"),
        ("copy", "person", "copy person, mail user\t42\n"),
        ("copy", "email", "copy email\tjane@example.com\n"),
    ] {
        let sealed = envelope(&home, topic, field);
        let ran = decrypt(&home, &policy, &sealed);
        assert_eq!(
            (ran.code, sorted(&ran.out).as_str()),
            (0, line),
            "{topic} {field}: {ran:?}"
        );
        // Named, it need not be said.
        let named = ["-p", "policy.yaml", "--output", topic, "--field", field];
        let value = line.split('\t').nth(1).unwrap();
        assert_eq!(decrypt(&home, &named, &sealed).out, value);
    }
    let email = envelope(&home, "mail", "email");
    let json = [&policy[..], &["--format", "json"]].concat();
    assert_eq!(
        decrypt(&home, &json, &email).out,
        "{\"field\":\"mail email\",\"value\":\"jane@example.com\"}\n"
    );
    // What is sealed inside of what is sealed.
    let inner = decrypt(&home, &json, &envelope(&home, "mail", "inner")).out;
    let outer: serde_json::Value = serde_json::from_str(&inner).unwrap();
    assert_eq!(outer["field"], "mail inner");
    let a = decrypt(&home, &policy, outer["value"]["a"].as_str().unwrap());
    assert_eq!(a.out, "mail inner.a\tx\\ty\n", "{a:?}");
    // A tab in a value is escaped, so that the one behind the field is the only one.
    assert_eq!(a.out.matches('\t').count(), 1);
}

/// The names of fields that share a context stand in the order of the policy.
fn sorted(line: &str) -> String {
    let (fields, value) = line.split_once('\t').unwrap_or(("", line));
    let mut fields: Vec<&str> = fields.split(", ").collect();
    fields.sort_unstable();
    format!("{}\t{value}", fields.join(", "))
}

#[test]
fn what_belongs_elsewhere_does_not_open() {
    let home = home();
    let email = envelope(&home, "mail", "email");
    let user = envelope(&home, "mail", "user");
    let named = |topic, field| ["-p", "policy.yaml", "--output", topic, "--field", field];
    let purpose = "analytics.reporting";
    let of = |domain, purpose, label| {
        let named = ["--domain", domain, "--purpose", purpose, "--label", label];
        [&named[..], &K].concat()
    };
    let of_space = |domain, space| [&["--domain", domain, "--space", space][..], &K].concat();
    let refused = |args: &[&str], sealed: &str| {
        let ran = decrypt(&home, args, sealed);
        assert_eq!((ran.code, ran.out.as_str()), (2, "\n"), "{args:?}: {ran:?}");
        let why = "belongs to another domain, purpose or field";
        assert!(ran.said().contains(why), "{args:?}: {ran:?}");
    };
    for args in [
        &named("mail", "phone")[..],
        &named("copy", "email"),
        &["-p", "policy.yaml", "--output", "copy"],
        &of("mail", purpose, "phone"),
        &of("mail", "marketing.advertising", "email"),
        &of("other", purpose, "email"),
        &of_space("mail", "email"),
    ] {
        refused(args, &email);
    }
    for args in [
        &named("mail", "email")[..],
        &of("mail", purpose, "user"),
        &of_space("mail", ""),
        &of_space("analytics", "user"),
    ] {
        refused(args, &user);
    }
    // Of a key that no field of the policy takes, under the same context.
    home.write(
        "policy.yaml",
        POLICY.replace(
            "email: { encrypt: { key: contact } }",
            "email: { encrypt: { key: other } }",
        ),
    );
    refused(&["-p", "policy.yaml"], &email);

    let opened = |args: &[&str], sealed: &str, value: &str| {
        let ran = decrypt(&home, args, sealed);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (0, value),
            "{args:?}: {ran:?}"
        );
    };
    opened(&of("mail", purpose, "email"), &email, "jane@example.com\n");
    opened(&of_space("mail", "user"), &user, "42\n");
    let both = [&of("mail", purpose, "email")[..], &["--space", "user"]].concat();
    opened(
        &both,
        &format!("{email}\n{user}\n"),
        "jane@example.com\n42\n",
    );
    let any = [&["--any-context"][..], &K].concat();
    opened(
        &any,
        &format!("{user}\n{email}\n"),
        "42\njane@example.com\n",
    );
}

#[test]
fn a_field_that_is_not_encrypted_is_named_with_those_that_are() {
    let home = home();
    let args = [
        "-p",
        "policy.yaml",
        "--output",
        "mail",
        "--field",
        "nothing",
    ];
    let ran = decrypt(&home, &args, "");
    assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{ran:?}");
    for field in ["mail email", "copy person", "mail inner.a"] {
        assert!(ran.said().contains(field), "{field}: {}", ran.err);
    }
}

#[test]
fn quarantined_records_open_by_the_policy_or_aloud_and_not_by_a_context() {
    let home = home();
    let args = [
        "apply",
        "-p",
        "policy.yaml",
        "--output",
        "mail",
        "--quarantine",
        "q",
    ];
    assert_eq!(home.veil_on(&args, "no JSON\n").code, 2);
    let refused = home.read("q");
    for args in [&["-p", "policy.yaml"][..], &["--any-context", K[0], K[1]]] {
        let ran = decrypt(&home, args, &refused);
        assert!(ran.code == 0 && ran.out.contains("no JSON"), "{ran:?}");
        // A record as `veil apply --envelope` takes it, with nothing before it.
        let record: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(record["value"], "no JSON");
    }
    for args in [
        &["-p", "policy.yaml", "--output", "mail", "--field", "email"][..],
        &["-p", "policy.yaml", "--output", "mail"],
        &["--domain", "mail", "--space", "", K[0], K[1]],
    ] {
        let ran = decrypt(&home, args, &refused);
        assert_eq!((ran.code, ran.out.as_str()), (2, "\n"), "{args:?}: {ran:?}");
    }
}

/// What was to be opened stands in the audit log.
#[test]
fn the_audit_log_holds_what_was_named() {
    let home = home();
    let email = envelope(&home, "mail", "email");
    for (args, about) in [
        (
            &["--any-context", K[0], K[1]][..],
            [("context", "any"), ("keyring", "keyring.json")],
        ),
        (
            &["-p", "policy.yaml", "--output", "mail"],
            [("output", "mail"), ("keyring", "keyring.json")],
        ),
        (
            &["--domain", "mail", "--space", "user", K[0], K[1]],
            [("domain", "mail"), ("space", "user")],
        ),
    ] {
        decrypt(&home, args, &email);
        let log = home.read("audit.jsonl");
        let begun = log
            .lines()
            .rfind(|line| line.contains("\"begin\""))
            .unwrap();
        let begun: serde_json::Value = serde_json::from_str(begun).unwrap();
        for (name, value) in about {
            let held = begun["about"][name].as_str().unwrap();
            assert!(held.ends_with(value), "{name}: {begun}");
        }
        let named = args.contains(&"-p").then_some("contexts");
        assert_eq!(begun["policy"]["name"].as_str(), named, "{begun}");
    }
}
