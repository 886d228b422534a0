//! `tokenize`: a token of the same form, reversible with the key.

use super::Cx;
use super::characters::Characters;
use super::digits::{DIGITS_MORE, Digits, numbers};
use super::{
    Action, ActionDef, Besides, CodedBy, Degree, Example, Facts, Gives, Growth, IsoClass, KeyUse,
    Kinds, NotBuilt, Passing, Reveals, Reverse, Says, Setting, Site, Spec, Type, param,
};
use crate::crypto::seal::BatchSeal;
use crate::crypto::token::{Begun, CHARACTERS_MAX, Card, Format, Tokenizer, WORDS, is_separator};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Kind;
use crate::record::jobs::Job;
use crate::record::value::{Applied, Out, TextForm, View};
use crate::record::{Nothing, Reason};

/// The definition.
pub(crate) const TOKENIZE: ActionDef = ActionDef {
    name: "tokenize",
    summary: "Writes a token of the same form as the value, from which whoever holds the key gets the value back.",
    doc: DOC,
    iso: IsoClass::Cryptographic,
    leaks: "Which records carry the same value; its length and, but for `iban` and `phone`, its separators; of a phone number and an account its country, of an address its domain, of a card what `card` keeps. A token looks like a real number and may be somebody's. Where outsiders can write values into the source, fewer than 10^9 possible values can be collected into a table.",
    reversible: "yes, by whoever holds the key version and knows domain, space and format; `veil detokenize` does it for fields and the parts of `each`, not inside `redact`, `url` or `names`",
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
        Example {
            policy: "{ tokenize: { key: numbers@1, format: iban } }",
            input: r#""DE89 3704 0044 0532 0130 00""#,
            output: Some(r#""DE81743535186856352180""#),
        },
        Example {
            policy: "{ tokenize: { key: numbers@1, format: { card: last4 } } }",
            input: r#""5500-0000-0000-0004""#,
            output: Some(r#""5308-4246-8052-0004""#),
        },
        Example {
            policy: "{ tokenize: { key: numbers@1, format: email_local } }",
            input: r#""Jane.Doe+x@Example.com""#,
            output: Some(r#""y3k3.d3y+s@example.com""#),
        },
        Example {
            policy: "{ tokenize: { key: numbers@1, format: ssn, numbers: as_text } }",
            input: "219099999",
            output: Some(r#""608123655""#),
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
                Takes::Either(
                    &Takes::TextLike(
                        r"^(digits|hex|alnum36|alnum62|ssn|iban|email_local|phone(\(([A-Z]{2}|-)\))?)$",
                    ),
                    &Takes::Object(&FORMAT),
                ),
                "`digits`, `hex`, `alnum36` (0–9, a–z), `alnum62` (0–9, A–Z, a–z), `ssn` (nine digits), `iban`, `email_local` (the domain stays), `phone` (numbers without `+` are refused) or `phone(DE)` (they are read as from there); or one of `card` and `custom`.",
            )
            .required(),
            numbers(
                "A whole number of at most 38 digits is taken as its plain digits, and the token is text. A number has lost its leading zeros; without the word it is refused.",
            ),
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

/// A format that is more than one word.
const FORMAT: Shape = Shape {
    name: "format",
    words: &[
        word(
            "card",
            Takes::OneOf(&Card::WORDS),
            "A card number with a check digit that holds: the first six (`bin6`) or eight (`bin8`) digits stay, or the last four (`last4`). Not both: of 16 digits, 10^5 possibilities would be left.",
        ),
        word(
            "custom",
            Takes::Text,
            "The characters that are enciphered, at least two different ones: `ACGT`.",
        ),
    ],
};

const DOC: &str = "Takes text, and with `numbers: as_text` whole numbers; anything else is `wrong_type`, but `null`, which leaves nothing. An empty text and a word for nothing leave nothing. `digits` enciphers the digits 0 to 9, 6 to 37 of them; separators stay in place and in clear: blank and no-break blank, ASCII punctuation, hyphens and dashes (U+2010 to U+2015) and the minus sign, no more of them than digits. Anything else beside the digits (a letter, a digit of another script, a symbol such as `№`, a control character) is `format_domain`. `hex` (5 to 31), `alnum36` (4 to 24; both write small letters), `alnum62` (4 to 21) and `custom` do the same over their characters; a UUID has 32 and is refused. `ssn` takes exactly nine digits. `iban` checks country, length and check digits (`bad_identifier`), keeps the country, writes neither blanks nor small letters and computes the check digits again; where a country's accounts hold letters, letters and digits of the token stand anywhere, and those of more than 24 characters are `format_domain` (BR, JO, KW, LC, MT, MU, PS, QA, RU, SC, UA, YE). `email_local` writes the address as `normalize: email` does, keeps the domain and the punctuation, and takes 4 to 24 letters and digits of ASCII before the `@`. `card` checks Luhn's digit (`bad_identifier`) and makes tokens in which it holds. `phone` reads a number, keeps `+` and the country code and enciphers the rest; separators do not come out; what is no phone number is `bad_identifier`. A value with fewer than 10^6 or more than 2^126 possibilities is `format_domain`. The cipher is FF1 of NIST SP 800-38G. A token can be its value, by chance, and of a card or an account it is one that may be somebody's. Tokens have no check: read back under another key, version, domain, space or format, a token gives a plausible wrong value.";

struct Tokenize {
    key: param::Key,
    format: Format,
    space: String,
    /// Whole numbers are taken as their digits.
    numbers: Option<Digits>,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let key = param::pinned_key(mapping);
    let format = format(mapping);
    let space = param::space(mapping);
    let numbers = Digits::parse(mapping);
    let (key, format) = (key?, format?);
    (mapping.findings.errors() == before).then(|| {
        Box::new(Tokenize {
            key,
            format,
            space,
            numbers,
        }) as Box<dyn Spec>
    })
}

fn format(mapping: &mut Mapping<'_, '_>) -> Option<Format> {
    let node = mapping.node("format")?;
    if let Kind::Map(_) = node.kind {
        return Mapping::open(node, &FORMAT, mapping.findings)
            .and_then(|mut m| of_two_words(&mut m));
    }
    let text = mapping.text("format")?;
    let format = Format::from_word(text);
    if format.is_none() {
        let span = mapping.place("format");
        let known = WORDS.into_iter().chain(FORMAT.words.iter().map(|w| w.name));
        codes::unknown_word(mapping.findings, span, "format", text, known);
    }
    format
}

fn of_two_words(mapping: &mut Mapping<'_, '_>) -> Option<Format> {
    param::not_together(mapping, "card", "custom", "a token has one alphabet");
    if let Some(node) = mapping.node("card") {
        // The one list that somebody writes, and what it would do.
        if let Some([_, _, ..]) = node.items() {
            mapping
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    node.span,
                    "`card` keeps the first digits or the last four, not both",
                )
                .why("of a number of 16 digits 10^5 possibilities would be left: they can all be tried")
                .help("write `card: bin6`, `card: bin8` or `card: last4`");
            return None;
        }
        return Format::card(mapping.one_of("card")?);
    }
    if mapping.has("custom") {
        let text = mapping.text("custom")?;
        return match Format::custom(text) {
            Ok(format) => Some(format),
            Err(cause) => {
                let span = mapping.place("custom");
                mapping
                    .findings
                    .error(codes::TOKEN_DOMAIN, span, cause.to_string())
                    .why("a token stands for one value only where the values can be numbered, 10^6 of them at least")
                    .help("write each character once, two or more of them: `custom: ACGT`");
                None
            }
        };
    }
    mapping
        .findings
        .error(
            codes::CHOOSE_ONE,
            mapping.span,
            "`format` needs one of card, custom",
        )
        .help("write `format: { card: bin6 }`, or one word such as `format: digits`");
    None
}

impl Spec for Tokenize {
    fn key(&self) -> Option<KeyUse<'_>> {
        Some(self.key.as_use())
    }

    fn facts(&self) -> Facts {
        Facts {
            linkable: true,
            join_key: Some(
                CodedBy::default()
                    .with("space", self.space.as_str())
                    .with("format", self.format.meets()),
            ),
            reversible: true,
            writes: Characters::of(&self.format.characters())
                .instead("a `format` of other characters, such as `{ custom: … }`"),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        let more = match &self.format {
            // A national number gets its plus sign and the code of its country.
            Format::Phone(_) => 1 + 3,
            // A domain in another script is written in ASCII.
            Format::EmailLocal(_) => 253,
            format => CHARACTERS_MAX * format.widest().map_or(0, |bytes| bytes - 1),
        };
        let digits = self.numbers.as_ref().map_or(0, |_| DIGITS_MORE);
        Growth::by(more + digits)
    }

    fn reveals(&self) -> Reveals {
        let country = match &self.format {
            Format::Phone(canon) => format!(" {}", canon.id()),
            _ => String::new(),
        };
        let (takes, numbers) = match self.numbers {
            Some(_) => (Kinds::Flat, "as_text"),
            None => (Kinds::Texts, ""),
        };
        // Nothing leaves of a `null`.
        Reveals::of(Degree::ReversibleCode)
            .of_values(Passing::some_of(takes))
            .with(
                "format",
                Setting::Choice(format!("{}{country}", self.format.meets())),
            )
            .with("numbers", Setting::Choice(numbers.to_owned()))
            .with("space", Setting::Choice(self.space.clone()))
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        match from {
            Type::Null => Gives::NOTHING,
            Type::Text => Gives::maybe(Type::Text),
            Type::Integer | Type::Number if self.numbers.is_some() => Gives::maybe(Type::Text),
            _ => None,
        }
    }

    fn says(&self, domain: &str) -> Says {
        let (alias, kind) = (
            self.key.as_use().alias,
            match &self.format {
                Format::Digits | Format::Ssn => "a number of the same form",
                Format::Phone(_) => "a phone number of the same country",
                Format::Spelled(_) => "a text of the same form",
                Format::Iban => "an account number of the same country",
                Format::EmailLocal(_) => "an address of the same domain",
                Format::Card(Card::Bin(_)) => "a card number that begins with the same digits",
                Format::Card(Card::Last4) => "a card number that ends with the same four digits",
            },
        );
        let reach = format!("the same in every output of domain `{domain}`");
        Says::of(format!(
            "{kind} that stands for the value, {reach}; whoever holds the key `{alias}` can turn it back"
        ))
        .reaching(reach)
    }

    fn build(&self, site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        let root = &param::handle(site).root;
        let format = self.format.clone().with_nothing(site.nothing);
        let key = Tokenizer::new(root, site.domain, &self.space, format)?;
        Ok(Box::new(Made {
            key,
            numbers: self.numbers.clone(),
            nothing: site.nothing.clone(),
            separated: self.format == Format::Digits,
        }))
    }
}

struct Made {
    key: Tokenizer,
    /// Whole numbers are taken, as this writes them.
    numbers: Option<Digits>,
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
            _ if is_separator(c) => separators += 1,
            _ => return false,
        }
    }
    separators <= digits
}

impl Made {
    /// Writes the token of `clear`, which is made in `token`.
    fn write(
        &self,
        clear: &str,
        token: &mut String,
        out: &mut dyn Out,
        cx: &mut Cx<'_>,
    ) -> Applied {
        if self.nothing.is(clear.as_bytes()) {
            return Ok(());
        }
        token.clear();
        let at = cx.jobs.scratch.len();
        let input = &mut cx.jobs.scratch;
        match self.key.begin(clear, cx.bytes, token, input) {
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
                out.text(token);
                Ok(())
            }
            Ok(Begun::Absent) => Ok(()),
            Err(reason) => Err(reason),
        }
    }
}

impl Action for Made {
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let mut token = std::mem::take(cx.text);
        let mut unescaped = String::new();
        let applied = match (view, &self.numbers) {
            (View::Null, _) => Ok(()),
            (View::Text(text), _) => {
                // Unescaped text lies in the buffer that the token would be made in.
                if text.form() == TextForm::JsonEscaped {
                    std::mem::swap(&mut token, &mut unescaped);
                }
                self.write(text.chars_in(&mut unescaped), &mut token, out, cx)
            }
            (View::Number(_), Some(numbers)) => {
                match numbers.write(view, &mut unescaped, cx.bytes) {
                    Ok(digits) => self.write(digits, &mut token, out, cx),
                    Err(reason) => Err(reason),
                }
            }
            _ => Err(Reason::WrongType),
        };
        *cx.text = match token.capacity() >= unescaped.capacity() {
            true => token,
            false => unescaped,
        };
        applied
    }

    fn finish(&self, jobs: &[Job], inputs: &[u8], out: &mut [u8], _seal: &mut BatchSeal) {
        self.key.finish(jobs, inputs, out);
    }

    fn recomputed_from(&self) -> Option<Besides> {
        Some(Besides::default())
    }

    fn as_reverse(&self) -> Option<&dyn Reverse> {
        Some(self)
    }
}

