//! The product, asked what it makes of a record, and of one value alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use veilstream::crypto::entropy::Entropy;
use veilstream::keys::TestKeys;
use veilstream::pipeline::{Destination, InBatch, OutBatch, Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{NoTables, PolicyFile, compile};
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;

use super::apart::Apart;
use super::interpreter::Outcome;
use super::policies::{Policy, file};

/// A compiled policy.
pub struct Product(Arc<Plan>);

impl Product {
    /// `None`: the policy is refused.
    pub fn of(policy: &Policy) -> Option<Product> {
        Product::of_text(policy.text())
    }

    /// `None`: the policy is refused.
    pub fn of_text(text: String) -> Option<Product> {
        compiled(text).map(|plan| Product(Arc::new(plan)))
    }

    /// What a record that is taken apart came to, and how many elements were counted.
    pub fn apart(&self, text: &str) -> (Apart, u64) {
        let out = self.run(text);
        let each = out.records().iter().map(|record| match record.destination {
            Destination::Quarantine(reason) => Err(reason.to_string()),
            Destination::Held(_) => unreachable!("its outputs wait for nothing"),
            Destination::Output(_) => {
                let bytes = out.bytes(record.value.expect("a value"));
                Ok(String::from_utf8(bytes.to_vec()).expect("text"))
            }
        });
        let apart = Apart {
            values: each.collect(),
            counts: self.counts(&out),
        };
        (apart, out.counts.received)
    }

    fn run(&self, text: &str) -> OutBatch {
        let plan = &self.0;
        let lane = Lane {
            topic: Arc::clone(&plan.source.topics[0]),
            partition: 0,
            claim: 0,
        };
        let mut batch = InBatch::new(lane, Arc::clone(plan));
        let at = Timestamp::Create(0);
        batch.raw.push(0, at, None, Some(text.as_bytes()), []);
        let mut worker = Worker::new(Fixed, || 0);
        let out = sanitize(batch, &mut worker).unwrap();
        assert!(out.counts.balances());
        out
    }

    pub fn record(&self, text: &str) -> Outcome {
        let out = self.run(text);
        let record = out.records().first();
        let value = match record.map(|r| (r, r.destination)) {
            None => Err("withheld".to_owned()),
            Some((_, Destination::Quarantine(reason))) => Err(reason.to_string()),
            Some((_, Destination::Held(_))) => unreachable!("its outputs wait for nothing"),
            Some((record, Destination::Output(_))) => {
                let bytes = out.bytes(record.value.expect("a value"));
                Ok(String::from_utf8(bytes.to_vec()).expect("text"))
            }
        };
        let counts = self.counts(&out);
        let cases = 0;
        Outcome {
            value,
            counts,
            cases,
            names: 0,
            alike: 0,
        }
    }

    fn counts(&self, out: &OutBatch) -> BTreeMap<String, [u64; 5]> {
        let output = &self.0.outputs[0];
        let mut counts = BTreeMap::new();
        for (field, c) in output.fields.iter().zip(&out.counts.outputs[0].fields) {
            let all = [
                c.written,
                c.absent,
                c.dropped_on_error,
                c.replaced_on_error,
                c.refused,
            ];
            if all.iter().any(|n| *n > 0) {
                // The cases of a `when` are one field.
                let sum: &mut [u64; 5] = counts
                    .entry(format!("{} from {}", field.path, field.from))
                    .or_default();
                sum.iter_mut().zip(all).for_each(|(sum, n)| *sum += n);
            }
        }
        counts
    }
}

fn compiled(text: String) -> Option<Plan> {
    let file = PolicyFile {
        text,
        path: "p.yaml".into(),
    };
    compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH).plan
}

/// What an action makes of one value.
#[derive(Clone, Debug)]
pub enum Made {
    Value(String),
    Nothing,
    Refused(String),
}

/// Actions, each by itself.
#[derive(Default)]
pub struct Actions {
    plans: HashMap<&'static str, Product>,
    made: HashMap<(&'static str, String), Made>,
}

impl Actions {
    pub fn apply(&mut self, action: &'static str, value: &str) -> Made {
        let known = self.made.get(&(action, value.to_owned()));
        if let Some(made) = known {
            return made.clone();
        }
        let plan = self.plans.entry(action).or_insert_with(|| {
            let plan = compiled(file(&format!("      v: {{ {action} }}\n")));
            Product(Arc::new(plan.expect("an action of its own compiles")))
        });
        let made = match plan.record(&format!("{{\"v\":{value}}}")).value {
            Err(reason) => Made::Refused(reason),
            Ok(text) if text == "{}" => Made::Nothing,
            Ok(text) => Made::Value(text[5..text.len() - 1].to_owned()),
        };
        self.made.insert((action, value.to_owned()), made.clone());
        made
    }
}

#[derive(Clone)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0xa5);
    }
}
