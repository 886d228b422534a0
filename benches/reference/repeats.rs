//! Would a cache of identifiers pay? What is measured is not in the library,
//! and this mode is the reason why not.
//!
//! A worker could keep the finished pseudonym or token of each value it met
//! lately, by a keyed hash of the value and a comparison of all of it. The
//! price is clear values that stay in memory from batch to batch, and a switch
//! in the policy to forbid it.

use std::hash::BuildHasher;
use std::hint::black_box;

use foldhash::fast::RandomState;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use veilstream::crypto::canon::Canon;
use veilstream::crypto::pseudonym::{Encoding, Parameters, Pseudonymizer, Scope};
use veilstream::crypto::token::{Begun, Format, Tokenizer};
use veilstream::record::ids::ActionId;
use veilstream::record::jobs::Jobs;
use veilstream::record::value::{Target, Text, TextForm, View};
use zeroize::Zeroize;

use crate::measure::{self, Variant};
use crate::ours::{BATCH_RECORDS, DOMAIN, Keys};

const USERS: usize = 100_000;
const VALUES: usize = 100_000;
const PASSES: usize = 9;
/// 384 KiB, which the second level of cache holds, and 6 MiB, which it does not.
const SLOTS: [usize; 2] = [1 << 12, 1 << 16];
/// What a repeated value must gain, and what a new one may lose.
const GAIN_MIN: f64 = 1.5;
const LOSS_MAX: f64 = 1.05;

/// Measures every action with and without a cache, and says whether it pays.
pub fn run() {
    let keys = Keys::of_the_tests();
    println!(
        "CPU ns a value, {VALUES} values: few users often (Zipf, exponent 1, {USERS} users), or all new"
    );
    println!(
        "{:<34}{:>8}{:>8}{:>10}{:>10}{:>10}",
        "action", "values", "alone", "cache S", "cache L", "hits S L"
    );
    for (name, of, normalize) in [
        (
            "pseudonym of a user number",
            user as fn(usize) -> String,
            Some("raw"),
        ),
        ("pseudonym of an e-mail address", email, Some("email")),
        ("token of a phone number", phone, None),
    ] {
        let mut verdicts = Vec::new();
        for (kind, order) in [("often", zipf()), ("new", (0..VALUES).collect())] {
            let values: Vec<String> = order.into_iter().map(of).collect();
            let make = || Make::new(normalize, &keys);
            let mut alone = make();
            let mut cached = SLOTS.map(|slots| (make(), Cache::new(slots)));
            for (make, cache) in &mut cached {
                assert_eq!(make.cached(&values, cache), alone.pass(&values));
            }
            let hits = cached
                .each_ref()
                .map(|(_, cache)| cache.hits * 100 / VALUES);
            let [small, large] = &mut cached;
            let with = |(make, cache): &mut (Make, Cache)| {
                if kind == "new" {
                    cache.forget();
                }
                black_box(make.cached(&values, cache));
            };
            let mut variants: [Variant<'_>; 3] = [
                (
                    "alone",
                    Box::new(|| {
                        black_box(alone.pass(&values));
                    }),
                ),
                ("small", Box::new(|| with(small))),
                ("large", Box::new(|| with(large))),
            ];
            let ns = measure::interleaved(&mut variants, PASSES);
            let [alone, small, large] = [0, 1, 2].map(|i| ns[i] / VALUES as f64);
            println!(
                "{name:<34}{kind:>8}{alone:>8.0}{small:>10.0}{large:>10.0}{:>6} {:>2} %",
                hits[0], hits[1]
            );
            verdicts.push([small / alone, large / alone]);
        }
        let pays =
            |size: usize| verdicts[0][size] <= 1.0 / GAIN_MIN && verdicts[1][size] <= LOSS_MAX;
        let word = if pays(0) || pays(1) {
            "pays"
        } else {
            "does not pay"
        };
        println!(
            "  a cache {word}: often {:.2} {:.2} of the cost alone (at most {:.2}), new {:.2} {:.2} (at most {LOSS_MAX})",
            verdicts[0][0],
            verdicts[0][1],
            1.0 / GAIN_MIN,
            verdicts[1][0],
            verdicts[1][1]
        );
    }
}

fn user(n: usize) -> String {
    format!("u-{n:08}")
}

fn email(n: usize) -> String {
    format!("Jane.Doe.{n}@mail.example.com")
}

fn phone(n: usize) -> String {
    format!("+49151{:08}", n * 7)
}

/// Users by a Zipf distribution.
fn zipf() -> Vec<usize> {
    let mut below = Vec::with_capacity(USERS);
    let mut sum = 0.0;
    for rank in 1..=USERS {
        sum += 1.0 / rank as f64;
        below.push(sum);
    }
    let mut rng = StdRng::seed_from_u64(1);
    let draw = || below.partition_point(|b| *b < rng.random::<f64>() * sum);
    std::iter::repeat_with(draw).take(VALUES).collect()
}

/// Longest value and longest result that a slot takes.
const INPUT_MAX: usize = 62;
const OUTPUT_MAX: usize = 32;

/// A value and what was made of it: 96 bytes.
#[derive(Clone, Copy)]
struct Slot {
    input_len: u8,
    output_len: u8,
    input: [u8; INPUT_MAX],
    output: [u8; OUTPUT_MAX],
}

/// One slot for each hash; a new value overwrites all of the old one.
struct Cache {
    seed: RandomState,
    slots: Box<[Slot]>,
    hits: usize,
}

