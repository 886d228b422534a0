//! Bits of a text in which each character stands for six (RFC 4648 section 5, without
//! padding), read from the front.
//!
//! TC and GPP strings pad to characters, not to bytes, so that a decoder of base64
//! refuses what is whole here.

/// The string cannot be read as what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Longest string that is looked at, in bytes: every vendor of the list as a range of
/// its own takes less.
pub const BYTES_MAX: usize = 16 << 10;

const NO_CHARACTER: u8 = 0xff;

const VALUES: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut table = [NO_CHARACTER; 256];
    let mut value = 0;
    while value < 64 {
        table[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    table
};

/// Reads one segment, bit by bit.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    /// The bits of `text`, from the first.
    ///
    /// # Errors
    /// When a character is none of the alphabet's.
    pub(super) fn of(text: &'a str) -> Result<Bits<'a>, Unreadable> {
        let text = text.as_bytes();
        // Folded, and not stopped at the first: the loop then reads many at once.
        let worst = text.iter().fold(0, |all, b| all | VALUES[usize::from(*b)]);
        match worst & 0b1100_0000 {
            0 => Ok(Bits { text, at: 0 }),
            _ => Err(Unreadable),
        }
    }

    /// How many bits are left.
    fn left(&self) -> usize {
        self.text.len() * 6 - self.at
    }

    /// The next `count` bits, at most 36, the first in the highest place.
    pub(super) fn number(&mut self, count: usize) -> Result<u64, Unreadable> {
        debug_assert!(count <= 36);
        if count > self.left() {
            return Err(Unreadable);
        }
        let end = self.at + count;
        let (first, behind) = (self.at / 6, end.div_ceil(6));
        let characters = &self.text[first..behind];
        let all = characters.iter().fold(0_u64, |all, b| {
            all << 6 | u64::from(VALUES[usize::from(*b)])
        });
        self.at = end;
        Ok(all >> (behind * 6 - end) & ((1 << count) - 1))
    }

    /// The next bit.
    pub(super) fn flag(&mut self) -> Result<bool, Unreadable> {
        Ok(self.number(1)? == 1)
    }

    /// The next bits as a set: the first in the lowest place.
    pub(super) fn set(&mut self, count: usize) -> Result<u32, Unreadable> {
        debug_assert!((1..=32).contains(&count));
        let all = u32::try_from(self.number(count)?).expect("at most 32 bits were asked for");
        Ok(all.reverse_bits() >> (32 - count))
    }

    /// Leaves out `count` bits.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), Unreadable> {
        if count > self.left() {
            return Err(Unreadable);
        }
        self.at += count;
        Ok(())
    }

    /// A number in Fibonacci code: 1 for each Fibonacci number that it is the sum of,
    /// the smallest first, ended by a second 1 in a row.
    pub(super) fn fibonacci(&mut self) -> Result<u64, Unreadable> {
        let (mut this, mut next) = (1_u64, 2_u64);
        let (mut sum, mut was_one) = (0_u64, false);
        loop {
            let one = self.flag()?;
            if one && was_one {
                return Ok(sum);
            }
            if one {
                sum += this;
            }
            was_one = one;
            (this, next) = (next, this + next);
            // What is counted here is below two to the power of 16 by far.
            if this > u64::from(u32::MAX) {
                return Err(Unreadable);
            }
        }
    }

    /// True when nothing but zeros is left: what fills the last character.
    pub(super) fn ends(mut self) -> bool {
        while self.left() > 0 {
            let count = self.left().min(36);
            if self.number(count) != Ok(0) {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_across_characters_and_never_beyond_the_end() {
        // 000001 000010 111111
        let mut bits = Bits::of("BC_").unwrap();
        assert_eq!(bits.number(5), Ok(0));
        assert_eq!(bits.number(4), Ok(0b1000));
        assert_eq!(bits.set(3), Ok(0b010));
        assert_eq!(bits.number(7), Err(Unreadable));
        assert_eq!(bits.number(6), Ok(63));
        assert_eq!(bits.flag(), Err(Unreadable));
        assert_eq!(bits.skip(1), Err(Unreadable));
        assert!(bits.ends());
        for text in ["B=", "B C", "B+", "é", "B\0", "~"] {
            assert!(Bits::of(text).is_err(), "{text}");
        }
    }

    /// The table of the specification of the Global Privacy Platform, "About Fibonacci
    /// Encoding".
    #[test]
    fn fibonacci_codes_are_those_of_the_specification() {
        let codes = [
            (1, "11"),
            (2, "011"),
            (3, "0011"),
            (4, "1011"),
            (5, "00011"),
            (6, "10011"),
            (7, "01011"),
        ];
        for (number, code) in codes {
            let bits = u64::from_str_radix(&format!("{code:0<12}"), 2).unwrap();
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let text: String = [bits >> 6, bits & 63]
                .iter()
                .map(|v| char::from(alphabet[usize::try_from(*v).unwrap()]))
                .collect();
            assert_eq!(Bits::of(&text).unwrap().fibonacci(), Ok(number), "{code}");
        }
        // Without an end, and with one that stands too far off.
        assert!(Bits::of("AAAA").unwrap().fibonacci().is_err());
        assert!(Bits::of("AAAAAAAAAAAAAAAAw").unwrap().fibonacci().is_err());
    }

    #[test]
    fn only_zeros_fill_up() {
        assert!(Bits::of("AAAAAAAAAAAAAAAAAAAA").unwrap().ends());
        assert!(!Bits::of("AAAAAAAAAAAAAAAAAAAB").unwrap().ends());
        assert!(!Bits::of("BAAAAAAAAAAAAAAAAAAA").unwrap().ends());
    }
}
