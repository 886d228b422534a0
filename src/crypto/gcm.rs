//! AES-256-GCM (NIST SP 800-38D) of many short values abreast, each under a key
//! of its own.
//!
//! A value alone spends most of its time waiting: round keys of which each waits
//! for the one before, blocks of the cipher, then the powers of the hash's key and
//! a hash in which each block waits for the one before. Here each of these steps
//! is done for several values before the next one, so that they overlap. Cipher
//! and hash are the crates'; what is here is the mode that joins them. Opening is
//! left to the `aes-gcm` crate, against which the tests hold every length.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use polyval::Polyval;
use polyval::universal_hash::UniversalHash;
use zeroize::Zeroize;

use super::envelope::{NONCE_LEN, TAG_LEN};

const BLOCK: usize = 16;

/// Values in one step: as many as a processor keeps in flight.
const ABREAST: usize = 8;

/// Blocks of the cipher in one step: with everything else still in the first cache.
const BLOCKS: usize = 240;

/// Blocks that the hash takes at once.
const HASH_ABREAST: usize = 4;

/// The element that a power above 127 is reduced by (RFC 8452 section 3).
const POLYNOMIAL: u128 = 0xc200_0000_0000_0000_0000_0000_0000_0001;

/// A value in a buffer: header, body and [`TAG_LEN`] bytes for the tag, one
/// behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageAt {
    /// Where the header begins.
    pub(crate) at: usize,
    /// Bytes that are authenticated only.
    pub(crate) header_len: usize,
    /// Bytes that are enciphered.
    pub(crate) body_len: usize,
    /// Used once under the key.
    pub(crate) nonce: [u8; NONCE_LEN],
}

impl MessageAt {
    /// Bytes with the tag.
    pub(crate) fn len(&self) -> usize {
        self.header_len + self.body_len + TAG_LEN
    }

    /// Its bytes.
    fn of<'w>(&self, work: &'w mut [u8]) -> &'w mut [u8] {
        &mut work[self.at..][..self.len()]
    }

    /// Blocks of the cipher: one for the key of the hash, one for the tag, and the
    /// body's.
    fn blocks(&self) -> usize {
        2 + self.body_len.div_ceil(BLOCK)
    }

    /// Blocks of the hash: those of header and body, and one for their lengths.
    fn hashed(&self) -> usize {
        self.header_len.div_ceil(BLOCK) + self.body_len.div_ceil(BLOCK) + 1
    }
}

/// What encryption works in. No key and no key stream outlives a call: together
/// with what is published it is the clear value.
pub(super) struct Room {
    /// Counters, then the key stream: [`BLOCKS`], so that none is left behind an
    /// end or in a message that was too small.
    stream: Box<[aes::Block]>,
    /// What is hashed: headers and ciphertexts.
    hashed: Vec<polyval::Block>,
    /// Room for [`ABREAST`], so that it never grows and leaves a key behind.
    ciphers: Vec<Aes256Enc>,
    hashes: Vec<Polyval>,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            stream: vec![aes::Block::default(); BLOCKS].into(),
            hashed: Vec::new(),
            ciphers: Vec::with_capacity(ABREAST),
            hashes: Vec::with_capacity(ABREAST),
        }
    }
}

/// Enciphers the body of each message in `work` under its own key, the one in its
/// place among `keys`, and writes its tag.
///
/// # Panics
/// When a message lies outside `work`, has no key, or is longer than the 64 GiB
/// that one nonce serves.
pub(super) fn encrypt(keys: &[[u8; 32]], messages: &[MessageAt], work: &mut [u8], room: &mut Room) {
    let (mut keys, mut rest) = (keys, messages);
    while let Some(first) = rest.first() {
        let mut blocks = 0;
        let fitting = rest.iter().take(ABREAST).take_while(|message| {
            blocks += message.blocks();
            blocks <= BLOCKS
        });
        let now = fitting.count().max(1);
        let (own, others) = keys.split_at(now);
        room.ciphers
            .extend(own.iter().map(|key| Aes256Enc::new(key.into())));
        if first.blocks() <= BLOCKS {
            several(&rest[..now], work, room);
        } else {
            long(first, work, room);
        }
        // Each is zeroed as it is dropped.
        room.ciphers.clear();
        room.hashes.clear();
        (keys, rest) = (others, &rest[now..]);
    }
    room.stream.fill(aes::Block::default());
}

