//! The digits of a text as one number and back, eight at a time where nothing
//! stands between them.

use crate::canon;
use crate::record::Reason;

/// How many digits a text holds, and the number that they are. Of more than 19
/// digits the number says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    pub(crate) count: usize,
    pub(crate) number: u64,
}

/// Most digits that are taken as one number.
const COUNT_MAX: usize = 19;
/// 10^0 to 10^8.
const POWERS: [u64; 9] = {
    let mut powers = [1; 9];
    let mut k = 1;
    while k < powers.len() {
        powers[k] = 10 * powers[k - 1];
        k += 1;
    }
    powers
};

/// A text of digits and separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Separated {
    pub(crate) digits: Digits,
    /// 1 where one sign and then nothing but digits was found, else 0: bytes in
    /// which no digit need be looked for.
    pub(crate) front: usize,
    /// All separators are printable ASCII other than `"` and `\`.
    pub(crate) is_plain: bool,
}

/// The digits of `text`; its other characters are separators.
///
/// # Errors
/// [`Reason::FormatDomain`] for a letter, or a number that is no digit 0 to 9.
#[inline]
pub(super) fn read(text: &str) -> Result<Separated, Reason> {
    let bytes = text.as_bytes();
    // One sign in front, or none: more are seldom.
    let is_front = |b: &u8| is_plain(*b) && !b.is_ascii_alphanumeric();
    let front = usize::from(bytes.first().is_some_and(is_front));
    match unbroken(&bytes[front..]) {
        Some(number) => Ok(Separated {
            digits: Digits {
                count: bytes.len() - front,
                number,
            },
            front,
            is_plain: true,
        }),
        None => read_between_separators(text),
    }
}

fn read_between_separators(text: &str) -> Result<Separated, Reason> {
    let (mut count, mut number, mut all_plain) = (0, 0_u64, true);
    for c in text.chars() {
        if c.is_ascii_digit() {
            number = number.wrapping_mul(10).wrapping_add(u64::from(c) - 0x30);
            count += 1;
        } else if canon::is_letter_or_number(c) {
            return Err(Reason::FormatDomain);
        } else {
            all_plain &= u8::try_from(c).is_ok_and(is_plain);
        }
    }
    Ok(Separated {
        digits: Digits { count, number },
        front: 0,
        is_plain: all_plain,
    })
}

/// True for printable ASCII that JSON does not escape. Of these, all that are no
/// letters are separators that `tokenize` lets stay: it relies on that.
#[inline]
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

/// The number that a text of 8 to 19 digits and nothing else is.
#[inline]
fn unbroken(text: &[u8]) -> Option<u64> {
    let last = text.last_chunk::<8>().filter(|_| text.len() <= COUNT_MAX)?;
    let (eights, rest) = text.as_chunks::<8>();
    let mut number = 0;
    for eight in eights {
        number = number * POWERS[8] + values(*eight).map(join)?;
    }
    // The last eight without those that were read: the first bytes are the lowest.
    let behind = values(*last)? & u64::MAX.unbounded_shl(8 * (8 - rest.len() as u32));
    Some(number * POWERS[rest.len()] + join(behind))
}

/// What eight digits are worth, a byte each; `None` when one is no digit.
#[inline]
fn values(digits: [u8; 8]) -> Option<u64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const THREES: u64 = 0x3030_3030_3030_3030;
    let bytes = u64::from_le_bytes(digits);
    // Between 0x30 and 0x3f, and still so with six added: a carry into the next
    // byte comes from 0xfa and above only, which the first half refuses.
    let above = bytes.wrapping_add(0x0606_0606_0606_0606);
    (bytes & HIGH == THREES && above & HIGH == THREES).then(|| bytes - THREES)
}

/// The number that eight digits are, the first in the lowest byte.
#[inline]
fn join(values: u64) -> u64 {
    const EVERY_FOURTH: u64 = 0x0000_00ff_0000_00ff;
    // Pairs, in every other byte; then both quarters of each half at once.
    let pairs = values * 10 + (values >> 8);
    let first = (pairs & EVERY_FOURTH).wrapping_mul(100 + (1_000_000 << 32));
    let second = ((pairs >> 16) & EVERY_FOURTH).wrapping_mul(1 + (10_000 << 32));
    first.wrapping_add(second) >> 32
}

