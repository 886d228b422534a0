//! The host of an address, and how much of it leaves.

use crate::canon;

/// How much of the host leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// The registrable domain: `example.co.uk` of `jane.shop.example.co.uk`.
    Psl,
    /// All of it.
    Keep,
    /// Nothing.
    Drop,
}

impl Host {
    /// Appends what leaves of a host; `None`: it is none that may.
    pub(super) fn write(self, raw: &str, out: &mut Vec<u8>) -> Option<()> {
        let at = out.len();
        name(raw, out)?;
        match self {
            Host::Keep => Some(()),
            Host::Drop => {
                out.truncate(at);
                Some(())
            }
            Host::Psl => {
                let keep = registrable(&out[at..])?;
                let from = out.len() - keep;
                out.drain(at..from);
                Some(())
            }
        }
    }
}

/// How many bytes at the end of a host are what somebody registered; `None`: the
/// host is a public suffix itself, or a single label.
fn registrable(host: &[u8]) -> Option<usize> {
    let domain = psl::domain(host)?;
    Some(domain.as_bytes().len())
}

/// Appends a host name in ASCII and lower case. An address of a machine is none: it
/// can be that of one person.
fn name(raw: &str, out: &mut Vec<u8>) -> Option<()> {
    let at = out.len();
    let raw = raw.strip_suffix('.').unwrap_or(raw);
    out.extend(raw.bytes().map(|b| b.to_ascii_lowercase()));
    let encoded = out[at..].windows(4).any(|four| four == b"xn--");
    if encoded || !raw.is_ascii() {
        let lower = std::str::from_utf8(&out[at..]).ok()?;
        let ascii = canon::domain_to_ascii(lower)?;
        out.truncate(at);
        out.extend_from_slice(ascii.as_bytes());
    }
    let host = &out[at..];
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label
                .iter()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    let is_name = host.len() <= 253 && host.split(|b| *b == b'.').all(is_label);
    (is_name && !canon::network::is_address(host)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: Host, raw: &str) -> Option<String> {
        let mut out = b"x".to_vec();
        host.write(raw, &mut out)?;
        Some(String::from_utf8(out).unwrap()[1..].to_owned())
    }

    #[test]
    fn a_host_is_in_ascii_and_lower_case() {
        for (raw, host) in [
            ("Shop.Example", "shop.example"),
            ("shop.example.", "shop.example"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a_b.example", "a_b.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(of(Host::Keep, raw).as_deref(), Some(host), "{raw}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_however_little_of_it_leaves() {
        let long = format!("{}.example", "a".repeat(64));
        let longer = ["a".repeat(60).as_str(); 5].join(".");
        for raw in [
            "",
            ".",
            "a..b",
            "..",
            "a b",
            "a%2eb",
            "203.0.113.7",
            "[::1]",
            "0x7f.1",
            "2130706433",
            "a.0x7f000001",
            "1.2.3",
            "a<b",
            "xn--a.example",
            "\u{200f}a.example",
            "a\u{308}\u{2ff0}.example",
            &long,
            &longer,
        ] {
            for host in [Host::Keep, Host::Psl, Host::Drop] {
                assert_eq!(of(host, raw), None, "{raw}");
            }
        }
    }

    /// From the test data of the Public Suffix List.
    #[test]
    fn the_registrable_domain_is_that_of_the_list() {
        for (raw, domain) in [
            ("example.COM", Some("example.com")),
            ("WwW.example.COM", Some("example.com")),
            ("com", None),
            ("example", None),
            ("a.b.example.example", Some("example.example")),
            ("biz", None),
            ("b.example.uk.com", Some("example.uk.com")),
            ("uk.com", None),
            ("test.ac", Some("test.ac")),
            ("a.b.c.mm", Some("b.c.mm")),
            ("c.mm", None),
            ("a.b.test.ac.jp", Some("test.ac.jp")),
            ("a.b.c.kobe.jp", Some("b.c.kobe.jp")),
            ("www.city.kobe.jp", Some("city.kobe.jp")),
            ("a.www.ck", Some("www.ck")),
            ("test.ck", None),
            ("www.test.k12.ak.us", Some("test.k12.ak.us")),
            ("食狮.com.cn", Some("xn--85x722f.com.cn")),
            ("www.食狮.公司.cn", Some("xn--85x722f.xn--55qx5d.cn")),
            ("shishi.公司.cn", Some("shishi.xn--55qx5d.cn")),
            ("公司.cn", None),
            ("www.xn--85x722f.xn--fiqs8s", Some("xn--85x722f.xn--fiqs8s")),
        ] {
            assert_eq!(of(Host::Psl, raw).as_deref(), domain, "{raw}");
        }
    }

    #[test]
    fn a_dropped_host_leaves_nothing() {
        assert_eq!(of(Host::Drop, "shop.example").as_deref(), Some(""));
    }
}
