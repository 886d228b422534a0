//! Addresses of machines: which spellings are one address, and how it is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address whose rule holds, and the most bits that may be kept of it. An
/// IPv6 address that is made from an IPv4 address is taken as that IPv4
/// address: its own rule would keep whatever part of the other lies in it.
pub(crate) fn plain(address: IpAddr) -> (IpAddr, u8) {
    let IpAddr::V6(v6) = address else {
        return (address, 32);
    };
    if let [0x64, 0xff9b, 1, ..] = v6.segments() {
        // NAT64 of a local network (RFC 8215). Where in the rest the IPv4
        // address stands is known there only.
        return (address, 48);
    }
    match embedded(v6) {
        Some(v4) => (IpAddr::V4(v4), 32),
        None => (address, 128),
    }
}

/// The IPv4 address that an IPv6 address of a well-known form is made from.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        // Unspecified and loopback (RFC 4291) are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // Compatible and mapped (RFC 4291), translated (RFC 2765).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(v4(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(v4(high, low)),
        // NAT64 (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => Some(v4(high, low)),
        // Teredo (RFC 4380): the client's, its bits inverted.
        [0x2001, 0, _, _, _, _, high, low] => Some(v4(!high, !low)),
        // ISATAP (RFC 5214), under any network.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => Some(v4(high, low)),
        _ => None,
    }
}

/// As `Display` writes it, without the machinery of formatting: most addresses
/// of most streams come this way.
pub(crate) fn push_ipv4(text: &mut Vec<u8>, address: Ipv4Addr) {
    let [a, b, c, d] = address.octets();
    push_byte(text, a);
    for byte in [b, c, d] {
        text.push(b'.');
        push_byte(text, byte);
    }
}

/// Appends a number in its digits.
pub(crate) fn push_byte(text: &mut Vec<u8>, byte: u8) {
    /// The digits of each number, and how many they are.
    static DIGITS: [[u8; 4]; 256] = {
        let mut digits = [[0; 4]; 256];
        let mut n = 0;
        while n < digits.len() {
            let (hundreds, tens, ones) = (n / 100, n / 10 % 10, n % 10);
            let all = [hundreds as u8, tens as u8, ones as u8];
            let len = 1 + (n > 9) as usize + (n > 99) as usize;
            let mut at = 0;
            while at < len {
                digits[n][at] = b'0' + all[3 - len + at];
                at += 1;
            }
            digits[n][3] = len as u8;
            n += 1;
        }
        digits
    };
    let digits = DIGITS[usize::from(byte)];
    let at = text.len();
    text.extend_from_slice(&digits);
    text.truncate(at + usize::from(digits[3]));
}

/// True when a host name in ASCII and lower case is an IPv4 address in one of its
/// spellings: it ends in a number, decimal or hexadecimal, which no top-level domain does
/// (RFC 3696 section 2), and browsers read whatever does so as an address. The machine of
/// one person would leave whole.
pub(crate) fn is_address(host: &[u8]) -> bool {
    // So most names end, and no number does.
    if let Some(b'g'..=b'w' | b'y' | b'z') = host.last() {
        return false;
    }
    let last = host.rsplit(|b| *b == b'.').next().unwrap_or(host);
    match last.strip_prefix(b"0x") {
        Some(hex) => hex.iter().all(u8::is_ascii_hexdigit),
        None => last.iter().all(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_is_written_as_the_standard_library_does() {
        for byte in 0..=255 {
            for address in [[byte, 0, 10, 99], [100, byte, 255, 9]] {
                let address = Ipv4Addr::from(address);
                let mut text = Vec::new();
                push_ipv4(&mut text, address);
                assert_eq!(text, address.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn a_host_that_ends_in_a_number_is_an_address() {
        for host in [
            "1.2.3.4",
            "2130706433",
            "1.2.3",
            "0x7f.1",
            "a.0x7f000001",
            "127.0.0.0x1",
        ] {
            assert!(is_address(host.as_bytes()), "{host}");
        }
        for host in ["a.example", "1.2.3.de", "0x7g", "x1.fe", "a1.ax"] {
            assert!(!is_address(host.as_bytes()), "{host}");
        }
    }
}
