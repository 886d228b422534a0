//! A sample from its first event to a million names.

use super::*;
use proptest::prelude::*;

fn profile(lines: &[&str]) -> Profile {
    let mut profile = Profile::new(7);
    for line in lines {
        let _ = profile.add(line.as_bytes());
    }
    profile
}

fn path(text: &str) -> Selector {
    crate::policy::selector::selectors(text)
        .expect("a path")
        .remove(0)
}

fn listed(profile: &Profile) -> Vec<String> {
    profile.paths().iter().map(|f| f.path.to_string()).collect()
}

#[test]
fn every_path_is_counted_by_kind() {
    let sample = profile(&[
        r#"{"a":1,"b":[{"c":"x"},{"c":null},{"c":2.5}],"d":{}}"#,
        r#"{"a":"1","b":[],"d":{"e\u0061":true}}"#,
        r#"{"a":{"f":[[-1]]}}"#,
    ]);
    assert_eq!(
        listed(&sample),
        [
            "a",
            "a.f",
            "a.f[*]",
            "a.f[*][*]",
            "b",
            "b[*]",
            "b[*].c",
            "d",
            "d.ea"
        ]
    );
    let stats = |text: &str| sample.find(&path(text)).expect(text).stats;
    assert_eq!((stats("a").records(), stats("a").values()), (3, 3));
    assert_eq!(
        (stats("a").kinds().texts, stats("a").kinds().integers),
        (1, 1)
    );
    assert_eq!((stats("a").objects(), stats("a").distinct().count), (1, 2));
    let c = stats("b[*].c");
    assert_eq!((c.records(), c.values(), c.nulls()), (1, 3, 1));
    assert_eq!((c.kinds().fractions, c.chars_max()), (1, 1));
    assert_eq!(stats("d.ea").kinds().booleans, 1);
    assert!(stats("a.f[*][*]").has_negative());
    assert_eq!(stats("b[1].c").values(), 3);
    let leaves: Vec<String> = sample.leaves().iter().map(|f| f.path.to_string()).collect();
    assert_eq!(leaves, ["a", "a.f[*][*]", "b[*].c", "d.ea"]);
}

#[test]
fn what_the_stream_refuses_is_counted_by_its_reason() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(99), "]".repeat(99));
    let sample = profile(&[
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":"#,
        "[]",
        "",
        &deep,
        r#"{"ok":1}"#,
    ]);
    let refused: Vec<(&str, u64)> = sample.refused().map(|(r, n)| (r.as_str(), n)).collect();
    assert_eq!(
        refused,
        [
            ("not_json", 2),
            ("duplicate_key", 1),
            ("too_deep", 1),
            ("not_an_object", 1)
        ]
    );
    assert_eq!(
        (sample.records(), listed(&sample)),
        (1, vec!["ok".to_owned()])
    );
}

#[test]
fn an_empty_sample_has_nothing() {
    let sample = profile(&[]);
    assert_eq!((sample.records(), sample.paths().len()), (0, 0));
    assert_eq!(sample.nearest(&path("a")), None);
}

