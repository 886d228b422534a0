//! The structure of what leaves, beside a naive interpreter that applies a policy to
//! a tree by definition: random policies on random records must give the same bytes,
//! the same refusals and the same counts.
//!
//! What an action does to one value is asked of the product itself, on a record that
//! holds nothing else; where values stand, which field takes them and what is left of
//! those that yield nothing is the interpreter's own.
//!
//! At two sizes, as the decoder's comparison (`differential`).

mod apart;
mod conditions;
mod each;
mod interpreter;
mod paths;
mod policies;
mod product;
mod records;

use crate::differential::random::Random;
use apart::Split;
use interpreter::{Interpreter, Outcome};
use policies::Policy;
use product::{Actions, Product};

#[test]
fn a_policy_does_what_it_says_by_definition() {
    agree(500, 24, 0);
}

#[test]
#[ignore = "full size"]
fn a_policy_does_what_it_says_by_definition_at_full_size() {
    agree(20_000, 24, 1 << 32);
}

/// So many policies, each on so many records.
#[expect(clippy::print_stdout, reason = "the figures are to be seen")]
fn agree(policies: u64, records: usize, seed: u64) {
    let mut actions = Actions::default();
    let mut tally = Tally::default();
    let mut number = seed;
    while tally.policies < policies {
        number += 1;
        let mut random = Random::new(number);
        let policy = Policy::any(&mut random);
        let Some(product) = Product::of(&policy) else {
            tally.refused += 1;
            assert!(tally.refused < 3 * policies, "most policies are to compile");
            continue;
        };
        tally.policies += 1;
        let trees: Vec<_> = (0..records)
            .map(|_| records::any(&policy, &mut random))
            .collect();
        for tree in &trees {
            let text = tree.to_string();
            let _told = Told(number, &policy, &text);
            let expected = Interpreter::new(&policy, &mut actions).record(tree);
            let actual = product.record(&text);
            assert_eq!(
                (&actual.value, &actual.counts),
                (&expected.value, &expected.counts),
                "policy {number}:\n{}\nrecord: {text}\nleft: the product, right: by definition",
                policy.text()
            );
            tally.add(&text, &expected);
        }
    }
    println!("{tally:?}");
    tally.assert_that_it_says_something();
}

#[test]
fn what_is_taken_apart_is_its_elements_by_definition() {
    agree_apart(400, 24, 1 << 40);
}

#[test]
#[ignore = "full size"]
fn what_is_taken_apart_is_its_elements_by_definition_at_full_size() {
    agree_apart(20_000, 24, 1 << 41);
}

/// So many policies that take records apart, each on so many of them.
#[expect(clippy::print_stdout, reason = "the figures are to be seen")]
fn agree_apart(policies: u64, records: usize, seed: u64) {
    let mut actions = Actions::default();
    let mut tally = Tally::default();
    let (mut number, mut lifted, mut lists, mut whole) = (seed, 0, 0, 0);
    while tally.policies < policies {
        number += 1;
        let mut random = Random::new(number);
        let policy = Policy::any(&mut random);
        let split = Split::any(&mut random);
        let text = split.text(&policy);
        let Some(product) = Product::of_text(text.clone()) else {
            tally.refused += 1;
            assert!(tally.refused < 4 * policies, "most policies are to compile");
            continue;
        };
        tally.policies += 1;
        lifted += u64::from(split.lifts);
        lists += u64::from(split.path.is_empty());
        for _ in 0..records {
            let (record, singly) = split.record(&policy, &mut random);
            let record = record.to_string();
            let _told = Told(number, &policy, &record);
            let singly = singly.as_deref();
            let (expected, outcomes) = split.outcome(&policy, singly, &mut actions);
            let (actual, received) = product.apart(&record);
            assert_eq!(
                actual, expected,
                "policy {number}:\n{text}\nrecord: {record}\nleft: the product, right: by definition"
            );
            assert_eq!(received, singly.map_or(1, |s| s.len() as u64));
            whole += u64::from(singly.is_none());
            outcomes.iter().for_each(|o| tally.add(&record, o));
        }
    }
    println!("{tally:?}, {lifted} lifted, {lists} lists, {whole} without a list");
    assert!(
        lifted * 20 > policies && lists * 50 > policies,
        "{lifted} {lists}"
    );
    assert!(whole * 100 > policies, "{whole}");
    for (what, n) in [
        ("written", tally.written),
        ("quarantined", tally.quarantined),
        ("chosen", tally.chosen),
        ("opened", tally.opened),
        ("withheld", tally.withheld),
        ("named", tally.named),
        ("deep", tally.deep),
        ("cases", tally.cases),
    ] {
        assert!(n > 0, "no {what}: {tally:?}");
    }
}

/// Says what was tried when something panics.
struct Told<'t>(u64, &'t Policy, &'t str);

#[expect(clippy::print_stderr, reason = "a failure says what was tried")]
impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Told(number, policy, record) = self;
            eprintln!("policy {number}:\n{}\nrecord: {record}", policy.text());
        }
    }
}

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    policies: u64,
    refused: u64,
    written: u64,
    quarantined: u64,
    /// Records with a `null` in a list that the record did not have.
    holes: u64,
    absent: u64,
    dropped: u64,
    replaced: u64,
    /// Records with an element that a filter chose.
    chosen: u64,
    /// Records with a text of which something left.
    opened: u64,
    withheld: u64,
    /// Records with a member whose name was made.
    named: u64,
    /// Records refused because two names came out alike.
    alike: u64,
    /// Records of which something left that `**` found.
    deep: u64,
    /// Fields of which another case than the last was made.
    cases: u64,
}

impl Tally {
    fn add(&mut self, record: &str, outcome: &Outcome) {
        match &outcome.value {
            Ok(text) => {
                self.written += 1;
                let nulls = |text: &str| text.matches("null").count();
                self.holes += u64::from(nulls(text) > nulls(record));
            }
            Err(reason) if reason == "withheld" => self.withheld += 1,
            Err(_) => self.quarantined += 1,
        }
        let chosen = |(path, counts): (&String, &[u64; 5])| path.contains("[?") && counts[0] > 0;
        self.chosen += u64::from(outcome.counts.iter().any(chosen));
        let opened = |(path, counts): (&String, &[u64; 5])| path.contains("|json") && counts[0] > 0;
        self.opened += u64::from(outcome.counts.iter().any(opened));
        let deep = |(path, counts): (&String, &[u64; 5])| path.contains("**") && counts[0] > 0;
        self.deep += u64::from(outcome.counts.iter().any(deep));
        self.named += u64::from(outcome.names > 0);
        self.alike += outcome.alike;
        self.cases += outcome.cases;
        for counts in outcome.counts.values() {
            self.absent += u64::from(counts[1] > 0);
            self.dropped += u64::from(counts[2] > 0);
            self.replaced += u64::from(counts[3] > 0);
        }
    }

    fn assert_that_it_says_something(&self) {
        let records = self.written + self.quarantined + self.withheld;
        for (what, n) in [
            ("written", self.written),
            ("quarantined", self.quarantined),
            ("holes", self.holes),
            ("absent", self.absent),
            ("dropped", self.dropped),
            ("replaced", self.replaced),
            ("chosen", self.chosen),
            ("opened", self.opened),
            ("withheld", self.withheld),
            ("cases", self.cases),
            ("named", self.named),
            ("deep", self.deep),
        ] {
            assert!(n * 200 > records, "too few {what}: {self:?}");
        }
        assert!(self.alike * 2_000 > records, "too few alike: {self:?}");
    }
}
