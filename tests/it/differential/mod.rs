//! The decoder beside serde_json, on documents changed at random: whatever they
//! do not agree on is refused by us, for a reason that is true, and what we
//! accept has the tape that serde_json's own reading of it gives.
//!
//! At two sizes: one for every run of the tests, and the full one, which
//! CONTRIBUTING says how to start. Documents come in streams, each read by one
//! decoder, which learns. A stream is replayed by its number.

mod documents;
mod edits;
mod failure;
mod random;
mod tree;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use serde::de::IgnoredAny;
use veilstream::decode::json::JsonDecoder;
use veilstream::policy::plan::Limits;
use veilstream::record::Reason;
use veilstream::record::tape::{ELEMENT, ESCAPED, HOLDS_OBJECT, KEY_ESCAPED, Kind, Tape};

use crate::corpus::targets::oracle::{self, Named, Outcome, check};
use documents::{Corpus, Documents};
use failure::Failure;

const THREADS: u64 = 2;

#[test]
fn we_accept_nothing_that_serde_json_refuses() {
    agree(10, 10_000);
}

#[test]
#[ignore = "full size"]
fn we_accept_nothing_that_serde_json_refuses_at_full_size() {
    agree(500, 20_000);
}

/// So many streams of so many documents.
fn agree(streams: u64, documents: u64) {
    let started = Instant::now();
    let (corpus, plans) = (Corpus::read(), plans());
    let next = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let stream = next.fetch_add(1, Relaxed);
            if stream >= streams {
                return tally;
            }
            let named = &plans[stream as usize % plans.len()];
            if let Err(failure) = run(&corpus, named, (stream, documents), &honest, &mut tally) {
                panic!("{}", failure.explained(&corpus, named, &honest));
            }
        }
    };
    let tally = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let tallies = threads.into_iter().map(|thread| match thread.join() {
            Ok(tally) => tally,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        tallies.fold(Tally::default(), Tally::with)
    });
    assert_eq!(tally.documents, streams * documents);
    println!("{tally}in {} s", started.elapsed().as_secs());
    tally.assert_that_it_says_something();
}

/// What stands between the decoder and its judge: nothing, or a planted fault.
type Between<'a> = &'a dyn Fn(&[u8], Result<(), Reason>, &mut Tape) -> Result<(), Reason>;

fn honest(_: &[u8], answer: Result<(), Reason>, _: &mut Tape) -> Result<(), Reason> {
    answer
}

/// A decoder and what it learned.
struct Reader<'a> {
    named: &'a Named,
    decoder: JsonDecoder,
    tape: Tape,
    between: Between<'a>,
}

impl<'a> Reader<'a> {
    fn new(named: &'a Named, between: Between<'a>) -> Reader<'a> {
        Reader {
            named,
            decoder: JsonDecoder::new(42),
            tape: Tape::default(),
            between,
        }
    }

    fn read(&mut self, document: &[u8]) -> Result<Outcome, String> {
        let Named { built, limits, .. } = self.named;
        let tape = &mut self.tape;
        let answer = self
            .decoder
            .decode(document, &built.automaton, limits, tape);
        // A fault may accept what is no text at all.
        let text = answer.unwrap_or_else(|_| std::str::from_utf8(document).unwrap_or_default());
        let answer = (self.between)(document, answer.map(drop), tape);
        check(document, self.named, answer.map(|()| text), tape)
    }
}

fn run(
    corpus: &Corpus,
    named: &Named,
    (stream, documents): (u64, u64),
    between: Between,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let mut all = Documents::new(corpus, named, stream);
    let mut reader = Reader::new(named, between);
    for number in 0..documents {
        match reader.read(all.next()) {
            Ok(outcome) => tally.add(outcome),
            Err(what) => {
                return Err(Failure {
                    stream,
                    number,
                    what,
                });
            }
        }
    }
    Ok(())
}

