//! `mask`: characters give way to a mask.

use std::collections::BTreeSet;

use super::Cx;
use super::{
    Action, ActionDef, Degree, Example, Facts, Gives, Growth, IsoClass, Kinds, NotBuilt, Passing,
    Reveals, Says, Setting, Site, Spec, Type, param,
};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Literal;
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

/// The definition.
pub(crate) const MASK: ActionDef = ActionDef {
    name: "mask",
    summary: "Replaces the characters of a text by a mask, all of them or all but a few at its ends.",
    doc: "Takes text; anything else but `null`, which stays `null`, is refused with `wrong_type`. What is masked becomes `fixed_length` mask characters however long it was, so the length does not leave; with `fixed_length: none`, or with `skip`, one for each character. Counts are Unicode characters, separators counted too. A text that is not longer than what would be kept is masked whole, and so is one of skipped characters alone.",
    iso: IsoClass::Suppression,
    leaks: "The characters kept or skipped, in clear; with `skip` or `fixed_length: none` the length too. With a few kept characters and some knowledge of the person a value can be guessed; 13 kept characters or more count as in clear.",
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
            word("with", Takes::Text, "The mask: one character.").default("*"),
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
        ],
    },
    parse,
    bare: None,
};

const FIXED_LENGTH: usize = 8;

/// With so many characters kept the rest is tried in moments. Of a card's number the
/// first eight and the last four may be shown (PCI DSS 4.0, 3.4.1).
const WHOLE_CHARS: usize = 13;

#[derive(Clone)]
struct Mask {
    keep_first: usize,
    keep_last: usize,
    with: char,
    skip: Skip,
    /// `None`: one mask character for each.
    fixed_length: Option<usize>,
}

#[derive(Clone, Default)]
struct Skip {
    punctuation: bool,
    space: bool,
    characters: Vec<char>,
}

impl Skip {
    fn is_empty(&self) -> bool {
        !self.punctuation && !self.space && self.characters.is_empty()
    }

    /// What stays, character by character where that can be said.
    fn said(&self) -> BTreeSet<String> {
        let marks = ('!'..='~').filter(|c| self.punctuation && c.is_ascii_punctuation());
        let each = marks.chain(self.characters.iter().copied());
        let space = self.space.then(|| "space".to_owned());
        each.map(String::from).chain(space).collect()
    }

    fn has(&self, c: char) -> bool {
        (self.punctuation && c.is_ascii_punctuation())
            || (self.space && c.is_whitespace())
            || self.characters.contains(&c)
    }
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let mut count = |name| {
        mapping
            .integer(name)
            .map_or(0, |n| usize::try_from(n).expect("counts are not negative"))
    };
    let (keep_first, keep_last) = (count("keep_first"), count("keep_last"));
    let with = mask_character(mapping);
    let skip = skipped(mapping);
    let fixed_length = match mapping.node("fixed_length").and_then(|n| n.scalar()) {
        None if !mapping.has("fixed_length") => skip.is_empty().then_some(FIXED_LENGTH),
        Some("none") => None,
        _ => {
            param::not_together(
                mapping,
                "skip",
                "fixed_length",
                "skipped characters stay in their place, so the length shows",
            );
            fixed_length(mapping)
        }
    };
    (mapping.findings.errors() == before).then(|| {
        Box::new(Mask {
            keep_first,
            keep_last,
            with,
            skip,
            fixed_length,
        }) as Box<dyn Spec>
    })
}

fn fixed_length(mapping: &mut Mapping<'_, '_>) -> Option<usize> {
    let node = mapping.node("fixed_length")?;
    let length = match param::literal(node) {
        Some(Literal::Number(text)) => text.parse().ok(),
        _ => None,
    };
    let length = length.filter(|n| (1..=64).contains(n));
    if length.is_none() {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                "`fixed_length` must be a number from 1 to 64, or `none`",
            )
            .help("write `fixed_length: 8`");
    }
    length
}

