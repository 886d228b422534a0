//! The values at one path, by how many records have them: for a list that
//! `generalize: { top_k: … }` reads.

use std::collections::HashMap;

use crate::decode::Limits;
use crate::decode::json::{JsonDecoder, Opening, spelled};
use crate::plan::automaton::{Builder, Built};
use crate::record::Nothing;
use crate::record::format::JsonText;
use crate::record::path::Selector;
use crate::record::plain::plain;
use crate::record::tape::{Document, Tape};

/// Most different values that are counted: what has more is no list.
pub const VALUES_MAX: usize = 1_000_000;
/// Most bytes of one of them; a longer one is none of a list.
pub const VALUE_BYTES_MAX: usize = 1_024;

/// Values and their counts. Unlike a [`Profile`](super::Profile) it keeps the values.
pub struct Frequent {
    built: Built,
    decoder: JsonDecoder,
    tape: Tape,
    /// The words for nothing of a policy that says none.
    nothing: Nothing,
    scratch: String,
    counts: HashMap<Box<str>, Seen>,
    records: u64,
    with_value: u64,
    refused: u64,
    unlisted: u64,
    too_many: bool,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    records: u64,
    /// The last of them, from 1: a list that has it twice counts once.
    last: u64,
}

/// The most frequent values.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed {
    /// The values, the most frequent first, of equally frequent ones in the order of
    /// their bytes.
    pub values: Vec<String>,
    /// Records that have one of them, in hundredths of those that have a value; a record
    /// with several counts for each, up to 100.
    pub percent: u64,
    /// Different values that were counted.
    pub different: usize,
}

impl Frequent {
    /// Counts what stands at `paths`, none of them with a filter: `[?…]` counts as `[*]`.
    /// `seed` keys the decoder's hashes; draw it at random, once a process.
    ///
    /// # Panics
    /// When the paths need more than 65,536 states.
    pub fn new(paths: &[Selector], seed: u64) -> Frequent {
        let mut builder = Builder::default();
        for path in paths {
            builder.add(path.clone());
        }
        Frequent {
            built: builder.build(&[]).expect("a few paths make few states"),
            decoder: JsonDecoder::new(seed),
            tape: Tape::default(),
            nothing: Nothing::default(),
            scratch: String::new(),
            counts: HashMap::new(),
            records: 0,
            with_value: 0,
            refused: 0,
            unlisted: 0,
            too_many: false,
        }
    }

