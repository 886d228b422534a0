//! `veil apply` of outputs that count: the ledger of what was said.

mod ledger;

use super::Home;

const COUNTS: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: counts, version: 1, owner: o }
source: { topic: raw, subject: who }
keys: { noise: { ref: "file:keyring.json#noise" } }
outputs:
  - topic: out
    purpose: analytics.reporting
    domain: d
    aggregate:
      window: 1d
      time: { from: value.at }
      by: { kind: keep }
      count: records
      contribution: { cells: 1 }
      epsilon: 0.5
      key: noise
      keys: { list: [a, b] }
      budget: { name: t, epsilon: 1, per: 2d }
"#;

fn home() -> Home {
    let home = Home::empty();
    home.write("policy.yaml", COUNTS);
    let made = home.veil(&["keys", "new", "--keyring", "keyring.json", "noise"]);
    assert_eq!(made.code, 0, "{}", made.err);
    home
}

fn line(who: &str, day: u32) -> String {
    format!("{{\"who\":\"{who}\",\"at\":\"2026-03-{day:02}T10:00:00Z\",\"kind\":\"a\"}}\n")
}

const APPLY: &[&str] = &["apply", "-p", "policy.yaml", "--ledger", "spent.ndjson"];

fn begin() -> Vec<&'static str> {
    [APPLY, &["--begin-ledger"]].concat()
}

#[test]
fn without_its_ledger_nothing_leaves() {
    let home = home();
    let input = line("u-1", 1);
    let none = home.veil_on(&["apply", "-p", "policy.yaml"], &input);
    assert_eq!((none.code, none.out.as_str()), (64, ""), "{}", none.err);
    assert!(none.err.contains("--begin-ledger"), "{}", none.err);
    let lost = home.veil_on(APPLY, &input);
    assert_eq!((lost.code, lost.out.as_str()), (66, ""), "{}", lost.err);
    assert!(lost.err.contains("restore it"), "{}", lost.err);
    let first = home.veil_on(&begin(), &input);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(first.out.lines().count(), 2, "{}", first.out);
    assert!(
        first.err.contains("2 rows written in 1 window"),
        "{}",
        first.err
    );
    let twice = home.veil_on(&begin(), &input);
    assert_eq!((twice.code, twice.out.as_str()), (73, ""), "{}", twice.err);
    // A policy that counts nothing takes none.
    home.write("policy.yaml", super::PLAIN);
    home.make_keys();
    let plain = home.veil_on(APPLY, "{\"n\":1}\n");
    assert_eq!((plain.code, plain.out.as_str()), (64, ""), "{}", plain.err);
}

#[test]
fn the_same_records_give_the_same_rows_and_others_give_none() {
    let home = home();
    let (one, two) = (line("u-1", 1), line("u-2", 1));
    let first = home.veil_on(&begin(), &(one.clone() + &two));
    assert_eq!(first.code, 0, "{}", first.err);
    let ledger = home.read("spent.ndjson");
    assert_eq!(ledger.lines().count(), 2, "{ledger}");
    assert!(!ledger.contains("u-1"), "{ledger}");
    assert!(!first.err.contains("without rows"), "{}", first.err);
    // In another order, and of another run.
    let again = home.veil_on(APPLY, &(two + &one));
    assert_eq!((again.code, &again.out), (0, &first.out), "{}", again.err);
    assert_eq!(home.read("spent.ndjson"), ledger, "nothing more is spent");
    let other = home.veil_on(APPLY, &one);
    assert_eq!((other.code, other.out.as_str()), (69, ""), "{}", other.err);
    assert!(other.err.contains("not_released 1"), "{}", other.err);
    assert!(!other.err.contains("u-1"), "{}", other.err);
    assert!(
        other
            .err
            .contains("0 rows written in 0 windows, 1 window without rows (left_before)"),
        "{}",
        other.err
    );
    home.write("spent.ndjson", ledger.replace("1/2", "1/9"));
    let changed = home.veil_on(APPLY, &one);
    assert_eq!(
        (changed.code, changed.out.as_str()),
        (65, ""),
        "{}",
        changed.err
    );
}

