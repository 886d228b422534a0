//! `tokenize`: a token of the same form, reversible with the key.

use super::Cx;
use super::{
    Action, ActionDef, Besides, Degree, Example, Facts, Gives, Growth, IsoClass, KeyUse, Kinds,
    NotBuilt, Passing, Reveals, Reverse, Says, Setting, Site, Spec, Type, param,
};
use crate::crypto::seal::BatchSeal;
use crate::crypto::token::{Begun, Format, Tokenizer};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::jobs::Job;
use crate::record::value::{Applied, Out, TextForm, View};
use crate::record::{Nothing, Reason};

/// The definition.
pub(crate) const TOKENIZE: ActionDef = ActionDef {
    name: "tokenize",
    summary: "Writes a token of the same form as the value, from which whoever holds the key gets the value back.",
    doc: DOC,
    iso: IsoClass::Cryptographic,
    leaks: "Which records carry the same value; its length, of `digits` its separators and, of a phone number, its country. A token looks like a real number and may be somebody's. Where outsiders can write values into the source, fewer than 10^9 possible values can be collected into a table.",
    reversible: "yes, by whoever holds the key version and knows domain, space and format",
    examples: &[
        Example {
            policy: "{ tokenize: { key: numbers@1, format: digits } }",
            input: r#""078-05-1120""#,
            output: Some(r#""414-33-2153""#),
        },
        Example {
            policy: "{ tokenize: { key: numbers@1, format: phone(DE) } }",
            input: r#""0151 123 456 78""#,
            output: Some(r#""+4978548173725""#),
        },
    ],
    shape: &Shape {
        name: "tokenize",
        words: &[
            word(
                "key",
                Takes::KeyName("^.+@[1-9][0-9]*$"),
                "A name under `keys:` and the pinned version, `numbers@1`: tokens carry no version, so the policy must.",
            )
            .required(),
            word(
                "format",
                Takes::TextLike(r"^(digits|phone(\(([A-Z]{2}|-)\))?)$"),
                "`digits`, `phone` (numbers without `+` are refused) or `phone(DE)` (they are read as from there).",
            )
            .required(),
            word(
                "space",
                Takes::TextLike("^([a-z0-9][a-z0-9._-]{0,127})?$"),
                "Keeps kinds of numbers apart: tokens of different spaces never meet.",
            ),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Takes text; anything else is `wrong_type`, but `null`, which leaves nothing. `digits` enciphers the digits 0 to 9, 6 to 37 of them; separators stay in place and in clear: blank and no-break blank, ASCII punctuation, hyphens and dashes (U+2010 to U+2015) and the minus sign, no more of them than digits. Anything else beside the digits (a letter, a digit of another script, a symbol such as `№`, a control character) is `format_domain`. `phone` reads a number, keeps `+` and the country code and enciphers the rest; separators do not come out; what is no phone number is `bad_identifier`, and an empty text or a word for nothing leaves nothing. With `digits` too an empty text or a word for nothing leaves nothing. A value with fewer than 10^6 possibilities is `format_domain`. The cipher is FF1 of NIST SP 800-38G. Tokens have no check: read back under another key, version, domain, space or format, a token gives a plausible wrong value.";

/// Formats that the language knows and this version lacks.
const LATER: [&str; 5] = ["hex", "alnum36", "alnum62", "card", "custom"];

struct Tokenize {
    key: param::Key,
    format: Format,
    space: String,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let key = param::pinned_key(mapping);
    let format = format(mapping);
    let space = param::space(mapping);
    let (key, format) = (key?, format?);
    (mapping.findings.errors() == before)
        .then(|| Box::new(Tokenize { key, format, space }) as Box<dyn Spec>)
}

fn format(mapping: &mut Mapping<'_, '_>) -> Option<Format> {
    let text = mapping.text("format")?;
    let span = mapping.place("format");
    let format = Format::from_word(text);
    if format.is_none() {
        if LATER.iter().any(|word| text.starts_with(word)) {
            codes::not_in_this_version(mapping.findings, span, &format!("format: {text}"));
        } else {
            let known = ["digits", "phone", "phone(DE)"];
            codes::unknown_word(mapping.findings, span, "format", text, known.into_iter());
        }
    }
    format
}

impl Spec for Tokenize {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        Facts {
            linkable: true,
            join_key: Some(format!("space `{}`, {}", self.space, self.format.id())),
            reversible: true,
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // A national number gets its plus sign and the code of its country.
        Growth::by(1 + 3)
    }

    fn reveals(&self) -> Reveals {
        let country = match &self.format {
            Format::Digits => String::new(),
            Format::Phone(canon) => format!(" {}", canon.id()),
        };
        // Nothing leaves of a `null`.
        Reveals::of(Degree::ReversibleCode)
            .of_values(Passing::some_of(Kinds::Texts))
            .with(
                "format",
                Setting::Choice(format!("{}{country}", self.format.id())),
            )
            .with("space", Setting::Choice(self.space.clone()))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::NOTHING,
            Type::Text => Gives::maybe(Type::Text),
            _ => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let (alias, kind) = (
            self.key.as_use().alias,
            match &self.format {
                Format::Digits => "a number of the same form",
                Format::Phone(_) => "a phone number of the same country",
            },
        );
        Says::of(format!(
            "{kind} that stands for the value, the same in every output of domain `{domain}`; whoever holds the key `{alias}` can turn it back"
        ))
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let root = &param::handle(site).root;
        let format = self.format.clone().with_nothing(site.nothing);
        let key = Tokenizer::new(root, site.domain, &self.space, format)?;
        Ok(Box::new(Made {
            key,
            nothing: site.nothing.clone(),
            separated: self.format == Format::Digits,
        }))
    }
}

struct Made {
    key: Tokenizer,
    nothing: Nothing,
    /// The format leaves separators where they stand.
    separated: bool,
}

/// True for the digits 0 to 9 and, no more of them than of digits, the marks
/// that numbers are written with. The format itself lets everything stay that
/// is neither letter nor number, and with that whatever a producer spells in
/// circled letters, braille, tags or the number of blanks.
fn is_digits_and_separators(text: &str) -> bool {
    let (mut digits, mut separators) = (0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '0'..='9' => digits += 1,
            ' ' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}' => separators += 1,
            _ if c.is_ascii_punctuation() => separators += 1,
            _ => return false,
        }
    }
    separators <= digits
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = match view {
            View::Null => return Ok(()),
            View::Text(text) => text,
            _ => return Err(Reason::WrongType),
        };
        // Unescaped text lies in the buffer that the token would be made in.
        let mut token = match text.form() {
            TextForm::JsonEscaped => String::new(),
            _ => std::mem::take(cx.text),
        };
        token.clear();
        let clear = text.chars_in(cx.text);
        if self.nothing.is(clear.as_bytes()) {
            return Ok(());
        }
        let at = cx.jobs.scratch.len();
        let input = &mut cx.jobs.scratch;
        let begun = self.key.begin(clear, cx.bytes, &mut token, input);
        let applied = match begun {
            // All separators are of the set; are they too many?
            Ok(Begun::Waits { len, digits }) if self.separated && len > 2 * digits => {
                cx.jobs.withdraw(at);
                Err(Reason::FormatDomain)
            }
            Ok(Begun::Waits { len, .. }) => {
                debug_assert!(!self.separated || is_digits_and_separators(clear));
                let target = out.reserve_text(len);
                cx.defer(at, target);
                Ok(())
            }
            Ok(Begun::Made) if self.separated && !is_digits_and_separators(clear) => {
                Err(Reason::FormatDomain)
            }
            Ok(Begun::Made) => {
                out.text(&token);
                Ok(())
            }
            Ok(Begun::Absent) => Ok(()),
            Err(reason) => Err(reason),
        };
        if token.capacity() > cx.text.capacity() {
            *cx.text = token;
        }
        applied
    }

    fn finish(&self, jobs: &[Job], inputs: &[u8], out: &mut [u8], _seal: &mut BatchSeal) {
        self.key.finish(jobs, inputs, out);
    }

    fn recomputed_from(&self) -> Option<Besides> {
        Some(Besides::Nothing)
    }

    fn as_reverse(&self) -> Option<&dyn Reverse> {
        Some(self)
    }
}

impl Reverse for Made {
    /// Tokens made before separators were bounded are read as well.
    fn reverse(&self, made: &str, clear: &mut String) -> Applied {
        self.key.decipher(made, &mut Vec::new(), clear).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{build, findings, run};
    use super::*;
    use proptest::prelude::*;

    const DIGITS: &str = "{ tokenize: { key: numbers@1, format: digits } }";
    const PHONE: &str = "{ tokenize: { key: numbers@1, format: phone(DE) } }";

    fn token(policy: &str, text: &str) -> String {
        let json = serde_json::to_string(text).unwrap();
        let out = run(policy, &json).unwrap().unwrap();
        serde_json::from_str(&out).unwrap()
    }

    fn back(policy: &str, made: &str) -> String {
        let mut clear = String::new();
        let action = build(policy);
        let reverse = action.as_reverse().unwrap();
        reverse.reverse(made, &mut clear).unwrap();
        clear
    }

    #[test]
    fn tokens_keep_the_form_and_come_back() {
        let made = token(DIGITS, "078-05-1120");
        assert_ne!(made, "078-05-1120");
        assert_eq!((made.as_bytes()[3], made.as_bytes()[6]), (b'-', b'-'));
        assert_eq!(back(DIGITS, &made), "078-05-1120");
        let made = token(PHONE, "0151 123 456 78");
        assert!(made.starts_with("+49") && made.len() == 14);
        assert_eq!(back(PHONE, &made), "+4915112345678");
        // Escaped text is the same text.
        assert_eq!(
            run(PHONE, r#""\u002b4915112345678""#),
            run(PHONE, r#""+4915112345678""#)
        );
        let other = "{ tokenize: { key: numbers@1, format: digits, space: other } }";
        assert_ne!(token(other, "078-05-1120"), token(DIGITS, "078-05-1120"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (policy, json, expected) in [
            (DIGITS, "null", Ok(None)),
            (PHONE, r#""unknown""#, Ok(None)),
            (DIGITS, "78051120", Err(Reason::WrongType)),
            (DIGITS, "[]", Err(Reason::WrongType)),
            (DIGITS, "true", Err(Reason::WrongType)),
            (DIGITS, r#""""#, Ok(None)),
            (DIGITS, r#""Unknown""#, Ok(None)),
            (DIGITS, r#""12345""#, Err(Reason::FormatDomain)),
            (DIGITS, r#""123456x""#, Err(Reason::FormatDomain)),
            (PHONE, r#""x""#, Err(Reason::BadIdentifier)),
        ] {
            assert_eq!(run(policy, json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_separator_never_stays_clear() {
        for text in [
            "Ⓐⓓⓐ 078051120",
            "078051120\u{e0041}",
            "078051120⠓",
            "078051120\u{7}",
            "078051120\u{200b}",
            "078051120\u{3000}",
            "№ 078051120",
            "078051120🂡",
            "0780-----------51120-",
            &format!("078051120{}", " ".repeat(100_000)),
        ] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(run(DIGITS, &json), Err(Reason::FormatDomain), "{text:.30}");
        }
    }

    #[test]
    fn separators_that_numbers_are_written_with_stay() {
        for text in [
            "(078)-05–1120\u{a0}",
            "078‐05‑11‒20—21―22−23",
            "#078_05/11.20,21:22'23*24",
            "--------078051120",
        ] {
            let made = token(DIGITS, text);
            let kept = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
            assert_eq!(kept(&made), kept(text));
            assert_ne!(made, text);
            assert_eq!(back(DIGITS, &made), text);
        }
    }

    #[test]
    fn a_format_is_announced_or_built_and_never_both() {
        for word in LATER {
            assert_eq!(Format::from_word(word), None, "{word}");
            let policy = format!("{{ tokenize: {{ key: numbers@1, format: {word} }} }}");
            assert_eq!(findings(&policy), ["V0001"], "{word}");
        }
        for built in ["digits", "phone", "phone(DE)"] {
            assert!(Format::from_word(built).is_some(), "{built}");
            // What begins like an announced format is taken for one.
            assert!(
                !LATER.iter().any(|later| built.starts_with(later)),
                "{built}"
            );
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("key: numbers, format: digits", &["V0306"][..]),
            ("key: numbers@0, format: digits", &["V0306"]),
            ("key: numbers@01, format: digits", &["V0306"]),
            ("key: '@1', format: digits", &["V0306"]),
            ("key: numbers@1", &["V0005"]),
            ("key: numbers@1, format: card", &["V0001"]),
            ("key: numbers@1, format: digit", &["V0004"]),
            ("key: numbers@1, format: phone(XX)", &["V0004"]),
        ] {
            assert_eq!(
                findings(&format!("{{ tokenize: {{ {parameters} }} }}")),
                codes,
                "{parameters}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_number_comes_back(text in "([0-9][-. –]{0,1}){6,37}") {
            let made = token(DIGITS, &text);
            prop_assert_eq!(back(DIGITS, &made), text);
        }
    }
}