#[test]
fn names_that_are_data_become_one_path() {
    let mut sample = Profile::new(7);
    for n in 0..5_000 {
        let line = format!(r#"{{"kind":"view","seen":{{"item-{n:x}z":{{"at":{n}}}}},"n":1}}"#);
        sample.add(line.as_bytes()).expect("an object");
    }
    let paths = listed(&sample);
    assert!(paths.len() < 100, "{}", paths.len());
    assert!(paths.contains(&"seen.*.at".to_owned()), "{paths:?}");
    let at = sample.find(&path("seen.*.at")).expect("folded");
    assert!(at.stats.values() > 4_000);
    assert!(sample.find(&path("seen.another.at")).is_some());
}

#[test]
fn a_name_that_identifies_somebody_is_never_kept() {
    let sample = profile(&[
        r#"{"by":{"jane@example.com":{"n":1},"0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11":{"n":2}}}"#,
    ]);
    assert_eq!(listed(&sample), ["by", "by.*", "by.*.n"]);
}

#[test]
fn a_name_that_is_not_there_is_not_taken_for_one_that_is_data() {
    let card = r#"{"4111111111111111":1,"email":"a@b.com"}"#;
    let sample = profile(&[card; 100]);
    for name in ["plan", "ip"] {
        assert!(sample.find(&path(name)).is_none(), "{name}");
    }
    let found = sample.find(&path("'4111111111111111'")).expect("folded");
    assert!(found.with_others);
    // A name that comes late is still its own.
    let mut late = profile(&[card; 100]);
    late.add(br#"{"plan":"pro"}"#).expect("an object");
    let plan = late.find(&path("plan")).expect("it is there");
    assert_eq!((plan.stats.records(), plan.with_others), (1, false));
}

#[test]
fn a_million_names_and_deep_and_wide_events_stay_bounded() {
    let wide: Vec<String> = (0..1_000_000).map(|n| format!("\"k{n}x\":1")).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let deep = format!("{}1{}", "{\"d\":".repeat(63), "}".repeat(63));
    let mut sample = Profile::new(7);
    sample.add(wide.as_bytes()).expect("an object");
    sample.add(deep.as_bytes()).expect("an object");
    assert!(sample.paths().len() <= PATHS_MAX);
    let mut sample = Profile::new(7);
    for n in 0..30_000 {
        // Values that are not alike, so that nothing folds.
        let value = ["1", "\"x\"", "true", "[]", "{}"][n % 5];
        sample
            .add(format!("{{\"k{n}x\":{value}}}").as_bytes())
            .expect("an object");
    }
    assert_eq!(sample.paths().len(), PATHS_MAX);
    assert_eq!(sample.overflow(), 20_000);
}

#[test]
fn a_wide_event_that_is_always_the_same_is_not_folded() {
    let members: Vec<String> = (0..300).map(|n| format!("\"column_{n}x\":{n}")).collect();
    let line = format!("{{{}}}", members.join(","));
    let sample = profile(&[&line, &line, &line]);
    assert_eq!(sample.paths().len(), 300);
}

#[test]
fn only_words_that_name_kinds_are_kept() {
    let lines: Vec<String> = (0..12)
        .map(|n| {
            let kind = ["page", "track"][n % 2];
            format!(r#"{{"type":"{kind}","plan":"{kind}","action":"jane{n}@example.com"}}"#)
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let sample = profile(&lines);
    let words = |text: &str| {
        sample
            .find(&path(text))
            .expect(text)
            .stats
            .words()
            .map(|listed| listed.words.len())
    };
    assert_eq!(
        (words("type"), words("plan"), words("action")),
        (Some(2), None, None)
    );
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Paths of a tree, for comparison: containers and scalars, the top left out.
fn count(value: &serde_json::Value) -> u64 {
    match value {
        serde_json::Value::Array(list) => 1 + list.iter().map(count).sum::<u64>(),
        serde_json::Value::Object(map) => 1 + map.values().map(count).sum::<u64>(),
        _ => 1,
    }
}

proptest! {
    #[test]
    fn every_value_of_any_event_is_counted_once(value in any_json(), pretty: bool) {
        let event = serde_json::json!({ "a": value });
        let text = match pretty {
            true => serde_json::to_string_pretty(&event),
            false => serde_json::to_string(&event),
        };
        let mut sample = Profile::new(7);
        sample.add(text.expect("JSON").as_bytes()).expect("an object");
        let counted: u64 = sample.paths().iter().map(|f| f.stats.values()).sum();
        prop_assert_eq!(counted, count(&event) - 1);
        for found in sample.paths() {
            let again = sample.find(&found.path).expect("it is listed");
            prop_assert_eq!(again.stats.values(), found.stats.values());
            let _ = found.judgement();
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Profile::new(7).add(&bytes);
    }
}
