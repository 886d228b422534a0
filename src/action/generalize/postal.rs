//! Postal codes to the area that their first characters name.

use crate::action::characters::Characters;
use crate::action::{Cx, Dial, Example, Facts, Gives, Grade, Says, Setting, Type};
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::Reason;
use crate::record::value::{Applied, Out, View};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const POSTAL: KindDef = KindDef {
    what: "a postal code",
    decides: &[
        word(
            "postal",
            Takes::Integer(1, 4),
            "Postal code: characters kept at its start.",
        ),
        word(
            "zip3",
            Takes::OneOf(&["us"]),
            "Postal code of the United States: its first three digits, `000` for areas of few people.",
        ),
    ],
    is_one_of: true,
    further: &[],
    borrows: kind::nothing,
    doc: "**Postal code** (`postal`, `zip3`). `postal` takes a code of any country: ASCII letters and digits, one digit at least, 3 to 10 of them once blanks and `-` are left out; letters become upper case, the first characters leave. A code that is not longer than `postal` would leave whole, and is refused. `zip3: us` takes five digits, or five and four with or without `-` between them, and gives the first three; `000` for the 17 areas that had 20,000 inhabitants or fewer in the census of 2000 (the table `zip3-census2000@1`, after the guidance to 45 CFR 164.514(b)). Of an empty text, or a word for nothing, nothing leaves. Anything else is `bad_identifier`; a number is `wrong_type`, since it has lost its zeros.",
    leaks: "The first characters of a postal code name areas of very different size, some of few people; `zip3` knows those of one census, and no later one.",
    examples: &[
        Example {
            policy: "{ generalize: { postal: 2 } }",
            input: r#""sw1a 1aa""#,
            output: Some(r#""SW""#),
        },
        Example {
            policy: "{ generalize: { zip3: us } }",
            input: r#""90210-4412""#,
            output: Some(r#""902""#),
        },
        Example {
            policy: "{ generalize: { zip3: us } }",
            input: r#""03601""#,
            output: Some(r#""000""#),
        },
    ],
    parse: kind::spec::<Area>,
};

/// Characters of the shortest and the longest code: Iceland and the Faroe
/// Islands have 3, Iran has 10.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=10;

/// `zip3-census2000@1`: the areas of three digits with 20,000 inhabitants or
/// fewer by the census of 2000, as the Office for Civil Rights lists them
/// (Guidance Regarding Methods for De-identification of Protected Health
/// Information in Accordance with the HIPAA Privacy Rule, 26 November 2012, on
/// 45 CFR 164.514(b)(2)(i)(B)).
const SMALL_AREAS: [&[u8; 3]; 17] = [
    b"036", b"059", b"063", b"102", b"203", b"556", b"692", b"790", b"821", b"823", b"830", b"831",
    b"878", b"879", b"884", b"890", b"893",
];

/// Which area of a code leaves.
#[derive(Clone, Copy, Debug)]
enum Area {
    /// So many characters at its start.
    First(u8),
    /// The three digits of a ZIP code.
    Zip3,
}

impl Coarsening for Area {
    const LEAKS: &'static str = POSTAL.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Area> {
        if mapping.has("zip3") {
            return mapping.one_of("zip3").map(|_| Area::Zip3);
        }
        let chars = mapping.integer("postal")?;
        Some(Area::First(
            u8::try_from(chars).expect("the range ends at 4"),
        ))
    }

    fn facts(&self) -> Facts {
        Facts {
            // In capitals, and `000` for small areas.
            writes: Characters::from_iter(('0'..='9').chain('A'..='Z')),
            grade: match self {
                // The areas that `zip3` leaves have 20,000 people at least.
                Area::Zip3 => None,
                Area::First(n) => Some(Grade::PostalCode(*n)),
            },
            ..Facts::default()
        }
    }

    fn dials(&self) -> Vec<Dial> {
        let (chars, zip3) = match self {
            Area::First(chars) => (Some(u64::from(*chars)), false),
            Area::Zip3 => (None, true),
        };
        vec![
            Dial::new("postal", Setting::Amount(chars)),
            Dial::new("zip3", Setting::Switch(zip3)),
        ]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        (from == Type::Text).then(|| Gives::one(from)).flatten()
    }

    fn says(&self) -> Says {
        Says::of(match self {
            Area::First(1) => "the first character of the postal code".to_owned(),
            Area::First(n) => format!("the first {n} characters of the postal code"),
            Area::Zip3 => {
                "the first three digits of the ZIP code, `000` for areas of few people".to_owned()
            }
        })
    }

    /// Writes the start of the code.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let View::Text(text) = view else {
            return Err(Reason::WrongType);
        };
        let text = text.chars_in(cx.text).as_bytes();
        match self {
            Area::First(chars) => {
                let start = first(text, usize::from(*chars)).ok_or(Reason::BadIdentifier)?;
                out.ascii(&start[..usize::from(*chars)]);
            }
            Area::Zip3 => out.ascii(zip3(text).ok_or(Reason::BadIdentifier)?),
        }
        Ok(())
    }
}