/// The hash of nothing yet, under the key that the cipher makes of a block of zeros.
fn hash(made: &mut aes::Block) -> Polyval {
    // POLYVAL is GHASH with bytes and bits the other way round, under the key
    // times x (RFC 8452 appendix A).
    let mut key = u128::from_be_bytes(made.0);
    key = (key << 1) ^ (0_u128.wrapping_sub(key >> 127) & POLYNOMIAL);
    let mut turned = key.to_le_bytes();
    let hash = Polyval::new(&turned.into());
    key.zeroize();
    turned.zeroize();
    made.0 = [0; BLOCK];
    hash
}

/// Values that fit into the room together.
fn several(messages: &[MessageAt], work: &mut [u8], room: &mut Room) {
    let Room {
        stream,
        hashed,
        ciphers,
        hashes,
    } = room;
    let mut filled = 0;
    for (message, cipher) in messages.iter().zip(ciphers.iter()) {
        let own = &mut stream[filled..][..message.blocks()];
        own[0] = aes::Block::default();
        counters(&message.nonce, 1, &mut own[1..]);
        cipher.encrypt_blocks(own);
        filled += own.len();
    }
    hashed.clear();
    let mut streamed = 0;
    for message in messages {
        let own = &mut stream[streamed..][..message.blocks()];
        streamed += own.len();
        hashes.push(hash(&mut own[0]));
        let all = message.of(work);
        xor(&mut all[message.header_len..], message.body_len, &own[2..]);
        // Blocks of zeros in front leave the hash of nothing what it is, and
        // it is fastest in whole groups.
        for _ in message.hashed()..message.hashed().next_multiple_of(HASH_ABREAST) {
            hashed.push(polyval::Block::default());
        }
        turned(all, message.header_len, hashed);
        turned(&all[message.header_len..], message.body_len, hashed);
        hashed.push(lengths(message));
    }
    let (mut streamed, mut hashed) = (0, hashed.as_slice());
    for (message, mut hash) in messages.iter().zip(hashes.drain(..)) {
        let (own, rest) = hashed.split_at(message.hashed().next_multiple_of(HASH_ABREAST));
        hash.update(own);
        tag(hash, &stream[streamed + 1], message.of(work));
        streamed += message.blocks();
        hashed = rest;
    }
}

/// A value that does not fit into the room, a piece at a time.
fn long(message: &MessageAt, work: &mut [u8], room: &mut Room) {
    let Room {
        stream,
        hashed,
        ciphers,
        ..
    } = room;
    let cipher = &ciphers[0];
    stream[0] = aes::Block::default();
    cipher.encrypt_block(&mut stream[0]);
    let mut hash = hash(&mut stream[0]);
    let all = message.of(work);
    hashed.clear();
    turned(all, message.header_len, hashed);
    hash.update(hashed);
    for first in (0..message.body_len).step_by(BLOCKS * BLOCK) {
        let len = (message.body_len - first).min(BLOCKS * BLOCK);
        let piece = &mut all[message.header_len + first..];
        let stream = &mut stream[..len.div_ceil(BLOCK)];
        counters(&message.nonce, 2 + first / BLOCK, stream);
        cipher.encrypt_blocks(stream);
        xor(piece, len, stream);
        hashed.clear();
        turned(piece, len, hashed);
        hash.update(hashed);
    }
    hash.update(&[lengths(message)]);
    counters(&message.nonce, 1, &mut stream[..1]);
    cipher.encrypt_block(&mut stream[0]);
    tag(hash, &stream[0], all);
}

/// Writes counter blocks from number `first` on.
fn counters(nonce: &[u8; NONCE_LEN], first: usize, to: &mut [aes::Block]) {
    let behind = u32::try_from(first + to.len()).expect("a value is shorter than what GCM takes");
    let first = behind - to.len() as u32;
    for (block, counter) in to.iter_mut().zip(first..) {
        block[..NONCE_LEN].copy_from_slice(nonce);
        block[NONCE_LEN..].copy_from_slice(&counter.to_be_bytes());
    }
}

/// Adds the key stream to the first `len` bytes of a text. What is left of its
/// last block goes to the bytes behind them, which are the tag's and not yet
/// written: a block is then a block, without a loop over bytes.
#[inline]
fn xor(text: &mut [u8], len: usize, stream: &[aes::Block]) {
    let blocks = text[..len.next_multiple_of(BLOCK)]
        .as_chunks_mut::<BLOCK>()
        .0;
    for (block, key) in blocks.iter_mut().zip(stream) {
        *block = (u128::from_ne_bytes(*block) ^ u128::from_ne_bytes(key.0)).to_ne_bytes();
    }
}