#[test]
fn when_the_budget_is_spent_no_window_leaves() {
    let home = home();
    // 0.5 a day, 1 in two days: a policy of another version may not spend more.
    let first = home.veil_on(&begin(), &(line("u-1", 1) + &line("u-1", 2)));
    assert_eq!(first.code, 0, "{}", first.err);
    home.write(
        "policy.yaml",
        COUNTS
            .replace("topic: out", "topic: other")
            .replace("epsilon: 0.5", "epsilon: 0.25"),
    );
    let spent = home.veil_on(APPLY, line("u-1", 2));
    assert_eq!((spent.code, spent.out.as_str()), (69, ""), "{}", spent.err);
    assert!(
        spent.err.contains("did not leave (budget_spent)"),
        "{}",
        spent.err
    );
    assert!(!spent.err.contains("ended early"), "{}", spent.err);
    // A day later one of the two is two days old.
    let later = home.veil_on(APPLY, line("u-1", 3));
    assert_eq!(later.code, 0, "{}", later.err);
    assert_eq!(later.out.lines().count(), 2);
}

#[test]
fn another_policy_with_a_larger_budget_of_that_name_spends_no_more() {
    let home = home();
    let first = home.veil_on(&begin(), line("u-1", 1) + &line("u-1", 2));
    assert_eq!(first.code, 0, "{}", first.err);
    let other = COUNTS.replace("topic: out", "topic: other");
    let larger = other.replace("name: t, epsilon: 1,", "name: t, epsilon: 4,");
    home.write("policy.yaml", larger);
    let spent = home.veil_on(APPLY, line("u-1", 2));
    assert_eq!((spent.code, spent.out.as_str()), (69, ""), "{}", spent.err);
    for part in [
        "did not leave (smaller_budget)",
        "the budget `t` is 4 in 2d here, and was 1 in 2d",
        "the same `epsilon` and `per`",
    ] {
        assert!(spent.err.contains(part), "{part}: {}", spent.err);
    }
    // In one policy it is seen before.
    let (before, output) = COUNTS.split_once("outputs:\n").unwrap();
    let two = output.replace("topic: out", "topic: other");
    let two = two.replace("name: t, epsilon: 1,", "name: t, epsilon: 4,");
    home.write("policy.yaml", format!("{before}outputs:\n{output}{two}"));
    let refused = home.veil_on(APPLY, line("u-1", 3));
    assert_eq!(
        (refused.code, refused.out.as_str()),
        (78, ""),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("V0332"), "{}", refused.err);
}

#[test]
fn times_far_apart_are_a_mistake_and_a_window_that_is_not_over_stays() {
    let home = home();
    let far = line("u-1", 1) + "{\"who\":1,\"at\":\"1970-01-01T00:00:00Z\",\"kind\":\"a\"}\n";
    let ran = home.veil_on(&begin(), &far);
    assert_eq!((ran.code, ran.out.as_str()), (65, ""), "{}", ran.err);
    assert!(ran.err.contains("windows"), "{}", ran.err);
    // With a bound it is left out, and all else leaves.
    let bound = COUNTS.replace(
        "      window: 1d\n",
        "      window: 1d\n      oldest: 9000d\n",
    );
    home.write("policy.yaml", bound);
    let ran = home.veil_on(APPLY, &far);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{}", ran.err);
    assert!(ran.err.contains("late 1"), "{}", ran.err);
    let now = jiff::Timestamp::try_from(std::time::SystemTime::now()).unwrap();
    let open = format!("{{\"who\":1,\"at\":\"{now}\",\"kind\":\"a\"}}\n");
    let ran = home.veil_on(APPLY, &open);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.contains("not_over 1"), "{}", ran.err);
    let nothing = home.veil_on(APPLY, "");
    assert_eq!(
        (nothing.code, nothing.out.as_str()),
        (0, ""),
        "{}",
        nothing.err
    );
    assert_eq!(home.read("spent.ndjson").lines().count(), 2);
}

