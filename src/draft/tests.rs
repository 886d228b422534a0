//! Drafts compile, pass their own tests, and hold no value.

use super::*;
use crate::keys::TestKeys;
use crate::language::finding::Severity;
use crate::policy::{NoTables, PolicyFile, compile};
use proptest::prelude::*;
use std::sync::Arc;

fn drafted(lines: &[String]) -> Draft {
    let mut profile = Profile::by_keys(7);
    for line in lines {
        let _ = profile.add(line.as_bytes());
    }
    draft(&profile, &Named::after("events")).expect("something to propose")
}

/// Fails when `check` would warn or `test` would fail.
fn holds(text: &str) {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-29T12:00:00Z".parse().expect("a time");
    let mut compiled = compile(&file, &TestKeys, &NoTables, now);
    let loud: Vec<String> = compiled
        .findings
        .list()
        .iter()
        .filter(|f| f.severity > Severity::Note)
        .map(|f| format!("{} {}", f.code, f.message))
        .collect();
    assert!(loud.is_empty(), "{loud:#?}\n{text}");
    let plan = Arc::new(compiled.plan.take().expect("no error, so a plan"));
    assert_eq!(compiled.tests.len(), 3, "{text}");
    for verdict in crate::trial::run(&plan, &compiled.tests) {
        assert!(
            verdict.differences.is_empty(),
            "{:?}\n{text}",
            verdict.differences
        );
    }
}

fn lines(event: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|n| event.replace("$n", &n.to_string()))
        .collect()
}

