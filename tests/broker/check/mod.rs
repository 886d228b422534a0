//! The verdict: was every record treated exactly once, in order, as it had to be?
//!
//! In: what was put into the source with what must become of it, and what a
//! `read_committed` reader found in the outputs and the quarantine. Out: every
//! violation, by name. Promises: for each output, written + withheld +
//! quarantined = input, record by record; each kind of fault that it is there
//! to find is planted in its own tests. Does not know: Kafka clients, `veil`.

mod canary;
pub mod order;
pub mod releases;
#[cfg(test)]
mod tests;

pub use canary::{Canaries, Hit};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What must become of a record at one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// It is in the output.
    Written,
    /// It is not, for this reason.
    Withheld(&'static str),
}

/// What must become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// At each output, in order.
    Outputs(Vec<At>),
    /// Nowhere but in the quarantine, with this reason.
    Quarantine(&'static str),
}

/// A record of the source.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its number, carried through as a kept header.
    pub number: u64,
    /// Source partition.
    pub partition: i32,
    /// Source offset.
    pub offset: i64,
    /// What must become of it.
    pub fate: Fate,
}

/// A record found in an output.
#[derive(Clone, Debug)]
pub struct Output {
    /// The number of the input it was made from.
    pub number: u64,
    /// Output partition.
    pub partition: i32,
    /// Output offset.
    pub offset: i64,
}

/// A record found in the quarantine: coordinates and reason, from its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Source partition.
    pub partition: i32,
    /// Source offset.
    pub offset: i64,
    /// Why it is there.
    pub reason: String,
}

/// One broken promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// Should be in the output and is not.
    Lost { place: String, number: u64 },
    /// There more than once.
    Doubled {
        place: String,
        number: u64,
        times: usize,
    },
    /// There, and should not be.
    Unexpected { place: String, number: u64 },
    /// There, and nobody ever put it into the source.
    Unknown { place: String, at: String },
    /// Two records of one source partition in one output partition, the wrong
    /// way round.
    Reordered {
        place: String,
        before: u64,
        after: u64,
    },
    /// In the quarantine for another reason than its own.
    WrongReason {
        number: u64,
        expected: String,
        found: String,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}") // numbers, topics and reasons only
    }
}

/// How many records ended where: the check of the check, as one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records put in.
    pub input: usize,
    /// Written, by output.
    pub written: Vec<usize>,
    /// Withheld by construction, by output and reason.
    pub withheld: Vec<BTreeMap<&'static str, usize>>,
    /// Quarantined by reason.
    pub quarantined: BTreeMap<String, usize>,
}

impl Tally {
    /// True when at each output written + withheld + quarantined = input.
    pub fn balances(&self) -> bool {
        let quarantined: usize = self.quarantined.values().sum();
        self.written
            .iter()
            .zip(&self.withheld)
            .all(|(w, h)| w + h.values().sum::<usize>() + quarantined == self.input)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} in; written {:?}; withheld {:?}; quarantined {:?}",
            self.input, self.written, self.withheld, self.quarantined
        )
    }
}

/// Compares what was found with what had to be. `outputs` are named, in the
/// order of the fates.
pub fn verdict(
    inputs: &[Input],
    outputs: &[(&str, Vec<Output>)],
    quarantine: &[Quarantined],
) -> (Tally, Vec<Violation>) {
    let mut found = Vec::new();
    let by_number: BTreeMap<u64, &Input> = inputs.iter().map(|i| (i.number, i)).collect();
    assert_eq!(by_number.len(), inputs.len(), "input numbers are unique");
    let mut tally = Tally {
        input: inputs.len(),
        ..Tally::default()
    };
    for (i, (place, rows)) in outputs.iter().enumerate() {
        tally.written.push(rows.len());
        let mut withheld = BTreeMap::new();
        let mut expected = BTreeSet::new();
        for input in inputs {
            match &input.fate {
                Fate::Outputs(at) => match at[i] {
                    At::Written => {
                        expected.insert(input.number);
                    }
                    At::Withheld(reason) => *withheld.entry(reason).or_default() += 1,
                },
                Fate::Quarantine(_) => {}
            }
        }
        tally.withheld.push(withheld);
        let (known, strangers): (Vec<&Output>, Vec<&Output>) =
            rows.iter().partition(|r| by_number.contains_key(&r.number));
        found.extend(strangers.into_iter().map(|r| Violation::Unknown {
            place: (*place).to_owned(),
            at: format!("{}/{}", r.partition, r.offset),
        }));
        compare(place, &expected, known.iter().map(|r| r.number), &mut found);
        order(place, &by_number, &known, &mut found);
    }
    quarantined(&mut tally, inputs, quarantine, &mut found);
    found.sort();
    (tally, found)
}

/// Each of `expected` once, nothing else.
fn compare(
    place: &str,
    expected: &BTreeSet<u64>,
    seen: impl Iterator<Item = u64>,
    found: &mut Vec<Violation>,
) {
    let place = || place.to_owned();
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for number in seen {
        *times.entry(number).or_default() += 1;
    }
    for &number in expected {
        if !times.contains_key(&number) {
            found.push(Violation::Lost {
                place: place(),
                number,
            });
        }
    }
    for (number, times) in times {
        if !expected.contains(&number) {
            found.push(Violation::Unexpected {
                place: place(),
                number,
            });
        } else if times > 1 {
            found.push(Violation::Doubled {
                place: place(),
                number,
                times,
            });
        }
    }
}

/// Within an output partition the records of one source partition stand in
/// source order.
fn order(
    place: &str,
    by_number: &BTreeMap<u64, &Input>,
    rows: &[&Output],
    found: &mut Vec<Violation>,
) {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|r| (r.partition, r.offset));
    let mut last: BTreeMap<(i32, i32), &Input> = BTreeMap::new();
    for row in rows {
        let input = by_number[&row.number];
        let lane = (row.partition, input.partition);
        if let Some(before) = last.insert(lane, input)
            && before.offset > input.offset
        {
            found.push(Violation::Reordered {
                place: place.to_owned(),
                before: before.number,
                after: input.number,
            });
        }
    }
}

fn quarantined(
    tally: &mut Tally,
    inputs: &[Input],
    quarantine: &[Quarantined],
    found: &mut Vec<Violation>,
) {
    const PLACE: &str = "quarantine";
    let by_place: BTreeMap<(i32, i64), &Input> = inputs
        .iter()
        .map(|i| ((i.partition, i.offset), i))
        .collect();
    let mut seen = Vec::new();
    for row in quarantine {
        *tally.quarantined.entry(row.reason.clone()).or_default() += 1;
        let Some(input) = by_place.get(&(row.partition, row.offset)) else {
            found.push(Violation::Unknown {
                place: PLACE.to_owned(),
                at: format!("{}/{}", row.partition, row.offset),
            });
            continue;
        };
        seen.push(input.number);
        if let Fate::Quarantine(expected) = input.fate
            && expected != row.reason
        {
            found.push(Violation::WrongReason {
                number: input.number,
                expected: expected.to_owned(),
                found: row.reason.clone(),
            });
        }
    }
    let expected = inputs
        .iter()
        .filter(|i| matches!(i.fate, Fate::Quarantine(_)))
        .map(|i| i.number)
        .collect();
    compare(PLACE, &expected, seen.into_iter(), found);
}
