//! FF1 (NIST SP 800-38G) with AES-256 and a 16-byte tweak, in 128-bit arithmetic.
//!
//! A domain of at most 2^126 keeps each half below 2^72: b ≤ 9 and d ≤ 16, so
//! that S is one block. The tweak always fills one block, so that the CBC-MAC
//! state after P and the tweak depends on tweak and length only and is kept
//! ([`Ff1::start`]); ten dependent cipher blocks a value remain, one a round.

mod lanes;
mod modulus;

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::secret::Secret;
pub(super) use lanes::Lane;
use lanes::Narrow;

/// Most numerals of any domain: radix 2.
pub(crate) const NUMERALS_MAX: usize = 126;
/// Smallest domain taken (SP 800-38G revision 1).
const DOMAIN_MIN: u128 = 1_000_000;
/// Largest domain taken.
const DOMAIN_MAX: u128 = 1 << 126;
const ROUNDS: u8 = 10;

/// The cipher under one key.
pub(super) struct Ff1 {
    aes: Aes256,
    radix: u32,
}

/// How texts of one length are split, for one radix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    n: usize,
    /// Numerals of the left half.
    u: usize,
    /// Bytes of a half as a number.
    b: usize,
    /// Bytes of the round's pseudorandom number.
    d: usize,
    /// radix^u and radix^v.
    modulus: [u128; 2],
    /// The same for [`Lane`]s, when both halves are narrow enough.
    narrow: Option<Narrow>,
}

/// The CBC-MAC state after P and the tweak.
#[derive(Clone, Copy)]
pub(super) struct Start([u8; 16]);

impl Shape {
    /// Of texts of `n` numerals; `None` when the domain is below 10^6 or above 2^126.
    pub(super) fn new(radix: u32, n: usize) -> Option<Shape> {
        let size = u128::from(radix).checked_pow(u32::try_from(n).ok()?)?;
        if !(DOMAIN_MIN..=DOMAIN_MAX).contains(&size) || n < 2 {
            return None;
        }
        let u = n / 2;
        let power = |m: usize| u128::from(radix).pow(m as u32);
        let modulus = [power(u), power(n - u)];
        let bits = 128 - (modulus[1] - 1).leading_zeros() as usize;
        let b = bits.div_ceil(8);
        Some(Shape {
            n,
            u,
            b,
            d: 4 * b.div_ceil(4) + 4,
            modulus,
            narrow: Narrow::new(modulus, b),
        })
    }
}

impl Ff1 {
    /// # Panics
    /// Unless 2 ≤ radix < 65,536.
    pub(super) fn new(key: &Secret<32>, radix: u32) -> Ff1 {
        assert!(
            (2..1 << 16).contains(&radix),
            "an alphabet has 2 to 65,535 characters"
        );
        Ff1 {
            aes: Aes256::new(key.expose().into()),
            radix,
        }
    }

    /// The state that all texts of this shape and tweak begin from.
    pub(super) fn start(&self, shape: &Shape, tweak: &[u8; 16]) -> Start {
        let mut p = [
            1,
            2,
            1,
            0,
            0,
            0,
            ROUNDS,
            shape.u as u8,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            16,
        ];
        p[3..6].copy_from_slice(&self.radix.to_be_bytes()[1..]);
        p[8..12].copy_from_slice(&(shape.n as u32).to_be_bytes());
        let mut state = p;
        self.block(&mut state);
        xor(&mut state, tweak);
        self.block(&mut state);
        Start(state)
    }

    /// Enciphers `numerals` in place; there are as many as `shape` says, each
    /// below the radix.
    pub(super) fn encipher(&self, shape: &Shape, start: &Start, numerals: &mut [u16]) {
        let (mut a, mut b) = self.halves(shape, numerals);
        for round in 0..ROUNDS {
            let modulus = shape.modulus[usize::from(round % 2)];
            let y = self.round(shape, start, round, b, modulus);
            let mut c = a + y;
            if c >= modulus {
                c -= modulus;
            }
            a = b;
            b = c;
        }
        self.write(shape, a, b, numerals);
    }

    /// As [`Ff1::encipher`], for several values: the blocks of one round do not
    /// wait for each other. One value alone goes through the same arithmetic.
    pub(super) fn encipher_lanes(&self, lanes: &mut [Lane]) {
        lanes::encipher(&self.aes, lanes);
    }

    /// The inverse of [`Ff1::encipher`].
    pub(super) fn decipher(&self, shape: &Shape, start: &Start, numerals: &mut [u16]) {
        let (mut a, mut b) = self.halves(shape, numerals);
        for round in (0..ROUNDS).rev() {
            let modulus = shape.modulus[usize::from(round % 2)];
            let y = self.round(shape, start, round, a, modulus);
            let c = if b >= y { b - y } else { b + modulus - y };
            b = a;
            a = c;
        }
        self.write(shape, a, b, numerals);
    }

    /// NUM(S) of one round, reduced: a half and its modulus stay below 2^72, so
    /// that their sum fits.
    fn round(&self, shape: &Shape, start: &Start, round: u8, half: u128, modulus: u128) -> u128 {
        let mut block = half.to_be_bytes();
        block[15 - shape.b] = round;
        xor(&mut block, &start.0);
        self.block(&mut block);
        let y = u128::from_be_bytes(block);
        match (shape.d, u64::try_from(modulus)) {
            (8, Ok(modulus)) => u128::from((y >> 64) as u64 % modulus),
            (d, _) => (y >> (8 * (16 - d))) % modulus,
        }
    }

    fn halves(&self, shape: &Shape, numerals: &[u16]) -> (u128, u128) {
        debug_assert_eq!(numerals.len(), shape.n, "one shape, one length");
        let number = |half: &[u16]| {
            half.iter().fold(0, |number: u128, &x| {
                number * u128::from(self.radix) + u128::from(x)
            })
        };
        let (left, right) = numerals.split_at(shape.u);
        (number(left), number(right))
    }

    fn write(&self, shape: &Shape, a: u128, b: u128, numerals: &mut [u16]) {
        let (left, right) = numerals.split_at_mut(shape.u);
        for (mut number, half) in [(a, left), (b, right)] {
            for x in half.iter_mut().rev() {
                // A half is below 2^64 for every alphabet in use but the largest.
                *x = match u64::try_from(number) {
                    Ok(small) => {
                        number = u128::from(small / u64::from(self.radix));
                        (small % u64::from(self.radix)) as u16
                    }
                    Err(_) => {
                        let x = number % u128::from(self.radix);
                        number /= u128::from(self.radix);
                        x as u16
                    }
                };
            }
        }
    }

    fn block(&self, block: &mut [u8; 16]) {
        self.aes.encrypt_block(block.into());
    }
}

fn xor(a: &mut [u8; 16], b: &[u8; 16]) {
    for (x, y) in a.iter_mut().zip(b) {
        *x ^= y;
    }
}

#[cfg(test)]
pub(super) mod tests;
