//! Batch after batch, into tables.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use serde_json::Value;

use super::column::{Column, Sort};
use super::counted::OfCounts;
use super::left::{Left, Place, person};
use super::table::{InClasses, NOBODY, Row, Table};
use super::values::collect;
use super::waited::OfReleases;
use crate::action::Degree;
use crate::pipeline::{Destination, OutBatch};
use crate::plan::Plan;
use crate::policy::selector::selectors;
use crate::policy::{Named, NamedField};
use crate::record::path::Selector;
use crate::release::{OfSample, ReleasedRecord};

/// Most records of a sample that are looked at: the first.
pub const RECORDS_MAX: usize = 200_000;

/// What leaves of a sample, output by output.
pub struct Tables {
    /// A table for each output, in the order of the policy.
    pub outputs: Vec<Table>,
    /// What was counted, of the outputs that count.
    pub counts: Vec<OfCounts>,
    /// What became of its records, of the outputs in which they wait for a release.
    pub releases: Vec<OfReleases>,
    /// Whose each record is, by the number of the record.
    pub person_of: Vec<u32>,
    /// Of which kind each record is, by the number of the record: equal numbers are equal
    /// types.
    pub kind_of: Vec<u32>,
    /// Records behind those that are looked at.
    pub passed_over: u64,
    /// The policy says where the person of a record stands; otherwise each record counts
    /// as a person of its own.
    pub knows_persons: bool,
    subject: Vec<Selector>,
    record_type: Vec<Selector>,
    kinds: HashMap<Vec<String>, u32, RandomState>,
    /// Of each output, where the values of each column stand.
    places: Vec<Vec<Place>>,
    persons: HashMap<String, u32, RandomState>,
    /// Records that wait leave in releases, as they do of a file.
    waiting: Option<OfSample>,
    /// When the first and the last record were, of those that say so.
    times_ms: Option<(i64, i64)>,
}

impl Tables {
    /// Nothing yet, of the outputs of a plan, which was made of the policy that names this.
    pub fn new(plan: &Arc<Plan>, named: &Named) -> Tables {
        let mut outputs = Vec::new();
        let mut places = Vec::new();
        for output in &plan.outputs {
            let (columns, own) = columns(&output.topic, named);
            outputs.push(Table {
                topic: output.topic.to_string(),
                rows: Vec::new(),
                columns,
                classes: output.held.as_ref().and_then(|held| {
                    let classes = held.classes.as_ref()?;
                    Some(InClasses {
                        quasi: classes
                            .labels
                            .iter()
                            .map(|label| label.path.clone())
                            .collect(),
                        sensitive: classes.sensitive.clone(),
                    })
                }),
            });
            places.push(own);
        }
        Tables {
            outputs,
            counts: Vec::new(),
            releases: Vec::new(),
            person_of: Vec::new(),
            kind_of: Vec::new(),
            passed_over: 0,
            knows_persons: !named.subject.is_empty(),
            subject: named.subject.clone(),
            record_type: named.record_type.clone(),
            kinds: HashMap::default(),
            places,
            persons: HashMap::default(),
            waiting: Some(OfSample::new(plan)),
            times_ms: None,
        }
    }

    /// Of these tables, whose records are so many persons' and of one kind.
    #[cfg(test)]
    pub(super) fn made(outputs: Vec<Table>, person_of: Vec<u32>) -> Tables {
        let named = |person: &u32| (person.to_string(), *person);
        Tables {
            places: Vec::new(),
            counts: Vec::new(),
            releases: Vec::new(),
            times_ms: None,
            kind_of: vec![0; person_of.len()],
            persons: person_of.iter().map(named).collect(),
            person_of,
            passed_over: 0,
            knows_persons: true,
            subject: Vec::new(),
            record_type: Vec::new(),
            kinds: HashMap::default(),
            waiting: None,
            outputs,
        }
    }

    /// Adds what a batch became.
    pub fn add(&mut self, batch: &OutBatch) {
        let mut number: HashMap<(i64, Option<u32>), u32, RandomState> = HashMap::default();
        for fetched in batch.raw().fetched() {
            if self.person_of.len() == RECORDS_MAX {
                self.passed_over += 1;
                continue;
            }
            let record = self.person_of.len() as u32;
            if let Some(at) = fetched.timestamp().millis() {
                let (first, last) = self.times_ms.unwrap_or((at, at));
                self.times_ms = Some((first.min(at), last.max(at)));
            }
            let value = fetched.value().and_then(|v| serde_json::from_slice(v).ok());
            let value: Value = value.unwrap_or(Value::Null);
            let person = match self.knows_persons {
                true => self.person(&value),
                false => record,
            };
            self.person_of.push(person);
            let kind = self.kind(&value);
            self.kind_of.push(kind);
            number.insert((fetched.offset(), fetched.element()), record);
        }
        for record in batch.records() {
            let from = (record.source_offset, record.source_element);
            if let (Destination::Output(n), Some(record_number), Some(value)) =
                (record.destination, number.get(&from), record.value)
            {
                let left = Left::of(batch, record, value);
                self.row((usize::from(n), 0), *record_number, &left);
            }
        }
        if let Some(mut waiting) = self.waiting.take() {
            let number = |from| number.get(&from).map(|number| i64::from(*number));
            waiting.add(batch, &number, &mut |output, release, number, record| {
                self.released((output, release), number, record);
            });
            self.waiting = Some(waiting);
        }
    }