#[test]
fn an_event_of_everything_gives_a_draft_that_holds() {
    let event = r#"{"type":"track","event":"Order Completed","userId":"u-$n","anonymousId":"0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b1$n","timestamp":"2026-03-01T10:4$n:07.551Z","sentAt":1772361727551,"context":{"ip":"203.0.113.$n","userAgent":"Mozilla/5.0 (X11)","locale":"en-US","page":{"url":"https://shop.example/a?b=$n"},"consent":{"categoryPreferences":{"Advertising":false,"Analytics":true}}},"traits":{"email":"p$n@example.com","firstName":"Jane","phone":"+4915112345678","birthday":"1984-05-17","age":4$n,"address":{"street":"Main 1","city":"Berlin","postalCode":"10115","country":"DE"}},"geo":{"lat":52.5200,"lon":13.4050},"properties":{"revenue":39.8$n,"currency":"EUR","order_id":"A-$n","coupon":"X$n","products":[{"sku":"S-$n","price":"12.50","quantity":2,"name":"mug"}]},"ok":true,"nothing":null,"mixed":{"a":1}}"#;
    let mut all = lines(event, 9);
    all.push(event.replace("$n", "9").replace(r#"{"a":1}"#, "7"));
    let draft = drafted(&all);
    holds(&draft.text);
    for kept in [
        "userId: { pseudonymize: { key: people, normalize: text, epoch: none } }",
        "normalize: email, space: email",
        "# context.ip: { generalize: { ipv4: 16, ipv6: 32 } }",
        "needs_consent: Analytics",
        "type: [type, event]",
        "one_of: [\"Order Completed\"]",
        "generalize: { date: year, bucket: 10, bottom: 1940, top: 2010 }",
        "unit: ms",
    ] {
        assert!(draft.text.contains(kept), "{kept}\n{}", draft.text);
    }
    for value in [
        "Jane",
        "Berlin",
        "Main 1",
        "mug",
        "shop.example",
        "12.50",
        "X11",
    ] {
        assert!(!draft.text.contains(value), "{value}\n{}", draft.text);
    }
}

#[test]
fn a_network_leaves_where_no_code_stands_beside_it() {
    let network = "ip: { generalize: { ipv4: 16, ipv6: 32 } }";
    for (event, left_out) in [
        (r#"{"kind":"a","ip":"203.0.113.$n"}"#, false),
        (r#"{"kind":"a","ip":"203.0.113.$n","userId":"u-$n"}"#, true),
    ] {
        let draft = drafted(&lines(event, 9));
        holds(&draft.text);
        let line = draft.text.lines().find(|line| line.contains(network));
        let line = line.unwrap_or_else(|| panic!("{}", draft.text)).trim();
        assert_eq!(line.starts_with('#'), left_out, "{line}");
    }
}

/// A name that only ends in the letters of another word says nothing of it.
#[test]
fn an_identifier_is_taken_for_no_time_and_no_code() {
    let of = |name: &str, value: &str| {
        let lines = lines(&format!("{{\"type\":\"t\",\"{name}\":{value}}}"), 9);
        let draft = drafted(&lines);
        let proposal = draft.fields.iter().find(|p| p.written == name);
        proposal
            .map(|p| (p.leaves(), p.action().to_owned()))
            .unwrap_or_else(|| panic!("{name}"))
    };
    for name in [
        "subscription",
        "seat",
        "region",
        "format",
        "candidate",
        "parts",
        "dynamo",
    ] {
        let (leaves, action) = of(name, "171234567$n");
        assert!(!leaves && !action.contains("time"), "{name}: {action}");
    }
    for name in [
        "createdAt",
        "created_at",
        "sent-on",
        "eventTime",
        "ts",
        "event.ts_ms",
        "updated",
        "server_utc",
        "createdat",
    ] {
        let (leaves, action) = of(name.rsplit('.').next().unwrap(), "171234567$n");
        assert!(leaves && action.contains("time: 1h"), "{name}: {action}");
    }
    let (leaves, action) = of("recount", "$n");
    assert!(!leaves, "{action}");
    assert!(of("item_count", "$n").0);
}

/// The rows of GA4 and the attributes of OTLP: each parameter is a field of its own.
#[test]
fn pairs_of_a_key_and_a_value_are_fields_by_their_key() {
    let ga4 = r#"{"event_name":"page_view","event_params":[{"key":"page_location","value":{"string_value":"https://a.example/?e=$n"}},{"key":"user_email","value":{"string_value":"p$n@example.com"}},{"key":"currency","value":{"string_value":"EUR"}},{"value":{"string_value":"w$n"},"key":"once$n"}]}"#;
    let draft = drafted(&lines(ga4, 9));
    holds(&draft.text);
    for line in [
        "\n      \"event_params[?key=='user_email'].value.string_value\": { pseudonymize: { key: people, normalize: email",
        "\n      \"event_params[?key=='currency'].value.string_value\": { keep:",
        "# \"event_params[?key=='page_location'].value.string_value\":",
    ] {
        assert!(draft.text.contains(line), "{line}\n{}", draft.text);
    }
    // A key that comes once is a value, as far as anybody knows.
    assert!(!draft.text.contains("once"), "{}", draft.text);
    let otlp = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}},{"key":"enduser.id","value":{"stringValue":"u-$n"}}]}}]}"#;
    let draft = drafted(&lines(otlp, 9));
    holds(&draft.text);
    assert!(
        draft
            .text
            .contains("attributes[?key=='enduser.id'].value.stringValue"),
        "{}",
        draft.text
    );
}

