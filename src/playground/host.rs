//! By which name the page was asked for.
//!
//! A site may have its own name point to this machine; the browser then takes the page
//! for part of that site (DNS rebinding). It still says the name in `Host`.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::admin::text;

/// The answer to who asks by another name than this machine's own.
pub(super) fn refused(headers: &HeaderMap) -> Option<Response> {
    let mut named = headers.get_all(header::HOST).iter();
    let host = named.next().and_then(|host| host.to_str().ok());
    let is_own = named.next().is_none() && host.is_some_and(is_this_machine);
    let words = "this page is served to this machine alone: ask for localhost or 127.0.0.1\n";
    (!is_own).then(|| text(StatusCode::FORBIDDEN, words.to_owned()))
}

/// True for `localhost` and loopback addresses, with a port or without.
pub fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let literal = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    let address: Option<IpAddr> = match literal {
        Some(six) => six.parse().ok().filter(IpAddr::is_ipv6),
        None => name.parse().ok().filter(IpAddr::is_ipv4),
    };
    name.eq_ignore_ascii_case("localhost") || address.is_some_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_this_machine_are_answered() {
        for own in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1",
            "127.0.0.1:4195",
            "127.9.9.9:1",
            "[::1]:9",
            "[::1]",
        ] {
            assert!(is_this_machine(own), "{own}");
        }
        for other in [
            "",
            ":80",
            "evil.example",
            "evil.example:4195",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example:localhost",
            "10.0.0.1",
            "0.0.0.0:80",
            "[::]",
            "::1",
            "127.1",
            "localhost:80@evil.example",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
        let mut two = HeaderMap::new();
        assert!(refused(&two).is_some());
        two.append(header::HOST, "localhost".parse().unwrap());
        assert!(refused(&two).is_none());
        two.append(header::HOST, "evil.example".parse().unwrap());
        assert!(refused(&two).is_some());
    }
}