impl Reverse for Made {
    /// Tokens made before separators were bounded are read as well.
    fn reverse(&self, made: &str, _at_ms: i64, clear: &mut String) -> Applied {
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
        reverse.reverse(made, 0, &mut clear).unwrap();
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

    /// What each takes, and what comes back: the value as the format writes it.
    #[test]
    fn each_format_comes_back() {
        for (format, text, back_as) in [
            ("hex", "DEAD-beef", "dead-beef"),
            ("alnum36", "AB-1234", "ab-1234"),
            ("alnum62", "aZ09 bY18", "aZ09 bY18"),
            ("{ custom: ACGT }", "GATTACAGATTACA", "GATTACAGATTACA"),
            (
                "{ custom: 'é\"ü😀' }",
                "éé\"ü😀éé\"ü😀éé",
                "éé\"ü😀éé\"ü😀éé",
            ),
            ("ssn", "078-05-1120", "078-05-1120"),
            (
                "iban",
                "gb29 nwbk 6016 1331 9268 19",
                "GB29NWBK60161331926819",
            ),
            (
                "email_local",
                "Jane.Doe@Example.com",
                "jane.doe@example.com",
            ),
            (
                "{ card: bin6 }",
                "4111 1111 1111 1111",
                "4111 1111 1111 1111",
            ),
            ("{ card: bin8 }", "378282246310005", "378282246310005"),
            (
                "{ card: last4 }",
                "5500-0000-0000-0004",
                "5500-0000-0000-0004",
            ),
        ] {
            let policy = format!("{{ tokenize: {{ key: numbers@1, format: {format} }} }}");
            let made = token(&policy, text);
            assert_ne!(made, back_as, "{format}");
            assert_eq!(back(&policy, &made), back_as, "{format}");
            for bad in [
                "true",
                "[]",
                "{}",
                "42",
                "-0",
                "1e3",
                r#""\u200e""#,
                r#""\ud83d\ude00""#,
                r#""٠١٢٣٤٥٦٧٨""#,
            ] {
                let refused = run(&policy, bad);
                assert!(refused.is_err(), "{format} {bad}: {refused:?}");
            }
            let long = format!("\"{}\"", "1".repeat(1_000_000));
            assert!(run(&policy, &long).is_err(), "{format}");
            for nothing in ["null", r#""""#, r#""n/a""#] {
                assert_eq!(run(&policy, nothing), Ok(None), "{format}");
            }
        }
    }

    #[test]
    fn whole_numbers_are_their_digits_where_the_policy_says_so() {
        const BOTH: &str = "{ tokenize: { key: numbers@1, format: digits, numbers: as_text } }";
        assert_eq!(run(BOTH, "78051120"), run(BOTH, r#""78051120""#));
        assert_eq!(run(BOTH, "7805112e1"), run(BOTH, r#""78051120""#));
        assert_eq!(run(BOTH, "78051120.0"), run(BOTH, r#""78051120""#));
        assert_eq!(run(BOTH, "7805112.5"), Err(Reason::WrongType));
        assert_eq!(run(BOTH, "1e38"), Err(Reason::WrongType));
        assert_eq!(run(BOTH, "true"), Err(Reason::WrongType));
        assert_eq!(run(BOTH, "12345"), Err(Reason::FormatDomain));
        assert_eq!(run(BOTH, "-0"), Err(Reason::FormatDomain));
        assert_eq!(run(DIGITS, "78051120"), Err(Reason::WrongType));
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("key: numbers, format: digits", &["V0306"][..]),
            ("key: numbers@0, format: digits", &["V0306"]),
            ("key: numbers@01, format: digits", &["V0306"]),
            ("key: '@1', format: digits", &["V0306"]),
            ("key: numbers@1", &["V0005"]),
            ("key: numbers@1, format: card", &["V0004"]),
            ("key: numbers@1, format: uuid", &["V0004"]),
            ("key: numbers@1, format: { card: bin7 }", &["V0004"]),
            (
                "key: numbers@1, format: { card: [bin6, last4] }",
                &["V0302"],
            ),
            (
                "key: numbers@1, format: { card: bin6, custom: ab }",
                &["V0302"],
            ),
            ("key: numbers@1, format: {}", &["V0301"]),
            ("key: numbers@1, format: [digits]", &["V0006"]),
            ("key: numbers@1, format: { custom: a }", &["V0310"]),
            ("key: numbers@1, format: { custom: aba }", &["V0310"]),
            ("key: numbers@1, format: { custom: [a, b] }", &["V0006"]),
            ("key: numbers@1, format: digits, numbers: true", &["V0004"]),
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
