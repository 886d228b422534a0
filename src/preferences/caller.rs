//! Where a request comes from.
//!
//! Behind a proxy every connection comes from the proxy. Its word on where the request
//! came from (`X-Forwarded-For`, the last address, which it added itself) is taken only
//! from addresses that the operator named: anybody can write the header.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::http::HeaderMap;

use crate::admin::Peer;
use crate::subject::Net;

/// Addresses whose word is taken.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    addresses: Vec<IpAddr>,
    /// It was said that one of them names no address.
    is_said: Arc<AtomicBool>,
}

impl Proxies {
    /// These.
    pub fn new(addresses: Vec<IpAddr>) -> Proxies {
        Proxies {
            addresses,
            is_said: Arc::default(),
        }
    }

    /// True when that is one of them.
    pub(super) fn is_one(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.addresses.iter().any(|one| one.to_canonical() == peer)
    }
}

/// The network that a request comes from.
pub(super) fn of(request: &Request, proxies: &Proxies) -> Net {
    // Who cannot be told apart is counted together.
    let unknown = IpAddr::from([0, 0, 0, 0]);
    let peer = request.extensions().get::<Peer>().map(|p| p.0.ip());
    Net::of(address(peer.unwrap_or(unknown), request.headers(), proxies))
}

fn address(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    if !proxies.is_one(peer) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    let last = last.and_then(|v| v.to_str().ok());
    let last = last.and_then(|v| v.rsplit(',').next());
    last.and_then(|v| forwarded(v.trim())).unwrap_or_else(|| {
        if !proxies.is_said.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a proxy of `serve.proxies` sends no address in X-Forwarded-For: all who come by it share the limits of one network"
            );
        }
        peer
    })
}

/// An address as proxies write it: alone, with a port, in brackets (RFC 3986 section
/// 3.2.2).
fn forwarded(text: &str) -> Option<IpAddr> {
    let alone = text.parse().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    alone.or_else(with_port).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_proxy_is_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = Proxies::new(vec![ip("10.0.0.1")]);
        let from = |peer: &str, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            address(ip(peer), &headers, &proxies).to_string()
        };
        assert_eq!(from("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(from("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("::ffff:10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        // What the caller wrote itself stands before what the proxy added.
        assert_eq!(from("10.0.0.1", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            from("10.0.0.1", &["1.1.1.1", "198.51.100.1"]),
            "198.51.100.1"
        );
        // As some write them: with a port, in brackets.
        assert_eq!(from("10.0.0.1", &["8.8.8.8:1234"]), "8.8.8.8");
        assert_eq!(from("10.0.0.1", &["[2001:db8::1]:99"]), "2001:db8::1");
        assert_eq!(from("10.0.0.1", &["1.1.1.1, [2001:db8::1]"]), "2001:db8::1");
        assert!(!proxies.is_said.load(Ordering::Relaxed));
        for odd in [
            &[][..],
            &["unknown"],
            &["[8.8.8.8"],
            &["8.8.8.8:x"],
            &["198.51.100.1, "],
            &["a b"],
        ] {
            assert_eq!(from("10.0.0.1", odd), "10.0.0.1", "{odd:?}");
        }
        assert!(proxies.is_said.load(Ordering::Relaxed));
    }
}
