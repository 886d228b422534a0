//! Prefix-preserving addresses: ipcrypt-pfx of draft-denis-ipcrypt.
//!
//! Two addresses of one family that share their first n bits, and no more, become two
//! that do. Each bit is turned by a bit that depends on all those before it, the sum of
//! two AES-128 under the halves of one key: a random function, and no permutation whose
//! halves could be held against each other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Block};

use super::epoch::{EpochKeys, EpochLength, Versions};
use super::kdf::{Root, TooLong, Use};
use super::secret::Secret;
use crate::record::Reason;

/// Bits that are turned in one call.
const ABREAST: u32 = 32;

/// Enciphers the addresses of one domain and space.
pub struct Addresses(Keys);

/// What they are enciphered with.
enum Keys {
    /// One key for ever.
    One(Prefixes),
    /// One for each epoch.
    Changing {
        epochs: Box<EpochKeys<Prefixes>>,
        domain: String,
        space: String,
    },
}

impl Addresses {
    /// Of that domain and space, the same for ever.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(root: &Root, domain: &str, space: &str) -> Result<Addresses, TooLong> {
        derive(root, domain, space, b"").map(|key| Addresses(Keys::One(key)))
    }

    /// Of that domain and space, others in every epoch of that length. Each epoch takes
    /// its version of the key.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn changing(
        versions: Versions,
        length: EpochLength,
        domain: &str,
        space: &str,
    ) -> Result<Addresses, TooLong> {
        derive(&Root::new(&[0; 32]), domain, space, &[0; 16])?;
        Ok(Addresses(Keys::Changing {
            epochs: Box::new(EpochKeys::new(length, versions)),
            domain: domain.to_owned(),
            space: space.to_owned(),
        }))
    }

    /// True when they change with every epoch: an event's time is needed.
    pub fn change(&self) -> bool {
        matches!(self.0, Keys::Changing { .. })
    }

    /// The address that stands for one, of an event at that time in milliseconds since
    /// 1970, which is looked at only where they change.
    ///
    /// # Errors
    /// [`Reason::EpochOutOfWindow`] when the time lies in no epoch,
    /// [`Reason::KeyDestroyed`] when the version of that epoch is gone.
    pub fn encipher(&self, address: IpAddr, event_ms: i64) -> Result<IpAddr, Reason> {
        self.with(event_ms, |key| key.encipher(address))
    }

    /// Back from what [`Addresses::encipher`] gave for an event of that epoch. Any
    /// address is taken: that of another key, domain, space or epoch gives a plausible
    /// wrong one.
    ///
    /// # Errors
    /// As [`Addresses::encipher`].
    pub fn decipher(&self, address: IpAddr, event_ms: i64) -> Result<IpAddr, Reason> {
        self.with(event_ms, |key| key.decipher(address))
    }

    fn with<R>(&self, event_ms: i64, done: impl FnOnce(&Prefixes) -> R) -> Result<R, Reason> {
        match &self.0 {
            Keys::One(key) => Ok(done(key)),
            Keys::Changing {
                epochs,
                domain,
                space,
            } => {
                let start_ms = epochs.epoch(event_ms)?.start_ms;
                let derive = |root: &Root, epoch: &[u8; 16]| {
                    derive(root, domain, space, epoch)
                        .expect("names of that length were derived from before")
                };
                Ok(epochs.with(start_ms, derive, done))
            }
        }
    }
}

fn derive(root: &Root, domain: &str, space: &str, epoch: &[u8]) -> Result<Prefixes, TooLong> {
    let key = root.key::<32>(Use::IpPfx, &[domain.as_bytes(), space.as_bytes(), epoch])?;
    Ok(Prefixes::new(&key))
}

/// The cipher under one key of 32 bytes.
pub(super) struct Prefixes {
    /// Boxed, so that moving it leaves no copy of a key behind.
    halves: Box<[Aes128Enc; 2]>,
}

impl Prefixes {
    /// # Panics
    /// When the halves are equal: all would stay in clear.
    pub(super) fn new(key: &Secret<32>) -> Prefixes {
        let (halves, _) = key.expose().as_chunks::<16>();
        assert!(
            halves[0] != halves[1],
            "the halves of a derived key are equal once in 2^128"
        );
        Prefixes {
            halves: Box::new([0, 1].map(|n| Aes128Enc::new((&halves[n]).into()))),
        }
    }

    /// All bits that turn others are known, so they are worked on abreast.
    pub(super) fn encipher(&self, address: IpAddr) -> IpAddr {
        let (bits, first) = wide(address);
        let mut turned = bits;
        for at in (first..128).step_by(ABREAST as usize) {
            let mut blocks = [[Block::default(); ABREAST as usize]; 2];
            for (half, blocks) in self.halves.iter().zip(&mut blocks) {
                for (n, block) in (at..).zip(&mut *blocks) {
                    *block = padded(bits, n);
                }
                half.encrypt_blocks(blocks);
            }
            let [one, other] = &blocks;
            for (n, (a, b)) in (at..).zip(one.iter().zip(other)) {
                turned ^= u128::from((a[15] ^ b[15]) & 1) << (127 - n);
            }
        }
        narrow(turned, first)
    }

    /// Bit by bit: the next one turns by those that are found.
    pub(super) fn decipher(&self, address: IpAddr) -> IpAddr {
        let (turned, first) = wide(address);
        let mut bits = turned;
        for n in first..128 {
            let [a, b] = [0, 1].map(|half| {
                let mut block = padded(bits, n);
                self.halves[half].encrypt_block(&mut block);
                block[15]
            });
            bits ^= u128::from((a ^ b) & 1) << (127 - n);
        }
        narrow(bits, first)
    }
}

/// The first `n` bits of an address behind a 1, from the left filled up with 0.
fn padded(bits: u128, n: u32) -> Block {
    let prefix = bits.checked_shr(128 - n).unwrap_or(0);
    (1_u128 << n | prefix).to_be_bytes().into()
}

/// As 128 bits, and the first of them that is turned: an IPv4 address stands behind
/// `::ffff:0:0/96`, which stays.
fn wide(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(v4) => (v4.to_ipv6_mapped().to_bits(), 96),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(_) => (v6.to_bits(), 96),
            None => (v6.to_bits(), 0),
        },
    }
}

fn narrow(bits: u128, first: u32) -> IpAddr {
    match first {
        96 => {
            let low = u32::try_from(bits & u128::from(u32::MAX)).expect("32 bits are left");
            IpAddr::V4(Ipv4Addr::from_bits(low))
        }
        _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
    }
}

#[cfg(test)]
mod tests;
