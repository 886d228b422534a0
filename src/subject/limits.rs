//! How often somebody may ask: counted by network and by link, forgotten soon.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Requests a minute and network.
const REQUESTS_A_MINUTE: u32 = 60;
/// Forms an hour and link.
const FORMS_AN_HOUR: u32 = 30;
/// Networks, or links, that are counted at a time: more are refused until the time is
/// over, so that whoever has many addresses takes no memory.
const COUNTED_MAX: usize = 100_000;

/// A network that counts as one caller: the first 24 bits of an IPv4 address, 48 of an
/// IPv6 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Net([u8; 16]);

impl Net {
    /// The one that an address is in; an IPv4 address inside IPv6 is that one.
    pub fn of(address: IpAddr) -> Net {
        let mut bytes = [0; 16];
        match address.to_canonical() {
            IpAddr::V4(four) => {
                // As ::ffff:a.b.c.0, which no IPv6 network is taken for.
                bytes[10..12].fill(0xff);
                bytes[12..15].copy_from_slice(&four.octets()[..3]);
            }
            IpAddr::V6(six) => bytes[..6].copy_from_slice(&six.octets()[..6]),
        }
        Net(bytes)
    }

    /// What tells it from others.
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Counts of the time that passes.
struct Counts<K> {
    /// Which minute, or hour, since 1970.
    span: i64,
    counts: HashMap<K, u32>,
}

impl<K: Eq + Hash> Counts<K> {
    fn new() -> Counts<K> {
        Counts {
            span: i64::MIN,
            counts: HashMap::new(),
        }
    }

    fn takes(&mut self, span: i64, of: K, most: u32) -> bool {
        if self.span != span {
            self.span = span;
            // What many needed once is given back.
            self.counts = HashMap::new();
        }
        if self.counts.len() >= COUNTED_MAX && !self.counts.contains_key(&of) {
            return false;
        }
        let count = self.counts.entry(of).or_insert(0);
        *count = count.saturating_add(1);
        *count <= most
    }
}

/// Who has asked how often, in this minute and this hour.
pub struct Limits {
    requests: Mutex<Counts<Net>>,
    forms: Mutex<Counts<[u8; 32]>>,
    warnings: Mutex<Counts<Net>>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            requests: Mutex::new(Counts::new()),
            forms: Mutex::new(Counts::new()),
            warnings: Mutex::new(Counts::new()),
        }
    }
}

impl Limits {
    /// Counts a request from that network. False: it asks too often.
    pub fn request(&self, net: Net, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.takes(minute, net, REQUESTS_A_MINUTE)
    }

    /// True when the log may say something of that network: once a minute.
    pub fn warning(&self, net: Net, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.takes(minute, net, 1)
    }

    /// Counts a form with consent that was sent with that link, one of ours, and with the
    /// mark of its page. False: it is too often. What withdraws is not counted: whoever
    /// else has the link must not keep its owner from withdrawing.
    pub fn form(&self, link: &str, now: Timestamp) -> bool {
        let hour = now.as_second().div_euclid(3_600);
        let link = crate::crypto::digest::sha256(link.as_bytes());
        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        forms.takes(hour, link, FORMS_AN_HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_323_200 + second).unwrap()
    }

    fn net(text: &str) -> Net {
        Net::of(text.parse().unwrap())
    }

    #[test]
    fn a_network_is_one_caller() {
        assert_eq!(net("10.1.2.3"), net("10.1.2.200"));
        assert_eq!(net("10.1.2.3"), net("::ffff:10.1.2.9"));
        assert_ne!(net("10.1.2.3"), net("10.1.3.3"));
        assert_eq!(net("2001:db8:1:2::3"), net("2001:db8:1:ffff::1"));
        assert_ne!(net("2001:db8:1::"), net("2001:db8:2::"));
        assert_ne!(net("0.0.0.0"), net("::"));
    }

    #[test]
    fn sixty_requests_a_minute_and_thirty_forms_an_hour() {
        let limits = Limits::default();
        let (one, other) = (net("10.0.0.1"), net("10.0.1.1"));
        for n in 0..60 {
            assert!(limits.request(one, at(n)), "{n}");
        }
        assert!(!limits.request(one, at(59)) && !limits.request(one, at(59)));
        assert!(limits.request(other, at(59)));
        assert!(limits.request(one, at(60)));
        for n in 0..30 {
            assert!(limits.form("vl1.a", at(n)), "{n}");
        }
        assert!(!limits.form("vl1.a", at(3_599)));
        assert!(limits.form("vl1.b", at(3_599)) && limits.form("vl1.a", at(3_600)));
        assert!(limits.warning(one, at(0)) && limits.warning(other, at(0)));
        assert!(!limits.warning(one, at(59)) && limits.warning(one, at(60)));
    }

    #[test]
    fn whoever_has_many_addresses_takes_no_memory() {
        let limits = Limits::default();
        let first = net("10.0.0.1");
        assert!(limits.request(first, at(0)));
        let many = |n: u32| Net::of(IpAddr::from((n << 8).to_be_bytes()));
        let taken = (0..COUNTED_MAX as u32 * 2).filter(|n| limits.request(many(*n), at(1)));
        assert_eq!(taken.count(), COUNTED_MAX - 1);
        // Who is counted already is not shut out.
        assert!(limits.request(first, at(2)));
        assert!(limits.request(net("192.0.2.1"), at(60)));
    }
}
