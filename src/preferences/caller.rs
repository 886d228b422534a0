//! Where a request comes from.
//!
//! Behind a proxy every connection comes from the proxy. Its word on where the request
//! came from (`X-Forwarded-For`, the last address, which it added itself) is taken only
//! from addresses that the operator named: anybody can write the header.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::HeaderMap;

use crate::admin::Peer;
use crate::subject::Net;

/// Addresses whose word is taken.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpAddr>);

impl Proxies {
    /// These.
    pub fn new(addresses: Vec<IpAddr>) -> Proxies {
        Proxies(addresses)
    }

    fn is_one(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|one| one.to_canonical() == peer)
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
    last.and_then(|v| v.trim().parse().ok()).unwrap_or(peer)
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
        for odd in [&[][..], &["unknown"], &["198.51.100.1, "], &["a b"]] {
            assert_eq!(from("10.0.0.1", odd), "10.0.0.1", "{odd:?}");
        }
    }
}
