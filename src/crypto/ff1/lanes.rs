//! Values whose halves are narrow, in 64-bit arithmetic: one alone, or as many
//! abreast as the cipher takes at once.
//!
//! All rounds run inside the cipher's own closure, so that blocks stay in
//! registers from round to round and the round keys are set out once. Forced for
//! that: without, `rounds` is a call, 0.3 % more instructions on `tokenize`.

use aes::Block;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, ParBlocks,
    ParBlocksSizeUser,
};

use super::modulus::Modulus;
use super::{ROUNDS, Shape, Start};
use crate::crypto::kdf::first_bytes;

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
    /// The first half of the state to start from, as it lies in memory.
    first: u64,
    /// The second, as a number.
    second: u64,
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
        Some(Lane {
            halves: [number / narrow.right, number % narrow.right],
            narrow,
            first: u64::from_ne_bytes(first_bytes(&start.0)),
            second: u64::from_be_bytes(first_bytes(&start.0[8..])),
        })
    }

    /// The text as one number.
    #[inline]
    pub(in crate::crypto) fn number(&self) -> u64 {
        self.halves[0] * self.narrow.right + self.halves[1]
    }

    /// What a round that changes the half `SIDE` enciphers: its number, and the
    /// other half.
    // Forced: see the top.
    #[inline(always)]
    fn block<const SIDE: usize>(&self, round: u8) -> Block {
        // The half is below the byte of the round's number.
        let round = self.second ^ (u64::from(round) << self.narrow.shift);
        let mut block = Block::default();
        block[..8].copy_from_slice(&self.first.to_ne_bytes());
        block[8..].copy_from_slice(&(round ^ self.halves[1 - SIDE]).to_be_bytes());
        block
    }

    /// Adds the enciphered block of a round to the half that it changes. d is
    /// 8: the number is the half of the block that comes first.
    // Forced: see the top.
    #[inline(always)]
    fn add<const SIDE: usize>(&mut self, block: &Block) {
        let y = u64::from_be_bytes(first_bytes(block));
        self.halves[SIDE] = self.narrow.modulus[SIDE].sum(self.halves[SIDE], y);
    }
}

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
    // Forced: see the top.
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut lane = *self.0;
        for round in (0..ROUNDS).step_by(2) {
            let mut block = lane.block::<0>(round);
            backend.encrypt_block_inplace(&mut block);
            lane.add::<0>(&block);
            let mut block = lane.block::<1>(round + 1);
            backend.encrypt_block_inplace(&mut block);
            lane.add::<1>(&block);
        }
        self.0.halves = lane.halves;
    }
}

impl BlockSizeUser for Abreast<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Abreast<'_> {
    // Forced: see the top.
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let (groups, rest) = Array::slice_as_chunks_mut(self.0);
        rounds(groups, backend);
        if rest.is_empty() {
            return;
        }
        // Lanes that nobody reads cost less than a second way for the last few.
        let mut group = [Array::default()];
        group[0][..rest.len()].copy_from_slice(rest);
        rounds(&mut group, backend);
        rest.copy_from_slice(&group[0][..rest.len()]);
    }
}

/// As many lanes as the cipher takes blocks at once.
type Group<B> = Array<Lane, <B as ParBlocksSizeUser>::ParBlocksSize>;

// Forced: see the top.
#[inline(always)]
fn rounds<B>(groups: &mut [Group<B>], backend: &B)
where
    B: BlockCipherEncBackend<BlockSize = U16>,
{
    for number in (0..ROUNDS).step_by(2) {
        round::<0, B>(groups, number, backend);
        round::<1, B>(groups, number + 1, backend);
    }
}

/// One round of all values: what one group of them computes does not wait for
/// the blocks of another.
// Forced: see the top.
#[inline(always)]
fn round<const SIDE: usize, B>(groups: &mut [Group<B>], number: u8, backend: &B)
where
    B: BlockCipherEncBackend<BlockSize = U16>,
{
    for lanes in groups {
        let mut blocks: ParBlocks<B> = Array::from_fn(|i| lanes[i].block::<SIDE>(number));
        backend.encrypt_par_blocks_inplace(&mut blocks);
        for (lane, block) in lanes.iter_mut().zip(&blocks) {
            lane.add::<SIDE>(block);
        }
    }
}
