//! What every shape promises, held against its events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;
use crate::crypto::digest::sha256;
use crate::decode::Limits;
use crate::decode::json::JsonDecoder;
use crate::plan::automaton::Builder;
use crate::policy::selector;
use crate::record::path::quoted_name;
use crate::record::tape::Tape;

/// As many as one looks at for what is rare.
const EVENTS: usize = 2_000;

fn values(shape: Shape, seed: u64) -> Vec<Value> {
    let parse = |line: String| serde_json::from_str(&line).unwrap();
    events(shape, seed).take(EVENTS).map(parse).collect()
}

/// Every leaf with its path: texts, numbers, true, false and null.
fn leaves<'v>(value: &'v Value, path: &mut String, found: &mut impl FnMut(&str, &'v Value)) {
    let length = path.len();
    match value {
        Value::Object(members) => {
            for (name, inside) in members {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(&quoted_name(name));
                leaves(inside, path, found);
                path.truncate(length);
            }
        }
        Value::Array(elements) => {
            path.push_str("[*]");
            for inside in elements {
                leaves(inside, path, found);
            }
            path.truncate(length);
        }
        leaf => found(path, leaf),
    }
}

fn all_leaves(events: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut by_path: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for event in events {
        leaves(
            event,
            &mut String::new(),
            &mut |path, leaf| match by_path.get_mut(path) {
                Some(leaves) => leaves.push(leaf),
                None => drop(by_path.insert(path.to_owned(), vec![leaf])),
            },
        );
    }
    by_path
}

#[test]
fn every_leaf_has_its_truth_and_every_truth_occurs() {
    for shape in Shape::ALL {
        let events = values(shape, 0);
        let mut found = all_leaves(&events);
        // Null where at other times there is an object: what is missing is said of
        // its members.
        let is_open = |path: &str| {
            let (object, array) = (format!("{path}."), format!("{path}[*]"));
            let below = |t: &Truth| t.path.starts_with(&object) || t.path.starts_with(&array);
            shape.truth().iter().any(below)
        };
        found.retain(|path, leaves| !(leaves.iter().all(|l| l.is_null()) && is_open(path)));
        let found: BTreeSet<&str> = found.keys().map(String::as_str).collect();
        let truth: BTreeSet<&str> = shape.truth().iter().map(|t| t.path).collect();
        assert_eq!(truth.len(), shape.truth().len(), "{shape:?}: a path twice");
        let untold: Vec<_> = found.difference(&truth).collect();
        let absent: Vec<_> = truth.difference(&found).collect();
        assert!(
            untold.is_empty() && absent.is_empty(),
            "{shape:?}: {untold:?} {absent:?}"
        );
    }
}

#[test]
fn a_direct_identifier_is_there_and_not_only_null() {
    for shape in Shape::ALL {
        let events = values(shape, 0);
        let found = all_leaves(&events);
        for truth in shape.truth().iter().filter(|t| t.direct) {
            let some = found[truth.path].iter().any(|l| !l.is_null());
            assert!(some, "{shape:?}: {}", truth.path);
            assert!(truth.is_personal(), "{shape:?}: {}", truth.path);
        }
    }
}

#[test]
fn truths_are_in_the_notation_and_the_categories_of_policies() {
    for shape in Shape::ALL {
        for truth in shape.truth() {
            let read = selector::selectors(truth.path).unwrap();
            assert_eq!(read.len(), 1, "{}", truth.path);
            assert_eq!(read[0].to_string(), truth.path);
            if let Some(category) = truth.category {
                assert!(crate::categories::is_known(category), "{category}");
            }
        }
    }
}

/// The bytes are a promise: whoever wrote a seed into a test finds the same events
/// in the next version. What has to change them says so in the changelog.
#[test]
fn the_same_events_in_every_build() {
    let found = Shape::ALL.map(|shape| {
        let text: String = events(shape, 7).take(500).collect();
        let digest = sha256(text.as_bytes());
        format!(
            "{} {}",
            shape.name(),
            data_encoding::HEXLOWER.encode(&digest[..8])
        )
    });
    assert_eq!(found, GOLDEN);
}

const GOLDEN: [&str; 8] = [
    "segment 1045ca7725befa98",
    "rudderstack 68f407758b5f9da0",
    "ga4 a0b47473afa2a2ec",
    "snowplow ae782a0390fc78c3",
    "shopify 2abafa7fa0f17983",
    "debezium b3d16fd7f6391264",
    "cloudevents deb5a3a74c3fd2c3",
    "otlp ce0b82825ec7071d",
];

