//! Records that are counted where people's decisions are followed.

use std::sync::Arc;

use super::super::counting::{Event, Leaves, Stays, Tally};
use super::Tallies;
use crate::consent::state::{Decision, Narrowings, Table};
use crate::keys::TestKeys;
use crate::pipeline::{InBatch, OutBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::policy::{NoTables, PolicyFile, compile_groups};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::record::{Reason, SubjectId};
use crate::release::Windows;

const DAY: i64 = 86_400_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * DAY;

/// An output that counts, and needs consent that only decisions give.
fn gated() -> Arc<Plan> {
    let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
        source: { topic: raw, subject: { who: who } }\n\
        keys:\n  quarantine: { ref: \"file:keyring.json#quarantine\" }\n  subjects: { ref: \"file:keyring.json#subjects\" }\n  \
        noise: { ref: \"file:keyring.json#noise\" }\n  state: { ref: \"file:keyring.json#state\" }\n\
        rights: { key: subjects }\n\
        consent: { state: { grants: state } }\n\
        outputs:\n  - topic: out\n    purpose: sales\n    domain: b\n    needs_consent: Ads\n    \
        aggregate:\n      window: 1d\n      time: { from: value.at }\n      by: { kind: { keep: { one_of: [a] } } }\n      \
        count: subjects\n      contribution: { cells: 1 }\n      epsilon: 0.5\n      key: noise\n      \
        keys: { list: [a] }\n      budget: { name: t, epsilon: 15, per: 30d }\n\
        quarantine: { topic: q, key: quarantine }\n";
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let compiled = compile_groups(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    let mut groups = compiled.groups;
    assert_eq!(groups.len(), 1, "{findings:?}");
    Arc::new(groups.remove(0))
}

fn id(plan: &Plan, who: i64) -> SubjectId {
    let index = plan.subjects[0].index.as_ref().expect("rights have a key");
    index.id(format!("sw{who}").as_bytes())
}

/// Ten people who granted, and what counts them.
fn granted() -> (Arc<Plan>, Table, Tallies, Windows) {
    let plan = gated();
    let mut table = Table::default();
    for who in 0..10 {
        let granted = Some(Decision::Granted { until_ms: None });
        let room = table.decide(id(&plan, who), "Ads", granted);
        room.expect("it has room");
    }
    table.set_current(true);
    table.publish(0);
    let tallies = Tallies::new(&plan, Some(table.visible()));
    let windows = Windows::new(&plan, 0).expect("it counts");
    (plan, table, tallies, windows)
}

fn deny(plan: &Plan, table: &mut Table, people: std::ops::Range<i64>) {
    for who in people {
        let room = table.decide(id(plan, who), "Ads", Some(Decision::Denied));
        room.expect("it has room");
    }
    table.publish(1);
}

/// Records of these people, decided now.
fn decided(plan: &Arc<Plan>, table: &Table, people: std::ops::Range<i64>) -> Box<OutBatch> {
    let lane = Lane {
        topic: "raw".into(),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, who) in (0..).zip(people) {
        let value = format!(r#"{{"who":"w{who}","kind":"a","at":"2026-03-01T10:00:00Z"}}"#);
        let value = Some(value.as_bytes());
        batch.raw.push(offset, Timestamp::None, None, value, []);
    }
    let mut worker = Worker::of_the_system().with_consent(Box::new(table.visible()));
    let out = sanitize(batch, &mut worker);
    Box::new(out.unwrap_or_else(|_| panic!("nothing is asked")))
}

fn stays(tallies: &Tallies, who: SubjectId, is_narrower: bool) -> Option<bool> {
    match tallies.stays(FIRST) {
        Stays::Everybody => Some(true),
        Stays::Of(stays) => Some(stays(who, is_narrower)),
        Stays::Unknown => None,
    }
}

#[test]
fn who_withdrew_between_the_decision_and_the_count_is_withheld_and_in_no_window() {
    let (plan, mut table, mut tallies, mut windows) = granted();
    // They wait for their turn, decided.
    let early = decided(&plan, &table, 0..10);
    deny(&plan, &mut table, 0..4);
    let taken = tallies.take(0, &early, &mut windows, FIRST + DAY);
    assert_eq!(taken.records, 10);
    let counted: Vec<SubjectId> = windows.of_people().into_keys().collect();
    let mut wanted: Vec<SubjectId> = (4..10).map(|who| id(&plan, who)).collect();
    wanted.sort();
    assert_eq!(counted, wanted);
    let content = tallies.content(Leaves::default(), true);
    let [told] = &content.counts[..] else {
        panic!("of one lane");
    };
    assert!(told.counts.balances());
    let output = &told.counts.outputs[0];
    let withheld = output.withheld[Reason::NoConsent.index()];
    assert_eq!((output.counted, withheld), (6, 4));
    // By the version that was looked at; nobody is named who could hold it back.
    assert_eq!(content.decided.who, [0; 0]);
}

#[test]
fn who_withdrew_is_told_once_and_nobody_is_asked_while_that_is_not_known() {
    let (plan, mut table, mut tallies, _) = granted();
    assert!(tallies.narrowed().is_none());
    deny(&plan, &mut table, 3..4);
    let Some(Event::Narrowed(people)) = tallies.narrowed() else {
        panic!("somebody withdrew");
    };
    assert_eq!(people, [Narrowings::short(id(&plan, 3))]);
    assert!(tallies.narrowed().is_none());
    for is_narrower in [false, true] {
        assert_eq!(stays(&tallies, id(&plan, 3), is_narrower), Some(false));
        assert_eq!(stays(&tallies, id(&plan, 4), is_narrower), Some(true));
    }
    // Of whom nothing is known nobody knows that they granted.
    assert_eq!(stays(&tallies, id(&plan, 77), false), Some(false));
    table.set_current(false);
    table.publish(2);
    assert!(
        tallies.narrowed().is_none(),
        "all may be, and nobody is named"
    );
    assert_eq!(stays(&tallies, id(&plan, 4), false), None);
}