fn mask_character(mapping: &mut Mapping<'_, '_>) -> char {
    let Some(text) = mapping.text("with") else {
        return '*';
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_control() => c,
        _ => {
            let span = mapping.place("with");
            mapping
                .findings
                .error(
                    codes::OUT_OF_RANGE,
                    span,
                    "`with` must be one printable character",
                )
                .help("write `with: \"*\"`");
            '*'
        }
    }
}

fn skipped(mapping: &mut Mapping<'_, '_>) -> Skip {
    let mut skip = Skip::default();
    for (text, span) in mapping.texts("skip") {
        let mut chars = text.chars();
        match (text, chars.next(), chars.next()) {
            ("punctuation", ..) => skip.punctuation = true,
            ("space", ..) => skip.space = true,
            // A letter or digit left in place would be part of the value.
            (_, Some(c), None) if !c.is_alphanumeric() => skip.characters.push(c),
            _ => {
                codes::unknown_word(
                    mapping.findings,
                    span,
                    "skip",
                    text,
                    ["punctuation", "space"].into_iter(),
                );
            }
        }
    }
    skip
}

impl Mask {
    /// Writes the masked text to `out`.
    fn write(&self, text: &str, out: &mut Vec<u8>) {
        out.clear();
        let len = text.chars().count();
        let kept = self.keep_first.saturating_add(self.keep_last);
        if len <= kept || text.chars().all(|c| self.skip.has(c)) {
            return self.write_masks(self.fixed_length.unwrap_or(len), out);
        }
        let masked = self.keep_first..len - self.keep_last;
        for (i, c) in text.chars().enumerate() {
            let stays = !masked.contains(&i) || self.skip.has(c);
            match self.fixed_length {
                _ if stays => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => self.write_masks(1, out),
                Some(masks) if i == masked.start => self.write_masks(masks, out),
                Some(_) => {}
            }
        }
    }

    fn write_masks(&self, count: usize, out: &mut Vec<u8>) {
        let mut utf8 = [0; 4];
        let mask = self.with.encode_utf8(&mut utf8).as_bytes();
        out.extend(std::iter::repeat_n(mask, count).flatten());
    }
}

impl Spec for Mask {
    fn facts(&self) -> Facts {
        let fix = match self.skip.is_empty() {
            true => "`fixed_length: 8`",
            false => "`mask` without `skip`",
        };
        Facts {
            clear: self.keep_first + self.keep_last >= WHOLE_CHARS,
            length_shows: self.fixed_length.is_none().then_some(fix),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // At worst the mask character stands as an escape, and the masked one was a byte.
        let with = match self.with {
            '"' | '\\' => 2,
            with => with.len_utf8(),
        };
        Growth {
            for_three: 3 * (with as u32 - 1),
            ..Growth::by(self.fixed_length.unwrap_or(0) * with)
        }
    }

    fn reveals(&self) -> Reveals {
        let hides_all = self.keep_first + self.keep_last == 0 && self.skip.is_empty();
        let degree = match hides_all && self.fixed_length.is_some() {
            true => Degree::Nullness,
            false => Degree::Portion,
        };
        Reveals::of(degree)
            .of_values(Passing::exactly(Kinds::Texts))
            .spelled(
                &["keep_first", "keep_last", "skip"],
                Setting::Stay(self.keep_first, self.keep_last, self.skip.said()),
            )
            .with("fixed_length", Setting::Switch(self.fixed_length.is_none()))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null | Type::Text => Gives::one(from),
            _ => None,
        }
    }

    fn says(&self, _domain: &str) -> Says {
        let masked = match self.fixed_length {
            Some(n) => format!("{n} times `{}`", self.with),
            None => format!("one `{}` for each character", self.with),
        };
        let first = (self.keep_first > 0).then(|| format!("the first {}", self.keep_first));
        let last = (self.keep_last > 0).then(|| format!("the last {}", self.keep_last));
        let ends: Vec<String> = first.into_iter().chain(last).collect();
        let mut what = match ends.is_empty() {
            true => format!("{masked} in place of the text"),
            false => format!(
                "{} characters of the text, {masked} in place of the rest; a text that is not longer is masked whole",
                ends.join(" and ")
            ),
        };
        if !self.skip.is_empty() {
            what.push_str("; separators stay");
        }
        Says::of(what)
    }

