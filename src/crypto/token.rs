//! Reversible tokens that look like what they stand for, by FF1.
//!
//! FF1 has no integrity: under a wrong version, domain, space or format a token
//! deciphers to a plausible wrong value. All four come from the policy, and
//! nothing here guesses.

mod alphabet;
mod card;
mod digits;
mod format;
mod iban;
mod numbers;
mod spelled;
mod turn;

#[cfg(test)]
pub(crate) use iban::EXAMPLES as IBAN_EXAMPLES;

pub(crate) use self::alphabet::is_separator;
pub(crate) use self::card::Card;
pub use self::format::Format;
pub(crate) use self::format::WORDS;
use self::numbers::Numbers;
use self::spelled::Spelled;
#[cfg(test)]
pub(super) use self::spelled::tweak;
pub(crate) use self::turn::Begun;
use self::turn::Direction;
pub(crate) use super::ff1::NUMERALS_MAX as CHARACTERS_MAX;
use super::kdf::{Root, TooLong};
use crate::record::Reason;
use crate::record::jobs::Job;

/// Makes the tokens of one place, and reads them.
pub struct Tokenizer(Way);

enum Way {
    /// Digits alone: several values at a time.
    Numbers(Box<Numbers>),
    Spelled(Box<Spelled>),
}

impl Tokenizer {
    /// Derives the key and everything that does not depend on the value.
    ///
    /// # Errors
    /// When domain or space is longer than 65,535 bytes.
    pub fn new(
        root: &Root,
        domain: &str,
        space: &str,
        format: Format,
    ) -> Result<Tokenizer, TooLong> {
        let way = match format {
            Format::Digits | Format::Phone(_) => {
                Way::Numbers(Box::new(Numbers::new(root, domain, space, format)?))
            }
            _ => Way::Spelled(Box::new(Spelled::new(root, domain, space, format)?)),
        };
        Ok(Tokenizer(way))
    }

    /// Appends the token of `text` to `out`. False when the value is absent
    /// (`phone` and `email_local` only: empty or a sentinel). `scratch` is overwritten.
    ///
    /// # Errors
    /// [`Reason::FormatDomain`] when the text does not fit the format or its
    /// domain is below 10^6; [`Reason::BadIdentifier`] when it is no number for
    /// `phone`, no address for `email_local`, no account for `iban`, or when the check
    /// digit of a card is wrong. `out` is as before then.
    pub fn encipher(
        &self,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        self.transform(Direction::Encipher, text, scratch, out)
    }

    /// Appends the text that `token` stands for.
    ///
    /// # Errors
    /// As [`Tokenizer::encipher`]. A token of another key, version, domain,
    /// space or format is *not* an error: a plausible wrong value comes out.
    pub(crate) fn decipher(
        &self,
        token: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        self.transform(Direction::Decipher, token, scratch, out)
    }

    /// As [`Tokenizer::encipher`], but leaves the ciphering of most values to
    /// [`Tokenizer::finish`]: appends what that needs to `input`.
    ///
    /// # Errors
    /// As [`Tokenizer::encipher`]; `input` is as before then.
    pub(crate) fn begin(
        &self,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
        input: &mut Vec<u8>,
    ) -> Result<Begun, Reason> {
        match &self.0 {
            Way::Numbers(numbers) => numbers.begin(text, scratch, out, input),
            Way::Spelled(spelled) => {
                let turned = spelled.turn(Direction::Encipher, text, scratch, out)?;
                Ok(if turned { Begun::Made } else { Begun::Absent })
            }
        }
    }

    /// Writes the tokens of values that [`Tokenizer::begin`] prepared, each as
    /// long as it said: several are enciphered at a time.
    pub(crate) fn finish(&self, jobs: &[Job], inputs: &[u8], out: &mut [u8]) {
        if let Way::Numbers(numbers) = &self.0 {
            numbers.finish(jobs, inputs, out);
        }
    }

