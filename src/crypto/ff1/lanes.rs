//! Values whose halves are narrow, in 64-bit arithmetic: one alone, or as many
//! abreast as the cipher takes at once.
//!
//! All rounds run inside the cipher's own closure, so that blocks stay in
//! registers from round to round and the round keys are set out once.

use aes::Block;
use aes::cipher::consts::U16;
use aes::cipher::typenum::Unsigned;
use aes::cipher::{
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, ParBlocks,
};
use zeroize::DefaultIsZeroes;

use super::modulus::Modulus;
use super::{ROUNDS, Shape, Start};

/// Largest modulus of a [`Lane`]: b is at most 4 then, and d is 8.
const NARROW_MAX: u128 = 1 << 32;

/// What the rounds of one narrow shape need.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Narrow {
    /// radix^u and radix^v.
    modulus: [Modulus; 2],
    /// radix^v: what parts a text as one number into its halves.
    right: u64,
    /// Bits that the round's number is shifted by, into its byte.
    shift: u32,
}

/// A value on its way through the rounds, its halves below 2^32: decimal texts
/// of up to 18 digits.
#[derive(Clone, Copy, Default)]
pub(in crate::crypto) struct Lane {
    halves: [u64; 2],
    narrow: Narrow,
    /// The state to start from, as two numbers.
    start: [u64; 2],
}

impl Narrow {
    /// `None` when a half is too wide.
    pub(super) fn new(modulus: [u128; 2], b: usize) -> Option<Narrow> {
        (modulus[1] <= NARROW_MAX).then(|| Narrow {
            modulus: modulus.map(|m| Modulus::new(m as u64)),
            right: modulus[1] as u64,
            shift: 8 * b as u32,
        })
    }
}

impl Lane {
    /// The text of that shape that is `number` when it is read as one, which
    /// must be below radix^n. `None` when a half is too wide for a lane:
    /// [`super::Ff1::encipher`] takes it.
    #[inline]
    pub(in crate::crypto) fn new(shape: &Shape, start: &Start, number: u64) -> Option<Lane> {
        let narrow = shape.narrow?;
        let [high, low] = start.0.as_chunks::<8>().0 else {
            unreachable!("16 bytes are twice 8")
        };
        Some(Lane {
            halves: [number / narrow.right, number % narrow.right],
            narrow,
            start: [high, low].map(|half| u64::from_be_bytes(*half)),
        })
    }

    /// The text as one number.
    #[inline]
    pub(in crate::crypto) fn number(&self) -> u64 {
        self.halves[0] * self.narrow.right + self.halves[1]
    }

    /// What a round enciphers: its number, and the half that it does not change.
    #[inline(always)]
    fn block(&self, round: u8, half: u64) -> Block {
        let low = self.start[1] ^ (half | u64::from(round) << self.narrow.shift);
        (u128::from(self.start[0]) << 64 | u128::from(low))
            .to_be_bytes()
            .into()
    }

    /// Adds the enciphered block of a round to the half that it changes. d is
    /// 8: the number is the half of the block that comes first.
    #[inline(always)]
    fn add(&mut self, round: u8, block: Block) {
        let y = (u128::from_be_bytes(block.into()) >> 64) as u64;
        let side = usize::from(round % 2);
        self.halves[side] = self.narrow.modulus[side].sum(self.halves[side], y);
    }

    /// The half that a round does not change.
    #[inline(always)]
    fn other(&self, round: u8) -> u64 {
        self.halves[usize::from(1 - round % 2)]
    }
}

impl DefaultIsZeroes for Lane {}

/// Enciphers every lane, in place.
pub(super) fn encipher(cipher: &impl BlockCipherEncrypt<BlockSize = U16>, lanes: &mut [Lane]) {
    match lanes {
        [lane] => cipher.encrypt_with_backend(Alone(lane)),
        lanes => cipher.encrypt_with_backend(Abreast(lanes)),
    }
}

/// One value: ten blocks, each of which waits for the one before.
struct Alone<'l>(&'l mut Lane);

/// Several values.
struct Abreast<'l>(&'l mut [Lane]);

impl BlockSizeUser for Alone<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Alone<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut lane = *self.0;
        for round in 0..ROUNDS {
            let mut block = lane.block(round, lane.other(round));
            backend.encrypt_block_inplace(&mut block);
            lane.add(round, block);
        }
        self.0.halves = lane.halves;
    }
}

impl BlockSizeUser for Abreast<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Abreast<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut blocks = ParBlocks::<B>::default();
        for lanes in self.0.chunks_mut(B::ParBlocksSize::USIZE) {
            for round in 0..ROUNDS {
                for (block, lane) in blocks.iter_mut().zip(&*lanes) {
                    *block = lane.block(round, lane.other(round));
                }
                // Blocks without a lane cost less than a second way for the last few.
                backend.encrypt_par_blocks_inplace(&mut blocks);
                for (block, lane) in blocks.iter().zip(&mut *lanes) {
                    lane.add(round, *block);
                }
            }
        }
    }
}