#[test]
fn a_dry_run_needs_no_ledger_and_says_in_each_row_that_it_hides_nobody() {
    let home = Home::empty();
    home.write("policy.yaml", COUNTS);
    let dry = ["apply", "-p", "policy.yaml", "--dry-run"];
    let first = home.veil_on(&dry, line("u-1", 1));
    assert_eq!(first.code, 0, "{}", first.err);
    let rows: Vec<serde_json::Value> = first
        .out
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["dry_run"] == true && row["from"].is_string())
    );
    // As often as one likes: it says nothing of anybody that is not in the file.
    let again = home.veil_on(&dry, line("u-1", 1));
    assert_eq!((again.code, again.out), (0, first.out));
    let both = home.veil_on(&[&dry[..], &["--ledger", "spent.ndjson"]].concat(), "");
    assert_eq!((both.code, both.out.as_str()), (64, ""), "{}", both.err);
    home.write("policy.yaml", super::PLAIN);
    let plain = home.veil_on(&dry, "{\"n\":1}\n");
    assert_eq!((plain.code, plain.out.as_str()), (64, ""), "{}", plain.err);
    assert!(plain.err.contains("--output TOPIC"), "{}", plain.err);
}

#[test]
fn a_sample_shows_that_records_are_counted_and_do_not_leave() {
    let home = home();
    home.write("sample.ndjson", line("u-1", 1) + &line("u-2", 1));
    let ran = home.veil(&["explain", "-p", "policy.yaml", "--on", "sample.ndjson"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("counted for out"), "{ran:?}");
    assert!(!ran.out.contains("written to out"), "{ran:?}");
    let args = [
        "explain",
        "-p",
        "policy.yaml",
        "--on",
        "sample.ndjson",
        "--format",
        "json",
    ];
    let json: serde_json::Value = serde_json::from_str(&home.veil(&args).out).expect("JSON");
    assert_eq!(json["outputs"][0]["waits"], "counted", "{json}");
}

#[test]
fn what_is_left_out_of_counts_is_not_shown_as_counted() {
    let home = home();
    let nobody = line("u-1", 1).replace("\"who\":\"u-1\",", "");
    let ahead = line("u-1", 1).replace("2026-03", "2999-03");
    let other = line("u-1", 1).replace("\"kind\":\"a\"", "\"kind\":\"z\"");
    let sample = [line("u-1", 1), nobody, ahead, other].concat();
    home.write("sample.ndjson", sample);
    let on = ["explain", "-p", "policy.yaml", "--on", "sample.ndjson"];
    let json = home.veil(&[&on[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let output = &json["outputs"][0];
    assert_eq!(output["written"], 1, "{json}");
    let left_out = serde_json::json!({ "no_subject": 1, "time_out_of_range": 1, "other_cell": 1 });
    assert_eq!(output["left_out"], left_out, "{json}");
    let ran = home.veil(&on);
    assert!(ran.out.contains("left out of out"), "{ran:?}");
    // Its time is named, though nothing of it leaves.
    assert!(ran.out.contains("every path is named somewhere"), "{ran:?}");
    let at = home.veil(&["explain", "-p", "policy.yaml", "at"]);
    assert!(at.out.contains("read as the time"), "{at:?}");
}

/// Two outputs of one budget: each may spend half of it.
fn two_of_one_budget() -> String {
    let (before, output) = COUNTS.split_once("outputs:\n").unwrap();
    let output = output.replace("epsilon: 0.5", "epsilon: 0.25");
    let other = output.replace("topic: out", "topic: other");
    format!("{before}outputs:\n{output}{other}")
}

fn days(days: std::ops::RangeInclusive<u32>) -> String {
    days.map(|day| line("u-1", day)).collect()
}

#[test]
fn windows_of_all_outputs_close_by_time_and_a_file_of_many_days_leaves_whole() {
    let home = home();
    home.write("policy.yaml", two_of_one_budget());
    let all = [&begin()[..], &["--output-dir", "dir", "--format", "json"]].concat();
    let ran = home.veil_on(&all, days(1..=31));
    assert_eq!(ran.code, 0, "{}", ran.err);
    for topic in ["out", "other"] {
        let rows = home.read(&format!("dir/{topic}.ndjson"));
        assert_eq!(rows.lines().count(), 62, "{topic}: {}", ran.err);
    }
    // By the ends of windows, and of one end by the policy's order.
    let ledger = home.read("spent.ndjson");
    let lines: Vec<serde_json::Value> = ledger
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 62);
    for (nth, line) in lines.iter().enumerate() {
        assert_eq!(line["output"], ["out", "other"][nth % 2]);
        let day = format!("2026-03-{:02}T00:00:00Z", 1 + nth / 2);
        assert_eq!(line["from"], day.as_str());
    }
}

#[test]
fn what_may_leave_does_where_other_windows_may_not_and_no_file_says_otherwise() {
    let home = home();
    let first = home.veil_on(&begin(), days(2..=2));
    assert_eq!(first.code, 0, "{}", first.err);
    home.write("policy.yaml", two_of_one_budget());
    std::fs::create_dir(home.path().join("dir")).unwrap();
    home.write("dir/out.ndjson", "of another day\n");
    let all = [APPLY, &["--output-dir", "dir"]].concat();
    // `out` of that day left with more than it says now; `other` has half a budget.
    let ran = home.veil_on(&all, days(2..=2));
    assert_eq!(ran.code, 69, "{}", ran.err);
    assert_eq!(home.read("dir/out.ndjson"), "of another day\n");
    assert_eq!(home.read("dir/other.ndjson").lines().count(), 2);
    assert!(
        ran.err.contains("out          0 rows written in 0 windows (its file was not written, and stays as it was), 1 window without rows (left_before)"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("other        2 rows written in 1 window"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("read to its end"), "{}", ran.err);
    let json = home.veil_on(&[&all[..], &["--format", "json"]].concat(), days(2..=2));
    let summary = json.err.lines().next().unwrap();
    let summary: serde_json::Value = serde_json::from_str(summary).unwrap();
    assert_eq!(summary["complete"], false);
    assert_eq!(summary["outputs"]["out"]["written"], 0);
    let released = &summary["outputs"]["out"]["released"];
    assert_eq!(released["without_rows"]["left_before"], 1, "{summary}");
}

#[test]
fn a_window_before_those_that_left_has_a_word_of_its_own() {
    let home = home();
    let first = home.veil_on(&begin(), days(2..=3));
    assert_eq!(first.code, 0, "{}", first.err);
    let late = home.veil_on(APPLY, days(1..=1));
    assert_eq!((late.code, late.out.as_str()), (69, ""), "{}", late.err);
    assert!(
        late.err.contains("did not leave (late_window)"),
        "{}",
        late.err
    );
}

#[test]
fn whole_records_of_rows_say_the_end_of_their_window_and_no_clock() {
    let home = home();
    let input = format!("{{\"value\":{}}}\n", line("u-1", 1).trim_end());
    let first = home.veil_on(&[&begin()[..], &["--envelope"]].concat(), &input);
    assert_eq!(first.code, 0, "{}", first.err);
    let row: serde_json::Value = serde_json::from_str(first.out.lines().next().unwrap()).unwrap();
    // 2026-03-02, the end of the window.
    assert_eq!(row["timestamp"], 1_772_409_600_000_i64);
    let again = home.veil_on(&[APPLY, &["--envelope"]].concat(), &input);
    assert_eq!((again.code, again.out), (0, first.out), "byte for byte");
}