    fn build(&self, _site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(self.clone()))
    }
}

impl Action for Mask {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match view {
            View::Null => out.null(),
            View::Text(text) => {
                self.write(text.chars_in(cx.text), cx.bytes);
                out.text(std::str::from_utf8(cx.bytes).expect("made of characters"));
            }
            _ => return Err(Reason::WrongType),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{findings, run};
    use crate::record::Reason;
    use proptest::prelude::*;

    fn masked(parameters: &str, text: &str) -> String {
        let json = serde_json::to_string(text).unwrap();
        let out = run(&format!("{{ mask: {{ {parameters} }} }}"), &json)
            .unwrap()
            .unwrap();
        serde_json::from_str(&out).unwrap()
    }

    #[test]
    fn everything_is_masked_and_the_length_hidden_unless_said() {
        assert_eq!(masked("", "Jane"), "********");
        assert_eq!(masked("", ""), "********");
        assert_eq!(masked("fixed_length: 3, with: x", "Jane Doe"), "xxx");
        assert_eq!(masked("fixed_length: none", "Zoë!"), "****");
        assert_eq!(
            masked("keep_first: 1, keep_last: 2", "Zoë Müller"),
            "Z********er"
        );
        assert_eq!(masked("skip: [space, '.']", "J. Doe"), "*. ***");
    }

    #[test]
    fn a_text_not_longer_than_what_is_kept_is_masked_whole() {
        for text in ["", "a", "ab", "abc", "a-c"] {
            assert_eq!(masked("keep_first: 2, keep_last: 1", text), "********");
            assert_eq!(
                masked("keep_first: 2, keep_last: 1, skip: punctuation", text),
                "*".repeat(text.len())
            );
        }
        assert_eq!(masked("keep_first: 2, keep_last: 1", "abcd"), "ab********d");
        assert_eq!(masked("skip: punctuation", "--"), "**");
    }

    #[test]
    fn takes_text_only() {
        assert_eq!(run("{ mask: {} }", "null"), Ok(Some("null".into())));
        for json in ["1", "true", "[]", "{}", r#"["a"]"#] {
            assert_eq!(run("{ mask: {} }", json), Err(Reason::WrongType));
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        assert_eq!(findings("{ mask: { with: ab } }"), ["V0007"]);
        assert_eq!(findings("{ mask: { skip: [digits] } }"), ["V0004"]);
        assert_eq!(findings("{ mask: { skip: [a] } }"), ["V0004"]);
        assert_eq!(
            findings("{ mask: { skip: [space], fixed_length: 8 } }"),
            ["V0302"]
        );
        assert_eq!(findings("{ mask: { fixed_length: 0 } }"), ["V0007"]);
        assert_eq!(findings("{ mask: { keep_first: -1 } }"), ["V0007"]);
    }

    proptest! {
        #[test]
        fn only_the_kept_ends_depend_on_the_text(
            text in "\\PC{0,20}", other in "\\PC{0,20}", first in 0usize..4, last in 0usize..4,
        ) {
            let parameters = format!("keep_first: {first}, keep_last: {last}");
            let chars: Vec<char> = text.chars().collect();
            let out = masked(&parameters, &text);
            if chars.len() > first + last {
                let start: String = chars[..first].iter().collect();
                let end: String = chars[chars.len() - last..].iter().collect();
                prop_assert_eq!(&out, &format!("{start}********{end}"));
                let same_ends = format!("{start}{other}x{end}");
                prop_assert_eq!(masked(&parameters, &same_ends), out);
            } else {
                prop_assert_eq!(out, "********");
            }
        }
    }
}