/// The characters of a code in upper case, of which there are more than `chars`.
fn first(text: &[u8], chars: usize) -> Option<[u8; 10]> {
    let (mut code, mut len, mut has_digit) = ([0; 10], 0, false);
    for byte in text {
        match byte {
            b' ' | b'-' => continue,
            byte if byte.is_ascii_alphanumeric() => {
                *code.get_mut(len)? = byte.to_ascii_uppercase();
                len += 1;
                has_digit |= byte.is_ascii_digit();
            }
            _ => return None,
        }
    }
    (has_digit && LENGTHS.contains(&len) && len > chars).then_some(code)
}

/// The first three digits of a ZIP code.
fn zip3(text: &[u8]) -> Option<&[u8]> {
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let (zip, more) = text.split_at_checked(5)?;
    let more = more.strip_prefix(b"-").unwrap_or(more);
    let is_zip = digits(zip) && digits(more) && (text.len() == 5 || more.len() == 4);
    let area = is_zip.then(|| &zip[..3])?;
    let is_small = SMALL_AREAS.iter().any(|small| area == *small);
    Some(if is_small { b"000" } else { area })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use crate::record::Reason;

    fn area(parameters: &str, text: &str) -> Result<String, Reason> {
        let policy = format!("{{ generalize: {{ {parameters} }} }}");
        let out = run(&policy, &format!("\"{text}\""))?.expect("an area leaves");
        Ok(out.trim_matches('"').to_owned())
    }

    #[test]
    fn a_postal_code_leaves_its_first_characters_in_one_spelling() {
        for (chars, text, expected) in [
            (2, "SW1A 1AA", "SW"),
            (4, "sw1a1aa", "SW1A"),
            (4, "k1a-0b1", "K1A0"),
            (3, "8004", "800"),
            (1, "10115", "1"),
            (2, " 101 ", "10"),
            (4, "12345-6789", "1234"),
            (4, "AD500", "AD50"),
            (3, "1234 567890", "123"),
        ] {
            let parameters = format!("postal: {chars}");
            assert_eq!(area(&parameters, text).as_deref(), Ok(expected), "{text}");
        }
    }

    /// The areas that the guidance names, written down apart from the table.
    #[test]
    fn a_zip_code_leaves_three_digits_and_areas_of_few_people_none() {
        let small = "036 692 878 059 790 879 063 821 884 102 823 890 203 830 893 556 831";
        let mut seen = 0;
        for n in 0..1_000 {
            let three = format!("{n:03}");
            let is_small = small.split(' ').any(|area| area == three);
            let expected = if is_small { "000" } else { three.as_str() };
            for text in [
                format!("{three}01"),
                format!("{three}99-0123"),
                format!("{three}990123"),
            ] {
                assert_eq!(area("zip3: us", &text).as_deref(), Ok(expected), "{text}");
            }
            seen += usize::from(is_small);
        }
        assert_eq!(seen, 17);
    }

    #[test]
    fn what_is_no_postal_code_is_refused() {
        let long = "9".repeat(1 << 20);
        for text in [
            " ",
            "-",
            "12",
            "12345678901",
            "１０１１５",
            "10115\u{200f}",
            "1011😀5",
            "10115.0",
            "Ä1234",
            "10_115",
            &long,
        ] {
            for parameters in ["postal: 2", "zip3: us"] {
                let refused = area(parameters, text);
                assert_eq!(refused, Err(Reason::BadIdentifier), "{parameters}");
            }
        }
        for text in [
            "1234",
            "123456",
            "12345-",
            "12345-678",
            "12345--6789",
            "-0123",
        ] {
            assert_eq!(area("zip3: us", text), Err(Reason::BadIdentifier), "{text}");
        }
        for json in ["12345", "8004", "-0", "1e5", "true", "[]", "{}"] {
            for policy in [
                "{ generalize: { postal: 2 } }",
                "{ generalize: { zip3: us } }",
            ] {
                assert_eq!(run(policy, json), Err(Reason::WrongType), "{json}");
            }
        }
    }

    /// A code never leaves whole.
    #[test]
    fn a_code_that_is_not_longer_is_refused() {
        for (chars, text) in [(4, "8004"), (3, "101"), (4, "1-0-1")] {
            let parameters = format!("postal: {chars}");
            assert_eq!(area(&parameters, text), Err(Reason::BadIdentifier));
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("postal: 0", &["V0007"][..]),
            ("postal: 5", &["V0007"]),
            ("zip3: de", &["V0004"]),
            ("postal: 2, zip3: us", &["V0302"]),
            ("postal: 2, top: 3", &["V0301"]),
        ] {
            let policy = format!("{{ generalize: {{ {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }
}
