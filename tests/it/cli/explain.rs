//! `veil explain`: what a policy makes of a sample, and answers from it.

use super::{Home, Ran};
use serde_json::Value;

const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: web, version: 3, owner: tests }
source: { topic: raw }
keys:
  people: { ref: \"file:keyring.json#people\" }
  contact: { ref: \"file:keyring.json#contact\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: web.clean
    purpose: analytics.reporting
    domain: analytics
    key: { like: userId }
    fields:
      userId: { pseudonymize: { key: people, normalize: text, epoch: none } }
      plan: { keep: { one_of: [free, pro] }, on_error: drop_field }
      amount: { generalize: { bucket: 10 } }
      mail: { encrypt: { key: contact } }
      context.IP: { generalize: { ipv4: 24, ipv6: 48 } }
      never.there: drop
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

/// Whatever stands here of an unnamed field must be shown nowhere.
const SAMPLE: &str = "\
{\"userId\":\"u-1\",\"plan\":\"free\",\"amount\":12,\"mail\":\"jane@example.com\",\"context\":{\"ip\":\"203.0.113.7\"}}
{\"userId\":\"u-2\",\"plan\":\"SECRET-PLAN\",\"amount\":null,\"note\":\"SECRET-NOTE\"}
{\"userId\":null,\"amount\":25,\"phone\":\"+491511234567\"}
{\"userId\":\"u-3\",\"amount\":\"SECRET-AMOUNT\"}
SECRET, no JSON
";

fn home() -> Home {
    let home = Home::with(POLICY);
    home.write("sample.ndjson", SAMPLE);
    home
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(&ran.out).expect("JSON")
}

fn field<'v>(explained: &'v Value, path: &str) -> &'v Value {
    let fields = explained["outputs"][0]["fields"]
        .as_array()
        .expect("a list");
    let mut named = fields.iter().filter(|f| f["path"] == path);
    named
        .next()
        .unwrap_or_else(|| panic!("no {path}: {fields:?}"))
}

#[test]
fn of_records_that_are_taken_apart_the_elements_are_told() {
    let policy = POLICY
        .replace(
            "source: { topic: raw }",
            "source: { topic: raw, split: batch }",
        )
        .replace("      userId:", "      batch.userId:")
        .replace("key: { like: userId }", "key: { like: batch.userId }")
        .replace("      plan:", "      batch.plan:");
    let home = Home::with(&policy);
    home.write(
        "sample.ndjson",
        "{\"amount\":1,\"batch\":[{\"userId\":\"u-1\",\"plan\":\"free\",\"q\":1},{\"userId\":\"u-2\",\"plan\":\"pro\"}]}\n{\"amount\":2,\"batch\":[]}\n",
    );
    let explained = json(&home.veil(&[
        "explain",
        "-p",
        "policy.yaml",
        "--on",
        "sample.ndjson",
        "--format",
        "json",
    ]));
    assert_eq!(
        (&explained["received"], &explained["looked_at"]),
        (&2.into(), &2.into())
    );
    let unnamed = explained["unnamed"].as_array().expect("a list");
    let unnamed: Vec<_> = unnamed
        .iter()
        .map(|u| (&u["path"], &u["records"]))
        .collect();
    assert_eq!(unnamed, [(&"batch.q".into(), &1.into())]);
    let checked = home.veil(&["check", "policy.yaml", "--on", "sample.ndjson"]);
    assert!(
        !checked.err.contains("V0288") && !checked.out.contains("V0288"),
        "{checked:?}"
    );
}

#[test]
fn where_no_record_left_its_cause_is_said_once() {
    let policy = POLICY.replace(
        "mail: { encrypt: { key: contact } }",
        "mail: { keep: { one_of: [x] } }",
    );
    let home = Home::with(&policy);
    let line = "{\"userId\":\"u-1\",\"plan\":\"free\",\"amount\":12,\"mail\":\"y\",\"context\":{\"IP\":\"203.0.113.7\"},\"never\":{\"there\":1}}\n";
    home.write("sample.ndjson", line.repeat(3));
    let checked = home.veil(&["check", "policy.yaml", "--on", "sample.ndjson"]);
    let said = format!("{}{}", checked.out, checked.err);
    assert_eq!(said.matches("V0276").count(), 1, "{said}");
    let words: Vec<&str> = said.split_whitespace().collect();
    let cause = "3 quarantined: `not_foreseen` at `mail` (`keep`)";
    assert!(words.join(" ").contains(cause), "{said}");
}

#[test]
fn what_is_known_of_a_part_of_the_records_is_said_of_that_part() {
    let home = Home::with(POLICY);
    let line = |n: usize| match n {
        // One of those that are passed over.
        10_001 => "{\"once\":1}\n".to_owned(),
        _ => format!("{{\"amount\":{n}}}\n"),
    };
    let said = |from: std::ops::Range<usize>, more: &[&str]| {
        home.write("many.ndjson", from.map(line).collect::<String>());
        let args = ["explain", "-p", "policy.yaml", "--on", "many.ndjson"];
        home.veil(&[&args[..], more].concat())
            .out
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let whole = said(9_000..10_002, &[]);
    assert!(whole.contains("once 1 "), "{whole}");
    assert!(!whole.contains("looked into"), "{whole}");
    let cut = said(0..10_100, &[]);
    assert!(!cut.contains("once"), "{cut}");
    assert!(
        cut.contains("None in the 10001 records that were looked into"),
        "{cut}"
    );
    // Lines that are no records are no records that were passed over.
    home.write("two.ndjson", "{\"value\":{\"amount\":1}}\nx\n");
    let args = [
        "explain",
        "-p",
        "policy.yaml",
        "--on",
        "two.ndjson",
        "--envelope",
    ];
    let ran = home.veil(&args);
    assert!(
        ran.out.contains("not_json") && !ran.out.contains("looked into"),
        "{ran:?}"
    );
}

#[test]
fn each_field_is_counted_by_what_became_of_it() {
    let home = home();
    let args = ["explain", "-p", "policy.yaml", "--on", "sample.ndjson"];
    let found = json(&home.veil(&[&args[..], &["--format", "json"]].concat()));
    assert_eq!(found["policy"], "web@3");
    assert_eq!(
        (&found["received"], &found["looked_at"]),
        (&5.into(), &5.into())
    );
    assert_eq!(found["quarantined"]["not_json"], 1);
    let counts = |path: &str| {
        let f = field(&found, path);
        ["written", "absent", "dropped_on_error", "refused"]
            .map(|k| f[k].as_u64().expect("a count"))
    };
    assert_eq!(counts("userId"), [2, 1, 0, 0]);
    assert_eq!(counts("plan"), [1, 0, 1, 0]);
    assert_eq!(counts("amount"), [3, 0, 0, 1]);
    assert_eq!(field(&found, "amount")["null"], 1);
    // Of elements and of cases it is not known which records should have one.
    let missing = |path: &str| field(&found, path)["missing"].clone();
    assert_eq!([missing("userId"), missing("plan")], [0, 1]);
    assert_eq!(
        field(&found, "amount")["examples"],
        serde_json::json!(["10", "20"])
    );
    assert_eq!(found["outputs"][0]["written"], 3);
    let refused = found["refused"].as_array().expect("a list");
    assert!(
        refused
            .iter()
            .any(|r| r["field"] == "amount" && r["records"] == 1 && r["output"] == "web.clean"),
        "{refused:?}"
    );
}

#[test]
fn a_selector_that_never_matched_is_told_with_what_is_there() {
    let home = home();
    let args = ["explain", "-p", "policy.yaml", "--on", "sample.ndjson"];
    let found = json(&home.veil(&[&args[..], &["--format", "json"]].concat()));
    let never = found["never_matched"].as_array().expect("a list");
    let paths: Vec<&Value> = never.iter().map(|n| &n["path"]).collect();
    assert_eq!(paths, ["context.IP", "never.there"]);
    assert_eq!(
        (&never[0]["nearest"], &never[0]["differs_by"]),
        (&"context.ip".into(), &"case".into())
    );
    assert_eq!(never[1]["nearest"], Value::Null);
    let unnamed = found["unnamed"].as_array().expect("a list");
    let paths: Vec<&Value> = unnamed.iter().map(|n| &n["path"]).collect();
    assert_eq!(paths, ["context.ip", "note", "phone"]);
    assert_eq!(unnamed[0]["looks_like"], "IP address");
}

/// A case that no record took is no selector that was misspelt.
#[test]
fn each_case_is_counted_and_one_that_was_not_taken_is_not_called_missing() {
    let home = home();
    home.write(
        "when.yaml",
        "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: w, version: 1, owner: o }\nsource: { topic: raw }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields:\n      a: { when: [{ if: { b: 1 }, then: { mask: {} } }, { if: { b: 2 }, then: { generalize: { prefix: 1 } } }, { else: { replace: { with: other } } }] }\n      gone: { when: [{ if: { b: 1 }, then: { mask: {} } }] }\n",
    );
    home.write(
        "when.ndjson",
        "{\"a\":\"x\",\"b\":1}\n{\"a\":\"y\"}\n{\"a\":\"z\"}\n",
    );
    let args = ["explain", "-p", "when.yaml", "--on", "when.ndjson"];
    let found = json(&home.veil(&[&args[..], &["--format", "json"]].concat()));
    let fields = found["outputs"][0]["fields"].as_array().expect("a list");
    let taken: Vec<(&str, u64)> = fields
        .iter()
        .filter(|f| f["path"] == "a")
        .map(|f| {
            let action = f["action"].as_str().expect("an action");
            (action, f["written"].as_u64().expect("a count"))
        })
        .collect();
    assert_eq!(taken, [("mask", 1), ("generalize", 0), ("replace", 2)]);
    let never = found["never_matched"].as_array().expect("a list");
    let paths: Vec<&Value> = never.iter().map(|n| &n["path"]).collect();
    assert_eq!(paths, ["gone"]);
    // What a condition reads is named.
    assert_eq!(found["unnamed"], serde_json::json!([]));
}

/// In no format, and not by `apply` either.
#[test]
fn no_value_of_the_input_side_is_shown_and_no_code_whole() {
    let home = home();
    let mut shown: Vec<String> = ["text", "json", "html", "md"]
        .iter()
        .map(|format| {
            let args = [
                "explain",
                "-p",
                "policy.yaml",
                "--on",
                "sample.ndjson",
                "--format",
                format,
            ];
            let ran = home.veil(&args);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert_eq!(ran.err, "", "{ran:?}");
            ran.out
        })
        .collect();
    let applied = home.veil(&["apply", "-p", "policy.yaml", "--explain", "sample.ndjson"]);
    let plainly = home.veil(&["apply", "-p", "policy.yaml", "sample.ndjson"]);
    assert_eq!(
        (applied.code, applied.out.lines().count()),
        (2, plainly.out.lines().count())
    );
    let code = applied.out.split('"').nth(3).expect("the pseudonym");
    assert_eq!(code.len(), 22, "{code}");
    shown.push(applied.err);
    for text in &shown {
        assert!(
            text.contains("context.ip") && text.contains(&code[..8]),
            "{text}"
        );
        for secret in [
            "SECRET",
            "203.0.113",
            "jane",
            "1511234567",
            "u-1",
            &code[..12],
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn hostile_names_and_samples_are_told_and_do_nothing() {
    let home = home();
    let hostile =
        "{\"\\u001b[31mred<script>alert(1)</script>|`*_\\u202e\":1,\"plan\":{\"free\":1}}\n";
    let wide: String = (0..3_000).map(|n| format!("\"k{n}x\":{n},")).collect();
    let deep = format!("{}1{}", "{\"d\":".repeat(60), "}".repeat(60));
    home.write(
        "hostile.ndjson",
        format!("{hostile}{{{wide}\"z\":1}}\n{deep}\n"),
    );
    for format in ["text", "md", "html", "json"] {
        let args = [
            "explain",
            "-p",
            "policy.yaml",
            "--on",
            "hostile.ndjson",
            "--format",
            format,
        ];
        let ran = home.veil(&args);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}') || format == "json");
        assert!(
            format == "text" || format == "json" || !ran.out.contains("<script>"),
            "{format}"
        );
    }
    home.write("empty.ndjson", "");
    let ran = home.veil(&["explain", "-p", "policy.yaml", "--on", "empty.ndjson"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("holds no record"), "{ran:?}");
    assert_eq!(home.veil(&["explain", "-p", "policy.yaml"]).code, 64);
    let missing = home.veil(&["explain", "-p", "policy.yaml", "--on", "nowhere"]);
    assert_eq!(missing.code, 66, "{missing:?}");
}

const ORDERS: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: orders, version: 1, owner: tests }
source: { topic: orders.raw, subject: customer.id }
keys:
  people: { ref: \"file:keyring.json#people\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: orders.clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      customer.id: { pseudonymize: { key: people, normalize: text, epoch: none } }
      total: { generalize: { bucket: 10 } }
  - topic: orders.other
    purpose: analytics.reporting
    domain: elsewhere
    fields:
      customer.id: { pseudonymize: { key: people, normalize: text, epoch: none } }
quarantine: { topic: orders.refused, key: quarantine, retention: 7d }
dangerously:
  - { allow: linkable_outputs, because: a test }
";

#[test]
fn two_columns_join_by_key_by_row_or_not_and_why() {
    // No keyring is opened.
    let home = Home::empty();
    home.write("web.yaml", POLICY);
    home.write("orders.yaml", ORDERS);
    let join = |a: &str, b: &str| {
        let args = [
            "explain",
            "join",
            a,
            b,
            "-p",
            "web.yaml",
            "-p",
            "orders.yaml",
        ];
        json(&home.veil(&[&args[..], &["--format", "json"]].concat()))
    };
    let by_key = join("web.clean.userId", "orders.clean.customer.id");
    assert_eq!(by_key["level"], "key", "{by_key}");
    let by_row = join("orders.clean.customer.id", "orders.other.customer.id");
    assert_eq!(by_row["level"], "row", "{by_row}");
    let why = by_row["ways"][0]["why"][0].as_str().expect("a reason");
    assert!(why.contains("domains differ"), "{why}");
    let coarse = join("web.clean.amount", "orders.clean.total");
    assert_eq!(coarse["ways"][0]["open"], false, "{coarse}");
    let args = [
        "explain",
        "join",
        "web.clean.userId",
        "orders.clean.customer.id",
    ];
    let said = home.veil(&[&args[..], &["-p", "web.yaml", "-p", "orders.yaml"]].concat());
    assert!(said.out.contains("can join them by key"), "{said:?}");
    for wrong in ["nowhere.userId", "web.clean.nothing", "web.clean"] {
        let args = [
            "explain",
            "join",
            wrong,
            "web.clean.userId",
            "-p",
            "web.yaml",
        ];
        assert_eq!(home.veil(&args).code, 64, "{wrong}");
    }
}

#[test]
fn one_keyring_is_one_key_however_its_file_is_called() {
    let home = Home::empty();
    home.make_keys();
    std::fs::create_dir(home.path().join("sub")).expect("a folder");
    std::os::unix::fs::symlink("keyring.json", home.path().join("link.json")).expect("a link");
    home.write_closed("copy.json", home.read("keyring.json"));
    home.write("web.yaml", POLICY);
    let absolute = home.path().join("keyring.json").display().to_string();
    let by_key = |file: &str| {
        home.write("orders.yaml", ORDERS.replace("keyring.json", file));
        let args = [
            "web.clean.userId",
            "orders.clean.customer.id",
            "--format",
            "json",
        ];
        let files = ["-p", "web.yaml", "-p", "orders.yaml"];
        let ran = home.veil(&[&["explain", "join"], &args[..], &files[..]].concat());
        json(&ran)["ways"][0].clone()
    };
    let spelled = ["sub/../keyring.json", &absolute, "link.json", "copy.json"];
    for file in spelled {
        assert_eq!(by_key(file)["open"], true, "{file}");
        // Of policies checked together it is told likewise.
        let ran = home.veil(&["check", "web.yaml", "orders.yaml"]);
        assert!(ran.out.contains("these join by key"), "{file}: {ran:?}");
    }
    // Another key of that name.
    let other = Home::empty();
    other.make_keys();
    home.write_closed("other.json", other.read("keyring.json"));
    let way = by_key("other.json");
    assert_eq!(way["open"], false, "{way}");
    assert!(
        way["why"][0]
            .as_str()
            .is_some_and(|w| w.contains("the keys differ")),
        "{way}"
    );
    // One that cannot be read may be the same.
    let way = by_key("elsewhere.json");
    assert_eq!(way["open"], true, "{way}");
    assert!(
        way["why"][0]
            .as_str()
            .is_some_and(|w| w.contains("cannot be told")),
        "{way}"
    );
}

#[test]
fn a_path_is_told_with_what_decides_it() {
    let home = Home::empty();
    home.write("web.yaml", POLICY);
    let path =
        |path: &str| json(&home.veil(&["explain", path, "-p", "web.yaml", "--format", "json"]));
    let amount = path("amount");
    assert_eq!(amount["outputs"][0]["fate"], "leaves", "{amount}");
    assert_eq!(
        amount["outputs"][0]["by"][0],
        "{ generalize: { bucket: 10 } }"
    );
    assert_eq!(path("never.there")["outputs"][0]["fate"], "dropped");
    let unnamed = path("amont");
    assert_eq!(unnamed["outputs"][0]["fate"], "unnamed");
    assert_eq!(unnamed["nearest"], "amount");
    let said = home.veil(&["explain", "amont", "-p", "web.yaml"]);
    assert!(said.out.contains("dropped: nobody named it"), "{said:?}");
    assert_eq!(home.veil(&["explain", "a..b", "-p", "web.yaml"]).code, 64);
}

#[test]
fn a_code_and_a_reason_are_told_with_cause_and_fix() {
    let home = Home::empty();
    for word in ["V0214", "v0214", "direct_identifier"] {
        let said = home.veil(&["explain", word]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            said.out.contains("leaves in clear") && said.out.contains("= why:"),
            "{said:?}"
        );
        assert!(said.out.contains("allow: direct_identifier"), "{said:?}");
    }
    let reason = json(&home.veil(&["explain", "wrong_type", "--format", "json"]));
    assert_eq!(reason["reason"], "wrong_type");
    assert!(
        reason["remedy"]
            .as_str()
            .is_some_and(|r| r.contains("replay"))
    );
    let left_out = json(&home.veil(&["explain", "over_cap", "--format", "json"]));
    assert_eq!(left_out["left_out"], "over_cap");
    let said = home.veil(&["explain", "already_released"]);
    assert!(
        said.code == 0 && said.out.contains("within once_per"),
        "{said:?}"
    );
    // What becomes of windows has words as well, and one may be of both.
    for word in [
        "released",
        "budget_spent",
        "smaller_budget",
        "late_window",
        "left_before",
    ] {
        let window = json(&home.veil(&["explain", word, "--format", "json"]));
        assert_eq!(window["window"], word);
        assert!(window["remedy"].is_string(), "{window}");
    }
    let both = json(&home.veil(&["explain", "state_lost", "--format", "json"]));
    assert_eq!(both["left_out"], "state_lost");
    assert!(both["window"]["cause"].is_string(), "{both}");
    let wrong = home.veil(&["explain", "wrong_typ"]);
    assert!(
        wrong.code == 64 && wrong.said().contains("did you mean `wrong_type`?"),
        "{wrong:?}"
    );
}

/// Under two types of record one path has two actions: counts are of each, examples of
/// the path, and no more is shown of them than of the codes among them.
#[test]
fn of_fields_that_share_a_path_it_is_said_what_is_of_both() {
    const SAMPLE: &str = "{\"t\":\"a\",\"x\":\"in-clear-and-long\"}\n{\"t\":\"b\",\"x\":\"u-1\"}\n";
    const NOTE: &str = "those of the path and not of the one field";
    let policy = POLICY.replace("source: { topic: raw }", "source: { topic: raw, type: t }");
    let fields = policy.split("    key: {").next().unwrap().to_owned();
    let typed = "    fields: {}
    types:
      a: { x: { keep: { max_chars: 40 } } }
      b: { x: { pseudonymize: { key: people, normalize: text, epoch: none } } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";
    let home = Home::with(&format!("{fields}{typed}"));
    home.write("sample.ndjson", SAMPLE);
    let asked = ["explain", "-p", "policy.yaml", "--on", "sample.ndjson"];
    let found = json(&home.veil(&[&asked[..], &["--format", "json"]].concat()));
    let all = found["outputs"][0]["fields"].as_array().expect("a list");
    assert_eq!(all.len(), 2, "{all:?}");
    for field in all {
        assert_eq!(
            (&field["path"], &field["written"]),
            (&"x".into(), &1.into())
        );
        let examples = field["examples"].as_array().expect("a list");
        let short = |e: &Value| e.as_str().is_some_and(|e| e.chars().count() <= 9);
        assert!(examples.len() == 2 && examples.iter().all(short), "{field}");
    }
    let ran = home.veil(&asked);
    let said = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(NOTE), "{}", ran.out);
    let home = self::home();
    let ran = home.veil(&asked);
    assert!(!ran.out.contains("of the one field"), "{}", ran.out);
}

#[test]
fn a_path_is_looked_up_in_folders_and_in_several_policies() {
    let home = home();
    std::fs::create_dir(home.path().join("policies")).unwrap();
    home.write("policies/web.yaml", POLICY);
    let explain = |more: &[&str]| home.veil(&[&["explain"], more].concat());
    let one = explain(&["plan", "-p", "policies"]);
    assert_eq!(one.code, 0, "{one:?}");
    assert!(one.out.contains("leaves as plan"), "{one:?}");
    let on = explain(&["-p", "policies", "--on", "sample.ndjson"]);
    assert_eq!(on.code, 78, "its keyring lies elsewhere: {on:?}");
    home.write("other.yaml", POLICY.replace("name: web", "name: other"));
    let both = ["-p", "policy.yaml", "-p", "other.yaml", "--format", "json"];
    let found = json(&explain(&[&["plan"], &both[..]].concat()));
    let policies: Vec<&Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["policy"])
        .collect();
    assert_eq!(policies, ["web", "other"]);
    let on = explain(&[&both[..], &["--on", "sample.ndjson"]].concat());
    assert_eq!(on.code, 64, "{on:?}");
    assert!(on.said().contains("`policy.yaml`, `other.yaml`"), "{on:?}");
}

#[test]
fn a_path_without_what_stands_above_it_names_what_may_have_been_meant() {
    let home = home();
    for (asked, nearest) in [
        ("IP", "context.IP".into()),
        ("ip", "context.IP".into()),
        ("xyz", Value::Null),
    ] {
        let ran = home.veil(&["explain", asked, "-p", "policy.yaml", "--format", "json"]);
        assert_eq!(json(&ran)["nearest"], nearest, "{asked}");
    }
}

#[test]
fn a_column_without_its_output_is_offered_with_it() {
    let home = home();
    let ran = home.veil(&[
        "explain",
        "join",
        "userId",
        "web.clean.plan",
        "-p",
        "policy.yaml",
    ]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.said().contains("write `web.clean.userId`"), "{ran:?}");
}

#[test]
fn one_policy_described_alone_says_that_joins_with_others_are_not_known() {
    let home = home();
    let alone = home.veil(&["describe", "-p", "policy.yaml"]);
    assert!(alone.out.contains("in this policy alone"), "{alone:?}");
    home.write("other.yaml", POLICY.replace("name: web", "name: other"));
    let both = home.veil(&["describe", "-p", "policy.yaml", "-p", "other.yaml"]);
    assert_eq!(both.code, 0, "{both:?}");
    assert!(!both.out.contains("in this policy alone"), "{both:?}");
}

/// What of a person is missing is a class like others; a record of nobody is in no release.
#[test]
fn of_records_that_wait_it_is_said_what_is_missing_and_who_is_left_out() {
    let home = Home::with(
        "\
apiVersion: veil/v1
kind: Policy
metadata: { name: crowd, version: 1, owner: tests }
source: { topic: raw, subject: { person: id }, writers: own }
outputs:
  - topic: crowd.out
    purpose: analytics.reporting
    domain: crowd
    k_anonymous: { k: 5 }
    fields:
      age: { quasi: { number: { step: 5, bottom: 15, top: 90 } } }
      zip: { quasi: { prefix: [3, 2] } }
",
    );
    home.write(
        "sample.ndjson",
        "{\"id\":\"a\",\"age\":27}\n{\"id\":\"b\",\"age\":null,\"zip\":\"10115\"}\n{\"age\":31}\n",
    );
    let args = ["explain", "-p", "policy.yaml", "--on", "sample.ndjson"];
    let found = json(&home.veil(&[&args[..], &["--format", "json"]].concat()));
    let output = &found["outputs"][0];
    assert_eq!(
        (&output["written"], &output["waits"]),
        (&2.into(), &"waits".into())
    );
    assert_eq!(output["left_out"]["no_subject"], 1);
    let counts = |path: &str| {
        let f = field(&found, path);
        ["written", "missing", "absent"].map(|k| f[k].as_u64().expect("a count"))
    };
    assert_eq!(counts("age"), [2, 0, 1]);
    assert_eq!(counts("zip"), [1, 2, 0]);
    let page = home.veil(&args).out;
    let words: Vec<&str> = page.split_whitespace().collect();
    let words = words.join(" ");
    for said in [
        "in classes of at least 5 persons",
        "field from action values missing nothing age",
        "left out of crowd.out 1 no_subject",
    ] {
        assert!(words.contains(said), "{said}: {page}");
    }
}
