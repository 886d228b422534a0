//! `noise`: an answer that the value makes likely, and no more than likely.
//!
//! A number with discrete Laplace or Gaussian noise ([`scale`]), or one of a few
//! values, not always the right one ([`choice`]).

mod choice;
mod mechanism;
mod parameters;
mod scale;
#[cfg(test)]
mod tests;

use super::{
    ActionDef, Degree, Dial, Example, Facts, Gives, Growth, IsoClass, KeyUse, Kinds, NoiseSpent,
    NotBuilt, Passing, Reveals, Says, Setting, Site, Spec, Type, param,
};
use crate::action::Action;
use crate::crypto::noise::NoiseKey;
use crate::keys::Pick;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use choice::Choice;
use mechanism::{Mechanism, Memo, Source};
use scale::Scale;

/// The definition.
pub(crate) const NOISE: ActionDef = ActionDef {
    name: "noise",
    summary: "Adds random noise to a number, or answers with one of a few values that is not always the right one, so that no answer says for certain what the value was.",
    doc: DOC,
    iso: IsoClass::Randomization,
    leaks: "The value, within the stated ε (or ρ): an answer makes some values likelier than others, by a factor of at most e^ε. That holds for each distinct value of one person, or with `memo: record` for each value of each record: what is said of one person adds up, and a value that changes daily spends daily; nothing bounds that sum. That a record, and the field in it, was there is not hidden, nor are nulls without `absent`. Whoever holds the key, and knows the person, can take the noise off.",
    reversible: "no; whoever holds the key can compute which value gave an answer",
    examples: &[
        Example {
            policy: "{ noise: { key: people, laplace: { epsilon: 2, bottom: 15, top: 90, step: 1 } } }",
            input: "41",
            output: Some("-70"),
        },
        Example {
            policy: "{ noise: { key: people, gaussian: { rho: 0.5, bottom: 0, top: 10, step: 0.5 } } }",
            input: "7.25",
            output: Some("-4.5"),
        },
        Example {
            policy: "{ noise: { key: people, randomized_response: { epsilon: 1.5, of: [free, pro, team] } } }",
            input: r#""pro""#,
            output: Some(r#""team""#),
        },
    ],
    shape: &Shape {
        name: "noise",
        words: &[
            word("key", Takes::KeyName(""), "A name under `keys:`.").required(),
            word(
                "laplace",
                Takes::Object(&parameters::LAPLACE),
                "A number with discrete Laplace noise: `{ epsilon, bottom, top, step }`.",
            ),
            word(
                "gaussian",
                Takes::Object(&parameters::GAUSSIAN),
                "A number with discrete Gaussian noise: `{ rho, bottom, top, step }`.",
            ),
            word(
                "randomized_response",
                Takes::Object(&parameters::RESPONSE),
                "One of a few values: `{ epsilon, of: [...], else, absent }`.",
            ),
            word(
                "memo",
                Takes::OneOf(&["subject", "record"]),
                "For whom the same value has the same answer: for one person, for ever, or for one record.",
            )
            .default("subject"),
            word(
                "per",
                Takes::Number,
                "With `laplace`: `epsilon` is that of two values so far apart, and not of any two.",
            ),
            word(
                "clamp",
                Takes::Boolean,
                "With a number: answers beyond `bottom` and `top` become these.",
            )
            .default("false"),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Exactly one of `laplace`, `gaussian` and `randomized_response` is written. `laplace` and `gaussian` take numbers (a text is `wrong_type`, more than 64 digits `number_out_of_range`): the value is cut to `bottom` and `top`, rounded to the nearest `step` from `bottom`, the noise, in whole steps, is added, and the sum leaves as a number; it can lie beyond `bottom` and `top` unless `clamp: true`. Laplace noise of n steps has a probability proportional to exp(-|n| ε/R), where R is the number of steps from `bottom` to `top`: the whole range, so that any two values are hidden from each other by ε. With `per: 10`, values 10 apart are, and others in proportion (metric privacy): that is no ε over the range. Gaussian noise has a probability proportional to exp(-n² ρ/R²): ρ-zCDP. Noise is wide: its standard deviation is about 1.4 times the range divided by ε (Laplace; with `per` that in place of the range), or the range divided by √(2ρ) (Gaussian); of ages from 15 to 90 under ε = 1 that is 106, so that one answer says next to nothing, many lie at the ends under `clamp`, and only a mean of many without `clamp` is of use. `randomized_response` leaves a value of `of` (2 to 256) as it is with the probability e^ε/(e^ε + d - 1), d values being listed, and as each other one with 1/(e^ε + d - 1); what is not listed counts as the value of `else`, or is `bad_identifier`; nulls and words for nothing count as the value of `absent`, a field that is not there stays so. Noise is exact (whole numbers alone, after Canonne, Kamath and Steinke), and drawn by HMAC and AES-256 under a key of domain, path and mechanism from the person (`memo: subject`; `no_subject` without one) or the record's coordinates, and the value: the same person and value, or the same record and value, have the same answer always, so that repeats do not average the noise out and a replay gives the same bytes. Two equal values in one record have one answer. `null` stays `null` without `absent`; of an empty text, or a word for nothing, nothing leaves.";

struct Noise<M> {
    key: param::Key,
    memo: Memo,
    mechanism: M,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let key = param::key(mapping, Pick::First);
    let memo = match mapping.one_of("memo") {
        Some("record") => Memo::Record,
        _ => Memo::Subject,
    };
    let words = ["laplace", "gaussian", "randomized_response"];
    let written: Vec<&str> = words.into_iter().filter(|w| mapping.has(w)).collect();
    let [one] = written[..] else {
        if written.is_empty() {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`noise` does not say which",
                )
                .help("write `laplace`, `gaussian` or `randomized_response`");
        }
        for pair in written.windows(2) {
            let why = "a value has one kind of noise";
            param::not_together(mapping, pair[0], pair[1], why);
        }
        return None;
    };
    let spec: Option<Box<dyn Spec>> = if one == "randomized_response" {
        for word in ["per", "clamp"] {
            let why = "a choice has no range";
            param::not_together(mapping, one, word, why);
        }
        Choice::parse(mapping).zip(key).map(|(mechanism, key)| {
            Box::new(Noise {
                key,
                memo,
                mechanism,
            }) as Box<dyn Spec>
        })
    } else {
        Scale::parse(mapping, one).zip(key).map(|(mechanism, key)| {
            Box::new(Noise {
                key,
                memo,
                mechanism,
            }) as Box<dyn Spec>
        })
    };
    spec.filter(|_| mapping.findings.errors() == before)
}

impl<M: Mechanism> Spec for Noise<M> {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        Facts {
            clear: self.mechanism.is_clear(),
            needs_subject: self.memo == Memo::Subject,
            writes: self.mechanism.writes(),
            noise: Some(match (self.memo, self.mechanism.values()) {
                (Memo::Record, _) => NoiseSpent::PerRecord,
                (Memo::Subject, None) => NoiseSpent::PerValue,
                (Memo::Subject, Some(_)) => NoiseSpent::PerFewValues,
            }),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        self.mechanism.grows()
    }

    fn reveals(&self) -> Reveals {
        let memo = match self.memo {
            Memo::Subject => "subject",
            Memo::Record => "record",
        };
        let mut dials = vec![Dial::new("memo", Setting::Choice(memo.to_owned()))];
        dials.extend(self.mechanism.dials());
        Reveals {
            degree: Degree::Noised,
            dials,
            passing: Passing {
                bounded: self.mechanism.is_bounded(),
                ..Passing::some_of(Kinds::Flat)
            },
        }
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        self.mechanism.gives(from)
    }

    fn says(&self, _domain: &str) -> Says {
        Says::of(self.mechanism.says(match self.memo {
            Memo::Subject => {
                "for each distinct value of one person, whose answer to it is always the same"
            }
            Memo::Record => {
                "for each value in each record, so that the records of one person add up"
            }
        }))
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let mut id = self.mechanism.id();
        if self.memo == Memo::Record {
            id.push_str(if site.splits { ":element" } else { ":record" });
        }
        let key = NoiseKey::new(&param::handle(site).root, site.domain, site.path, &id)?;
        let source = Source {
            key,
            memo: self.memo,
            splits: site.splits,
        };
        Ok(self.mechanism.build(site, source))
    }
}