/// What stands below a text, in some records, is refused there: the record is not.
#[test]
fn what_is_of_two_kinds_refuses_no_record_of_its_own_sample() {
    let mut all = lines(
        r#"{"user":{"id":"u-$n","address":{"zip":"1011$n"}},"type":"x"}"#,
        9,
    );
    all.push(r#"{"user":{"id":"u-9","address":"Main 1"},"type":"x"}"#.to_owned());
    let draft = drafted(&all);
    holds(&draft.text);
    let zip = "user.address.zip: { generalize: { prefix: 2 }, on_error: drop_field }";
    assert!(draft.text.contains(zip), "{}", draft.text);
    let id = "user.id: { pseudonymize: { key: people, normalize: text, epoch: none } }";
    assert!(draft.text.contains(id), "{}", draft.text);
}

#[test]
fn one_line_and_nothing_known_still_give_a_draft() {
    for event in [
        r#"{"a":"b"}"#,
        r#"{"a":null}"#,
        r#"{"a":[],"b":{}}"#,
        r#"{"a":[[1]]}"#,
        r#"{"type":"x"}"#,
    ] {
        holds(&drafted(&[event.to_owned()]).text);
    }
    let mut profile = Profile::new(7);
    let none = |profile: &Profile| draft(profile, &Named::after("")).err();
    assert_eq!(none(&profile), Some(NoDraft::NoRecord));
    let _ = profile.add(b"{}");
    assert_eq!(none(&profile), Some(NoDraft::NoField));
}

#[test]
fn a_million_names_give_a_draft_of_a_size_that_can_be_read() {
    let lines: Vec<String> = (0..20_000)
        .map(|n| {
            format!(
                "{{\"k{n}x\":{},\"id{n}\":\"v\"}}",
                ["1", "\"x\"", "true"][n % 3]
            )
        })
        .collect();
    let draft = drafted(&lines);
    assert!(draft.text.len() < 1 << 20, "{}", draft.text.len());
    assert!(draft.unlisted > 0);
    holds(&draft.text);
}

#[test]
fn names_of_policies_come_from_names_of_files() {
    for (name, expected) in [
        ("Web Events_2026", "web-events-2026"),
        ("", "events"),
        ("🙂", "events"),
        ("-a-", "a"),
    ] {
        assert_eq!(Named::after(name).policy, expected);
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[\"'\\\\\n\r\t#:{}\\[\\],&*!|>%@` .$-]{0,12}",
        Just(String::new()),
        Just("\u{1b}]0;x\u{7}\u{202e}\u{2028}\u{feff}\u{85}🙂".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        Just("this".to_owned()),
        Just("~".to_owned()),
        Just("0".to_owned()),
        "email|user_id|ip|created_at|type|price|key|name|value",
    ]
}

fn any_leaf() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(serde_json::json!("canary-5f1c 7d0e and more words")),
        Just(serde_json::json!("canary-5f1c@example.com")),
        Just(serde_json::json!("198.51.100.77")),
        Just(serde_json::json!("2019-07-23T01:02:03Z")),
        Just(serde_json::json!(1_563_843_723_987_u64)),
        Just(serde_json::json!(7654.321)),
        Just(serde_json::json!(true)),
        Just(serde_json::json!(null)),
    ]
}

fn any_event() -> impl Strategy<Value = serde_json::Value> {
    let value = any_leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            prop::collection::vec((any_name(), inner), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::vec((any_name(), value), 1..5)
        .prop_map(|members| serde_json::Value::Object(members.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever members are called, the draft can be read, its tests pass, no
    /// value of the sample stands in it, and what it names are those members.
    #[test]
    fn every_draft_holds_and_holds_no_value(events in prop::collection::vec(any_event(), 1..4)) {
        let mut profile = Profile::by_keys(7);
        for event in &events {
            profile.add(event.to_string().as_bytes()).expect("an object");
        }
        let Ok(draft) = draft(&profile, &Named::after("events")) else { return Ok(()) };
        holds(&draft.text);
        for canary in ["canary", "198.51", "2019-07", "1563843", "7654", "many words"] {
            prop_assert!(!draft.text.contains(canary), "{} in {}", canary, draft.text);
        }
        let seen = |c: char| c == '\n' || !c.is_control();
        prop_assert!(draft.text.chars().all(seen));
        for field in &draft.fields {
            let yaml: String = match field.written.starts_with('"') {
                false => field.written.clone(),
                true => unquoted(&field.written),
            };
            let read = crate::policy::selector::selectors(&yaml).expect("a path");
            prop_assert_eq!(&read, &vec![field.path.clone()]);
        }
    }
}

/// What YAML's reader makes of a quoted scalar.
fn unquoted(text: &str) -> String {
    let mut findings = crate::language::finding::Findings::default();
    let source = format!("{text}: x\n");
    let node = crate::language::yaml::read(&source, &mut findings).expect("a mapping");
    node.members().expect("a mapping")[0].name.clone()
}
