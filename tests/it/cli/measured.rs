//! `veil risk` and `veil attack`: what they measure of a sample, and that they show no
//! value of it.

use super::{Home, Ran};
use serde_json::Value;

const POLICY: &str = include_str!("../../attacks/policy.yaml");

/// Marks that stand in values alone.
const CANARIES: [&str; 4] = ["u-7001", "A-913", "1947", "2026-03-04"];

/// Two hundred persons with three records each; the first says what no other does.
fn sample() -> String {
    let event = |n: u32| {
        let who = n % 200;
        let (user, sku, born) = match who {
            0 => ("u-7001".to_owned(), "A-913".to_owned(), 1947),
            _ => (
                format!("u-{who}"),
                format!("A-{}", who % 5),
                1950 + who % 40,
            ),
        };
        let country = ["DE", "FR", "CH", "AT"][who as usize % 4];
        let day = 1 + n / 150;
        format!(
            "{{\"user\":\"{user}\",\"at\":\"2026-03-0{day}T10:00:07Z\",\"born\":\"{born}-05-17\",\"country\":\"{country}\",\"sku\":\"{sku}\"}}\n"
        )
    };
    (0..600).map(event).collect()
}

fn home() -> Home {
    let home = Home::empty();
    home.write("policy.yaml", POLICY);
    home.write("sample.ndjson", sample());
    home
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(&ran.out).expect("JSON")
}

const ON: [&str; 4] = ["-p", "policy.yaml", "--on", "sample.ndjson"];

fn with<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[command], &ON[..], more].concat()
}

#[test]
fn risk_counts_persons_and_tells_what_less_would_do() {
    let home = home();
    let told = json(&home.veil(&with("risk", &["--format", "json"])));
    assert_eq!(
        (&told["records"], &told["persons"]),
        (&600.into(), &200.into())
    );
    let output = &told["outputs"][0];
    assert_eq!(output["topic"], "shop.analytics");
    assert_eq!(output["codes"], serde_json::json!(["user"]));
    assert_eq!(output["k"], 1);
    let pair = &told["pairs"][0];
    assert_eq!(pair["shared"], serde_json::json!(["sku", "at"]));
    assert_eq!(
        (&pair["records"], &pair["persons"]),
        (&600.into(), &200.into())
    );
    // One row a day says A-913: of 600 rows three.
    assert_eq!(pair["rows_unique"], 0.005);

    // By decade and country nobody is alone: the forties have one person.
    let told = json(&home.veil(&with("risk", &["--qi", "born,country", "--format", "json"])));
    let output = &told["outputs"][0];
    assert_eq!(output["unique"], 0.005);
    let born = &output["fields"][0];
    assert_eq!(
        (&born["column"], &born["without"]),
        (&"born".into(), &0.0.into())
    );

    let ran = home.veil(&with(
        "risk",
        &["--output", "shop.recommendations", "--population", "20000"],
    ));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.out.contains("shop.analytics\n"), "{ran:?}");
    assert!(ran.out.contains("journalist, highest"), "{ran:?}");
}

#[test]
fn attacks_are_tried_with_their_intervals() {
    let home = home();
    let told = json(&home.veil(&with("attack", &["--format", "json", "--seed", "3"])));
    let ids: Vec<&str> = told["attacks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|a| a["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "S", "L", "I", "K", "D"
        ]
    );
    let all = told["attacks"].as_array().expect("a list").iter();
    let all: Vec<&Value> = all
        .flat_map(|a| a["found"].as_array().expect("a list"))
        .collect();
    let of = |attack: &str| {
        let one = all.iter().find(|one| one["attack"] == attack);
        *one.unwrap_or_else(|| panic!("{attack} was tried"))
    };
    // Nobody has the keys; both outputs are in order, so row n is row n.
    assert_eq!(of("A1a")["success"], 0.0);
    assert_eq!(of("A1b")["success"], 1.0);
    assert_eq!(of("A4")["success"], 1.0);
    assert_eq!(of("A2a")["success"], 0.005);
    for one in &all {
        let (low, high) = (one["between"][0].as_f64(), one["between"][1].as_f64());
        let advantage = one["advantage"].as_f64();
        assert!(low <= advantage && advantage <= high, "{one}");
    }
    // The same seed gives the same figures.
    let again = json(&home.veil(&with("attack", &["--format", "json", "--seed", "3"])));
    assert_eq!(told, again);
}

#[test]
fn no_value_of_the_sample_is_shown() {
    let home = home();
    for command in ["risk", "attack"] {
        for format in ["text", "json", "html", "md"] {
            let ran = home.veil(&with(command, &["--format", format]));
            assert_eq!(ran.code, 0, "{ran:?}");
            for canary in CANARIES {
                assert!(!ran.out.contains(canary), "{command} {format}: {canary}");
                assert!(!ran.err.contains(canary), "{command} {format}: {canary}");
            }
            if format == "html" {
                assert!(
                    ran.out.contains("<svg") && !ran.out.contains("<script"),
                    "{command}"
                );
                assert!(
                    !ran.out.contains("http://") && !ran.out.contains("src="),
                    "{command}"
                );
            }
        }
    }
}

