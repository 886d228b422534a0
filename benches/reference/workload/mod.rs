//! The workloads: events whose every byte follows from the index, so that two
//! machines measure the same input.

pub mod marketing;
mod members;
pub mod mixed;
pub mod orders;
pub mod random;

use std::ops::Range;

use random::SplitMix64;

/// Events, one after the other, each followed by a line feed.
pub struct Workload {
    /// All lines.
    pub bytes: String,
    /// Where each event lies in `bytes`, without its line feed.
    pub events: Vec<Range<usize>>,
}

/// Lengths in bytes, line feeds included.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The shortest event.
    pub min: usize,
    /// The mean.
    pub mean: f64,
    /// The longest event.
    pub max: usize,
}

impl Workload {
    /// The first `n` events; `event` appends the one of an index.
    pub fn generate(n: usize, event: impl Fn(u64, &mut String)) -> Workload {
        let mut bytes = String::new();
        let mut events = Vec::with_capacity(n);
        for index in 0..n {
            let start = bytes.len();
            event(index as u64, &mut bytes);
            events.push(start..bytes.len());
            bytes.push('\n');
        }
        Workload { bytes, events }
    }

    /// The events themselves.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.slice(0..self.events.len())
    }

    /// Some of them.
    pub fn slice(&self, events: Range<usize>) -> impl Iterator<Item = &str> {
        self.events[events].iter().map(|r| &self.bytes[r.clone()])
    }

    /// How long they are.
    pub fn sizes(&self) -> Sizes {
        let lengths = || self.events.iter().map(|r| r.len() + 1);
        Sizes {
            min: lengths().min().unwrap_or(0),
            mean: self.bytes.len() as f64 / self.events.len() as f64,
            max: lengths().max().unwrap_or(0),
        }
    }
}

const FIRST: &[&str] = &["anna", "bo", "kathrin", "david", "emil", "fynn", "gerd"];
const HOSTS: &[&str] = &["example.com", "mail.example.org", "ex.test", "a.test"];
const STREETS: &[&str] = &[
    "Königstr.",
    "Große Allee",
    "Rue de l’Été",
    "Ringweg",
    "Núñez",
];
const CITIES: &[&str] = &["München", "Köln", "Zürich", "Málaga", "Besançon"];
const NOTES: &[&str] = &[
    r#"\"call\"\nat 5 \ud83d\ude00"#,
    r"a\tb, c\\d, 😀 raw",
    r"one\r\ntwo \u00e9t\u00e9",
    r"by \/m\/ 🎉 \ud83d\ude00",
];
const NAMES: &[&str] = &["Jörg", "Zoë", "Łukasz Żak", "Bo"];

/// Four digits behind the point, the last not zero.
fn coordinate(r: &mut SplitMix64, from: u64, span: u64) -> String {
    format!(
        "{}.{:03}{}",
        from + r.below(span),
        r.below(1000),
        1 + r.below(9)
    )
}

/// Two digits behind the point, `39.80` among them.
fn price(r: &mut SplitMix64) -> String {
    format!("{}.{}0", 1 + r.below(150), r.below(10))
}
