//! Texts to their beginning.

use crate::action::{Cx, Dial, Example, Facts, Gives, Grade, OpenEnd, Says, Setting, Type};
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const TEXT: KindDef = KindDef {
    what: "a text",
    decides: &[word(
        "prefix",
        Takes::Integer(1, 1024),
        "Text: Unicode characters kept at its start.",
    )],
    is_one_of: true,
    further: &[],
    borrows: kind::nothing,
    doc: "**Text** (`prefix`): the first Unicode characters; a shorter text leaves whole.",
    leaks: "A text that is no longer than `prefix` leaves whole: from `prefix: 8` on most codes, dates and names do, and it counts as in clear.",
    examples: &[Example {
        policy: "{ generalize: { prefix: 2 } }",
        input: r#""SW1A 1AA""#,
        output: Some(r#""SW""#),
    }],
    parse: kind::spec::<Prefix>,
};

/// Most postal codes, dates and names have no more characters than that.
const WHOLE_CHARS: usize = 8;

/// How many Unicode characters of the start stay.
#[derive(Clone, Copy, Debug)]
struct Prefix {
    chars: usize,
}

impl Coarsening for Prefix {
    const LEAKS: &'static str = TEXT.leaks;

    const TAKES_ANY_TEXT: bool = true;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Prefix> {
        let chars = mapping.integer("prefix")?;
        Some(Prefix {
            chars: usize::try_from(chars).expect("the range of `prefix` is positive"),
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            clear: self.chars >= WHOLE_CHARS,
            open_end: (self.chars >= 4).then_some(OpenEnd::FinerThan("prefix: 3")),
            grade: Some(Grade::Characters(self.chars)),
            ..Facts::default()
        }
    }

    fn dials(&self) -> Vec<Dial> {
        let chars = u64::try_from(self.chars).unwrap_or(u64::MAX);
        vec![Dial::new("prefix", Setting::Amount(Some(chars)))]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        (from == Type::Text).then(|| Gives::one(from)).flatten()
    }

    fn says(&self) -> Says {
        Says::of(match self.chars {
            1 => "the first character of the text".to_owned(),
            n => format!("the first {n} characters of the text"),
        })
    }

    /// Writes the first characters; a shorter text is its own prefix.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = view else {
            return Err(Reason::WrongType);
        };
        let text = text.chars_in(cx.text);
        let end = text
            .char_indices()
            .nth(self.chars)
            .map_or(text.len(), |(at, _)| at);
        out.text(&text[..end]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use crate::record::Reason;

    #[test]
    fn a_prefix_counts_characters_after_unescaping() {
        let policy = "{ generalize: { prefix: 2 } }";
        for (json, expected) in [
            (r#""SW1A 1AA""#, r#""SW""#),
            (r#""\u00e4\ud83d\ude00b""#, "\"\u{e4}\u{1f600}\""),
            (r#""a""#, r#""a""#),
            (r#""\"\"\"""#, r#""\"\"""#),
            ("null", "null"),
        ] {
            assert_eq!(run(policy, json), Ok(Some(expected.to_owned())));
        }
        for json in ["12345", "true", "[]", "{}"] {
            assert_eq!(run(policy, json), Err(Reason::WrongType));
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        assert_eq!(findings("{ generalize: { prefix: 0 } }"), ["V0007"]);
        assert_eq!(findings("{ generalize: { prefix: 2, top: 3 } }"), ["V0301"]);
    }
}
