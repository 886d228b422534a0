//! `veil diff`: what another policy changes.

use super::{Home, TWO};

const POLICY: &str = include_str!("../../../config/minimal.yaml");
const WHAT_LEAVES: &str = "{ keep: { one_of: [free, team, business] } }";

fn home(from: &str, to: &str) -> Home {
    assert!(POLICY.contains(from), "{from} in {POLICY}");
    let home = Home::empty();
    home.write("old.yaml", POLICY);
    home.write("new.yaml", POLICY.replacen(from, to, 1));
    home
}

#[test]
fn the_same_policy_differs_in_nothing() {
    let home = home("apiVersion", "apiVersion");
    let ran = home.veil(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert_eq!(
        ran.out,
        "new.yaml protects what old.yaml protects, in the same way\n"
    );
}

#[test]
fn a_weaker_policy_is_told_with_its_cause_and_exits_2() {
    let weaker = home(WHAT_LEAVES, "keep");
    let ran = weaker.veil(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.starts_with("weaker: "), "{ran:?}");
    assert!(
        ran.out
            .contains("\n  + keep\n  = why:  `one_of` lets out more\n"),
        "{ran:?}"
    );
    assert!(
        ran.out
            .contains("new.yaml is weaker than old.yaml: 1 weaker, 0 changed, 0 stronger")
    );
    assert!(!ran.out.contains('\u{1b}'), "no colour in a pipe");
    let colored = weaker.veil(&["--color", "always", "diff", "old.yaml", "new.yaml"]);
    assert!(colored.out.contains('\u{1b}'), "{colored:?}");
    let back = weaker.veil(&["diff", "new.yaml", "old.yaml"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert!(back.out.starts_with("stronger: "), "{back:?}");

    let ran = weaker.veil(&["diff", "old.yaml", "new.yaml", "--format", "json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json["weaker"], true);
    assert_eq!(json["is"].as_str().map(str::len), Some(64));
    assert_eq!(json["differences"][0]["verdict"], "weaker");
    assert_eq!(json["differences"][0]["is"], "keep");
}

#[test]
fn a_policy_that_cannot_be_used_is_78_and_a_missing_one_66() {
    let home = home("fields:", "felds:");
    let ran = home.veil(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (78, ""), "{ran:?}");
    assert!(
        ran.err.contains("felds") && ran.err.contains("new.yaml"),
        "{ran:?}"
    );
    let ran = home.veil(&["diff", "gone.yaml", "old.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (66, ""), "{ran:?}");
    let ran = home.veil(&["diff", "old.yaml"]);
    assert_eq!(ran.code, 64, "{ran:?}");
}

#[test]
fn what_breaks_for_readers_is_told_and_counted_on_a_sample() {
    let home = home("email:     {", "mail:      {");
    home.write(
        "sample.ndjson",
        "{\"email\":\"a@example.com\"}\n{\"email\":\"b@example.com\"}\n",
    );
    let args = [
        "diff",
        "old.yaml",
        "new.yaml",
        "--on",
        "sample.ndjson",
        "--format",
    ];
    let ran = home.veil(&[&args[..], &["json"]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let readers = &json["consumers"][0];
    assert_eq!(
        (&readers["topic"], &readers["breaks"]),
        (&"signups.clean".into(), &true.into())
    );
    assert_eq!(readers["changes"][0]["change"], "gone");
    let counted = json["sample"].as_array().expect("a list");
    assert!(
        counted
            .iter()
            .any(|c| c["what"] == "`email` written" && c["was"] == 2 && c["is"] == 0),
        "{counted:?}"
    );
    let md = home.veil(&[&args[..], &["md"]].concat());
    assert!(
        md.out.starts_with("# What the new policy changes\n"),
        "{md:?}"
    );
    assert!(
        md.out.contains("| verdict | where |") && md.out.contains("`email` is gone"),
        "{md:?}"
    );
    let text = home.veil(&["diff", "old.yaml", "new.yaml"]);
    assert!(text.out.contains("for who reads the outputs"), "{text:?}");
}

#[test]
fn values_that_differ_are_counted_where_the_counts_are_the_same() {
    let home = Home::with(TWO);
    let policy = TWO.replace("      n: keep", "      n: { generalize: { bucket: 10 } }");
    home.write("was.yaml", &policy);
    home.write("is.yaml", policy.replace("bucket: 10", "bucket: 100"));
    home.write(
        "sample.ndjson",
        "{\"n\":150,\"user\":\"u1\",\"email\":\"SECRET\"}\n{\"n\":7,\"user\":\"u2\",\"email\":\"SECRET\"}\n{\"user\":\"u3\"}\n",
    );
    let on = |old: &str, new: &str, format: &str| {
        home.veil(&[
            "diff",
            old,
            new,
            "--on",
            "sample.ndjson",
            "--format",
            format,
        ])
    };
    let ran = on("was.yaml", "is.yaml", "json");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json["sample"], serde_json::json!([]));
    assert_eq!(
        json["values"],
        serde_json::json!([{"output": "coarse", "field": "n", "records": 2, "differ": 1}])
    );
    let text = on("was.yaml", "is.yaml", "text").out;
    assert!(text.contains("another value"), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
    // Codes are the same under both, and what is sealed anew is not called another.
    let same = on("was.yaml", "was.yaml", "json");
    let json: serde_json::Value = serde_json::from_str(&same.out).expect("JSON");
    assert_eq!(json["values"], serde_json::json!([]));
    let text = on("was.yaml", "was.yaml", "text").out;
    assert!(text.contains("No value differs"), "{text}");
}

#[test]
fn another_schema_of_the_writer_is_told_by_what_leaves_under_it() {
    let home = Home::empty();
    let schema = |fields: &str| {
        format!(
            r#"{{"type":"record","name":"Click","fields":[{{"name":"n","type":"long"}}{fields}]}}"#
        )
    };
    let page = r#",{"name":"page","type":"string"}"#;
    home.write("a.avsc", schema(""));
    home.write("b.avsc", schema(page).replace("long", "int"));
    home.write(
        "c.avsc",
        schema("")
            .replace("Click", "Tap")
            .replace("name\":\"n\"", "name\":\"n\",\"doc\":\"more\""),
    );
    for name in ["a", "b", "c"] {
        let policy = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: clicks, version: 1, owner: web }}\n\
             source: {{ topic: raw, value: avro, schema: {{ file: {name}.avsc }} }}\noutputs:\n  \
             - {{ topic: clean, purpose: tests, domain: web, basis: contract, fields: {{ n: keep, page: {{ keep: {{ max_chars: 8 }} }} }} }}\n"
        );
        home.write(&format!("{name}.yaml"), policy);
    }
    let more = home.veil(&["diff", "a.yaml", "b.yaml"]);
    assert_eq!(more.code, 2, "{more:?}");
    for part in [
        "weaker: clean: page\n  - (not written)\n  + string\n",
        "changed: clean: n\n  - long\n  + int\n",
    ] {
        assert!(more.out.contains(part), "{more:?}");
    }
    let back = home.veil(&["diff", "b.yaml", "a.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&back.out).expect("JSON");
    let page = json["differences"].as_array().into_iter().flatten();
    let page: Vec<_> = page.filter(|d| d["field"] == "page").collect();
    assert_eq!(page.len(), 1, "{json}");
    assert_eq!(
        (&page[0]["verdict"], &page[0]["was"]),
        (&"stronger".into(), &"string".into())
    );
    // What leaves is the same: so is what is protected.
    let same = home.veil(&["diff", "a.yaml", "c.yaml"]);
    assert_eq!(same.code, 0, "{same:?}");
}
