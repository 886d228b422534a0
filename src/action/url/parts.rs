//! An address taken apart (RFC 3986). What is no address in every byte is none.

use super::escapes;

/// The parts of an address, as they stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Who is asked; `None`: a path and a query alone.
    pub(super) site: Option<Site<'a>>,
    /// Empty, or from its first `/`.
    pub(super) path: &'a str,
    /// Behind the `?`.
    pub(super) query: &'a str,
    /// Behind the `#`.
    pub(super) fragment: &'a str,
}

/// Scheme, host and port; who the visitor says he is has no place here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Site<'a> {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Not looked at.
    pub(super) host: &'a str,
    /// Digits; empty where none stands.
    pub(super) port: &'a str,
}

/// Whether there is no address in it, and nothing else.
pub(super) fn is_blank(text: &str) -> bool {
    trimmed(text).is_empty()
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

impl<'a> Parts<'a> {
    /// Of that text; `relative`: it may begin with its path.
    pub(super) fn of(text: &'a str, relative: bool) -> Option<Parts<'a>> {
        let text = trimmed(text);
        if !is_sound(text) {
            return None;
        }
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (text, query) = text
            .split_once('?')
            .map_or((text, None), |(t, q)| (t, Some(q)));
        let (site, path) = match scheme(text) {
            Some((scheme, rest)) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(Site::of(scheme, &rest[..end])?), &rest[end..])
            }
            // `//host/path` is an address of another host.
            None if relative && !text.starts_with("//") => {
                let begins = text.starts_with('/') || (text.is_empty() && query.is_some());
                begins.then_some((None, text))?
            }
            None => return None,
        };
        Some(Parts {
            site,
            path,
            query: query.unwrap_or(""),
            fragment,
        })
    }
}

impl<'a> Site<'a> {
    fn of(scheme: &'static str, authority: &'a str) -> Option<Site<'a>> {
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = match host.starts_with('[') {
            true => host.split_at(host.find(']')? + 1),
            false => host.split_at(host.find(':').unwrap_or(host.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port,
            None if port.is_empty() => "",
            None => return None,
        };
        let is_port = port.bytes().all(|b| b.is_ascii_digit());
        let fits = port.is_empty() || port.parse::<u16>().is_ok();
        (is_port && fits).then_some(Site { scheme, host, port })
    }
}

/// `http://` and `https://`, however they are written, and what stands behind.
fn scheme(text: &str) -> Option<(&'static str, &str)> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let (own, rest) = text.split_at_checked(scheme.len())?;
        let rest = rest.strip_prefix("://")?;
        own.eq_ignore_ascii_case(scheme).then_some((scheme, rest))
    })
}

/// No control character, no blank, no `\`, and two digits behind each `%`.
fn is_sound(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut is_ascii = true;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            0..=b' ' | b'\\' | 0x7f => return false,
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
                let are = digits.iter().all(|d| escapes::nibble(*d).is_some());
                if digits.len() < 2 || !are {
                    return false;
                }
            }
            _ => is_ascii &= byte.is_ascii(),
        }
    }
    is_ascii || !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let parts = Parts::of(
            " HTTPS://jane:pw@Shop.example:8443/a/b?c=d&e#/f?g#h\n",
            false,
        );
        assert_eq!(
            parts.unwrap(),
            Parts {
                site: Some(Site {
                    scheme: "https",
                    host: "Shop.example",
                    port: "8443"
                }),
                path: "/a/b",
                query: "c=d&e",
                fragment: "/f?g#h",
            }
        );
        let v6 = Parts::of("http://[2001:db8::1]:80", false).unwrap();
        let site = v6.site.unwrap();
        assert_eq!((site.host, site.port), ("[2001:db8::1]", "80"));
        // The last `@` ends what is said of the visitor.
        let site = Parts::of("http://a@b@c.example/", false).unwrap().site;
        assert_eq!(site.unwrap().host, "c.example");
        // A `?` ends the host too.
        let parts = Parts::of("http://c.example?@d.example", false).unwrap();
        assert_eq!(
            (parts.site.unwrap().host, parts.query),
            ("c.example", "@d.example")
        );
    }

    #[test]
    fn a_path_alone_is_taken_where_it_may_be() {
        for text in ["/a?b=c", "?b=c", "/"] {
            assert!(Parts::of(text, true).unwrap().site.is_none(), "{text}");
            assert_eq!(Parts::of(text, false), None, "{text}");
        }
        for text in ["", "a/b", "//host/a", "#a", "javascript:alert(1)"] {
            assert_eq!(Parts::of(text, true), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_in_every_byte_is_none() {
        for text in [
            "https:/a.example",
            "https:a.example",
            "ftp://a.example",
            "mailto:jane@a.example",
            "://a.example",
            "https://a.example/a b",
            "https://a.example/\u{a0}",
            "https://a.example/\u{85}",
            "https://a.example/\\b",
            "https://a.example/%",
            "https://a.example/%4",
            "https://a.example/%4g",
            "https://a.example/?q=100%",
            "https://a.example/\u{7f}",
            "https://a.example/a\tb",
            "https://a.example/a\0b",
            "https://a.example:x/",
            "https://a.example:99999/",
            "https://[::1/",
            "https://[::1]x/",
        ] {
            assert_eq!(Parts::of(text, true), None, "{text}");
        }
    }
}
