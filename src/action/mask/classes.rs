//! One mask for capital letters, one for small ones, one for digits, one for the rest.

use super::character::{character, push_many, width};
use crate::action::characters::Characters;
use crate::action::{Degree, Facts, Growth, Reveals, Setting};
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};

/// `with: { upper, lower, digit, other }`.
pub(super) const CLASSES: Shape = Shape {
    name: "with",
    words: &[
        word("upper", Takes::Text, "For each capital letter.").required(),
        word("lower", Takes::Text, "For each small letter.").required(),
        word(
            "digit",
            Takes::Text,
            "For each digit or other number of any script.",
        )
        .required(),
        word(
            "other",
            Takes::Text,
            "For everything else: separators, and letters of scripts that have no capitals.",
        )
        .required(),
    ],
};

/// The four masks.
#[derive(Clone)]
pub(super) struct Classes {
    upper: char,
    lower: char,
    digit: char,
    other: char,
}

impl Classes {
    /// `with` as a mapping; `None` when a finding was added.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Classes> {
        let node = mapping.node("with")?;
        let mut inside = Mapping::open(node, &CLASSES, mapping.findings)?;
        let [upper, lower, digit, other] =
            ["upper", "lower", "digit", "other"].map(|name| character(&mut inside, name));
        Some(Classes {
            upper: upper?,
            lower: lower?,
            digit: digit?,
            other: other?,
        })
    }

    fn all(&self) -> [char; 4] {
        [self.upper, self.lower, self.digit, self.other]
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            writes: Characters::from_iter(self.all()).instead("other masks"),
            length_shows: Some("`with: \"*\"` and `fixed_length: 8`"),
            ..Facts::default()
        }
    }

    pub(super) fn grows(&self) -> Growth {
        let widest = self.all().map(width).into_iter().max().unwrap_or(1);
        Growth {
            for_three: 3 * (widest as u32 - 1),
            ..Growth::default()
        }
    }

    pub(super) fn reveals(&self) -> Reveals {
        // Which masks are one and the same decides; which character it is does not.
        let all = self.all();
        let first = |c: &char| all.iter().position(|other| other == c).unwrap_or(0);
        let apart: String = all.iter().map(|c| first(c).to_string()).collect();
        Reveals::of(Degree::Portion).with("with", Setting::Choice(apart))
    }

    pub(super) fn says(&self) -> String {
        format!(
            "one character for each of the text: `{}` for a capital letter, `{}` for a small one, `{}` for a digit, `{}` for anything else",
            self.upper, self.lower, self.digit, self.other
        )
    }

    /// Writes the masked text to `out`.
    pub(super) fn write(&self, text: &str, out: &mut Vec<u8>) {
        out.clear();
        for c in text.chars() {
            let mask = match c {
                c if c.is_uppercase() => self.upper,
                c if c.is_lowercase() => self.lower,
                c if c.is_numeric() => self.digit,
                _ => self.other,
            };
            push_many(mask, 1, out);
        }
    }
}
