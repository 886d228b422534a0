//! Keys, headers, timestamps, tombstones, consent and types on the whole path.

use super::*;
use crate::pipeline::OutBatch;
use crate::plan::live::Candidate;
use crate::plan::signal::{Signal, SignalAt};
use crate::record::counts::OutputCounts;

fn with_key(from: RecordKeyFrom, word: &str) -> Arc<Plan> {
    let mut plans = Plans::new();
    let action = plans.action(word);
    let output = plans.output(&[field("a", "keep")]);
    output.forward_tombstones = true;
    output.key = Some(RecordKey::Made(KeyWrite {
        from: [from].into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::Quarantine,
    }));
    plans.build()
}

fn keyed(key: impl AsRef<[u8]>) -> Raw {
    Raw {
        key: Some(key.as_ref().to_vec()),
        ..raw(r#"{"a":1}"#)
    }
}

fn key(plan: &Arc<Plan>, record: Raw) -> Result<Option<String>, Reason> {
    let out = run(plan, &[record]);
    let record = out.records()[0];
    match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => Ok(key_of(&out, &record)),
    }
}

#[test]
fn text_keys_go_through_the_action() {
    let plan = with_key(RecordKeyFrom::RecordKey, "reverse");
    assert_eq!(key(&plan, keyed("user-1")), Ok(Some("1-resu".into())));
    assert_eq!(key(&plan, keyed("")), Ok(Some(String::new())));
    assert_eq!(key(&plan, raw(r#"{"a":1}"#)), Ok(None), "null stays absent");
    assert_eq!(key(&plan, keyed(b"\xff")), Err(Reason::NotUtf8));
}

#[test]
fn json_keys_open_their_fields() {
    let mut plans = Plans::new();
    let read = plans.key_read("id.n");
    let action = plans.action("keep");
    plans.output(&[field("a", "keep")]).key = Some(RecordKey::Made(KeyWrite {
        from: [RecordKeyFrom::RecordKeyValue(read)].into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::Quarantine,
    }));
    let plan = plans.build();
    assert_eq!(
        key(&plan, keyed(r#"{"x":1,"id":{"n":"\u00e9"}}"#)),
        Ok(Some("é".into()))
    );
    assert_eq!(
        key(&plan, keyed(r#"{"id":{"n":42.0}}"#)),
        Ok(Some("42.0".into()))
    );
    assert_eq!(key(&plan, keyed(r#"{"id":{}}"#)), Ok(None));
    assert_eq!(key(&plan, keyed(r#"{"id":{"n":null}}"#)), Ok(None));
    assert_eq!(key(&plan, raw(r#"{"a":1}"#)), Ok(None));
    for bad in ["", "plain", "[1]", r#"{"id":1,"id":2}"#, "\u{feff}{}"] {
        assert_eq!(key(&plan, keyed(bad)), Err(Reason::KeyUnreadable), "{bad}");
    }
}

#[test]
fn a_key_without_its_path_is_refused_where_tombstones_go() {
    let mut plans = Plans::new();
    let read = plans.key_read("id.n");
    let action = plans.action("keep");
    let output = plans.output(&[field("a", "keep")]);
    output.forward_tombstones = true;
    output.key = Some(RecordKey::Made(KeyWrite {
        from: [RecordKeyFrom::RecordKeyValue(read)].into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::DropField,
    }));
    let plan = plans.build();
    assert_eq!(
        key(&plan, keyed(r#"{"id":{"n":"x"}}"#)),
        Ok(Some("x".into()))
    );
    let unreadable = Err(Reason::KeyUnreadable);
    for missing in [r#"{"id":{}}"#, r#"{"id":{"n":null}}"#, r#"{"id":3}"#, "{}"] {
        assert_eq!(key(&plan, keyed(missing)), unreadable, "{missing}");
        let tombstone = Raw {
            value: None,
            ..keyed(missing)
        };
        assert_eq!(key(&plan, tombstone), unreadable, "{missing}");
    }
    assert_eq!(key(&plan, raw(r#"{"a":1}"#)), unreadable, "no key at all");
}

#[test]
fn keys_from_values_and_headers() {
    let mut plans = Plans::new();
    let read = plans.read("user");
    let action = plans.action("reverse");
    plans.output(&[field("a", "keep")]).key = Some(RecordKey::Made(KeyWrite {
        from: [RecordKeyFrom::Value(read)].into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::DropField,
    }));
    let plan = plans.build();
    assert_eq!(key(&plan, raw(r#"{"user":"ab"}"#)), Ok(Some("ba".into())));
    assert_eq!(
        key(&plan, raw(r#"{"user":1}"#)),
        Ok(None),
        "drop_field: a null key"
    );

    let plan = with_key(RecordKeyFrom::Header("id".into()), "reverse");
    let mut record = raw("{}");
    record.headers = vec![
        ("id", Some(b"old".to_vec())),
        ("id", Some(b"new".to_vec())),
        ("x", None),
    ];
    assert_eq!(key(&plan, record), Ok(Some("wen".into())));
}

#[test]
fn named_headers_leave_each_occurrence() {
    let mut plans = Plans::new();
    let keep = plans.action("keep");
    let reverse = plans.action("reverse");
    let header = |name: &str, action| HeaderWrite {
        name: name.into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::Quarantine,
    };
    plans.output(&[]).headers = vec![header("rev", reverse), header("kept", keep)];
    let plan = plans.build();
    let mut record = raw("{}");
    record.headers = vec![
        ("kept", Some(b"1".to_vec())),
        ("other", Some(b"secret".to_vec())),
        ("rev", Some(b"ab".to_vec())),
        ("rev", None),
        ("kept", None),
        ("kept", Some(b"".to_vec())),
    ];
    let out = run(&plan, &[record.clone()]);
    let sent = out.records()[0];
    let headers: Vec<_> = out.headers(&sent).collect();
    let expected: [(&[u8], Option<&[u8]>); 4] = [
        (b"kept", Some(b"1")),
        (b"rev", Some(b"ba")),
        (b"kept", None),
        (b"kept", Some(b"")),
    ];
    assert_eq!(headers, expected);

    record.headers[0].1 = Some(b"\xff".to_vec());
    let out = run(&plan, &[record.clone()]);
    assert_eq!(
        out.records()[0].destination,
        Destination::Quarantine(Reason::NotUtf8)
    );
    record.headers[0] = ("other", Some(b"\xff".to_vec()));
    assert_eq!(
        run(&plan, &[record]).counts.outputs[0].written,
        1,
        "nobody reads it"
    );
}

/// What the policy says of a refusal holds for what is no text as well; an action that
/// takes every value takes that too.
#[test]
fn what_cannot_be_read_is_refused_as_its_action_refuses() {
    let mut plans = Plans::new();
    let [drop, keep, replace] =
        ["drop", "keep", "{ replace: { with: gone } }"].map(|word| plans.action(word));
    let header = |name: &str, action, on_error| HeaderWrite {
        name: name.into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error,
    };
    let output = plans.output(&[field("a", "keep")]);
    output.headers = vec![
        header("dropped", drop, OnError::Quarantine),
        header("constant", replace, OnError::Quarantine),
        header("left", keep, OnError::DropField),
        header("stands", keep, OnError::Replace(LiteralId(0))),
        header("kept", keep, OnError::Quarantine),
    ];
    output.literals = vec![Some(crate::record::Literal::Text("odd".into()))];
    output.key = Some(RecordKey::Made(KeyWrite {
        from: [RecordKeyFrom::RecordKey].into(),
        action: keep,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::DropField,
    }));
    let plan = plans.build();
    let mut record = keyed(b"\xfe");
    let odd = || Some(b"\xff".to_vec());
    record.headers = vec![
        ("dropped", odd()),
        ("constant", odd()),
        ("left", odd()),
        ("stands", odd()),
        ("kept", Some(b"1".to_vec())),
    ];
    let out = run(&plan, &[record.clone()]);
    let expected = [
        ("constant", Some("gone")),
        ("stands", Some("odd")),
        ("kept", Some("1")),
    ];
    assert_eq!(headers(&out, 0), expected);
    assert_eq!(key(&plan, record.clone()), Ok(None), "a null key");
    record.headers = vec![("kept", odd())];
    let out = run(&plan, &[record]);
    assert_eq!(
        out.records()[0].destination,
        Destination::Quarantine(Reason::NotUtf8)
    );
}

/// The headers of a record that was written.
fn headers(out: &OutBatch, at: usize) -> Vec<(&str, Option<&str>)> {
    let text = |bytes| std::str::from_utf8(bytes).expect("text");
    let headers = out.headers(&out.records()[at]);
    headers.map(|(n, v)| (text(n), v.map(text))).collect()
}

#[test]
fn an_output_that_says_its_policy_says_it_in_every_record_and_once() {
    const SAID: (&str, Option<&str>) = ("veil-policy", Some("p@1#00000000"));
    let mut plans = Plans::new();
    let keep = plans.action("keep");
    let header = |name: &str| HeaderWrite {
        name: name.into(),
        action: keep,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::Quarantine,
    };
    let bare = plans.output(&[field("a", "keep")]);
    bare.stamp = Some("p@1#00000000".into());
    let beside = plans.output(&[field("a", "keep")]);
    beside.stamp = Some("p@1#00000000".into());
    beside.headers = vec![header("kept")];
    plans.output(&[field("a", "keep")]);
    let plan = plans.build();
    // What a record brings along under that name does not leave.
    let mut record = raw(r#"{"a":1}"#);
    record.headers = vec![
        ("veil-policy", Some(b"another@7#ffffffff".to_vec())),
        ("kept", Some(b"1".to_vec())),
    ];
    let out = run(&plan, &[record, raw(r#"{"a":2}"#)]);
    let all: Vec<_> = (0..6).map(|at| headers(&out, at)).collect();
    let kept = ("kept", Some("1"));
    assert_eq!(
        all,
        [
            vec![SAID],
            vec![kept, SAID],
            vec![],
            vec![SAID],
            vec![SAID],
            vec![],
        ]
    );
}

#[test]
fn tombstones_say_their_policy_too() {
    let said = [("veil-policy", Some("p@1#00000000"))];
    let mut plan = with_key(RecordKeyFrom::RecordKey, "reverse");
    let output = &mut Arc::get_mut(&mut plan).expect("it is not shared").outputs[0];
    output.stamp = Some("p@1#00000000".into());
    let gone = Raw {
        key: Some(b"ab".to_vec()),
        ..Raw::default()
    };
    let out = run(&plan, &[gone]);
    assert_eq!(
        (out.records()[0].value, &*headers(&out, 0)),
        (None, &said[..])
    );

    let mut plan = gated();
    let output = &mut Arc::get_mut(&mut plan).expect("it is not shared").outputs[0];
    output.stamp = Some("p@1#00000000".into());
    let mut withheld = Raw {
        key: Some(b"ab".to_vec()),
        ..raw(r#"{"before":{"consent":{"ads":true,"mail":true}}}"#)
    };
    withheld.headers = vec![("other", Some(b"secret".to_vec()))];
    let out = run(&plan, &[withheld]);
    assert_eq!(
        (out.records()[0].value, &*headers(&out, 0)),
        (None, &said[..])
    );
}

#[test]
fn the_header_of_the_policy_counts_to_the_size_of_its_record() {
    let mut plans = Plans::new();
    plans.output(&[field("a", "keep")]).stamp = Some("p@1#00000000".into());
    let plan = plans.build();
    // 7 bytes of value, 23 of header and its framing.
    for (max, refused) in [(40, false), (39, true)] {
        let mut worker = worker();
        worker.set_limits(Arc::new([("out0".into(), max)].into_iter().collect()));
        let out = sanitize(batch(&plan, &[raw(r#"{"a":1}"#)]), &mut worker).unwrap();
        let too_large = Destination::Quarantine(Reason::TooLarge);
        assert_eq!(out.records()[0].destination == too_large, refused, "{max}");
    }
}

#[test]
fn tombstones_pass_the_gate_and_need_a_key() {
    let plan = with_key(RecordKeyFrom::RecordKey, "reverse");
    let tombstone = |key: Option<&str>| Raw {
        key: key.map(Into::into),
        ..Raw::default()
    };
    let out = run(&plan, &[tombstone(Some("ab")), tombstone(None)]);
    let [first, second] = out.records() else {
        panic!()
    };
    assert_eq!(
        (first.value, key_of(&out, first)),
        (None, Some("ba".into()))
    );
    assert_eq!(
        second.destination,
        Destination::Quarantine(Reason::KeyUnreadable)
    );

    let out = run(&keeps(&["a"]), &[tombstone(Some("ab"))]);
    assert!(out.records().is_empty());
    let dropped = Reason::TombstoneDropped.index();
    assert_eq!(out.counts.outputs[0].withheld[dropped], 1);
}

/// Two outputs: the first needs both categories, the second none.
fn gated() -> Arc<Plan> {
    let mut plans = Plans::new();
    let object = plans.read("consent");
    let ads = plans.read("consent.ads");
    let mail = plans.read("consent.mail");
    let opt_in = plans.read("optin");
    plans.plan.categories = vec!["ads".into(), "mail".into()];
    plans.plan.signals = vec![
        Signal::Object {
            object,
            categories: vec![(0, [ads].into()), (1, [mail].into())],
            grants: vec![crate::record::Literal::Bool(true)],
        },
        Signal::Scalar {
            at: SignalAt::Value(opt_in),
            category: 1,
            grants: vec![
                crate::record::Literal::Text("yes".into()),
                crate::record::Literal::Number("1".into()),
                crate::record::Literal::Bool(true),
            ],
        },
    ];
    let before = plans.read("before.consent");
    let member = [
        plans.read("before.consent.ads"),
        plans.read("before.consent.mail"),
    ];
    let action = plans.action("reverse");
    let output = plans.output(&[field("a", "keep")]);
    output.needs = 0b11;
    output.cleared_by = vec![Signal::Object {
        object: before,
        categories: vec![(0, [member[0]].into()), (1, [member[1]].into())],
        grants: vec![crate::record::Literal::Bool(true)],
    }];
    output.forward_tombstones = true;
    output.key = Some(RecordKey::Made(KeyWrite {
        from: [RecordKeyFrom::RecordKey].into(),
        action,
        field: crate::record::ids::FieldId(0),
        on_error: OnError::Quarantine,
    }));
    plans.output(&[field("a", "keep")]);
    plans.build()
}

fn counted(plan: &Arc<Plan>, records: &[Raw]) -> (OutBatch, OutputCounts) {
    let out = run(plan, records);
    let counts = out.counts.outputs[0].clone();
    (out, counts)
}

#[test]
fn only_what_is_granted_and_nowhere_denied_may_go() {
    let plan = gated();
    let cases = [
        (r#"{"consent":{"ads":true,"mail":true}}"#, true),
        (r#"{"a":1,"optin":"yes","consent":{"ads":true}}"#, true),
        (
            r#"{"optin":"y\u0065s","consent":{"ads":true,"mail":null}}"#,
            true,
        ),
        (r#"{"optin":1.0,"consent":{"ads":true}}"#, true),
        (r#"{"optin":10e-1,"consent":{"ads":true}}"#, true),
        (r#"{"optin":null,"consent":{"ads":true,"mail":true}}"#, true),
        (r#"{"consent":{"ads":true}}"#, false),
        (r#"{"optin":"yes","consent":null}"#, false),
        (
            r#"{"consent":{"ads":true,"mail":true},"optin":"no"}"#,
            false,
        ),
        (
            r#"{"consent":{"ads":true,"mail":true},"optin":["yes"]}"#,
            false,
        ),
        (
            r#"{"consent":{"ads":true,"mail":false},"optin":"yes"}"#,
            false,
        ),
        (r#"{"consent":{"ads":"true","mail":true}}"#, false),
        (r#"{"consent":{"ads":1,"mail":true}}"#, false),
        (r#"{"consent":["ads","mail"],"optin":"yes"}"#, false),
        (r#"{"consent":true,"optin":"yes"}"#, false),
        ("{}", false),
    ];
    for (value, permitted) in cases {
        let (out, counts) = counted(&plan, &[raw(value)]);
        assert_eq!(counts.written == 1, permitted, "{value}");
        assert_eq!(counts.withheld[Reason::NoConsent.index()] == 1, !permitted);
        assert_eq!(out.counts.outputs[1].written, 1, "not gated: {value}");
    }
}

#[test]
fn a_withheld_record_clears_the_state_of_its_key() {
    let plan = gated();
    let had = |key: bool, before: &str| Raw {
        key: key.then(|| b"ab".to_vec()),
        ..raw(format!(r#"{{"a":1,"before":{before}}}"#))
    };
    let both = r#"{"consent":{"ads":true,"mail":true}}"#;
    let (out, counts) = counted(&plan, &[had(true, both), had(false, both)]);
    let cleared = out.records()[0];
    assert_eq!(cleared.destination, Destination::Output(0));
    assert_eq!(
        (cleared.value, key_of(&out, &cleared)),
        (None, Some("ba".into()))
    );
    assert_eq!(
        out.records().len(),
        3,
        "without a key there is nothing to clear"
    );
    assert_eq!((counts.written, counts.clearing_tombstones), (0, 1));
    assert_eq!(counts.withheld[Reason::NoConsent.index()], 2);
    // Of who never permitted it nothing left that could be cleared, and that there is
    // somebody is told to no one.
    for never in [
        "null",
        "{}",
        "[]",
        r#"{"consent":null}"#,
        r#"{"consent":"all"}"#,
        r#"{"consent":{"ads":true}}"#,
        r#"{"consent":{"ads":true,"mail":false}}"#,
    ] {
        let (_, counts) = counted(&plan, &[had(true, never), keyed("ab")]);
        assert_eq!(
            (counts.written, counts.clearing_tombstones),
            (0, 0),
            "{never}"
        );
        assert_eq!(counts.withheld[Reason::NoConsent.index()], 2, "{never}");
    }
}

#[test]
fn the_type_decides_who_gets_what() {
    let mut plans = Plans::new();
    plans.plan.source.type_parts = vec![plans.read("type"), plans.read("event")];
    plans.plan.types = TypeIndex {
        exact: [("page".into(), 1), ("track/Order".into(), 2)].into(),
        prefixes: vec![("track/".into(), 3), ("track/Or".into(), 4)],
        other: 0,
        columns: 5,
    };
    let output = plans.output(&[field("a", "keep")]);
    output.by_type = vec![
        None,
        Some(TableId(0)),
        Some(TableId(0)),
        Some(TableId(0)),
        None,
    ];
    let plan = plans.build();
    let cases = [
        (r#"{"type":"page"}"#, Ok(true)),
        (r#"{"type":"page","event":null}"#, Ok(true)),
        (r#"{"event":"Order","type":"tr\u0061ck"}"#, Ok(true)),
        (r#"{"type":"track","event":"Search"}"#, Ok(true)),
        (r#"{"type":"track","event":"Orbit"}"#, Ok(false)),
        (r#"{"type":"track"}"#, Ok(false)),
        (r#"{"type":"page","event":"x"}"#, Ok(false)),
        (r#"{"type":"track/Order"}"#, Ok(false)),
        (r#"{"type":"track/Order","event":null}"#, Ok(false)),
        (r#"{"event":"Order"}"#, Err(Reason::WrongType)),
        (r#"{"type":7}"#, Err(Reason::WrongType)),
        (r#"{"type":null}"#, Err(Reason::WrongType)),
        (r#"{"type":"track","event":5}"#, Err(Reason::WrongType)),
    ];
    for (value, expected) in cases {
        let out = run(&plan, &[raw(value)]);
        let seen = match out.records().first().map(|r| r.destination) {
            Some(Destination::Quarantine(reason)) => Err(reason),
            selected => Ok(selected.is_some()),
        };
        assert_eq!(seen, expected, "{value}");
        let withheld = out.counts.outputs[0].withheld[Reason::NotSelected.index()];
        assert_eq!(withheld == 1, expected == Ok(false));
    }
}

#[test]
fn the_subject_is_the_first_candidate_that_is_there() {
    let mut plans = Plans::new();
    plans.plan.source.subject = [plans.read("user"), plans.read("device")]
        .map(|read| Candidate { read, kind: 0 })
        .into();
    plans.plan.needs_subject = true;
    plans.output(&[field("a", "subject")]);
    let plan = plans.build();
    for (value, expected) in [
        (
            r#"{"a":0,"user":42.0,"device":"d"}"#,
            Ok(r#"{"a":"42"}"#.into()),
        ),
        (
            r#"{"a":0,"device":"d","user":null}"#,
            Ok(r#"{"a":"d"}"#.into()),
        ),
        (
            r#"{"a":0,"device":"d","user":"NULL"}"#,
            Ok(r#"{"a":"d"}"#.into()),
        ),
        (
            r#"{"a":0,"device":"","user":"unknown"}"#,
            Err(Reason::NoSubject),
        ),
        (r#"{"a":0}"#, Err(Reason::NoSubject)),
        (r#"{"a":0,"user":true}"#, Err(Reason::WrongType)),
    ] {
        assert_eq!(outcome(&plan, value), expected, "{value}");
    }
}

#[test]
fn timestamps_follow_their_rule() {
    let mut plans = Plans::new();
    plans.output(&[]).timestamp = TimestampRule::Truncate(3_600_000);
    plans.output(&[]).timestamp = TimestampRule::Now;
    let plan = plans.build();
    let mut record = raw("{}");
    record.timestamp = Some(7_300_000);
    let out = run(&plan, &[record, raw("{}")]);
    let stamps: Vec<_> = out.records().iter().map(|r| r.timestamp).collect();
    assert_eq!(
        stamps,
        [
            OutTimestamp::Millis(7_200_000),
            OutTimestamp::Now,
            OutTimestamp::Millis(360_000_000),
            OutTimestamp::Now,
        ]
    );
}

#[test]
fn a_header_says_the_type_where_no_path_does() {
    let mut plans = Plans::new();
    plans.plan.source.type_header = Some("ce_type".into());
    plans.plan.types = TypeIndex {
        exact: [("com.shop.page".into(), 1)].into(),
        prefixes: Vec::new(),
        other: 0,
        columns: 2,
    };
    let output = plans.output(&[field("a", "keep")]);
    output.by_type = vec![None, Some(TableId(0))];
    let plan = plans.build();
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let page = || ("ce_type", text("com.shop.page"));
    let cases = [
        (vec![page()], Ok(true)),
        (
            vec![("ce_type", text("order")), ("x", None), page()],
            Err(Reason::BadFrame),
        ),
        // Readers of it may take the first or the last.
        (
            vec![page(), ("ce_type", text("order"))],
            Err(Reason::BadFrame),
        ),
        (vec![("ce_type", text("order"))], Ok(false)),
        (vec![("ce_type", text(""))], Ok(false)),
        (
            vec![("CE_TYPE", text("com.shop.page"))],
            Err(Reason::WrongType),
        ),
        (vec![("ce_type", None)], Err(Reason::WrongType)),
        (vec![("ce_type", Some(vec![0xff]))], Err(Reason::WrongType)),
        (Vec::new(), Err(Reason::WrongType)),
    ];
    for (n, (headers, expected)) in cases.into_iter().enumerate() {
        let record = Raw {
            headers,
            ..raw(r#"{"a":1,"type":"com.shop.page"}"#)
        };
        let out = run(&plan, &[record]);
        let came = match out.records().first().map(|record| record.destination) {
            Some(Destination::Quarantine(reason)) => Err(reason),
            Some(_) => Ok(true),
            None => Ok(false),
        };
        assert_eq!(came, expected, "{n}");
    }
}