/// Names, `*`, `[*]`, positions, nested, whole values, nothing at all, odd
/// names, and each limit.
fn plans() -> Vec<Named> {
    let usual = Limits::default();
    let few = Limits {
        tape_entries_max: 15,
        ..usual
    };
    let short = Limits {
        value_bytes_max: 900,
        ..usual
    };
    let flat = Limits {
        depth_max: 5,
        ..usual
    };
    let long = |len: usize| "n".repeat(len);
    let odd = [
        &long(14),
        &long(63),
        &long(64),
        &long(65),
        "''",
        "id",
        "email",
        "emaim",
        "emai",
        "fifteen_bytes_a",
        "fifteen_bytes_b",
        "sixteen_bytes_ab",
        "sixteen_bytes_ac",
        "\u{e9}",
        "\u{1f600}.x",
        "'\"'",
        "\\",
        "'a.b'.c",
    ]
    .map(String::from);
    let odd: Vec<&str> = odd.iter().map(String::as_str).collect();
    vec![
        Named::new(
            &["a", "b.c", "b.c.d", "l[*].x", "l[2]", "m.*.y"],
            &["a", "b.c", "l[2]"],
            usual,
        ),
        Named::new(
            &[
                "type",
                "userId",
                "timestamp",
                "traits.(email|phone|birthday)",
                "context.ip",
                "context.page.*",
                "properties.products[*].(sku|price)",
                "properties.products[0]",
                "user.id",
                "data.*",
                "area",
                "name",
            ],
            &[
                "type",
                "context.consent.categoryPreferences.Analytics",
                "user.id",
                "consent.analytics",
            ],
            usual,
        ),
        Named::new(
            &[
                "id",
                "number",
                "customer.(id|email)",
                "items[*].(sku|quantity|price)",
                "shipping_address.(lat|lon)",
                "after.*",
                "before",
                "value.after.email",
                "key",
                "email",
                "plan",
                "ip",
                "n1",
                "n2.x",
            ],
            &["id", "op", "customer.id"],
            short,
        ),
        Named::new(&["*", "*.*.x", "*[*]", "*[*].id", "email"], &["email"], few),
        Named::new(&[], &[], flat),
        Named::new(
            &[
                "a",
                "a.b.c",
                "a.a.a.a.a.b",
                "b.*.*",
                "l[*][*][1].x",
                "l[0]",
                "l[1][*]",
                "l[100]",
                "m[*]",
                "a[*].a",
                "x[0][0][0]",
                "k1",
                "k33",
                "k7",
            ],
            &["a.b.c", "l[0]"],
            usual,
        ),
        Named::new(&odd, &["id", "''"], usual),
    ]
}

/// What was said how often.
#[derive(Default)]
struct Tally {
    documents: u64,
    accepted: u64,
    numbers: u64,
    entries: u64,
    refused: BTreeMap<Reason, u64>,
    disagreed: BTreeMap<Reason, u64>,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        self.documents += 1;
        match outcome {
            Outcome::Accepted { numbers, entries } => {
                self.accepted += 1;
                self.entries += entries;
                self.numbers += u64::from(numbers);
            }
            Outcome::Refused(reason) => *self.refused.entry(reason).or_default() += 1,
            Outcome::Disagreed(reason) => *self.disagreed.entry(reason).or_default() += 1,
        }
    }

    fn with(mut self, other: Tally) -> Tally {
        self.documents += other.documents;
        self.accepted += other.accepted;
        self.numbers += other.numbers;
        self.entries += other.entries;
        for (mine, theirs) in [
            (&mut self.refused, other.refused),
            (&mut self.disagreed, other.disagreed),
        ] {
            for (reason, count) in theirs {
                *mine.entry(reason).or_default() += count;
            }
        }
        self
    }

    /// Each answer came often enough for the agreement to mean something.
    fn assert_that_it_says_something(&self) {
        let share = self.accepted * 100 / self.documents;
        assert!((30..=60).contains(&share), "{share} % accepted");
        assert!(self.entries > 4 * self.accepted, "{} entries", self.entries);
        assert!(
            self.numbers * 200 > self.documents,
            "{} odd numbers",
            self.numbers
        );
        for (counts, reason, per_million) in [
            (&self.refused, Reason::NotJson, 100_000),
            (&self.refused, Reason::NotUtf8, 10_000),
            (&self.disagreed, Reason::DuplicateKey, 10_000),
            (&self.disagreed, Reason::NotAnObject, 5_000),
            (&self.disagreed, Reason::TooDeep, 5_000),
            (&self.disagreed, Reason::TooLarge, 2_000),
            (&self.disagreed, Reason::TooComplex, 2_000),
        ] {
            let count = counts.get(&reason).copied().unwrap_or(0);
            let least = self.documents * per_million / 1_000_000;
            assert!(
                count >= least,
                "{reason}: {count}, at least {least} expected"
            );
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:>10} documents", self.documents)?;
        writeln!(f, "{:>10} accepted by both", self.accepted)?;
        let (entries, numbers) = (self.entries, self.numbers);
        writeln!(
            f,
            "{entries:>10} entries on their tapes, all as they must be"
        )?;
        writeln!(
            f,
            "{numbers:>10} with numbers that serde_json cannot represent"
        )?;
        for (reason, count) in &self.refused {
            writeln!(f, "{count:>10} refused by both: {reason}")?;
        }
        for (reason, count) in &self.disagreed {
            writeln!(f, "{count:>10} refused by us alone: {reason}")?;
        }
        writeln!(
            f,
            "         0 accepted by us alone: the first would have ended the run"
        )
    }
}

