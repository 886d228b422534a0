//! A column of what leaves: equal codes for equal values.

use std::collections::HashMap;

use foldhash::quality::RandomState;

/// Longest text that a column keeps; of longer ones it keeps a hash.
const TEXT_BYTES: usize = 64;

/// What somebody who has no key can do with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Equal values look different each time: nothing but how long they are.
    Sealed,
    /// A code: whoever follows it has all records with it.
    Code {
        /// It is made from what says whose a record is.
        of_person: bool,
    },
    /// A value, or what is left of one.
    Quasi,
}

/// One column of an output, row by row.
pub struct Column {
    /// As the policy calls it: an output path, `key`, `header.NAME`, `timestamp`.
    pub path: String,
    /// What it is.
    pub sort: Sort,
    /// It is made by a hash that has no key, or a salt in its place.
    pub is_unkeyed: bool,
    /// The places of the event that it is made from.
    pub sources: Vec<String>,
    /// Of each row, the code of its value; 0: it is not there.
    pub codes: Vec<u32>,
    number: HashMap<Box<str>, u32, RandomState>,
    /// Of each code above 0, how its value is spelled.
    texts: Vec<Box<str>>,
    /// Of each, how many bytes it has.
    lengths: Vec<u32>,
    /// Of each code of several values, the codes of each of them.
    parts: HashMap<u32, Vec<u32>, RandomState>,
}

impl Column {
    /// One without a row.
    pub(super) fn new(path: &str, sort: Sort) -> Column {
        Column {
            path: path.to_owned(),
            sort,
            is_unkeyed: false,
            sources: Vec::new(),
            codes: Vec::new(),
            number: HashMap::default(),
            texts: Vec::new(),
            lengths: Vec::new(),
            parts: HashMap::default(),
        }
    }

    /// Adds a row that holds these values, as JSON spells them.
    pub(super) fn push(&mut self, values: &[String]) {
        let code = match values {
            [] => 0,
            [one] => self.code_of(bare(one)),
            several => {
                let parts: Vec<u32> = several.iter().map(|v| self.code_of(bare(v))).collect();
                let code = self.code_of(&several.join("\u{1}"));
                self.parts.entry(code).or_insert(parts);
                code
            }
        };
        self.codes.push(code);
    }

    /// The code of a text.
    fn code_of(&mut self, text: &str) -> u32 {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let hashed;
        let text = match text.len() > TEXT_BYTES {
            true => {
                use std::hash::BuildHasher as _;
                hashed = format!("{:x}-{}", self.number.hasher().hash_one(text), text.len());
                &hashed
            }
            false => text,
        };
        if let Some(code) = self.number.get(text) {
            return *code;
        }
        let code = self.texts.len() as u32 + 1;
        self.texts.push(text.into());
        self.lengths.push(length);
        self.number.insert(text.into(), code);
        code
    }

    /// How many codes it has; the highest of them.
    pub fn distinct(&self) -> usize {
        self.texts.len()
    }

    /// How the value of a code is spelled; empty where it is not there. To be compared
    /// and computed with, never shown.
    pub fn text(&self, code: u32) -> &str {
        match code {
            0 => "",
            code => &self.texts[code as usize - 1],
        }
    }

    /// How many bytes the value of a code has.
    pub fn length(&self, code: u32) -> usize {
        match code {
            0 => 0,
            code => self.lengths[code as usize - 1] as usize,
        }
    }

    /// The codes of the single values that a code stands for: itself, or each of a list;
    /// none where it is not there.
    pub fn parts(&self, code: u32) -> Vec<u32> {
        match (code, self.parts.get(&code)) {
            (0, _) => Vec::new(),
            (_, Some(parts)) => parts.clone(),
            (code, None) => vec![code],
        }
    }

    /// Of each code from 0, its time in seconds since 1970; `None` where the column is
    /// none of times.
    pub fn times(&self) -> Option<Vec<Option<i64>>> {
        let all: Vec<Option<i64>> = self.texts.iter().map(|text| seconds(text)).collect();
        let times = all.iter().flatten().count();
        let is_of_times = times > 0 && times * 20 >= all.len() * 19;
        is_of_times.then(|| std::iter::once(None).chain(all).collect())
    }

    /// Of each code from 0, its number; `None` where the column is none of numbers.
    pub fn numbers(&self) -> Option<Vec<Option<f64>>> {
        let all: Vec<Option<f64>> = self.texts.iter().map(|text| number(text)).collect();
        let is_of_numbers = !all.is_empty() && all.iter().all(Option::is_some);
        is_of_numbers.then(|| std::iter::once(None).chain(all).collect())
    }
}

/// A text without its quotes; what JSON escapes stays so, which tells values apart as well.
fn bare(json: &str) -> &str {
    let inner = json.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inner.unwrap_or(json)
}

/// A time as outputs spell it: RFC 3339, a date, milliseconds or seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_second());
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return Some(
            day.to_zoned(jiff::tz::TimeZone::UTC)
                .ok()?
                .timestamp()
                .as_second(),
        );
    }
    let number: i64 = text.parse().ok()?;
    match number {
        // 1973 to 2286 in milliseconds, 2001 to 2286 in seconds.
        100_000_000_000..10_000_000_000_000 => Some(number / 1_000),
        1_000_000_000..10_000_000_000 => Some(number),
        _ => None,
    }
}

/// A decimal number; no exponent, no infinity.
fn number(text: &str) -> Option<f64> {
    let is_one = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    text.parse().ok().filter(|_| is_one)
}