#[test]
fn a_sample_that_is_empty_or_broken_is_no_error_of_ours() {
    let home = home();
    home.write("sample.ndjson", "");
    for command in ["risk", "attack"] {
        let ran = home.veil(&with(command, &[]));
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    home.write(
        "sample.ndjson",
        "{\"user\":\"u-7001\"\n[1,2]\n{\"user\":null,\"country\":\"DE\"}\n",
    );
    for command in ["risk", "attack"] {
        let ran = home.veil(&with(command, &[]));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.err.contains("2 of 3 record(s)"), "{ran:?}");
        assert!(!ran.err.contains("u-7001"), "{ran:?}");
    }
}

#[test]
fn what_cannot_be_asked_is_64_66_or_78() {
    let home = home();
    let risk = home.veil(&with("risk", &["--output", "nowhere"]));
    assert_eq!(risk.code, 64, "{risk:?}");
    assert!(
        risk.err
            .contains("`shop.analytics`, `shop.recommendations`"),
        "{risk:?}"
    );
    let risk = home.veil(&with("risk", &["--qi", "born,zip"]));
    assert_eq!(risk.code, 64, "{risk:?}");
    assert!(risk.err.contains("nothing leaves as `zip`"), "{risk:?}");
    let attack = home.veil(&with("attack", &["--only", "A9"]));
    assert_eq!(attack.code, 64, "{attack:?}");
    let attack = home.veil(&["attack", "-p", "policy.yaml", "--on", "-"]);
    assert_eq!(attack.code, 64, "{attack:?}");
    for command in ["risk", "attack"] {
        let ran = home.veil(&[command, "-p", "policy.yaml", "--on", "nowhere"]);
        assert_eq!(ran.code, 66, "{ran:?}");
    }
    home.write("policy.yaml", POLICY.replace("outputs:", "output:"));
    for command in ["risk", "attack"] {
        assert_eq!(home.veil(&with(command, &[])).code, 78);
    }
}

#[test]
fn check_tells_who_is_alone_in_what_leaves() {
    let home = home();
    home.make_keys();
    let few = |sample: &str| sample.lines().take(50).collect::<Vec<_>>().join("\n");
    home.write("few.ndjson", few(&sample()));
    let ran = home.veil(&["check", "policy.yaml", "--on", "few.ndjson"]);
    assert!(
        !ran.out.contains("V0245") && !ran.out.contains("V0246"),
        "{ran:?}"
    );
    // Each in a country and a year of their own.
    let alone = sample().replace("\"A-0\"", "\"A-77\"");
    let own: String = alone
        .lines()
        .enumerate()
        .map(|(n, line)| {
            let sku = format!("\"sku\":\"B-{}\"", n % 200);
            let at = line.rfind("\"sku\"").expect("it has one");
            format!("{}{sku}}}\n", &line[..at])
        })
        .collect();
    home.write("own.ndjson", &own);
    let ran = home.veil(&["check", "policy.yaml", "--on", "own.ndjson"]);
    assert!(ran.out.contains("warning[V0245]"), "{ran:?}");
    assert!(ran.out.contains("warning[V0246]"), "{ran:?}");
    assert!(!ran.out.contains("B-1"), "{ran:?}");
    // Records that wait for a release do so for nobody to be alone in it; what becomes of
    // them is told, those of nobody too.
    let held = "    order: { shuffled: { pool: 1000, subjects: 100, max_delay: 1h } }\n    fields:\n      user:";
    home.write(
        "policy.yaml",
        POLICY.replacen("    fields:\n      user:", held, 1),
    );
    let nobody = own.lines().take(9);
    let nobody: String = nobody
        .map(|line| line.replacen("\"user\"", "\"nobody\"", 1) + "\n")
        .collect();
    home.write("own.ndjson", own.repeat(2) + &nobody);
    let ran = home.veil(&["check", "policy.yaml", "--on", "own.ndjson"]);
    assert!(
        ran.code == 78 && ran.out.contains("error[V0245]"),
        "{ran:?}"
    );
    let told: Vec<&str> = ran.err.split_whitespace().collect();
    let told = told.join(" ");
    for part in [
        "1200 record(s) leave to shop.analytics in 1 release(s)",
        "left out: 9 no_subject",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

/// Of an output whose records wait, what is measured is its releases.
#[test]
fn in_classes_nobody_is_alone() {
    let home = home();
    home.write(
        "policy.yaml",
        r#"apiVersion: veil/v1
kind: Policy
metadata: { name: t, version: 1, owner: o }
source: { topic: raw, subject: user }
outputs:
  - topic: out
    purpose: analytics.reporting
    domain: d
    k_anonymous: { k: 10, max_records: 300, free: [sku] }
    fields:
      born: { quasi: { time: [1y, 5y, 20y], bottom: "1930-01-01", top: "2010-01-01" } }
      country: { quasi: { prefix: [2, 1] } }
      sku: keep
"#,
    );
    let told = json(&home.veil(&with("risk", &["--qi", "born,country", "--format", "json"])));
    let output = &told["outputs"][0];
    // One record of each of them, and each is one of ten at least.
    assert_eq!(
        (&output["records"], &output["persons"]),
        (&200.into(), &200.into())
    );
    assert!(output["k"].as_u64().expect("a number") >= 10, "{output}");
    assert_eq!(output["unique"], 0.0);
    let ran = home.veil(&with("attack", &["--only", "S", "--format", "json"]));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!CANARIES.iter().any(|canary| ran.out.contains(canary)));
}

/// Classes of which each has two plans, and two counts a day: of 200 persons on 3 days.
const HELD: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: held, version: 1, owner: o }
source: { topic: raw, subject: user }
keys: { noise: { ref: "file:keyring.json#noise" } }
outputs:
  - topic: public
    purpose: analytics.reporting
    domain: public
    k_anonymous: { k: 10, max_records: 200, l: [{ field: country, distinct: 2 }] }
    once_per: 30d
    fields:
      born: { quasi: { time: [5y, 10y, 100y], bottom: "1940-01-01", top: "2040-01-01", form: bounds } }
      country: { keep: { one_of: [DE, FR, CH, AT] } }
  - topic: counts
    purpose: analytics.reporting
    domain: counts
    aggregate:
      window: 1d
      time: { from: value.at }
      by: { country: { keep: { one_of: [DE, FR, CH, AT] } } }
      count: subjects
      contribution: { cells: 1 }
      epsilon: 1
      key: noise
      keys: { list: [DE, FR, CH, AT] }
      budget: { name: t, epsilon: 30, per: 30d }