impl Cache {
    fn new(slots: usize) -> Cache {
        let empty = Slot {
            input_len: 0,
            output_len: 0,
            input: [0; INPUT_MAX],
            output: [0; OUTPUT_MAX],
        };
        Cache {
            seed: RandomState::default(),
            slots: vec![empty; slots].into(),
            hits: 0,
        }
    }

    /// What was made of that value, if it is still known, or the place for it.
    fn find(&mut self, input: &[u8]) -> Result<&[u8], u32> {
        let at = self.seed.hash_one(input) as usize % self.slots.len();
        let slot = &self.slots[at];
        let known = usize::from(slot.input_len);
        if &slot.input[..known] != input {
            return Err(at as u32);
        }
        self.hits += 1;
        Ok(&slot.output[..usize::from(slot.output_len)])
    }

    fn keep(&mut self, at: u32, input: &[u8], output: &[u8]) {
        let slot = &mut self.slots[at as usize];
        slot.input.zeroize();
        slot.input[..input.len()].copy_from_slice(input);
        slot.output[..output.len()].copy_from_slice(output);
        slot.input_len = input.len() as u8;
        slot.output_len = output.len() as u8;
    }

    /// Another pass over the same values finds next to nothing of this one: the
    /// slots are as full as before, and in another order.
    fn forget(&mut self) {
        self.seed = RandomState::default();
        self.hits = 0;
    }
}

/// One action of the pipeline, a batch at a time, and its buffers.
struct Make {
    kind: Kind,
    jobs: Jobs,
    text: String,
    bytes: Vec<u8>,
    out: Vec<u8>,
    /// Values that the cache did not know, and their places in it.
    missed: Vec<(usize, u32)>,
}

enum Kind {
    Pseudonym(Pseudonymizer, Canon),
    Token(Box<Tokenizer>),
}

impl Make {
    /// Pseudonyms of what that word makes canonical; without one tokens.
    fn new(normalize: Option<&str>, keys: &Keys) -> Make {
        let kind = match normalize {
            Some(word) => {
                let canon = Canon::from_words([word]).expect("a word");
                Kind::Pseudonym(pseudonymizer(keys, &canon), canon)
            }
            None => {
                let format = Format::from_word("phone(DE)").expect("a format");
                let tokens = Tokenizer::new(&keys.phones.root, DOMAIN, "", format);
                Kind::Token(Box::new(tokens.expect("short names")))
            }
        };
        Make {
            kind,
            jobs: Jobs::default(),
            text: String::new(),
            bytes: Vec::new(),
            out: Vec::new(),
            missed: Vec::new(),
        }
    }

    /// All values without a cache; what was made of the last batch.
    fn pass(&mut self, values: &[String]) -> Vec<u8> {
        for batch in values.chunks(BATCH_RECORDS) {
            self.out.clear();
            for value in batch {
                self.begin(value);
            }
            self.finish();
        }
        self.out.clone()
    }

    /// The same with one.
    fn cached(&mut self, values: &[String], cache: &mut Cache) -> Vec<u8> {
        for batch in values.chunks(BATCH_RECORDS) {
            self.out.clear();
            self.missed.clear();
            for (n, value) in batch.iter().enumerate() {
                match cache.find(value.as_bytes()) {
                    Ok(known) => self.out.extend_from_slice(known),
                    Err(at) => {
                        self.missed.push((n, at));
                        self.begin(value);
                    }
                }
            }
            let (by_action, _) = self.jobs.by_action();
            let targets: Vec<Target> = by_action.flatten().map(|job| job.target).collect();
            self.finish();
            for ((n, at), target) in self.missed.iter().zip(targets) {
                cache.keep(*at, batch[*n].as_bytes(), target.of(&mut self.out));
            }
        }
        self.out.clone()
    }

    fn begin(&mut self, value: &str) {
        let input = &mut self.jobs.scratch;
        let at = input.len();
        let len = match &self.kind {
            Kind::Pseudonym(key, canon) => {
                let view = View::Text(Text::new(black_box(value), TextForm::Json));
                let present = canon.value(view, &mut self.text, input);
                assert_eq!(present, Ok(true));
                key.text_len()
            }
            Kind::Token(key) => {
                let begun = key.begin(black_box(value), &mut self.bytes, &mut self.text, input);
                assert!(matches!(begun, Ok(Begun::Waits { len, .. }) if len == value.len()));
                value.len()
            }
        };
        let target = Target {
            at: self.out.len() as u32,
            len: len as u32,
        };
        self.out.resize(self.out.len() + len, 0);
        self.jobs.push(ActionId(0), at, target);
    }

    fn finish(&mut self) {
        let (by_action, inputs) = self.jobs.by_action();
        for jobs in by_action {
            match &self.kind {
                Kind::Pseudonym(key, _) => {
                    for job in jobs {
                        key.finish(job.input(inputs), job.target.of(&mut self.out));
                    }
                }
                Kind::Token(key) => key.finish(jobs, inputs, &mut self.out),
            }
        }
        self.jobs.clear();
    }
}

fn pseudonymizer(keys: &Keys, canon: &Canon) -> Pseudonymizer {
    let parameters = Parameters {
        domain: DOMAIN,
        space: "",
        canon,
        epoch: &[],
        scope: Scope::Domain,
        encoding: Encoding::from_words("base64url", None).expect("an encoding"),
    };
    Pseudonymizer::new(&keys.people.root, parameters).expect("short names")
}
