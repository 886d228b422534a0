//! `mask`: characters give way to a mask.

mod character;
mod classes;
mod ends;
mod mailbox;
#[cfg(test)]
mod tests;

use self::classes::{CLASSES, Classes};
use self::ends::Ends;
use self::mailbox::{EMAIL, Mailbox};
use super::digits::{DIGITS_MORE, Digits, numbers};
use super::{
    Action, ActionDef, Cx, Example, Facts, Gives, Growth, IsoClass, Kinds, Narrow, NotBuilt,
    Passing, Reveals, Says, Setting, Site, Spec, Type, param,
};
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Kind;
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

/// The definition.
pub(crate) const MASK: ActionDef = ActionDef {
    name: "mask",
    summary: "Replaces the characters of a text by a mask, all of them or all but a few at its ends.",
    doc: "Takes text, and with `numbers: as_text` whole numbers of at most 38 digits; anything else but `null`, which stays `null`, is refused with `wrong_type`. What is masked becomes `fixed_length` mask characters however long it was, so the length does not leave; with `fixed_length: none`, or with `skip`, one for each character. Counts are Unicode characters, separators counted too. A text that is not longer than what would be kept is masked whole, and so is one of skipped characters alone. `with` as a mapping masks each character by one of its own class, and keeps none. `email` reads an address as `normalize: email` does and writes that spelling; always three mask characters stand for what is left out, and a mailbox not longer than `keep_first` is masked whole; `domain: tld` gives `j***@***.com`, `domain: none` gives `j***`. A text that is no address, empty ones and words for nothing too, or that has a number such as `1.2.3.4` for its domain, is `bad_identifier`.",
    iso: IsoClass::Suppression,
    leaks: "The characters kept or skipped, in clear; with `skip` or `fixed_length: none` the length too, and with `with` as a mapping the length and where capitals, small letters and digits stand. With a few kept characters and some knowledge of the person a value can be guessed; 13 kept characters or more count as in clear. Of an address the first characters and its domain: where a domain is of one household or one person, that is the person.",
    reversible: "no",
    examples: &[
        Example {
            policy: "{ mask: {} }",
            input: r#""Jane Doe""#,
            output: Some(r#""********""#),
        },
        Example {
            policy: "{ mask: { keep_last: 4, skip: [punctuation] } }",
            input: r#""4111-1111-1111-1234""#,
            output: Some(r#""****-****-****-1234""#),
        },
        Example {
            policy: "{ mask: { with: { upper: X, lower: x, digit: n, other: \"-\" } } }",
            input: r#""Jane Doe, 12b""#,
            output: Some(r#""Xxxx-Xxx--nnx""#),
        },
        Example {
            policy: "{ mask: { email: { keep_first: 1, domain: keep } } }",
            input: r#""Jane.Doe@Example.com""#,
            output: Some(r#""j***@example.com""#),
        },
        Example {
            policy: "{ mask: { keep_last: 2, numbers: as_text } }",
            input: "4711",
            output: Some(r#""********11""#),
        },
    ],
    shape: &Shape {
        name: "mask",
        words: &[
            word(
                "keep_first",
                Takes::Integer(0, 1024),
                "Characters kept at the start.",
            )
            .default("0"),
            word(
                "keep_last",
                Takes::Integer(0, 1024),
                "Characters kept at the end.",
            )
            .default("0"),
            word(
                "with",
                Takes::Either(&Takes::Text, &Takes::Object(&CLASSES)),
                "The mask: one character; or one for each class of characters, `{ upper, lower, digit, other }`.",
            )
            .default("*"),
            word(
                "skip",
                Takes::OneOrMany(&Takes::Text),
                "Characters that stay in place: `punctuation` (ASCII), `space` (Unicode white space), or single characters.",
            )
            .may_be_empty(),
            word(
                "fixed_length",
                Takes::Either(&Takes::Integer(1, 64), &Takes::OneOf(&["none"])),
                "Mask characters written, however many are masked; `none`: one for each.",
            )
            .default("8; none with skip"),
            word(
                "email",
                Takes::Object(&EMAIL),
                "Of an e-mail address, what stays: `{ keep_first, domain }`.",
            ),
            numbers(
                "A whole number of at most 38 digits is masked as its plain digits, and text leaves; without the word it is refused.",
            ),
        ],
    },
    parse,
    bare: None,
};

#[derive(Clone)]
struct Mask {
    how: How,
    digits: Option<Digits>,
}

#[derive(Clone)]
enum How {
    Ends(Ends),
    Classes(Classes),
    Mailbox(Mailbox),
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let has_classes = mapping
        .node("with")
        .is_some_and(|node| matches!(node.kind, Kind::Map(_)));
    let how = if has_classes {
        for word in ["keep_first", "keep_last", "skip", "fixed_length", "email"] {
            let why = "`with` as a mapping masks each character, in its place";
            param::not_together(mapping, "with", word, why);
        }
        Classes::parse(mapping).map(How::Classes)
    } else if mapping.has("email") {
        Mailbox::parse(mapping).map(How::Mailbox)
    } else {
        Some(How::Ends(Ends::parse(mapping)))
    };
    let digits = Digits::parse(mapping);
    let how = how?;
    (mapping.findings.errors() == before).then(|| Box::new(Mask { how, digits }) as Box<dyn Spec>)
}

impl Spec for Mask {
    fn facts(&self) -> Facts {
        match &self.how {
            How::Ends(how) => how.facts(),
            How::Classes(how) => how.facts(),
            How::Mailbox(how) => how.facts(),
        }
    }

    fn grows(&self) -> Growth {
        let grows = match &self.how {
            How::Ends(how) => how.grows(),
            How::Classes(how) => how.grows(),
            How::Mailbox(how) => how.grows(),
        };
        match self.digits {
            None => grows,
            // Each of the digits gives way to as many bytes as any other character.
            Some(_) => Growth {
                for_each: grows.for_each + DIGITS_MORE as u32 * (1 + grows.for_three / 3),
                ..grows
            },
        }
    }

    fn reveals(&self) -> Reveals {
        let reveals = match &self.how {
            How::Ends(how) => how.reveals(),
            How::Classes(how) => how.reveals(),
            How::Mailbox(how) => how.reveals(),
        };
        let passing = match (&self.how, &self.digits) {
            (How::Mailbox(_), _) => Passing::some_of(Kinds::Texts),
            (_, None) => Passing::exactly(Kinds::Texts),
            (_, Some(_)) => Passing {
                ever: Kinds::Flat,
                ..Passing::exactly(Kinds::Texts)
            },
        };
        let numbers = if self.digits.is_some() { "as_text" } else { "" };
        reveals
            .of_values(passing)
            .with("numbers", Setting::Choice(numbers.to_owned()))
    }

    fn narrow(&self) -> Narrow {
        match &self.how {
            How::Mailbox(_) => Narrow::no_words(),
            _ => Narrow::default(),
        }
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null | Type::Text => Gives::one(from),
            Type::Integer | Type::Number if self.digits.is_some() => Gives::one(Type::Text),
            _ => None,
        }
    }

    fn says(&self, _domain: &str) -> Says {
        Says::of(match &self.how {
            How::Ends(how) => how.says(),
            How::Classes(how) => how.says(),
            How::Mailbox(how) => how.says(),
        })
    }

    fn build(&self, _site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(self.clone()))
    }
}

impl Action for Mask {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let clear = match (view, &self.how, &self.digits) {
            (View::Null, ..) => {
                out.null();
                return Ok(());
            }
            (View::Text(_), How::Mailbox(how), _) => {
                out.text(how.write(view, cx.text, cx.bytes)?);
                return Ok(());
            }
            (View::Text(text), ..) => text.chars_in(cx.text),
            (View::Number(_), _, Some(digits)) => digits.write(view, cx.text, cx.bytes)?,
            _ => return Err(Reason::WrongType),
        };
        match &self.how {
            How::Ends(how) => how.write(clear, cx.bytes),
            How::Classes(how) => how.write(clear, cx.bytes),
            How::Mailbox(_) => unreachable!("it takes no numbers, and its texts are written"),
        }
        out.text(std::str::from_utf8(cx.bytes).expect("made of characters"));
        Ok(())
    }
}