/// Appends the first `len` bytes of a text, filled up with zeros, its blocks
/// turned round for POLYVAL. At least [`TAG_LEN`] bytes stand behind them, which
/// are read and covered.
#[inline]
fn turned(text: &[u8], len: usize, to: &mut Vec<polyval::Block>) {
    let blocks = text[..len.next_multiple_of(BLOCK)].as_chunks::<BLOCK>().0;
    to.extend(blocks.iter().map(|block| {
        let block = u128::from_be_bytes(*block);
        polyval::Block::from(block.to_le_bytes())
    }));
    if let (Some(last), 1..) = (to.last_mut(), len % BLOCK) {
        let kept = u128::MAX >> (8 * (len % BLOCK));
        *last = (u128::from_le_bytes(last.0) & !kept).to_le_bytes().into();
    }
}

/// The last block of the hash: both lengths in bits, turned round.
fn lengths(message: &MessageAt) -> polyval::Block {
    let bits = |bytes: usize| 8 * bytes as u128;
    (bits(message.header_len) << 64 | bits(message.body_len))
        .to_le_bytes()
        .into()
}

/// Writes the tag to the end of a message: the hash, hidden by the first block of
/// the stream.
fn tag(hash: Polyval, hide: &aes::Block, all: &mut [u8]) {
    let hash = u128::from_le_bytes(hash.finalize().0);
    let tag = hash ^ u128::from_be_bytes(hide.0);
    *all.last_chunk_mut().expect("a message has room for a tag") = tag.to_be_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::Aes256Gcm;
    use aes_gcm::aead::AeadInOut;

    /// Places one behind the other, filled with something.
    fn laid_out(lengths: &[(usize, usize)]) -> (Vec<MessageAt>, Vec<u8>) {
        let (mut messages, mut at) = (Vec::new(), 0);
        for (n, (header_len, body_len)) in lengths.iter().copied().enumerate() {
            let mut nonce = [n as u8; NONCE_LEN];
            nonce[0] = (n >> 8) as u8;
            let message = MessageAt {
                at,
                header_len,
                body_len,
                nonce,
            };
            at += message.len();
            messages.push(message);
        }
        let work = (0..at).map(|i| (i * 31 % 251) as u8).collect();
        (messages, work)
    }

    /// Under a key each that is made of the seed and the message's place.
    fn agrees(seed: u8, lengths: &[(usize, usize)]) {
        let (messages, mut work) = laid_out(lengths);
        let keys: Vec<[u8; 32]> = (0..messages.len())
            .map(|n| std::array::from_fn(|i| (i * 59 + n * 7) as u8 ^ seed))
            .collect();
        let clear = work.clone();
        let mut room = Room::default();
        encrypt(&keys, &messages, &mut work, &mut room);
        assert!(
            room.stream.iter().all(|b| b.0 == [0; BLOCK]),
            "a key stream stays"
        );
        assert!(
            room.ciphers.is_empty() && room.hashes.is_empty(),
            "a key stays"
        );
        assert_eq!(room.ciphers.capacity(), ABREAST, "a list of keys grew");
        for (message, key) in messages.iter().zip(&keys) {
            let crate_ = Aes256Gcm::new(key.into());
            let mut expected = clear[message.at..][..message.len()].to_vec();
            let (header, rest) = expected.split_at_mut(message.header_len);
            let (body, tag) = rest.split_at_mut(message.body_len);
            let made = crate_
                .encrypt_inout_detached(&message.nonce.into(), header, body.into())
                .unwrap();
            tag.copy_from_slice(&made);
            assert_eq!(work[message.at..][..message.len()], expected, "{message:?}");
        }
    }

    #[test]
    fn every_length_is_what_the_crate_makes() {
        for seed in [0, 85, 170] {
            let lengths = (0..80).flat_map(|h| (0..80).map(move |b| (h, b)));
            agrees(seed, &lengths.collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_is_longer_than_the_room_is_what_the_crate_makes() {
        let room = BLOCKS * BLOCK;
        let long = [
            room - 33,
            room - 32,
            room - 31,
            room - 17,
            room - 16,
            room - 15,
            room,
            room + 1,
            5 * room + 7,
        ];
        let among_short = long.map(|len| [(3, 5), (55, len), (0, 0)]).concat();
        agrees(9, &among_short);
    }
}