    /// Adds the value of one record; what the stream could not read is counted and
    /// passed over.
    pub fn add(&mut self, value: &[u8]) {
        self.records += 1;
        let (limits, tape) = (Limits::default(), &mut self.tape);
        let automaton = &self.built.automaton;
        let opening = Opening {
            automaton,
            limits: &limits,
            nothing: &self.nothing,
        };
        let read = self.decoder.decode(value, automaton, &limits, tape);
        let read = read.and_then(|input| {
            self.decoder.open_texts(&spelled(input), opening, tape)?;
            Ok(input)
        });
        let Ok(input) = read else {
            self.refused += 1;
            return;
        };
        let document: Document<'_, JsonText> = Document {
            input,
            tape: &self.tape,
        };
        let mut has_value = false;
        for (at, entry) in (0..).zip(&self.tape.entries) {
            let state = &self.built.states[entry.slot as usize];
            if state.accepts.is_empty() {
                continue;
            }
            let view = match self.tape.around(at) {
                Some(opened) => self.tape.inside(opened).view(entry),
                None => document.view(entry),
            };
            let text = match plain(view, &mut self.scratch) {
                // `null` and what is no scalar.
                Err(_) => continue,
                Ok(text) => text.filter(|text| is_listed(text)),
            };
            has_value = true;
            let Some(text) = text else {
                self.unlisted += 1;
                continue;
            };
            let is_full = self.counts.len() == VALUES_MAX;
            let seen = match self.counts.get_mut(text) {
                Some(seen) => seen,
                None if is_full => {
                    self.too_many = true;
                    continue;
                }
                None => self.counts.entry(text.into()).or_default(),
            };
            if seen.last != self.records {
                *seen = Seen {
                    records: seen.records + 1,
                    last: self.records,
                };
            }
        }
        self.with_value += u64::from(has_value);
    }

    /// Counts a record that could not even be handed over.
    pub fn refuse(&mut self) {
        self.records += 1;
        self.refused += 1;
    }

    /// Records that were added.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Those that the stream could not read.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Those with a value at the path.
    pub fn with_value(&self) -> u64 {
        self.with_value
    }

    /// Values that no list can have: empty, longer than `VALUE_BYTES_MAX`, with a
    /// control character, or a number of too many digits.
    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }

    /// The `most` most frequent values that at least `least` records have; `None` when
    /// there were more than `VALUES_MAX` different ones, which is no list.
    pub fn listed(&self, most: usize, least: u64) -> Option<Listed> {
        if self.too_many {
            return None;
        }
        let enough = self.counts.iter().filter(|(_, seen)| seen.records >= least);
        let mut values: Vec<(&str, u64)> = enough.map(|(v, seen)| (&**v, seen.records)).collect();
        values.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(a.cmp(b)));
        values.truncate(most);
        let of_them: u64 = values.iter().map(|(_, records)| records).sum();
        Some(Listed {
            values: values
                .iter()
                .map(|(value, _)| (*value).to_owned())
                .collect(),
            percent: (100 * of_them / self.with_value.max(1)).min(100),
            different: self.counts.len(),
        })
    }
}

/// A list can have it: one line.
fn is_listed(text: &str) -> bool {
    let is_short = (1..=VALUE_BYTES_MAX).contains(&text.len());
    is_short && !text.bytes().any(|byte| byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(path: &str, lines: &[&str]) -> Frequent {
        let paths = crate::policy::selector::selectors(path).expect("a path");
        let mut frequent = Frequent::new(&paths, 7);
        lines.iter().for_each(|line| frequent.add(line.as_bytes()));
        frequent
    }

    #[test]
    fn the_most_frequent_values_are_listed() {
        let lines = [
            r#"{"a":"x"}"#,
            r#"{"a":"\u0078"}"#,
            r#"{"a":"y"}"#,
            r#"{"a":1.0,"b":"x"}"#,
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":true}"#,
            r#"{"a":""}"#,
            r#"{"a":"p\nq"}"#,
            r#"{"a":null}"#,
            r#"{"a":{"x":1}}"#,
            r#"{"b":1}"#,
            "not json",
        ];
        let frequent = counted("a", &lines);
        assert_eq!((frequent.records(), frequent.refused()), (13, 1));
        assert_eq!((frequent.with_value(), frequent.unlisted()), (9, 2));
        let listed = frequent.listed(10, 2).unwrap();
        assert_eq!(listed.values, ["1", "x"]);
        assert_eq!((listed.percent, listed.different), (55, 4));
        assert_eq!(frequent.listed(1, 1).unwrap().values, ["1"]);
        let all = frequent.listed(10, 1).unwrap();
        assert_eq!(all.values, ["1", "x", "true", "y"]);
    }

    #[test]
    fn a_record_counts_once_and_lists_and_texts_are_looked_into() {
        let lines = [
            r#"{"l":[{"s":"a"},{"s":"a"},{"s":"b"}],"t":"{\"k\":\"a\"}"}"#,
            r#"{"l":[{"s":"b"}],"t":"{"}"#,
        ];
        let listed = |path: &str| counted(path, &lines).listed(10, 1).unwrap().values;
        assert_eq!(listed("l[*].s"), ["b", "a"]);
        assert_eq!(listed("l[0].s"), ["a", "b"]);
        assert_eq!(listed("t|json.k"), ["a"]);
        assert_eq!(listed("(m|l)[*].s"), ["b", "a"]);
        assert_eq!(listed("none"), [""; 0]);
    }
}
