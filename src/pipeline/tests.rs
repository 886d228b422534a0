use std::sync::Arc;

use super::testing::*;
use super::*;
use crate::pipeline::Destination;
use crate::plan::*;
use crate::record::lane::NextOffset;
use crate::record::timestamp::OutTimestamp;

/// A plan of one output with these fields.
fn plan(fields: &[FieldOf]) -> Arc<Plan> {
    let mut plans = Plans::new();
    plans.output(fields);
    plans.build()
}

fn keeps(paths: &[&'static str]) -> Arc<Plan> {
    let fields: Vec<_> = paths.iter().map(|p| field(p, "keep")).collect();
    plan(&fields)
}

#[track_caller]
fn gives(plan: &Arc<Plan>, value: &str, expected: &str) {
    assert_eq!(outcome(plan, value).as_deref(), Ok(expected), "{value}");
}

#[test]
fn unnamed_fields_do_not_exist_and_order_is_the_inputs() {
    let plan = keeps(&["a", "b.c", "b.d.e"]);
    gives(
        &plan,
        r#"{"b":{"x":1,"c":2},"z":0,"a":39.80}"#,
        r#"{"b":{"c":2},"a":39.80}"#,
    );
    gives(
        &plan,
        r#"{"b":{"d":{"e":"x","f":1},"c":null}}"#,
        r#"{"b":{"d":{"e":"x"},"c":null}}"#,
    );
    gives(
        &plan,
        r#"{ "a" : "\u00e9" , "b" : { } }"#,
        r#"{"a":"\u00e9"}"#,
    );
    gives(&plan, r#"{"b":{"d":{"f":1}},"z":[{"a":1}]}"#, "{}");
    gives(&plan, "{}", "{}");
    gives(&plan, r#"{"\u0062":{"\u0063":1}}"#, r#"{"b":{"c":1}}"#);
}

#[test]
fn a_worker_sanitizes_each_batch_under_the_batchs_own_plan() {
    let plans = [keeps(&["a"]), keeps(&["b"]), keeps(&["a"])];
    assert!(plans[0].id != plans[2].id, "of the same fields, and two");
    let mut worker = worker();
    for plan in [0, 1, 1, 2, 0].map(|n| &plans[n]) {
        let out = sanitize(batch(plan, &[raw(r#"{"a":1,"b":2}"#)]), &mut worker).unwrap();
        let expected = match &*plan.outputs[0].fields[0].path {
            "a" => r#"{"a":1}"#,
            _ => r#"{"b":2}"#,
        };
        assert_eq!(value_of(&out, &out.records()[0]).as_deref(), Some(expected));
        assert_eq!(out.plan.id, plan.id);
    }
}

#[test]
fn a_topic_takes_what_it_takes_under_whatever_plan() {
    let keeps_at = |topics: [&'static str; 2]| {
        let mut plans = Plans::new();
        for topic in topics {
            plans.output(&[field(topic, "keep")]).topic = topic.into();
        }
        plans.build()
    };
    let mut worker = worker();
    let limits = [("small".into(), 20), ("large".into(), 100)];
    worker.set_limits(Arc::new(limits.into_iter().collect()));
    let long = "x".repeat(30);
    for topics in [["small", "large"], ["large", "small"]] {
        let plan = keeps_at(topics);
        for (field, expected) in [("small", 1), ("large", 0)] {
            let record = raw(format!(r#"{{"{field}":"{long}"}}"#));
            let counts = sanitize(batch(&plan, &[record]), &mut worker)
                .unwrap()
                .counts;
            let too_large = counts.quarantined[Reason::TooLarge.index()];
            assert_eq!(too_large, expected, "{field} at {topics:?}");
        }
    }
}

#[test]
fn unnamed_members_are_counted_of_records_that_are_not_quarantined() {
    let plan = keeps(&["a"]);
    let counted = |value: &str| run(&plan, &[raw(value)]).counts.unnamed;
    assert_eq!(counted(r#"{"a":1,"x":2,"y":{"z":3}}"#), 2);
    assert_eq!(
        counted(r#"{"x":2,"a":{"b":1}}"#),
        0,
        "refused by its action"
    );
    assert_eq!(counted(r#"{"x":2,"a":1"#), 0, "refused by the decoder");
}

#[test]
fn a_value_of_the_wrong_container_kind_does_not_match() {
    let plan = keeps(&["a.b", "l[*].x", "p[1]"]);
    gives(&plan, r#"{"a":[{"b":1}],"l":{"x":1},"p":{"1":2}}"#, "{}");
    gives(&plan, r#"{"a":"text","l":3,"p":null}"#, "{}");
}

#[test]
fn elements_keep_their_places() {
    let plan = keeps(&["l[*].x", "p[1]", "n[*][*]", "q[*]"]);
    gives(
        &plan,
        r#"{"l":[{"y":1},{"x":2},{}]}"#,
        r#"{"l":[{},{"x":2},{}]}"#,
    );
    gives(
        &plan,
        r#"{"l":[1,{"x":2},"t",[]]}"#,
        r#"{"l":[null,{"x":2},null,null]}"#,
    );
    gives(&plan, r#"{"l":[],"p":[0]}"#, "{}");
    gives(&plan, r#"{"p":[0,1,2]}"#, r#"{"p":[1]}"#);
    gives(
        &plan,
        r#"{"n":[[],[1,2],0,[3]]}"#,
        r#"{"n":[[],[1,2],null,[3]]}"#,
    );
    gives(&plan, r#"{"q":[1,null,"x"]}"#, r#"{"q":[1,null,"x"]}"#);
}

#[test]
fn one_output_may_expect_objects_where_another_expects_arrays() {
    let mut plans = Plans::new();
    plans.output(&[field("x[*].a", "keep")]);
    plans.output(&[field("x[*][0]", "keep")]);
    let plan = plans.build();
    let out = run(&plan, &[raw(r#"{"x":[{"a":1},[2],3]}"#)]);
    let values: Vec<_> = out
        .records()
        .iter()
        .map(|r| value_of(&out, r).unwrap())
        .collect();
    assert_eq!(
        values,
        [r#"{"x":[{"a":1},null,null]}"#, r#"{"x":[null,[2],null]}"#]
    );
}

#[test]
fn the_most_specific_selector_wins_and_stars_copy_names() {
    let plan = plan(&[
        field("m.*", "{ keep: { subtree: true } }"),
        field("m.secret", "drop"),
    ]);
    gives(
        &plan,
        r#"{"m":{"a\"\u00e9":{"x":[1]},"secret":2,"\u0062":3}}"#,
        r#"{"m":{"a\"é":{"x":[1]},"b":3}}"#,
    );
}

#[test]
fn siblings_stand_in_place_in_policy_order() {
    let plan = plan(&[
        field("email", "keep").name("e1"),
        field("email", "{ replace: { with: x } }").name("e2"),
        field("email", "drop").name("e3"),
        field("z", "keep"),
    ]);
    gives(
        &plan,
        r#"{"a":0,"email":"m","z":1}"#,
        r#"{"e1":"m","e2":"x","z":1}"#,
    );
}

#[test]
fn what_yields_nothing_leaves_no_trace() {
    let plan = plan(&[
        field("a", "drop"),
        field("b.c.d", "reverse"),
        field("b.e", "keep"),
        field("l[*]", "reverse"),
        field("z", "reverse"),
    ]);
    gives(
        &plan,
        r#"{"a":1,"b":{"c":{"d":null}},"z":"ab"}"#,
        r#"{"z":"ba"}"#,
    );
    gives(
        &plan,
        r#"{"b":{"c":{"d":null},"e":1},"z":null}"#,
        r#"{"b":{"e":1}}"#,
    );
    gives(
        &plan,
        r#"{"l":[null,"xy",null,"z"]}"#,
        r#"{"l":[null,"yx",null,"z"]}"#,
    );
}

#[test]
fn objects_need_subtree() {
    let strict = plan(&[field("a", "keep")]);
    assert_eq!(outcome(&strict, r#"{"a":{}}"#), Err(Reason::WrongType));
    assert_eq!(
        outcome(&strict, r#"{"a":[1,[{"ssn":2}]]}"#),
        Err(Reason::WrongType)
    );
    gives(&strict, r#"{"a":[1, [2] ]}"#, r#"{"a":[1, [2] ]}"#);
    let whole = plan(&[field("a", "{ keep: { subtree: true } }")]);
    gives(
        &whole,
        r#"{"a":{ "x":[{"y":1e999999999}]},"b":0}"#,
        r#"{"a":{ "x":[{"y":1e999999999}]}}"#,
    );
}

#[test]
fn an_error_drops_the_field_or_the_record() {
    let plan = plan(&[field("a.b", "reverse").or_drop(), field("c", "reverse")]);
    let out = run(
        &plan,
        &[
            raw(r#"{"a":{"b":1},"c":"xy"}"#),
            raw(r#"{"a":{"b":"ok"},"c":5}"#),
            raw(r#"{"a":{"b":"ok"},"c":"yz"}"#),
        ],
    );
    let [first, second, third] = out.records() else {
        panic!()
    };
    assert_eq!(value_of(&out, first).unwrap(), r#"{"c":"yx"}"#);
    assert_eq!(
        second.destination,
        Destination::Quarantine(Reason::WrongType)
    );
    assert_eq!(
        value_of(&out, third).unwrap(),
        r#"{"a":{"b":"ko"},"c":"zy"}"#
    );
    let counted = |path: &str| {
        let at = plan.outputs[0].fields.iter().position(|f| f.path == path);
        out.counts.outputs[0].fields[at.unwrap()]
    };
    assert_eq!(
        (counted("a.b").written, counted("a.b").dropped_on_error),
        (1, 1)
    );
    assert_eq!(
        counted("c").written,
        2,
        "a quarantined record counts no field"
    );
}

#[test]
fn a_record_goes_to_all_its_outputs_or_to_none() {
    let mut plans = Plans::new();
    plans.output(&[field("a", "reverse")]);
    plans.output(&[field("b", "reverse")]);
    let plan = plans.build();
    let out = run(
        &plan,
        &[
            raw(r#"{"a":"x1","b":"y1"}"#),
            raw(r#"{"a":"x2","b":2}"#),
            raw("[]"),
            raw(r#"{"a":"x3","b":"y3"}"#),
        ],
    );
    let seen: Vec<_> = out
        .records()
        .iter()
        .map(|r| (r.source_offset, r.destination, value_of(&out, r).unwrap()))
        .collect();
    let to = Destination::Output;
    assert_eq!(
        seen,
        [
            (10, to(0), r#"{"a":"1x"}"#.into()),
            (10, to(1), r#"{"b":"1y"}"#.into()),
            (
                11,
                Destination::Quarantine(Reason::WrongType),
                String::new()
            ),
            (
                12,
                Destination::Quarantine(Reason::NotAnObject),
                String::new()
            ),
            (13, to(0), r#"{"a":"3x"}"#.into()),
            (13, to(1), r#"{"b":"3y"}"#.into()),
        ]
    );
    assert_eq!((out.first, out.next), (10, NextOffset::after(13)));
    assert!(
        !out.bytes_of_all()
            .windows(2)
            .any(|w| w == b"2x" || w == b"x2")
    );
}

/// Headers of a quarantined record, as text.
fn headers_of(out: &OutBatch, record: &OutRecord) -> Vec<(String, String)> {
    let text = |b: &[u8]| String::from_utf8(b.to_vec()).unwrap();
    out.headers(record)
        .map(|(n, v)| (text(n), text(v.unwrap())))
        .collect()
}

/// What refused a record is named in the policy's words: output, field, action;
/// in an object that is sealed the field inside it; what was left out by
/// `on_error` refuses nothing; a record that was there before says so.
#[test]
fn quarantine_names_the_field_that_refused() {
    let mut plans = Plans::new();
    plans.output(&[field("a", "reverse").or_drop(), field("b.c", "reverse")]);
    plans.quarantine();
    let plan = plans.build();
    let mut again = batch(&plan, &[raw(r#"{"a":1,"b":{"c":2}}"#)]);
    again.tries = 2;
    let out = sanitize(again, &mut worker()).expect("nothing is asked for");
    let named: Vec<_> = headers_of(&out, &out.records()[0]).split_off(4);
    let expected = [
        ("veil-output", "out0"),
        ("veil-field", "b.c"),
        ("veil-action", "test"),
        ("veil-tries", "3"),
    ];
    assert_eq!(named, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    let refused: Vec<u64> = out.counts.outputs[0]
        .fields
        .iter()
        .map(|f| f.refused)
        .collect();
    // Behind the two fields stand key and header.
    assert_eq!(refused, [0, 1, 0, 0]);

    let plan = self::plan(&[field("d", "reverse").inside(&[field("e", "reverse")])]);
    let out = run(&plan, &[raw(r#"{"d":{"e":1}}"#)]);
    let named = headers_of(&out, &out.records()[0]).split_off(5);
    assert_eq!(named[0], ("veil-field".to_owned(), "e".to_owned()));

    // Before any output is looked at nothing of the policy is to blame.
    let out = run(&plan, &[raw("[]")]);
    assert_eq!(headers_of(&out, &out.records()[0]).len(), 4);
}

#[test]
fn quarantine_says_why_and_where_from() {
    let plan = keeps(&["a"]);
    let out = run(&plan, &[raw(b"\xff")]);
    let record = out.records()[0];
    let headers = headers_of(&out, &record);
    let expected = [
        ("veil-reason", "not_utf8"),
        ("veil-topic", "raw"),
        ("veil-partition", "3"),
        ("veil-offset", "10"),
    ];
    assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert_eq!((record.key, record.timestamp), (None, OutTimestamp::Now));
    assert_eq!(value_of(&out, &record).unwrap(), "");

    let refused = quarantine(
        batch(&plan, &[raw("{}")]),
        Reason::RefusedByBroker,
        &mut worker(),
    );
    assert_eq!(
        refused.records()[0].destination,
        Destination::Quarantine(Reason::RefusedByBroker)
    );
    assert!(refused.counts.balances());
    assert_eq!(
        refused.counts.quarantined[Reason::RefusedByBroker.index()],
        1
    );
}

#[test]
fn of_a_record_whose_quarantined_form_is_refused_only_its_place_is_kept() {
    let mut plans = Plans::new();
    plans.output(&[field("a", "keep")]);
    plans.quarantine();
    let plan = plans.build();
    let records = [raw(r#"{"a":1}"#)];
    let sealed = quarantine(
        batch(&plan, &records),
        Reason::RefusedByBroker,
        &mut worker(),
    );
    let bare = quarantine_bare(
        batch(&plan, &records),
        Reason::RefusedByBroker,
        &mut worker(),
    );
    let value = |out: &OutBatch| out.bytes(out.records()[0].value.unwrap()).to_vec();
    assert!(!value(&sealed).is_empty());
    assert!(value(&bare).is_empty());
    let headers = |out: &OutBatch| -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let of_first = out.headers(&out.records()[0]);
        of_first
            .map(|(n, v)| (n.to_vec(), v.map(<[u8]>::to_vec)))
            .collect()
    };
    assert_eq!(headers(&bare), headers(&sealed));
    assert_eq!(bare.counts, sealed.counts);
    assert_eq!((bare.first, bare.next), (sealed.first, sealed.next));
}

#[test]
fn composites_stand_where_their_first_part_stands() {
    let plan = plan(&[
        field("geo.place", "reverse").parts(&["lat", "lon"]),
        field("geo.acc", "keep"),
        field("l[*].p", "reverse").parts(&["a", "b"]),
    ]);
    gives(
        &plan,
        r#"{"geo":{"acc":1,"lon":"9","x":0,"lat":"8"}}"#,
        r#"{"geo":{"acc":1,"place":"8+9"}}"#,
    );
    gives(
        &plan,
        r#"{"geo":{"lat":"8"}}"#,
        r#"{"geo":{"place":"8+-"}}"#,
    );
    gives(&plan, r#"{"geo":{}}"#, "{}");
    gives(
        &plan,
        r#"{"l":[{"a":"1","b":"2"},{},{"b":"3","a":"4"}]}"#,
        r#"{"l":[{"p":"1+2"},{},{"p":"4+3"}]}"#,
    );
}

#[test]
fn sealed_fields_hold_what_their_own_list_names() {
    let plan = plan(&[field("o", "reverse").inside(&[
        field("a", "keep"),
        field("b.c", "reverse"),
        field("d", "reverse").inside(&[field("e", "reverse")]),
    ])]);
    let back = |text: &str| -> String {
        let reversed: String = text.replace('"', "'").chars().rev().collect();
        format!("{{\"o\":\"{reversed}\"}}")
    };
    gives(
        &plan,
        r#"{"o":{"a":1,"ssn":2,"b":{"c":"xy","d":0},"z":{}},"q":1}"#,
        &back(r#"{"a":1,"b":{"c":"yx"}}"#),
    );
    gives(&plan, r#"{"o":{}}"#, &back("{}"));
    gives(&plan, r#"{"o":null}"#, "{}");
    let inner: String = r#"{'e':'lu'}"#.chars().rev().collect();
    gives(
        &plan,
        r#"{"o":{"d":{"e":"ul"}}}"#,
        &back(&format!("{{\"d\":\"{inner}\"}}")),
    );
    for other in [
        r#"{"o":1}"#,
        r#"{"o":"x"}"#,
        r#"{"o":[{"a":1}]}"#,
        r#"{"o":{"b":{"c":1}}}"#,
    ] {
        assert_eq!(outcome(&plan, other), Err(Reason::WrongType), "{other}");
    }
}

#[test]
fn a_sealed_field_that_fails_inside_leaves_nothing_behind() {
    let plan = plan(&[
        field("p.o", "reverse")
            .inside(&[field("x", "reverse"), field("a.b.c", "reverse")])
            .or_drop(),
        field("p.q", "reverse"),
        field("z", "keep"),
    ]);
    let value = r#"{"p":{"o":{"x":"in","a":{"b":{"c":5}}},"n":0,"q":"xy"},"z":1}"#;
    gives(&plan, value, r#"{"p":{"q":"yx"},"z":1}"#);
    let out = run(&plan, &[raw(value)]);
    let written: u64 = out.counts.outputs[0].fields.iter().map(|f| f.written).sum();
    assert_eq!(written, 2, "what was sealed counts with its seal only");
}

#[test]
fn neighbours_that_are_only_copied_are_as_if_copied_one_by_one() {
    let plan = plan(&[
        field("a", "keep"),
        field("b", "keep"),
        field("c", "{ keep: { subtree: true } }"),
        field("d", "keep").name("renamed"),
        field("e", "{ keep: { max_chars: 3 } }"),
        field("o.a", "keep"),
        field("o.b", "keep"),
    ]);
    for (value, expected) in [
        (
            r#"{"a":1,"b":"x","c":{"y":[]},"e":"z"}"#,
            r#"{"a":1,"b":"x","c":{"y":[]},"e":"z"}"#,
        ),
        (
            r#"{"a":"1","n":0,"b":"x\"","c":[{}]}"#,
            r#"{"a":"1","b":"x\"","c":[{}]}"#,
        ),
        (r#"{"a":1 ,"b":2, "c":3}"#, r#"{"a":1,"b":2,"c":3}"#),
        (r#"{"a": 1,"b" :2,"c":3}"#, r#"{"a":1,"b":2,"c":3}"#),
        (r#"{"a":1,"\u0062":2,"c":3}"#, r#"{"a":1,"b":2,"c":3}"#),
        (
            r#"{"a":[1, 2],"d":3,"b":null}"#,
            r#"{"a":[1, 2],"renamed":3,"b":null}"#,
        ),
        (
            r#"{"o":{"a":1,"b":2},"a":3,"b":4}"#,
            r#"{"o":{"a":1,"b":2},"a":3,"b":4}"#,
        ),
        (
            r#"{"o":{"b":2,"x":0},"b":4,"z":{"a":1}}"#,
            r#"{"o":{"b":2},"b":4}"#,
        ),
    ] {
        gives(&plan, value, expected);
    }
    assert_eq!(outcome(&plan, r#"{"a":1,"b":{}}"#), Err(Reason::WrongType));
    assert_eq!(
        outcome(&plan, r#"{"a":1,"b":2,"e":"long"}"#),
        Err(Reason::TooLarge)
    );
    let out = run(&plan, &[raw(r#"{"a":1,"b":2,"c":3}"#)]);
    let written: u64 = out.counts.outputs[0].fields.iter().map(|f| f.written).sum();
    assert_eq!(written, 3);
}

mod around;
mod properties;
mod toy;