    fn released(&mut self, to: (usize, u32), number: i64, record: &ReleasedRecord) {
        let headers = record.headers.iter();
        let left = Left {
            key: record.key.as_deref(),
            headers: headers
                .map(|(name, value)| (name.as_slice(), value.as_deref()))
                .collect(),
            at_ms: record.at_ms,
            value: serde_json::from_slice(&record.value).unwrap_or(Value::Null),
        };
        let number = u32::try_from(number).expect("it is the number of a record");
        self.row(to, number, &left);
    }

    /// All that was added: columns that hold nothing left out, the record's timestamp
    /// where it is one and the same.
    pub fn finish(mut self) -> Tables {
        if let Some(mut waiting) = self.waiting.take() {
            waiting.end(&mut |output, release, number, record| {
                self.released((output, release), number, record);
            });
            let span_ms = self
                .times_ms
                .map(|(first, last)| last.saturating_sub(first));
            let waited = waiting.waited();
            self.releases = waited
                .map(|(output, releases, wait, left_out)| OfReleases {
                    topic: self.outputs[output].topic.clone(),
                    releases,
                    leave: self.outputs[output].rows.len(),
                    wait,
                    left_out,
                    span_ms,
                })
                .collect();
            let counted = waiting.counted();
            self.counts = counted
                .map(|(output, windows)| OfCounts::of(&self.outputs[output].topic, windows))
                .collect();
        }
        for output in &mut self.outputs {
            output.columns.retain(|column| match &*column.path {
                "timestamp" if column.distinct() == 1 => false,
                _ => column.distinct() > 0,
            });
        }
        self
    }

    /// How many persons the sample has.
    pub fn persons(&self) -> usize {
        match self.knows_persons {
            true => self.persons.len(),
            false => self.person_of.len(),
        }
    }

    /// The number of the person of a record; the first of the paths where something is.
    fn person(&mut self, value: &Value) -> u32 {
        let Some(name) = person(&self.subject, value) else {
            return NOBODY;
        };
        let next = self.persons.len() as u32;
        *self.persons.entry(name).or_insert(next)
    }

    /// The number of the kind of a record.
    fn kind(&mut self, value: &Value) -> u32 {
        let mut words = Vec::new();
        for path in &self.record_type {
            collect(value, &path.steps, &mut words);
        }
        let next = self.kinds.len() as u32;
        *self.kinds.entry(words).or_insert(next)
    }

    fn row(&mut self, (n, release): (usize, u32), record: u32, left: &Left<'_>) {
        let table = &mut self.outputs[n];
        let person = self.person_of[record as usize];
        table.rows.push(Row {
            record,
            person,
            release,
        });
        for (column, place) in table.columns.iter_mut().zip(&self.places[n]) {
            column.push(&place.values(left));
        }
    }
}

/// What leaves to a topic, as the policy names it, and where it stands there.
pub(super) fn columns(topic: &str, named: &Named) -> (Vec<Column>, Vec<Place>) {
    let leaves = |f: &&NamedField| f.topic == topic && f.inside.is_none() && !f.drops();
    let fields: Vec<&NamedField> = named.fields.iter().filter(leaves).collect();
    let (mut columns, mut places): (Vec<Column>, Vec<Place>) = (Vec::new(), Vec::new());
    for field in &fields {
        if columns.iter().any(|column| column.path == field.path) {
            continue;
        }
        let place = match (&field.selector, field.path.strip_prefix("header.")) {
            (Some(_), _) => match selectors(&field.path).ok().and_then(|mut all| all.pop()) {
                Some(path) => Place::Value(path),
                None => continue,
            },
            (None, Some(name)) => Place::Header(name.to_owned()),
            (None, None) => Place::Key,
        };
        let all: Vec<&&NamedField> = fields.iter().filter(|f| f.path == field.path).collect();
        let sort = |f: &&&NamedField| sort_of(f, &named.subject);
        // Of several cases the one that shows most.
        let sort = all.iter().map(sort).max_by_key(|sort| match sort {
            Sort::Sealed => 0,
            Sort::Code { .. } => 1,
            Sort::Quasi => 2,
        });
        let mut column = Column::new(&field.path, sort.unwrap_or(Sort::Quasi));
        column.is_unkeyed = all.iter().any(|f| {
            let facts = f.spec.facts();
            facts.unkeyed || facts.salted
        });
        column.sources = all
            .iter()
            .flat_map(|f| {
                f.inputs
                    .iter()
                    .map(ToString::to_string)
                    .chain(f.places.clone())
            })
            .collect();
        columns.push(column);
        places.push(place);
    }
    columns.push(Column::new("timestamp", Sort::Quasi));
    places.push(Place::Timestamp);
    (columns, places)
}

fn sort_of(field: &NamedField, subject: &[Selector]) -> Sort {
    let facts = field.spec.facts();
    match field.spec.reveals().degree {
        Degree::Sealed => Sort::Sealed,
        // Another one in each record.
        Degree::Code | Degree::ReversibleCode if !facts.linkable => Sort::Sealed,
        Degree::Code | Degree::ReversibleCode => Sort::Code {
            of_person: field.inputs.iter().any(|input| subject.contains(input)),
        },
        _ => Sort::Quasi,
    }
}
