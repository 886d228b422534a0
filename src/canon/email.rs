//! `email@1`: an address whose domain is lower-case ASCII and whose local part
//! is lower-case in ASCII only.

use unicode_normalization::UnicodeNormalization;

use super::idna;
use super::unicode::is_white_space;
use crate::record::Reason;

/// Appends the canonical form of `text`, which is trimmed, not empty and holds
/// no refused code point unless it is ASCII.
///
/// # Errors
/// [`Reason::BadIdentifier`].
pub(super) fn canonical(text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    append(text, out).ok_or(Reason::BadIdentifier)
}

fn append(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let at = memchr::memchr(b'@', text.as_bytes())?;
    let (local, domain) = (&text[..at], &text[at + 1..]);
    if text.is_ascii() {
        return append_ascii(local, domain, out);
    }
    append_any(local, domain, out)
}

/// The rest of [`append`], for any characters.
fn append_any(local: &str, domain: &str, out: &mut Vec<u8>) -> Option<()> {
    if local.contains(forbidden) || domain.contains(forbidden) {
        return None;
    }
    let local_at = out.len();
    append_local(local, out);
    if !(1..=64).contains(&(out.len() - local_at)) {
        return None;
    }
    out.push(b'@');
    let domain_at = out.len();
    append_domain(domain, out)?;
    is_host_name(&out[domain_at..]).then_some(())
}

/// What neither part may hold.
const fn forbidden(c: char) -> bool {
    matches!(
        c,
        '@' | '"' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '\\'
    ) || is_white_space(c)
}

/// The same for ASCII, a table look-up a byte; control characters are refused too.
fn append_ascii(local: &str, domain: &str, out: &mut Vec<u8>) -> Option<()> {
    /// The lower case of what may stand in a local part, 0 for what may not.
    static LOCAL: [u8; 128] = {
        let mut table = [0; 128];
        let mut at = 0;
        while at < table.len() {
            let b = at as u8;
            if !forbidden(b as char) && !b.is_ascii_control() {
                table[at] = b.to_ascii_lowercase();
            }
            at += 1;
        }
        table
    };
    let mut are_allowed = true;
    let mut lower = |text: &str, out: &mut Vec<u8>| {
        out.extend(text.bytes().map(|b| {
            let lower = LOCAL[usize::from(b & 0x7f)];
            are_allowed &= lower != 0;
            lower
        }));
    };
    if !(1..=64).contains(&local.len()) {
        return None;
    }
    lower(local, out);
    out.push(b'@');
    let domain_at = out.len();
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    lower(domain, out);
    (are_allowed && is_host_name(&out[domain_at..])).then_some(())
}

fn append_local(local: &str, out: &mut Vec<u8>) {
    let mut utf8 = [0; 4];
    for c in local.nfc() {
        out.extend_from_slice(c.to_ascii_lowercase().encode_utf8(&mut utf8).as_bytes());
    }
}

fn append_domain(domain: &str, out: &mut Vec<u8>) -> Option<()> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_ascii() {
        append_lower(domain, out);
    } else {
        out.extend_from_slice(idna::to_ascii(&domain.to_ascii_lowercase())?.as_bytes());
    }
    Some(())
}

fn append_lower(ascii: &str, out: &mut Vec<u8>) {
    let at = out.len();
    out.extend_from_slice(ascii.as_bytes());
    out[at..].make_ascii_lowercase();
}

/// At least two labels of 1 to 63 of `a–z 0–9 - _`, at most 253 bytes in all.
fn is_host_name(domain: &[u8]) -> bool {
    let (mut dots, mut label, mut is_good) = (0, 0, true);
    for b in domain {
        if *b == b'.' {
            is_good &= (1..=63).contains(&label);
            dots += 1;
            label = 0;
            continue;
        }
        is_good &= matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        label += 1;
    }
    is_good && domain.len() <= 253 && dots > 0 && (1..=63).contains(&label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both(local: &str, domain: &str) -> [Option<Vec<u8>>; 2] {
        [append_any, append_ascii].map(|append| {
            let mut out = Vec::new();
            append(local, domain, &mut out).map(|()| out)
        })
    }

    #[test]
    fn every_ascii_character_in_both_parts() {
        for c in (0..128).map(char::from) {
            for (local, domain) in [
                (format!("a{c}b"), "host.example".to_owned()),
                ("ab".to_owned(), format!("ho{c}st.example")),
                ("ab".to_owned(), format!("host.example{c}")),
            ] {
                let [any, ascii] = both(&local, &domain);
                let refused = c.is_ascii_control();
                assert_eq!(ascii, any.filter(|_| !refused), "{local:?} {domain:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn ascii_is_no_other_way(
            local in "[ -~]{0,4}|[A-Za-z0-9.+_-]{0,70}",
            domain in r"[ -~]{0,8}|([A-Za-z0-9_-]{0,40}[.]){0,9}[a-z]{0,70}[.]?",
        ) {
            let [any, ascii] = both(&local, &domain);
            prop_assert_eq!(ascii, any);
        }
    }
}