"#;

#[test]
fn releases_are_composed_and_presence_is_guessed_from_counts() {
    let home = Home::empty();
    home.write("policy.yaml", HELD);
    home.write("sample.ndjson", sample());
    let only = ["--only", "K,D", "--format", "json"];
    let told = json(&home.veil(&with("attack", &only)));
    let found = |n: usize| &told["attacks"][n]["found"];
    // Who is in one release alone is in one class alone, and that has two countries.
    let composed = found(0).as_array().expect("a list");
    assert_eq!(composed.len(), 1, "{composed:?}");
    assert_eq!(
        (
            &composed[0]["attack"],
            &composed[0]["persons"],
            &composed[0]["certain"]
        ),
        (&"K1".into(), &200.into(), &0.0.into())
    );
    // Three days at ε = 1: no test is right in more than e³/(1 + e³).
    let present = &found(1)[0];
    assert_eq!(present["persons"], 200);
    let success = present["success"].as_f64().expect("a share");
    assert!((0.8..0.953).contains(&success), "{present}");
    assert!(
        present["what"].as_str().unwrap().contains("0.953"),
        "{present}"
    );
}

#[test]
fn what_joins_two_outputs_is_measured_on_a_sample() {
    let home = home();
    let columns = ["join", "shop.analytics.sku", "shop.recommendations.sku"];
    let asked = [&["explain"], &columns[..], &ON[..]].concat();
    let told = json(&home.veil(&[&asked[..], &["--format", "json"]].concat()));
    assert_eq!(told["level"], "row");
    let attacks = told["measured"]["attacks"].as_array().expect("a list");
    let ids: Vec<&str> = attacks.iter().filter_map(|a| a["id"].as_str()).collect();
    assert_eq!(ids, ["A4", "A5", "A6"]);
    assert_eq!(attacks[0]["found"][0]["success"], 1.0);
    let said = home.veil(&asked);
    assert!(
        said.out.contains("A4 order") && said.out.contains("1.000"),
        "{said:?}"
    );
    assert!(
        !CANARIES.iter().any(|canary| said.out.contains(canary)),
        "{said:?}"
    );
    // Without a sample nothing is measured.
    let unmeasured = [&["explain"], &columns[..], &ON[..2], &["--format", "json"]].concat();
    assert!(json(&home.veil(&unmeasured))["measured"].is_null());
    // Outputs of two policies have no sample in common.
    home.write(
        "other.yaml",
        POLICY
            .replace("shop.", "web.")
            .replace("name: measured", "name: other"),
    );
    let across = [
        "explain",
        "join",
        "shop.analytics.sku",
        "web.analytics.sku",
        "-p",
        "policy.yaml",
        "-p",
        "other.yaml",
        "--on",
        "sample.ndjson",
    ];
    let refused = home.veil(&across);
    assert!(
        refused.code == 64 && refused.said().contains("two policies"),
        "{refused:?}"
    );
}