    fn transform(
        &self,
        direction: Direction,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        match &self.0 {
            Way::Numbers(numbers) => numbers.transform(direction, text, scratch, out),
            Way::Spelled(spelled) => spelled.turn(direction, text, scratch, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn tokenizer(word: &str) -> Tokenizer {
        let format = Format::from_word(word).unwrap();
        Tokenizer::new(&Root::new(&[3; 32]), "d", "", format).unwrap()
    }

    fn both(of: &Tokenizer, text: &str) -> Result<(String, String), Reason> {
        let (mut scratch, mut token, mut back) = (Vec::new(), String::new(), String::new());
        of.encipher(text, &mut scratch, &mut token)?;
        of.decipher(&token, &mut scratch, &mut back)?;
        Ok((token, back))
    }

    #[test]
    fn separators_stay_and_digits_come_back() {
        let digits = tokenizer("digits");
        let (token, back) = both(&digits, "№ (078)-05–1120\u{a0}").unwrap();
        assert_eq!(back, "№ (078)-05–1120\u{a0}");
        assert!(token.starts_with("№ (") && token.ends_with('\u{a0}') && token != back);
        for n in 6..=37 {
            let text = "1".repeat(n);
            let (token, back) = both(&digits, &text).unwrap();
            assert!(back == text && token != text && token.len() == n);
        }
    }

    #[test]
    fn what_would_stay_clear_is_refused() {
        let digits = tokenizer("digits");
        for text in [
            "",
            "12345",
            "1234567x",
            "123456é",
            "1234567٣",
            "123456½",
            "1234567①",
            "12345678\u{378}",
            &"1".repeat(38),
            &"1".repeat(1_000),
        ] {
            assert_eq!(both(&digits, text), Err(Reason::FormatDomain), "{text}");
        }
    }

    #[test]
    fn phone_numbers_keep_their_country() {
        let german = tokenizer("phone(DE)");
        let (token, back) = both(&german, "0151 123 456 78").unwrap();
        assert_eq!(back, "+4915112345678");
        assert!(token.starts_with("+49") && token.len() == back.len() && token != back);
        // The region reads the number and is no part of the key.
        assert_eq!(
            both(&tokenizer("phone"), "+49 151 12345678").unwrap().0,
            token
        );
        assert_eq!(
            both(&tokenizer("phone"), "0151 12345678"),
            Err(Reason::BadIdentifier)
        );
        assert_eq!(both(&german, "+4912345"), Err(Reason::FormatDomain));
        assert_eq!(both(&german, "49151 x"), Err(Reason::BadIdentifier));
        let mut out = "kept".to_owned();
        assert_eq!(
            german.encipher("unknown", &mut Vec::new(), &mut out),
            Ok(false)
        );
        assert_eq!(
            german.encipher("0151x", &mut Vec::new(), &mut out),
            Err(Reason::BadIdentifier)
        );
        assert_eq!(out, "kept");
        assert_eq!(Format::from_word("phone(XX)"), None);
        assert_eq!(Format::from_word("card"), None);
    }

    /// Each as the format writes it, so that it comes back as it was.
    fn comes_back(of: &Tokenizer, text: &str) -> Result<(), TestCaseError> {
        let (token, back) =
            both(of, text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        prop_assert_eq!(&back, text);
        // A token is a value too, and what it stands for as one is another.
        let (_, token_back) = both(of, &token).unwrap();
        prop_assert_eq!(token_back, token);
        Ok(())
    }

    fn made(format: Format) -> Tokenizer {
        Tokenizer::new(&Root::new(&[3; 32]), "d", "", format).unwrap()
    }

    static OF: LazyLock<[Tokenizer; 12]> = LazyLock::new(|| {
        [
            tokenizer("digits"),
            tokenizer("phone"),
            tokenizer("hex"),
            tokenizer("alnum36"),
            tokenizer("alnum62"),
            tokenizer("ssn"),
            tokenizer("iban"),
            tokenizer("email_local"),
            made(Format::card("bin6").unwrap()),
            made(Format::card("bin8").unwrap()),
            made(Format::card("last4").unwrap()),
            made(Format::custom("aé-😀\"").unwrap()),
        ]
    });

    fn iban(country: &str, bban: &str) -> String {
        let check = iban::check_digits(country, bban).map(char::from);
        format!("{country}{}{bban}", String::from_iter(check))
    }

    /// A number whose check digit holds.
    fn card(digits: &str) -> String {
        (0..10)
            .map(|check| format!("{digits}{check}"))
            .find(|number| both(&OF[8], number) != Err(Reason::BadIdentifier))
            .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn every_value_comes_back(
            digits in "([0-9][- ]?){6,37}",
            phone in "49[1-9][0-9]{7,12}",
            hex in "([0-9a-f]-?){5,31}",
            alnum36 in "([0-9a-z][ _]?){4,24}",
            alnum62 in "([0-9A-Za-z]-?){4,21}",
            ssn in "[0-9]{3}-[0-9]{2}-[0-9]{4}",
            german in "[0-9]{18}",
            british in "[A-Z]{4}[0-9]{14}",
            address in "[a-z0-9]([.+_-]?[a-z0-9]){3,23}@[a-z]{1,9}[.]example",
            number in "[0-9]{14,18}",
            custom in "[aé😀\"-]{9,54}",
        ) {
            comes_back(&OF[0], &digits)?;
            comes_back(&OF[1], &format!("+{phone}"))?;
            comes_back(&OF[2], &hex)?;
            comes_back(&OF[3], &alnum36)?;
            comes_back(&OF[4], &alnum62)?;
            comes_back(&OF[5], &ssn)?;
            comes_back(&OF[6], &iban("DE", &german))?;
            comes_back(&OF[6], &iban("GB", &british))?;
            comes_back(&OF[7], &address)?;
            let number = card(&number);
            for (of, kept) in [(&OF[8], 0..6), (&OF[9], 0..8), (&OF[10], number.len() - 4..number.len())] {
                comes_back(of, &number)?;
                prop_assert_eq!(&both(of, &number).unwrap().0[kept.clone()], &number[kept]);
            }
            comes_back(&OF[11], &custom)?;
        }
    }
}
