//! Telephone numbers to their country.

use crate::action::characters::{Characters, DIGITS};
use crate::action::{Cx, Dial, Example, Facts, Gives, Says, Setting, Type};
use crate::canon::{self, Canon};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const PHONE: KindDef = KindDef {
    what: "a telephone number",
    decides: &[word(
        "phone",
        Takes::OneOf(&["country", "code"]),
        "Telephone number: its country, `DE`, or the country's code, `+49`.",
    )],
    is_one_of: true,
    further: &[word(
        "region",
        Takes::TextLike("^[A-Z]{2}$"),
        "Telephone number: a number without `+` is read as from there (ISO 3166); without the word it is refused.",
    )],
    borrows: kind::nothing,
    doc: "**Telephone number** (`phone`, with `region`): read as `normalize: phone(RR)` reads it, RR being `region`. `phone: country` gives the country by its ISO 3166 name, `DE`, `phone: code` the code that is dialled, `+49`. Where several countries share a code (+1, +7, +39, +44, +47, +61, +212, +262, +290, +358, +590, +599) the area tells which (the table `e164-areas@1`); a range of several is that of the country that runs the numbers (a Moroccan mobile number may be one of Western Sahara); `ZZ` where a number names no country, as a toll-free one does. A number moves with its owner, so the country is that of the contract. No number: `bad_identifier`; an empty text, or a word for nothing such as `unknown`, leaves nothing.",
    leaks: "",
    examples: &[
        Example {
            policy: "{ generalize: { phone: country } }",
            input: r#""+1 (416) 555-0100""#,
            output: Some(r#""CA""#),
        },
        Example {
            policy: "{ generalize: { phone: code, region: DE } }",
            input: r#""030 1234567""#,
            output: Some(r#""+49""#),
        },
    ],
    parse: kind::spec::<Country>,
};

/// What of the number leaves.
#[derive(Clone, Debug)]
struct Country {
    canon: Canon,
    /// The code instead of the country.
    as_code: bool,
}

impl Coarsening for Country {
    const LEAKS: &'static str = PHONE.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Country> {
        let before = mapping.findings.errors();
        if !mapping.has("phone") {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`region` says how a telephone number is read, not what happens to it",
                )
                .help("add `phone: country`");
            return None;
        }
        let as_code = mapping.one_of("phone") == Some("code");
        let region = match mapping.has("region") {
            true => mapping.text("region")?,
            // Numbers without `+` are refused.
            false => "-",
        };
        let canon = Canon::from_words([format!("phone({region})").as_str()]).ok();
        let canon = canon.filter(|_| region != "-" || !mapping.has("region"));
        if canon.is_none() {
            let span = mapping.place("region");
            mapping
                .findings
                .error(
                    codes::NORMALIZE,
                    span,
                    format!("`{region}` is no region that telephone numbers are read by"),
                )
                .help("write a country as ISO 3166 does: `region: DE`");
        }
        let canon = canon.filter(|_| mapping.findings.errors() == before)?;
        Some(Country { canon, as_code })
    }

    fn facts(&self) -> Facts {
        let code = Characters::of(DIGITS).with("+");
        Facts {
            writes: match self.as_code {
                true => code,
                false => Characters::from_iter('A'..='Z'),
            },
            ..Facts::default()
        }
    }

    fn dials(&self) -> Vec<Dial> {
        let what = if self.as_code { "code" } else { "country" };
        vec![
            Dial::new("phone", Setting::Choice(what.to_owned())),
            Dial::new("region", Setting::Choice(self.canon.id().to_owned())),
        ]
    }

    fn with_nothing(self, nothing: &Nothing) -> Country {
        Country {
            canon: self.canon.with_nothing(nothing),
            ..self
        }
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        (from == Type::Text).then(|| Gives::maybe(from)).flatten()
    }

    fn says(&self) -> Says {
        Says::of(match self.as_code {
            true => "the country code of the telephone number, `+49`",
            false => "the country of the telephone number, `DE`; `ZZ` where it names none",
        })
    }

    /// Writes the country; nothing for a number that stands for none.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        cx.bytes.clear();
        if !self.canon.value(view, cx.text, cx.bytes)? {
            return Ok(());
        }
        // Before the number stands its type.
        let plus = memchr::memchr(b'+', cx.bytes).ok_or(Reason::BadIdentifier)?;
        let number = &cx.bytes[plus..];
        let (code, country) = canon::country(number).ok_or(Reason::BadIdentifier)?;
        match self.as_code {
            true => out.ascii(&number[..=code.len()]),
            false => out.ascii(country.as_bytes()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use crate::record::Reason;

    fn of(parameters: &str, text: &str) -> Result<Option<String>, Reason> {
        let policy = format!("{{ generalize: {{ {parameters} }} }}");
        let out = run(&policy, &format!("\"{text}\""))?;
        Ok(out.map(|out| out.trim_matches('"').to_owned()))
    }

    /// The example numbers of libphonenumber for territories that share a code,
    /// and some that do not.
    #[test]
    fn a_number_names_its_country() {
        for (text, country, code) in [
            ("+49 30 123456", "DE", "+49"),
            ("+4915123456789", "DE", "+49"),
            ("+1 201-555-0123", "US", "+1"),
            ("+1 506-234-5678", "CA", "+1"),
            ("+1 268-460-1234", "AG", "+1"),
            ("+1 809-234-5678", "DO", "+1"),
            ("+1 787-234-5678", "PR", "+1"),
            ("+1 800-234-5678", "ZZ", "+1"),
            ("+1 999-234-5678", "ZZ", "+1"),
            ("+7 912 345-67-89", "RU", "+7"),
            ("+7 710 000 9998", "KZ", "+7"),
            ("+44 7400 123456", "GB", "+44"),
            ("+44 1481 256789", "GG", "+44"),
            ("+44 7781 123456", "GG", "+44"),
            ("+44 1624 756789", "IM", "+44"),
            ("+44 7624 123456", "IM", "+44"),
            ("+44 1534 456789", "JE", "+44"),
            ("+44 7797 712345", "JE", "+44"),
            ("+39 02 1234 5678", "IT", "+39"),
            ("+39 06698 12345", "VA", "+39"),
            ("+47 406 12 345", "NO", "+47"),
            ("+47 79 12 34 56", "SJ", "+47"),
            ("+61 2 1234 5678", "AU", "+61"),
            ("+61 8 9162 1234", "CC", "+61"),
            ("+61 8 9164 1234", "CX", "+61"),
            ("+212 520-123456", "MA", "+212"),
            ("+212 528-812345", "EH", "+212"),
            ("+262 692 12 34 56", "RE", "+262"),
            ("+262 639 01 23 45", "YT", "+262"),
            ("+290 22158", "SH", "+290"),
            ("+290 8999", "TA", "+290"),
            ("+358 41 2345678", "FI", "+358"),
            ("+358 18 1234567", "AX", "+358"),
            ("+590 690 00 12 34", "GP", "+590"),
            ("+599 9 518 1234", "CW", "+599"),
            ("+599 318 1234", "BQ", "+599"),
            ("+800 1234 5678", "ZZ", "+800"),
            ("+850 2 123 4567", "KP", "+850"),
        ] {
            if text.bytes().filter(u8::is_ascii_digit).count() < 8 {
                let short = of("phone: country", text);
                assert_eq!(short, Err(Reason::BadIdentifier), "{text}");
                continue;
            }
            let written = ["country", "code"].map(|what| of(&format!("phone: {what}"), text));
            let expected = [country, code].map(|e| Ok(Some(e.to_owned())));
            assert_eq!(written, expected, "{text}");
        }
    }

    #[test]
    fn a_number_without_plus_is_read_by_the_region() {
        let berlin = of("phone: country, region: DE", "030 123456");
        assert_eq!(berlin, Ok(Some("DE".to_owned())));
        let abroad = of("phone: country, region: DE", "0043 1 1234567");
        assert_eq!(abroad, Ok(Some("AT".to_owned())));
        let area = of("phone: country, region: US", "(416) 555-0100");
        assert_eq!(area, Ok(Some("CA".to_owned())));
        let unread = of("phone: country", "030 123456");
        assert_eq!(unread, Err(Reason::BadIdentifier));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "9".repeat(1 << 20);
        for text in [
            "+",
            "+49",
            "+0 12345678",
            "+999 1234567890",
            "+4930123456x",
            "+４９３０１２３４５６",
            "+4930123456😀",
            "-0",
            "1e9",
            "jane@example.com",
            &long,
        ] {
            for parameters in ["phone: country", "phone: code, region: DE"] {
                let refused = of(parameters, text);
                assert_eq!(refused, Err(Reason::BadIdentifier), "{parameters}");
            }
        }
        for text in ["", "unknown", "null"] {
            assert_eq!(of("phone: country", text), Ok(None));
        }
        for json in ["4930123456", "true", "[]", "{}"] {
            let refused = run("{ generalize: { phone: country } }", json);
            assert_eq!(refused, Err(Reason::WrongType), "{json}");
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("phone: number", &["V0004"][..]),
            ("region: DE", &["V0301"]),
            ("phone: country, region: XX", &["V0307"]),
            ("phone: country, region: '-'", &["V0307"]),
            ("phone: country, region: de", &["V0307"]),
            ("phone: country, prefix: 2", &["V0301"]),
        ] {
            let policy = format!("{{ generalize: {{ {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }
}