/// Eight digits of a number below 10^8.
#[inline]
fn part(number: u64) -> [u8; 8] {
    // Two numbers of four digits, 32 bits each; then four of two, then digits.
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((fours * 5_243) >> 19) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((twos - tens * 10) << 8);
    (digits + 0x3030_3030_3030_3030).to_le_bytes()
}

impl Digits {
    /// The digits as text, behind zeros: the last `count` bytes are they.
    #[inline]
    fn padded(self) -> [u8; 24] {
        let high = self.number / POWERS[8];
        let parts = [high / POWERS[8], high % POWERS[8], self.number % POWERS[8]];
        let mut text = [0; 24];
        for (to, eight) in text.as_chunks_mut::<8>().0.iter_mut().zip(parts) {
            *to = part(eight);
        }
        text
    }

    /// Writes them in the place of the digits of `text`, of which there are as
    /// many, and not above [`COUNT_MAX`].
    #[inline]
    pub(super) fn replace(self, text: &mut [u8]) {
        let padded = self.padded();
        let digits = &padded[padded.len() - self.count..];
        if digits.len() == text.len() {
            text.copy_from_slice(digits);
            return;
        }
        let places = text.iter_mut().filter(|byte| byte.is_ascii_digit());
        for (place, digit) in places.zip(digits) {
            *place = *digit;
        }
    }

    /// Appends `text` with them in the place of its digits, as
    /// [`Digits::replace`] does.
    #[inline]
    pub(super) fn append(self, text: &str, out: &mut String) {
        let padded = self.padded();
        append(text, &padded[padded.len() - self.count..], out);
    }
}

/// Appends `text` with those digits in the place of its own, of which there are
/// as many.
#[inline]
pub(super) fn append(text: &str, digits: &[u8], out: &mut String) {
    if digits.len() == text.len() {
        out.push_str(std::str::from_utf8(digits).expect("digits are ASCII"));
        return;
    }
    let mut digits = digits.iter();
    for c in text.chars() {
        out.push(match c {
            '0'..='9' => char::from(*digits.next().expect("one digit for each")),
            separator => separator,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_digit_is_seen_at_every_place() {
        for len in 8..=COUNT_MAX {
            for at in 0..len {
                for byte in (0..=255).filter(|byte: &u8| !byte.is_ascii_digit()) {
                    let mut text = vec![b'9'; len];
                    text[at] = byte;
                    assert_eq!(unbroken(&text), None, "{byte:02x} at {at} of {len}");
                }
            }
        }
    }

    #[test]
    fn every_group_of_four_comes_back() {
        for n in 0..10_000_u64 {
            for number in [n, n * 10_000, n * 10_000 + 9_999, 99_990_000 + n] {
                assert_eq!(part(number), format!("{number:08}").as_bytes());
                assert_eq!(values(part(number)).map(join), Some(number));
            }
        }
    }

    proptest! {
        #[test]
        fn read_as_the_standard_library_reads(text in "[0-9]{1,19}") {
            let digits = Digits { count: text.len(), number: text.parse().unwrap() };
            let separated = Separated { digits, front: 0, is_plain: true };
            prop_assert_eq!(read(&text), Ok(separated));
            prop_assert_eq!(read_between_separators(&text), Ok(separated));
        }

        #[test]
        fn read_alike_at_once_and_step_by_step(text in "[+( .a\"é\u{1}1-]{0,6}[0-9]{0,20}[- x]{0,2}") {
            let at_once = read(&text);
            if let Ok(separated) = at_once {
                let front = &text.as_bytes()[..separated.front];
                prop_assert!(!front.iter().any(u8::is_ascii_digit));
            }
            let at_once = at_once.map(|separated| Separated { front: 0, ..separated });
            prop_assert_eq!(at_once, read_between_separators(&text));
        }

        #[test]
        fn written_in_the_same_places(text in "([0-9][-. –]{0,2}){1,19}", number in 0..10_u64.pow(19)) {
            let count = read(&text).unwrap().digits.count;
            let digits = Digits { count, number: number % 10_u64.pow(count as u32) };
            let expected = format!("{:0count$}", digits.number);
            let mut expected = expected.chars();
            let place = |c: char| if c.is_ascii_digit() { expected.next().unwrap() } else { c };
            let expected: String = text.chars().map(place).collect();
            let mut appended = String::new();
            digits.append(&text, &mut appended);
            prop_assert_eq!(&appended, &expected);
            let mut replaced = text.into_bytes();
            digits.replace(&mut replaced);
            prop_assert_eq!(replaced, expected.into_bytes());
        }
    }
}
