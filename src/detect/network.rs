//! Addresses of machines.

use super::detector::{Detector, Scalar};
use std::net::IpAddr;

/// An IPv4 or IPv6 address.
pub(super) const IP: Detector = Detector {
    name: "ip_address",
    title: "IP address",
    category: Some("user.device.ip_address"),
    confidence: 97,
    matches: |value| matches!(value, Scalar::Text(text) if is_ip(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7"],
        refuses: &[
            "1.2.3",
            "203.0.113.256",
            "203.0.113.0/24",
            "::",
            "12:30:45",
            "#1.5",
        ],
    },
};

/// The address of a network card.
pub(super) const MAC: Detector = Detector {
    name: "mac_address",
    title: "MAC address",
    category: Some("user.device.device_id"),
    confidence: 96,
    matches: |value| matches!(value, Scalar::Text(text) if is_mac(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["00:1A:2b:3C:4d:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"],
        refuses: &[
            "00:1A:2b:3C:4d",
            "00:1A:2b:3C:4d:5G",
            "001a2b3c4d5e",
            "00-1a:2b-3c-4d-5e",
        ],
    },
};

fn is_ip(text: &str) -> bool {
    let address = text.len() <= 45 && text.contains(['.', ':']);
    // The unspecified addresses stand for none.
    address && text.parse::<IpAddr>().is_ok_and(|ip| !ip.is_unspecified())
}

fn is_mac(text: &str) -> bool {
    let groups = |separator: char, count: usize, len: usize| {
        text.split(separator).count() == count
            && text
                .split(separator)
                .all(|g| g.len() == len && g.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    match text.len() {
        17 => groups(':', 6, 2) || groups('-', 6, 2),
        14 => groups('.', 3, 4),
        _ => false,
    }
}