/// Each planted fault is found, and for what it is.
#[test]
fn planted_faults_are_found() {
    let (corpus, plans) = (Corpus::read(), plans());
    let found = |expected: &str, fault: Between| {
        let failure = run(
            &corpus,
            &plans[0],
            (0, 10_000),
            fault,
            &mut Tally::default(),
        );
        let failure = failure.expect_err(expected);
        let explained = failure.explained(&corpus, &plans[0], fault);
        assert!(explained.contains(expected), "{explained}, not {expected}");
    };
    let is_json = |document: &[u8]| serde_json::from_slice::<IgnoredAny>(document).is_ok();

    for (reason, expected) in [
        (Reason::NotJson, "accepted what serde_json refuses"),
        (Reason::NotUtf8, "but it is not UTF-8"),
        (Reason::DuplicateKey, "accepted in spite of [DuplicateKey]"),
        (Reason::TooDeep, "accepted in spite of [TooDeep]"),
        (Reason::TooLarge, "accepted in spite of [TooLarge]"),
        (Reason::NotAnObject, "accepted in spite of [NotAnObject]"),
    ] {
        let broken = matches!(reason, Reason::NotJson | Reason::NotUtf8);
        found(expected, &|document, answer, _| match answer {
            Err(r) if r == reason && (broken || is_json(document)) => Ok(()),
            other => other,
        });
    }
    found(
        "refused as not_json, true are: []",
        &|document, answer, _| {
            let hit = answer.is_ok() && document.contains(&0x7f);
            if hit { Err(Reason::NotJson) } else { answer }
        },
    );
    found(
        "refused as too_deep, true are: [DuplicateKey]",
        &|_, answer, _| match answer {
            Err(Reason::DuplicateKey) => Err(Reason::TooDeep),
            other => other,
        },
    );

    // Tapes: each field of an entry, an entry too few, and what is beside them.
    let tapes: [(&str, fn(&mut Tape)); 13] = [
        ("must be", |tape| {
            tape.entries.iter_mut().skip(1).for_each(|e| e.start += 1)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().skip(1).for_each(|e| e.end -= 1)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().skip(1).for_each(|e| e.next += 1)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.key_at = 0)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.key_len &= 7)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.flags &= !ESCAPED)
        }),
        ("must be", |tape| {
            tape.entries
                .iter_mut()
                .for_each(|e| e.flags &= !KEY_ESCAPED)
        }),
        ("must be", |tape| {
            tape.entries.iter_mut().for_each(|e| e.flags &= !ELEMENT)
        }),
        ("must be", |tape| {
            let arrays = tape.entries.iter_mut().filter(|e| e.kind == Kind::Array);
            arrays.for_each(|e| e.flags &= !HOLDS_OBJECT);
        }),
        ("must be", |tape| {
            if let [_, first, second, ..] = &mut *tape.entries {
                std::mem::swap(&mut first.slot, &mut second.slot);
            }
        }),
        ("entries, must be", |tape| {
            if let [top, _] = &mut *tape.entries {
                top.next = 2;
                tape.entries.pop();
            }
        }),
        ("reads", |tape| tape.reads.fill(Tape::ABSENT)),
        ("unnamed, must be", |tape| tape.unnamed = 0),
    ];
    for (expected, spoil) in tapes {
        found(expected, &|_, answer, tape| {
            spoil(tape);
            answer
        });
    }
}

/// A fault that shows only behind another document is told with that document.
#[test]
fn what_was_learned_is_part_of_the_explanation() {
    let fault: Between = &|_, answer, tape| {
        // What the tape once held stays allocated: it stands for a memory.
        match answer {
            Ok(()) if tape.entries.len() == 1 && tape.entries.capacity() > 8 => {
                Err(Reason::NotJson)
            }
            other => other,
        }
    };
    let (corpus, plans) = (Corpus::read(), plans());
    let failure = run(
        &corpus,
        &plans[0],
        (0, 10_000),
        fault,
        &mut Tally::default(),
    );
    let explained = failure
        .expect_err("found")
        .explained(&corpus, &plans[0], fault);
    assert!(explained.contains("after 1 document"), "{explained}");
}

/// The judge is judged by documents of which everybody knows what they are.
#[test]
fn the_oracle_knows_json() {
    for good in [
        r#"{"a":1e999,"b":"\ud83d\ude00"}"#,
        " [ ] ",
        "-0",
        "{\"\":{}}\r\n\t ",
    ] {
        assert!(oracle::read(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "{",
        "01",
        "1.",
        "{\"a\":\"\\ud800\"}",
        "{\"\\udc00\":1}",
        "[1,]",
        "{} {}",
        "\u{feff}{}",
        "\u{a0}{}",
        "\"\t\"",
        "{\"a\":1,}",
        "{1:1}",
        "nul",
        "\"\\u12\"",
    ] {
        assert!(oracle::read(bad).is_none(), "{bad}");
    }
}
