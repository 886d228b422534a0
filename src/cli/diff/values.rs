//! The values that leave under a policy, kept as hashes, so that two policies can be
//! compared record by record.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use veilstream::action::Degree;
use veilstream::exposure::values::collect;
use veilstream::pipeline::{Destination, OutBatch, OutRecord};
use veilstream::policy::Named;
use veilstream::policy::selector::selectors;
use veilstream::record::path::Selector;

/// Values of so many records are compared: the first.
pub(super) const RECORDS: i64 = 100_000;

/// The topic of an output, and a field as the figures call it.
type Key = (String, String);

/// What left, by field: the record's number, and a hash of the value.
pub(super) struct Values {
    outputs: Vec<OutputFields>,
    left: BTreeMap<Key, Vec<(i64, u64)>>,
    hashes: RandomState,
    /// Some record came behind those that are compared.
    pub(super) is_cut: bool,
}

struct OutputFields {
    topic: String,
    /// Those of the value.
    paths: Vec<(String, Selector)>,
    /// The key, where it is no sealed value.
    key: bool,
    headers: Vec<String>,
}

/// A field of which values differ.
pub(super) struct Differing {
    pub(super) output: String,
    pub(super) field: String,
    /// Records that have it under both.
    pub(super) records: u64,
    /// Of these, so many in which it has another value.
    pub(super) differ: u64,
}

impl Differing {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "output": self.output,
            "field": self.field,
            "records": self.records,
            "differ": self.differ,
        })
    }
}

impl Values {
    /// Nothing left yet. Values are hashed with `hashes`: the same for both policies.
    pub(super) fn new(named: &Named, topics: &[String], hashes: RandomState) -> Values {
        let of = |topic: &String| {
            let fields = named.fields.iter();
            let mine = fields
                .filter(|f| f.topic == *topic && f.inside.is_none() && !f.drops() && !is_sealed(f));
            let mut all = OutputFields {
                topic: topic.clone(),
                paths: Vec::new(),
                key: false,
                headers: Vec::new(),
            };
            for field in mine {
                match (&field.selector, field.path.strip_prefix("header.")) {
                    (Some(_), _) => {
                        let path = selectors(&field.path).ok().and_then(|mut all| all.pop());
                        let known = all.paths.iter().any(|(path, _)| *path == field.path);
                        all.paths
                            .extend(path.filter(|_| !known).map(|p| (field.path.clone(), p)));
                    }
                    (None, Some(name)) => all.headers.push(name.to_owned()),
                    (None, None) => all.key = true,
                }
            }
            all
        };
        Values {
            outputs: topics.iter().map(of).collect(),
            left: BTreeMap::new(),
            hashes,
            is_cut: false,
        }
    }

    /// Adds what a batch became.
    pub(super) fn add(&mut self, batch: &OutBatch) {
        for record in batch.records() {
            let Destination::Output(n) = record.destination else {
                continue;
            };
            match record.source_offset < RECORDS {
                true => self.add_record(usize::from(n), batch, record),
                false => self.is_cut = true,
            }
        }
    }

    fn add_record(&mut self, output: usize, batch: &OutBatch, record: &OutRecord) {
        let of = &self.outputs[output];
        let at = record.source_offset;
        let mut add = |field: &str, hash: u64| {
            let key = (of.topic.clone(), field.to_owned());
            self.left.entry(key).or_default().push((at, hash));
        };
        let value = record.value.map(|span| batch.bytes(span));
        // What leaves can be read; a tombstone has no fields.
        let value = value.and_then(|text| serde_json::from_slice::<Value>(text).ok());
        for (name, path) in &of.paths {
            let mut texts: Vec<String> = Vec::new();
            if let Some(value) = &value {
                collect(value, &path.steps, &mut texts);
            }
            if !texts.is_empty() {
                add(name, self.hashes.hash_one(&texts));
            }
        }
        if let Some(key) = record.key.filter(|_| of.key) {
            add("key", self.hashes.hash_one(batch.bytes(key)));
        }
        for (name, value) in batch.headers(record) {
            let named = of.headers.iter().find(|h| h.as_bytes() == name);
            if let (Some(named), Some(value)) = (named, value) {
                add(&format!("header.{named}"), self.hashes.hash_one(value));
            }
        }
    }

    /// The fields of which values differ, in records that have them under both.
    pub(super) fn against(&self, other: &Values) -> Vec<Differing> {
        let mut differing = Vec::new();
        for ((output, field), was) in &self.left {
            let Some(is) = other.left.get(&(output.clone(), field.clone())) else {
                continue;
            };
            let is: BTreeMap<i64, u64> = is.iter().copied().collect();
            let both = was.iter().filter_map(|(at, was)| Some((was, is.get(at)?)));
            let (mut records, mut differ) = (0, 0);
            for (was, is) in both {
                records += 1;
                differ += u64::from(was != is);
            }
            if differ > 0 {
                differing.push(Differing {
                    output: output.clone(),
                    field: field.clone(),
                    records,
                    differ,
                });
            }
        }
        differing
    }
}

/// A sealed value is another one each time: whether it differs tells nothing.
fn is_sealed(field: &veilstream::policy::NamedField) -> bool {
    field.spec.reveals().degree == Degree::Sealed
}
