//! Numbers of cards: a check digit by Luhn (ISO/IEC 7812-1), and what stays in clear.

use std::ops::Range;

use crate::record::Reason;

/// What of a card's number stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// The first six or eight digits, the issuer's; the check digit is computed again.
    Bin(u8),
    /// The last four; the digit before them is set so that the check digit holds.
    Last4,
}

impl Card {
    /// The words of a policy.
    pub(crate) const WORDS: [&'static str; 3] = ["bin6", "bin8", "last4"];

    /// What `card:` of a policy names.
    pub(super) fn from_word(word: &str) -> Option<Card> {
        match word {
            "bin6" => Some(Card::Bin(6)),
            "bin8" => Some(Card::Bin(8)),
            "last4" => Some(Card::Last4),
            _ => None,
        }
    }

    /// As a policy writes it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Card::Bin(6) => "card: bin6",
            Card::Bin(_) => "card: bin8",
            Card::Last4 => "card: last4",
        }
    }

    pub(super) const fn id(self) -> &'static str {
        match self {
            Card::Bin(_) => "card@1:bin",
            Card::Last4 => "card@1:last4",
        }
    }

    /// Which of so many digits are enciphered; `None` when there are none.
    fn enciphered(self, digits: usize) -> Option<Range<usize>> {
        let range = match self {
            Card::Bin(kept) => usize::from(kept)..digits.checked_sub(1)?,
            Card::Last4 => 0..digits.checked_sub(5)?,
        };
        (!range.is_empty()).then_some(range)
    }

    /// The digits that are enciphered, and those kept in front and behind as text.
    ///
    /// # Errors
    /// [`Reason::BadIdentifier`] when the check digit is wrong,
    /// [`Reason::FormatDomain`] when nothing would be enciphered.
    pub(super) fn parts(self, digits: &[u16]) -> Result<(Range<usize>, String, String), Reason> {
        if luhn(digits) != 0 {
            return Err(Reason::BadIdentifier);
        }
        let range = self.enciphered(digits.len()).ok_or(Reason::FormatDomain)?;
        let text = |digits: &[u16]| digits.iter().map(|d| char::from(b'0' + *d as u8)).collect();
        Ok(match self {
            Card::Bin(_) => (range.clone(), text(&digits[..range.start]), String::new()),
            Card::Last4 => (range, String::new(), text(&digits[digits.len() - 4..])),
        })
    }

    /// Sets the digit that is neither kept nor enciphered so that the check holds.
    pub(super) fn mend(self, digits: &mut [u16]) {
        let from_end = match self {
            Card::Bin(_) => 1,
            Card::Last4 => 5,
        };
        let free = digits.len() - from_end;
        for digit in 0..10 {
            digits[free] = digit;
            if luhn(digits) == 0 {
                return;
            }
        }
    }
}

/// The sum of Luhn's algorithm, modulo 10: 0 where the last digit is right.
fn luhn(digits: &[u16]) -> u16 {
    let doubled = |(place, digit): (usize, &u16)| match (place % 2, 2 * digit) {
        (0, _) => *digit,
        (_, twice @ 10..) => twice - 9,
        (_, twice) => twice,
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u16>() % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_luhns() {
        let of = |text: &str| {
            luhn(
                &text
                    .bytes()
                    .map(|b| u16::from(b - b'0'))
                    .collect::<Vec<_>>(),
            )
        };
        // The published test numbers of the card networks.
        for number in [
            "4111111111111111",
            "378282246310005",
            "5555555555554444",
            "6011111111111117",
            "3530111333300000",
        ] {
            assert_eq!(of(number), 0, "{number}");
            for wrong in 1..10 {
                let last = number.as_bytes()[number.len() - 1] - b'0';
                let other = format!("{}{}", &number[..number.len() - 1], (last + wrong) % 10);
                assert_ne!(of(&other), 0, "{other}");
            }
        }
    }

    #[test]
    fn one_digit_alone_mends_it() {
        for card in [Card::Bin(6), Card::Bin(8), Card::Last4] {
            for seed in 0..1_000_u32 {
                let mut digits: Vec<u16> = (0..16)
                    .map(|n| (seed.wrapping_mul(7 + n) >> 3) as u16 % 10)
                    .collect();
                card.mend(&mut digits);
                assert_eq!(luhn(&digits), 0);
            }
        }
    }
}
