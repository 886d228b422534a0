//! Items as a replay opens them, under groups as the policy compiles to them.

use super::*;
use crate::keys::{KeyRef, KeySource, TestKeys};
use crate::pipeline::GROUP_HEADER;
use crate::policy::{NoTables, PolicyFile, compile_groups};
use crate::record::timestamp::Timestamp;

/// Two groups: of an output whose records leave as they come, and of one in classes of five.
fn groups() -> Vec<Arc<Plan>> {
    let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
         source: { topic: raw, subject: who }\n\
         keys:\n  quarantine: { ref: \"file:keyring.json#quarantine\" }\n\
         \x20 state: { ref: \"file:keyring.json#state\" }\n\
         outputs:\n  - topic: clean\n    purpose: sales\n    domain: a\n    fields: { n: keep }\n\
         \x20 - topic: out\n    purpose: sales\n    domain: b\n    \
         k_anonymous: { k: 5, per_subject: 2, max_records: 100, free: [n] }\n    \
         fields:\n      age: { quasi: { number: { step: 5, bottom: 15, top: 90 } } }\n      n: keep\n\
         quarantine: { topic: q, key: quarantine }\n";
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let compiled = compile_groups(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    assert_eq!(compiled.groups.len(), 2, "{findings:?}");
    compiled.groups.into_iter().map(Arc::new).collect()
}

fn item(offset: u64, value: &str) -> Item {
    let key = KeyRef {
        file: "keyring.json".into(),
        entry: "quarantine".parse().expect("a name"),
    };
    let entry = TestKeys.entry(&key).expect("every key is there");
    Item {
        lies_in: 0,
        offset: 100 + offset as i64,
        tries: 1,
        fed: Fed {
            to: 1,
            without: Vec::new(),
        },
        partition: 3,
        source_offset: offset as i64,
        opened: Opened {
            topic: "raw".to_owned(),
            partition: 3,
            offset,
            timestamp: Timestamp::Create(1_772_361_727_123),
            key: None,
            value: Some(value.as_bytes().to_vec().into()),
            headers: Vec::new(),
            policy_digest: [0; 32],
            element: None,
        },
        key: entry.pinned(1).expect("it has a version"),
    }
}

fn of_person(who: u64) -> Item {
    let value = format!(r#"{{"n":{who},"who":"w{who}","age":{}}}"#, 16 + who);
    item(who, &value)
}

/// One that the output refuses.
const REFUSED: &str = r#"{"n":{},"who":"w","age":30}"#;
/// One that nobody can read.
const UNREAD: &str = "{";

fn under(plan: &Arc<Plan>, items: &[Item]) -> Outcome {
    let mut worker = Worker::of_the_system();
    let became = became(&mut worker, items, (plan, None), RefusedForms::No);
    became.unwrap_or_else(|failure| panic!("{failure}"))
}

fn whole(outcome: Outcome) -> Box<Became> {
    match outcome {
        Outcome::Whole(became) => became,
        Outcome::TooFew(places) => panic!("too few: {places:?}"),
    }
}

#[test]
fn what_waits_leaves_as_one_release() {
    let groups = groups();
    let items: Vec<Item> = (0..7).map(of_person).collect();
    let became = whole(under(&groups[1], &items));
    let (release, figures) = became.release.expect("they are enough");
    assert_eq!((release.records.len(), figures.people), (7, 7));
    assert!(
        figures
            .classes
            .is_some_and(|classes| classes.people[0] >= 5)
    );
    assert!(figures.set.is_some());
    assert_eq!(became.counts.outputs[0].written, 7);
    assert!(became.counts.balances());
}

#[test]
fn too_few_stay_and_what_is_refused_again_goes_to_the_quarantine_of_its_group() {
    let groups = groups();
    let mut items = vec![of_person(0), item(10, UNREAD), of_person(1)];
    items.extend([item(11, REFUSED), of_person(2)]);
    let Outcome::TooFew(places) = under(&groups[1], &items) else {
        panic!("three persons are no class");
    };
    assert_eq!(places, [0, 2, 4].into());
    let rest = [item(10, UNREAD), item(11, REFUSED)];
    let became = whole(under(&groups[1], &rest));
    assert!(became.release.is_none() && became.counts.balances());
    // Nobody else is fed what cannot be read: it is not left to another group.
    assert_eq!(became.counts.elsewhere, 0);
    let all = became.batches.iter();
    let all = all.flat_map(|batch| batch.records().iter().map(move |r| (batch, r)));
    let refused: Vec<_> = all
        .map(|(batch, record)| {
            let of = |(name, _): &(&[u8], Option<&[u8]>)| *name == GROUP_HEADER.as_bytes();
            let group = batch.headers(record).find(of).and_then(|(_, value)| value);
            (record.source_offset, group.map(<[u8]>::to_vec))
        })
        .collect();
    let own = Some(b"out".to_vec());
    assert_eq!(refused, [(10, own.clone()), (11, own)]);
}

/// Of a topic that was made anew, or tried a different number of times: each is one.
#[test]
fn records_of_one_offset_are_told_apart() {
    let groups = groups();
    let mut items: Vec<Item> = (0..6).map(of_person).collect();
    items.push(of_person(5));
    items.push(Item {
        tries: 2,
        source_offset: 5,
        ..of_person(7)
    });
    let (release, figures) = whole(under(&groups[1], &items)).release.expect("enough");
    assert_eq!((release.records.len(), figures.people), (8, 7));
    let Outcome::TooFew(places) = under(&groups[1], &items[5..]) else {
        panic!("two persons are no class");
    };
    assert_eq!(places, [0, 1, 2].into());
}

#[test]
fn what_does_not_wait_leaves_as_it_comes() {
    let groups = groups();
    let items = [of_person(0), item(1, REFUSED)];
    let became = whole(under(&groups[0], &items));
    assert!(became.release.is_none());
    assert_eq!(became.counts.outputs[0].written, 1);
    assert_eq!(became.counts.quarantined.iter().sum::<u64>(), 1);
}

#[test]
fn of_nothing_nothing_comes_and_two_outputs_are_no_release_group() {
    let groups = groups();
    for group in &groups {
        let became = whole(under(group, &[]));
        assert!(became.batches.is_empty() && became.release.is_none());
    }
    // Only groups wait for releases, never the policy as a whole.
    let mut plans = pipeline::testing::Plans::new();
    plans.output(&[]);
    plans.output(&[]);
    let failure = pool::compose(&plans.build(), &[]).err().expect("an error");
    assert!(failure.to_string().contains("release group"), "{failure}");
}
