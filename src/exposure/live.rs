//! How alone people are in what leaves of a stream, window by window, in bounded memory.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::column::Sort;
use super::gather::columns;
use super::left::{Left, Place, person};
use crate::anonymity::measure::live::{Figures, Live};
use crate::crypto::keyed_hash::KeyedHash;
use crate::pipeline::{Destination, OutBatch};
use crate::plan::Plan;
use crate::policy::Named;
use crate::record::Fetched;
use crate::record::path::Selector;

/// What is looked at of the outputs of one plan whose records leave as they come.
pub struct LiveRisk {
    plan: Arc<Plan>,
    subject: Vec<Selector>,
    /// By output of the plan; `None`: its records wait, and are in classes or none.
    outputs: Vec<Option<Output>>,
    window_ms: i64,
    /// What is kept are tags under a key that nobody has: neither can be chosen by who sends
    /// events what is kept, nor a value be tried against it.
    tags: KeyedHash,
}

struct Output {
    /// Where its quasi-identifiers stand: all that leaves and is no code and not sealed.
    places: Vec<Place>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The window in work, by its number since 1970.
    window: i64,
    running: Live,
    /// Of the last window that ended.
    ended: Option<Figures>,
}

/// One record, by tags.
struct Tags {
    class: u64,
    person: u64,
    both: u64,
}

impl LiveRisk {
    /// Nothing seen yet, of the outputs of a plan, which was made of the policy that names
    /// this. Windows are so long and counted from 1970, UTC; `key` is drawn at random and
    /// used for nothing else. `None`: of records under a schema, or that are taken apart,
    /// nothing can be told while they pass.
    pub fn new(
        plan: &Arc<Plan>,
        named: &Named,
        window_ms: i64,
        key: &[u8; 32],
    ) -> Option<LiveRisk> {
        if !plan.source.format.is_json() || plan.source.format.is_by_id() || plan.split.is_some() {
            return None;
        }
        let outputs = plan.outputs.iter().map(|output| {
            if output.held.is_some() || output.counting.is_some() {
                return None;
            }
            let (columns, places) = columns(&output.topic, named);
            let quasi = columns.iter().zip(places);
            let quasi = quasi.filter(|(column, _)| column.sort == Sort::Quasi);
            Some(Output {
                places: quasi.map(|(_, place)| place).collect(),
                seen: Mutex::default(),
            })
        });
        Some(LiveRisk {
            outputs: outputs.collect(),
            plan: Arc::clone(plan),
            subject: named.subject.clone(),
            window_ms: window_ms.max(1),
            tags: KeyedHash::new(key),
        })
    }

    /// Looks at what a batch became; one of another plan is passed over.
    pub fn see(&self, batch: &OutBatch, now_ms: i64) {
        if !Arc::ptr_eq(&batch.plan, &self.plan) {
            return;
        }
        let mut seen: Vec<Vec<Tags>> = self.outputs.iter().map(|_| Vec::new()).collect();
        // Records stand in the order of what they were made from.
        let mut read = batch.raw().fetched();
        let mut last: Option<(i64, Option<u64>)> = None;
        for record in batch.records() {
            let (Destination::Output(n), Some(value)) = (record.destination, record.value) else {
                continue;
            };
            let Some(output) = &self.outputs[usize::from(n)] else {
                continue;
            };
            let offset = record.source_offset;
            let person = match last.filter(|(of, _)| *of == offset) {
                Some((_, person)) => person,
                None => {
                    let fetched = read.find(|fetched| fetched.offset() == offset);
                    fetched.and_then(|fetched| self.person(batch, fetched))
                }
            };
            last = Some((offset, person));
            let Some(person) = person else {
                continue;
            };
            let class = self.class(output, &Left::of(batch, record, value));
            let pair = [class.to_be_bytes(), person.to_be_bytes()].concat();
            seen[usize::from(n)].push(Tags {
                class,
                person,
                both: self.tag(&pair),
            });
        }
        let window = now_ms.div_euclid(self.window_ms);
        for (output, tags) in self.outputs.iter().zip(seen) {
            if let Some(output) = output {
                let mut seen = output.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.roll(window);
                for of in tags {
                    seen.running.see(of.class, of.person, of.both);
                }
            }
        }
    }

    /// Of each output that is looked at, by its topic, the figures of the last window that
    /// ended; while none has, of the running one.
    pub fn figures(&self) -> Vec<(String, Figures)> {
        let outputs = self.plan.outputs.iter().zip(&self.outputs);
        let figures = outputs.filter_map(|(output, own)| {
            let seen = own.as_ref()?.seen.lock();
            let seen = seen.unwrap_or_else(PoisonError::into_inner);
            let figures = seen.ended.or_else(|| seen.running.figures())?;
            Some((output.topic.to_string(), figures))
        });
        figures.collect()
    }

    /// Whose a record is; where the policy says nobody, each is somebody.
    fn person(&self, batch: &OutBatch, fetched: Fetched<'_>) -> Option<u64> {
        if self.subject.is_empty() {
            let (lane, offset) = (&batch.lane, fetched.offset());
            return Some(
                self.tag(format!("{} {} {offset}", lane.topic, lane.partition).as_bytes()),
            );
        }
        let value: Value = serde_json::from_slice(fetched.value()?).ok()?;
        Some(self.tag(person(&self.subject, &value)?.as_bytes()))
    }

