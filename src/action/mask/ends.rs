//! Everything masked, or all but a few characters at the ends and between.

use std::collections::BTreeSet;

use super::character::{character, push_many, width};
use crate::action::characters::Characters;
use crate::action::{Degree, Facts, Growth, Reveals, Setting, param};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::record::Literal;

const FIXED_LENGTH: usize = 8;

/// With so many characters kept the rest is tried in moments. Of a card's number the
/// first eight and the last four may be shown (PCI DSS 4.0, 3.4.1).
const WHOLE_CHARS: usize = 13;

/// What stays and what stands for the rest.
#[derive(Clone)]
pub(super) struct Ends {
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

impl Ends {
    /// `keep_first`, `keep_last`, `with`, `skip` and `fixed_length`. What is wrong is
    /// reported; what comes back counts only where nothing is.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Ends {
        let mut count = |name| {
            mapping
                .integer(name)
                .map_or(0, |n| usize::try_from(n).expect("counts are not negative"))
        };
        let (keep_first, keep_last) = (count("keep_first"), count("keep_last"));
        let with = character(mapping, "with").unwrap_or('*');
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
        Ends {
            keep_first,
            keep_last,
            with,
            skip,
            fixed_length,
        }
    }

    pub(super) fn facts(&self) -> Facts {
        let fix = match self.skip.is_empty() {
            true => "`fixed_length: 8`",
            false => "`mask` without `skip`",
        };
        Facts {
            clear: self.keep_first + self.keep_last >= WHOLE_CHARS,
            writes: Characters::from_iter([self.with]).instead("another mask: `with`"),
            length_shows: self.fixed_length.is_none().then_some(fix),
            ..Facts::default()
        }
    }

    pub(super) fn grows(&self) -> Growth {
        // At worst the mask character stands as an escape, and the masked one was a byte.
        let with = width(self.with);
        Growth {
            for_three: 3 * (with as u32 - 1),
            ..Growth::by(self.fixed_length.unwrap_or(0) * with)
        }
    }

    pub(super) fn reveals(&self) -> Reveals {
        let hides_all = self.keep_first + self.keep_last == 0 && self.skip.is_empty();
        let degree = match hides_all && self.fixed_length.is_some() {
            true => Degree::Nullness,
            false => Degree::Portion,
        };
        Reveals::of(degree)
            .spelled(
                &["keep_first", "keep_last", "skip"],
                Setting::Stay(self.keep_first, self.keep_last, self.skip.said()),
            )
            .with("fixed_length", Setting::Switch(self.fixed_length.is_none()))
    }

    pub(super) fn says(&self) -> String {
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
        what
    }

    /// Writes the masked text to `out`.
    pub(super) fn write(&self, text: &str, out: &mut Vec<u8>) {
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
        push_many(self.with, count, out);
    }
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
