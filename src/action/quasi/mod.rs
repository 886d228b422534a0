//! `quasi`: what of a person others may know, hidden in a class of a release.
//!
//! The action reads a value to the finest class that it can be in; which class leaves is
//! decided once its release is whole (room `release`). One file a kind of value.

mod kind;
mod network;
mod number;
mod place;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;

use super::{ActionDef, Example, IsoClass, Spec, param};
use crate::anonymity::quasi::ClassForm;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use kind::{Kind, Quasi};

/// The definition.
pub(crate) const QUASI: ActionDef = ActionDef {
    name: "quasi",
    summary: "Hides a value that others may know of a person (a quasi-identifier) in a class that all members of share, in an output with `k_anonymous`.",
    doc: DOC,
    iso: IsoClass::Generalization,
    leaks: "The class: of whoever is known to be in a release, somebody who knows the quasi-identifiers learns that he is one of at least `k`, and everything that is the same in all members of his class (`l` and `t` bound that). A person in many releases stands in many classes, and what they have in common is narrower than each (`once_per`). Classes are cut where they lose least, so that where they end tells a little of who is in them.",
    reversible: "no",
    examples: &[
        Example {
            policy: "{ quasi: { number: { step: 5, bottom: 15, top: 90 } } }",
            input: "27",
            output: Some(r#""25-29""#),
        },
        Example {
            policy: "{ quasi: { number: { steps: [10, 50], bottom: 0, top: 1000 } } }",
            input: "1200",
            output: Some(r#"">=1000""#),
        },
        Example {
            policy: "{ quasi: { time: [1mo, 1y, 10y], bottom: \"1930-01-01\", top: \"2010-01-01\" } }",
            input: r#""1984-05-17""#,
            output: Some(r#""[1984-05-01,1984-06-01)""#),
        },
        Example {
            policy: "{ quasi: { hierarchy: trades.csv, other: root } }",
            input: r#""lion tamer""#,
            output: Some(r#""*""#),
        },
        Example {
            policy: "{ quasi: { network: { ipv4: [24, 16, 8], ipv6: [48, 32] } } }",
            input: r#""203.0.113.7""#,
            output: Some(r#""203.0.113.0/24""#),
        },
        Example {
            policy: "{ quasi: { prefix: [3, 2, 1] } }",
            input: r#""10115""#,
            output: Some(r#""101*""#),
        },
        Example {
            policy: "{ quasi: { geohash: [4, 3, 2] } }",
            input: r#""52.5200,13.4050""#,
            output: Some(r#""u33d""#),
        },
    ],
    shape: &Shape {
        name: "quasi",
        words: &[
            word(
                "number",
                Takes::Object(&number::SHAPE),
                "A number: `{ step | steps, bottom, top }`.",
            ),
            word(
                "time",
                Takes::List(&Takes::TextLike(time::STEP)),
                "A time: spans of UTC, the shortest first, each made of whole ones before it: `[1d, 1mo, 1y]`. `mo` is a month of the calendar, `y` a year.",
            ),
            word(
                "hierarchy",
                Takes::Text,
                "A value of a table: a file beside the policy, a value on each line, behind it its classes from fine to coarse, the last the same for all.",
            ),
            word(
                "network",
                Takes::Object(&network::SHAPE),
                "A network address: `{ ipv4, ipv6 }`, bits of networks.",
            ),
            word(
                "prefix",
                Takes::List(&Takes::Integer(1, text::CHARS_MAX as i64)),
                "A text: so many characters of its start, the most first.",
            ),
            word(
                "geohash",
                Takes::List(&Takes::Integer(1, place::CHARS_MAX as i64)),
                "A place: so many characters of its geohash, the most first.",
            ),
            word(
                "bottom",
                Takes::Text,
                "Of a time, required: what is before it is one class at the end.",
            ),
            word(
                "top",
                Takes::Text,
                "Of a time, required: what is not before it is one class at the end.",
            ),
            word(
                "unit",
                Takes::OneOf(time::UNITS),
                "Of a time: how the event writes it, as in `generalize`.",
            )
            .default("iso"),
            word(
                "header",
                Takes::Boolean,
                "Of a table: its first line names the columns.",
            )
            .default("false"),
            word(
                "other",
                Takes::OneOf(&["quarantine", "root"]),
                "Of a table: what becomes of a value that it does not have; `root`: its class is always `*`.",
            )
            .default("quarantine"),
            word(
                "from",
                Takes::List(&Takes::Text),
                "Of a place: the two siblings that say it, latitude first.",
            ),
            word(
                "weight",
                Takes::Integer(1, 10),
                "How much what this field loses counts beside the others.",
            )
            .default("1"),
            word(
                "form",
                Takes::OneOf(&["label", "bounds"]),
                "Of a number or a time: what leaves of the class; `bounds`: in place of the field two, `NAME_from` and `NAME_to`, the least value in the class and the least beyond it, spelled as the event's values are.",
            )
            .default("label"),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Only in an output with `k_anonymous`, one for each field of which others may know the value. Exactly one of `number`, `time`, `hierarchy`, `network`, `prefix` and `geohash` is written. The value is read to its finest class, and waits; once the release is whole its records are put into classes of at least `k` persons, and each member of a class gets the same text: a range of whole numbers `25-39`, of others `[2.5,5)`, of times `[2026-03-01,2026-03-08)`, an end of the line `<15` or `>=90`, a network `203.0.112.0/20`, a prefix `10*`, a cell `u33`, a value or class of the table, `*` where the class says nothing. A missing value (absent, `null`, a word for nothing) is a value of its own: in a class of such alone stands `null`, in one with others `*`. `step` lets a class end on any multiple, and so loses least; `steps` has the same bands in every release, and so is what a dashboard groups by. `bottom` and `top` are required, since the ends of an open range are somebody's own values. Numbers are computed on their decimal digits; a text that is wholly one JSON number is taken as that number. Times are read as `generalize` reads them. Of an IPv6 address that is made from an IPv4 address that one counts. What is of another kind is `wrong_type`, what is no address, no place or not in the table `bad_identifier`, what is no time `bad_time`. With `form: bounds` a number or a time `age` leaves as two members, `age_from` and `age_to`, for who computes with them: `25` and `40` of what the label calls `25-39`. The first value lies in the class, the second does not; numbers are JSON numbers, times are written as the event writes them (`unit`), ISO times as days where every span is of whole days, else with their time in UTC. `null` stands for an open end, and both are `null` where a value is missing or the class says nothing. The examples show what leaves where all members of a class have that value.";

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    const KINDS: [&str; 6] = [
        "number",
        "time",
        "hierarchy",
        "network",
        "prefix",
        "geohash",
    ];
    let written: Vec<&str> = KINDS.into_iter().filter(|w| mapping.has(w)).collect();
    let weight = mapping.integer("weight").unwrap_or(1);
    let weight = u8::try_from(weight).expect("the range ends at 10");
    let spreads = mapping.one_of("form") == Some("bounds");
    let [one] = written[..] else {
        if written.is_empty() && mapping.findings.errors() == before {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`quasi` does not say of what",
                )
                .help(format!("write one of {}", KINDS.join(", ")));
        }
        for pair in written.windows(2) {
            param::not_together(mapping, pair[0], pair[1], "a value is of one kind");
        }
        return None;
    };
    if one != "time" {
        time::not_beside(one, mapping);
    }
    if one != "hierarchy" {
        for word in ["header", "other"] {
            param::not_together(mapping, one, word, "it is of tables");
        }
    }
    if one != "geohash" {
        param::not_together(mapping, one, "from", "it is of places");
    }
    let read = Read {
        name: one,
        weight,
        spreads,
    };
    let spec = match one {
        "number" => number::Rule::parse(mapping).map(|kind| read.spec(kind, mapping)),
        "time" => time::Rule::parse(mapping).map(|kind| read.spec(kind, mapping)),
        "hierarchy" => table::Rule::parse(mapping).map(|kind| read.spec(kind, mapping)),
        "network" => network::Rule::parse(mapping).map(|kind| read.spec(kind, mapping)),
        "prefix" => text::Rule::parse(mapping).map(|kind| read.spec(kind, mapping)),
        _ => place::Rule::parse(mapping).map(|kind| read.spec(kind, mapping)),
    };
    spec.filter(|_| mapping.findings.errors() == before)
}

/// What is said of every kind.
struct Read {
    /// The word of the kind.
    name: &'static str,
    weight: u8,
    /// It leaves as two ends.
    spreads: bool,
}

impl Read {
    /// The action of that kind; reports ends of what has none.
    fn spec<K: Kind>(&self, kind: K, mapping: &mut Mapping<'_, '_>) -> Box<dyn Spec> {
        let spreads = match (self.spreads, kind.ends()) {
            (false, _) => None,
            (true, Some(ends)) => Some(ends.spelling),
            (true, None) => {
                let span = mapping.place("form");
                mapping
                    .findings
                    .error(
                        codes::NOT_TOGETHER,
                        span,
                        format!("`form: bounds` does not go with `{}`", self.name),
                    )
                    .why("only classes of numbers and of times have two ends")
                    .help("write `form: label`, or remove `form`");
                None
            }
        };
        Box::new(Quasi {
            kind,
            weight: self.weight,
            form: ClassForm::Label,
            spreads,
        })
    }
}