    fn class(&self, output: &Output, left: &Left<'_>) -> u64 {
        let mut all = Vec::new();
        for place in &output.places {
            let values = place.values(left);
            // Each with its length, so that no two lists are spelled alike.
            all.extend_from_slice(&(values.len() as u64).to_be_bytes());
            for value in values {
                all.extend_from_slice(&(value.len() as u64).to_be_bytes());
                all.extend_from_slice(value.as_bytes());
            }
        }
        self.tag(&all)
    }

    fn tag(&self, message: &[u8]) -> u64 {
        let tag = self.tags.tag(message);
        u64::from_be_bytes(tag[..8].try_into().expect("a tag has 32 bytes"))
    }
}

impl Seen {
    /// Another window begins where that is a later one.
    fn roll(&mut self, window: i64) {
        if window > self.window {
            let ended = std::mem::take(&mut self.running);
            self.ended = ended.figures();
            self.window = window;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::pipeline::{InBatch, Worker, sanitize};
    use crate::policy::{NoTables, PolicyFile, compile, named};
    use crate::record::lane::Lane;
    use crate::record::timestamp::Timestamp;

    const POLICY: &str = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
         source: { topic: raw, subject: who }\nkeys: { k: { ref: \"file:keyring.json#people\" } }\noutputs:\n  \
         - topic: out\n    purpose: sales\n    domain: d\n    timestamp: now\n    fields:\n      \
         who: { pseudonymize: { key: k, normalize: text, epoch: none } }\n      zip: keep\n      plan: keep\n";

    fn live(window_ms: i64) -> LiveRisk {
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text: POLICY.to_owned(),
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &NoTables, now);
        let findings = compiled.findings.list();
        let plan = compiled.plan.unwrap_or_else(|| panic!("{findings:?}"));
        let said = compiled.said.expect("it was read");
        let live = LiveRisk::new(&Arc::new(plan), &named(&said), window_ms, &[7; 32]);
        live.expect("values are JSON")
    }

    fn batch(live: &LiveRisk, values: &[&str]) -> OutBatch {
        let lane = Lane {
            topic: "raw".into(),
            partition: 0,
            claim: 0,
        };
        let mut batch = InBatch::new(lane, Arc::clone(&live.plan));
        for (offset, value) in (0..).zip(values) {
            let at = Timestamp::Create(1_772_361_727_123);
            let value = Some(value.as_bytes());
            batch.raw.push(offset, at, None, value, []);
        }
        sanitize(batch, &mut Worker::of_the_system()).unwrap_or_else(|_| panic!("nothing is asked"))
    }

    const FOUR: [&str; 6] = [
        r#"{"who":"a","zip":"10115","plan":"free"}"#,
        r#"{"who":"a","zip":"10115","plan":"free"}"#,
        r#"{"plan":"free","zip":"10115","who":"b"}"#,
        r#"{"who":"c","zip":"8","plan":"free"}"#,
        r#"{"who":7,"zip":"9","plan":"free"}"#,
        r#"{"zip":"9","plan":"free"}"#,
    ];

    #[test]
    fn persons_are_counted_by_what_leaves_of_them_but_for_codes() {
        let live = live(1_000);
        live.see(&batch(&live, &FOUR), 0);
        let all = live.figures();
        let (topic, figures) = &all[0];
        assert_eq!((topic.as_str(), all.len()), ("out", 1));
        // a and b look the same; c and 7 are alone; nobody is whose record names none.
        assert_eq!((figures.classes, figures.people), (3.0, 4.0));
        assert_eq!((figures.unique, figures.average), (0.5, 0.75));
        assert!(figures.is_exact);
    }

    #[test]
    fn a_window_that_ended_is_told_until_the_next_has() {
        let live = live(1_000);
        assert!(live.figures().is_empty());
        live.see(&batch(&live, &FOUR), 999);
        live.see(&batch(&live, &FOUR[..1]), 1_000);
        let told = |live: &LiveRisk| live.figures()[0].1.people;
        assert_eq!(told(&live), 4.0);
        live.see(&batch(&live, &FOUR[3..4]), 1_999);
        assert_eq!(told(&live), 4.0);
        // The clock goes back: the window in work goes on.
        live.see(&batch(&live, &FOUR[4..5]), 500);
        assert_eq!(told(&live), 4.0);
        live.see(&batch(&live, &FOUR[..1]), 2_000);
        assert_eq!(told(&live), 3.0);
        // A window in which nothing left ends the one before it no less.
        live.see(&batch(&live, &FOUR[..1]), 9_000);
        assert_eq!(told(&live), 1.0);
    }

    #[test]
    fn batches_of_another_plan_are_passed_over() {
        let (one, other) = (live(1_000), live(1_000));
        one.see(&batch(&other, &FOUR), 0);
        assert!(one.figures().is_empty());
    }
}