#[test]
fn another_seed_other_events_and_no_event_twice() {
    for shape in Shape::ALL {
        let of = |seed| events(shape, seed).take(200).collect::<BTreeSet<_>>();
        assert_eq!(of(1).len(), 200, "{shape:?}");
        assert!(of(1).is_disjoint(&of(2)), "{shape:?}");
    }
}

#[test]
fn events_vary() {
    for shape in Shape::ALL {
        let events = values(shape, 0);
        let found = all_leaves(&events);
        let optional = found.values().filter(|v| v.len() < EVENTS / 2).count();
        let shapes: BTreeSet<BTreeSet<String>> = events
            .iter()
            .take(300)
            .map(|event| {
                let mut paths = BTreeSet::new();
                leaves(event, &mut String::new(), &mut |path, _| {
                    paths.insert(path.to_owned());
                });
                paths
            })
            .collect();
        assert!(
            optional > 0 && shapes.len() > 6,
            "{shape:?} {optional} {}",
            shapes.len()
        );
        let unicode = events.iter().any(|e| !e.to_string().is_ascii());
        assert!(unicode || shape == Shape::Otlp, "{shape:?}");
    }
}

#[test]
fn the_decoder_of_the_pipeline_refuses_none() {
    for shape in Shape::ALL {
        // Everything that the shape has is named.
        let mut builder = Builder::default();
        for truth in shape.truth() {
            builder.add(selector::selectors(truth.path).unwrap().remove(0));
        }
        let automaton = builder.build(&[]).unwrap().automaton;
        let mut decoder = JsonDecoder::new(42);
        let mut tape = Tape::default();
        for event in events(shape, 0).take(EVENTS) {
            let read = decoder
                .decode(event.as_bytes(), &automaton, &Limits::default(), &mut tape)
                .map(|_| ());
            assert_eq!(read, Ok(()), "{shape:?}: {event}");
        }
    }
}

#[test]
fn numbers_of_cards_and_accounts_have_right_check_digits() {
    let mut random = Random::new(3);
    for _ in 0..2_000 {
        let card = shop::card(&mut random);
        let (digits, check) = card.split_at(card.len() - 1);
        let sum: u32 = digits
            .bytes()
            .rev()
            .enumerate()
            .map(|(at, digit)| match (at % 2, u32::from(digit - b'0')) {
                (0, digit) if digit > 4 => 2 * digit - 9,
                (0, digit) => 2 * digit,
                (_, digit) => digit,
            })
            .sum();
        assert_eq!((sum + check.parse::<u32>().unwrap()) % 10, 0, "{card}");

        let iban = shop::iban(&mut random);
        let lengths = BTreeMap::from([("DE", 22), ("NL", 18), ("GB", 22)]);
        assert_eq!(iban.len(), lengths[&iban[..2]], "{iban}");
        let turned = format!("{}{}", &iban[4..], &iban[..4]);
        let rest = turned.chars().fold(0, |rest, c| {
            let digit = u64::from(c.to_digit(36).unwrap());
            (rest * if digit > 9 { 100 } else { 10 } + digit) % 97
        });
        assert_eq!(rest, 1, "{iban}");
    }
}

#[test]
fn addresses_are_not_all_at_one_domain_or_in_one_range() {
    let people = (0..2_000).map(|n| Person::new(0, n)).collect::<Vec<_>>();
    let share = |is: &dyn Fn(&Person) -> bool| people.iter().filter(|p| is(p)).count();
    assert!(share(&|p| p.email.to_lowercase().contains("example.com")) < 600);
    let documented = ["203.0.113.", "198.51.100.", "2001:db8:"];
    let kept = share(&|p| documented.iter().any(|range| p.ip.starts_with(range)));
    assert!((300..1_000).contains(&kept), "{kept}");
    for person in &people {
        let ip = &person.ip;
        assert!(ip.parse::<std::net::IpAddr>().is_ok(), "{ip}");
        // Nobody's: below a name that can never be registered, or one that is kept.
        let domain = person.email.rsplit('@').next().unwrap().to_lowercase();
        let kept = [
            ".example",
            ".test",
            ".invalid",
            "example.com",
            "example.org",
            "example.net",
        ];
        assert!(kept.iter().any(|end| domain.ends_with(end)), "{domain}");
    }
}
