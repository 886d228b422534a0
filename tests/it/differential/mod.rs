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
mod planted;
pub mod random;
mod tally;
mod tree;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use veilstream::decode::Limits;
use veilstream::decode::json::JsonDecoder;
use veilstream::record::Reason;
use veilstream::record::tape::Tape;

use crate::corpus::targets::oracle::{self, Named, Outcome, check};
use documents::{Corpus, Documents};
use failure::Failure;
use tally::Tally;

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
#[expect(clippy::print_stdout, reason = "the figures are to be seen")]
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

    /// A panic, too, is something that the decoder says.
    fn read(&mut self, document: &[u8]) -> Result<Outcome, String> {
        let Reader {
            named,
            decoder,
            tape,
            between,
        } = self;
        let Named { built, limits, .. } = named;
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let answer = decoder.decode(document, &built.automaton, limits, tape);
            // A fault may accept what is no text at all.
            let text = answer.unwrap_or_else(|_| std::str::from_utf8(document).unwrap_or_default());
            let answer = between(document, answer.map(drop), tape);
            check(document, named, answer.map(|()| text), tape)
        }));
        judged.unwrap_or_else(|_| Err("a panic, as printed above".into()))
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
        Named::new(
            &[
                "**.email",
                "a.**.(b|c).id",
                "**.l[1].x",
                "**.l[*]",
                "a.b",
                "m.**.*.y",
            ],
            &["a.b"],
            usual,
        ),
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
