//! Addresses in the networks that they lie in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;

use super::prefix::Leaves;
use super::tree::{Above, Tree};
use super::{NotADomain, WHOLE};
use crate::canon::network::plain;

/// Networks of both families, the smallest first; the two families lie beside each other
/// under the root.
pub struct Networks {
    ipv4: Vec<u8>,
    ipv6: Vec<u8>,
}

impl Networks {
    /// Prefixes of so many bits, the most first. Each counts with its level among those of
    /// its family.
    ///
    /// # Errors
    /// When they do not fall, are none, or are more than an address has.
    pub fn new(ipv4: &[u8], ipv6: &[u8]) -> Result<Networks, NotADomain> {
        let falls = |levels: &[u8], most: u8| {
            let is_falling = levels.windows(2).all(|pair| pair[0] > pair[1]);
            let fits = |bits: &u8| (1..=most).contains(bits);
            !levels.is_empty() && is_falling && levels.iter().all(fits)
        };
        match falls(ipv4, 32) && falls(ipv6, 128) {
            true => Ok(Networks {
                ipv4: ipv4.to_vec(),
                ipv6: ipv6.to_vec(),
            }),
            false => Err(NotADomain::NoLevel),
        }
    }

    /// The finest class of an address, as a text of hexadecimal digits. An IPv6 address
    /// that is made from an IPv4 address is that one; `None`: less of it may be kept than
    /// the smallest network has bits.
    pub fn key(&self, address: IpAddr) -> Option<String> {
        let (address, most) = plain(address);
        let mut key = [0; 17];
        let key = match address {
            IpAddr::V4(v4) => {
                let bits = v4.to_bits() & mask(self.ipv4[0], 32) as u32;
                key[0] = 4;
                key[1..5].copy_from_slice(&bits.to_be_bytes());
                &key[..5]
            }
            IpAddr::V6(_) if self.ipv6[0] > most => return None,
            IpAddr::V6(v6) => {
                let bits = v6.to_bits() & mask(self.ipv6[0], 128);
                key[0] = 6;
                key[1..].copy_from_slice(&bits.to_be_bytes());
                &key[..]
            }
        };
        Some(HEXLOWER.encode(key))
    }

    /// The number of an address among those of its column, as [`Networks::key`].
    pub fn number(&self, address: IpAddr, leaves: &mut Leaves) -> Option<u32> {
        self.number_of(&self.key(address)?, leaves)
    }

    /// The number of a class that [`Networks::key`] made; `None`: it made none such.
    pub(super) fn number_of(&self, key: &str, leaves: &mut Leaves) -> Option<u32> {
        let key = HEXLOWER.decode(key.as_bytes()).ok()?;
        let fits = matches!((key.first(), key.len()), (Some(4), 5) | (Some(6), 17));
        fits.then(|| leaves.number(&key))
    }

    /// The tree of the addresses of one release, and the code of each record in it.
    pub fn tree(&self, leaves: &Leaves, numbers: &[u32]) -> (Tree, Vec<u32>) {
        let below_root = self.ipv4.len().max(self.ipv6.len());
        let cut = |key: &[u8], level: usize| {
            let levels = match key[0] {
                4 => &self.ipv4,
                _ => &self.ipv6,
            };
            // A family of fewer levels has its widest network at those that are left.
            let level = level.min(levels.len() - 1);
            let (address, bits) = network(key, levels[level]);
            (address, bits, level, levels.len())
        };
        leaves.tree(
            numbers,
            below_root,
            |before, own| {
                let shared = |level: &usize| cut(before, *level).0 == cut(own, *level).0;
                (0..below_root).find(shared).unwrap_or(below_root)
            },
            |key, level| {
                let (address, bits, level, levels) = cut(key, level);
                Above {
                    name: format!("{address}/{bits}").into(),
                    bounds: None,
                    loss: level as u64 * WHOLE / levels as u64,
                }
            },
        )
    }
}

/// The first address of a network that a key lies in, and its bits.
fn network(key: &[u8], bits: u8) -> (IpAddr, u8) {
    let all = key[1..].iter().fold(0_u128, |n, b| n << 8 | u128::from(*b));
    let address = match key[0] {
        4 => Ipv4Addr::from_bits((all & mask(bits, 32)) as u32).into(),
        _ => Ipv6Addr::from_bits(all & mask(bits, 128)).into(),
    };
    (address, bits)
}

/// The first `bits` of so many.
fn mask(bits: u8, of: u8) -> u128 {
    let rest = u32::from(of - bits);
    let ones = u128::MAX >> (128 - u32::from(of));
    match rest {
        128 => 0,
        rest => ones >> rest << rest,
    }
}
