//! `email@1`: an address whose domain is lower-case ASCII and whose local part
//! is lower-case in ASCII only.

use unicode_normalization::UnicodeNormalization;

use super::{idna, is_white_space};
use crate::record::Reason;

/// Appends the canonical form of `text`, which is trimmed, not empty and holds
/// no refused code point.
///
/// # Errors
/// [`Reason::BadIdentifier`].
pub(super) fn canonical(text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    append(text, out).ok_or(Reason::BadIdentifier)
}

fn append(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let at = text.bytes().position(|b| b == b'@')?;
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let is_forbidden = match text.is_ascii() {
        true => has_forbidden_ascii(local) | has_forbidden_ascii(domain),
        false => local.contains(forbidden) || domain.contains(forbidden),
    };
    if is_forbidden {
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

/// [`forbidden`] for ASCII, a table look-up a byte and no branch.
fn has_forbidden_ascii(text: &str) -> bool {
    static FORBIDDEN: [bool; 128] = {
        let mut table = [false; 128];
        let mut at = 0;
        while at < table.len() {
            table[at] = forbidden(at as u8 as char);
            at += 1;
        }
        table
    };
    let is_forbidden = |b: u8| FORBIDDEN[usize::from(b & 0x7f)];
    text.bytes().fold(false, |any, b| any | is_forbidden(b))
}

fn append_local(local: &str, out: &mut Vec<u8>) {
    if local.is_ascii() {
        append_lower(local, out);
        return;
    }
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
    let mut dots = 0;
    let mut label = 0;
    for b in domain {
        if *b == b'.' {
            if !(1..=63).contains(&label) {
                return false;
            }
            dots += 1;
            label = 0;
            continue;
        }
        if !matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') {
            return false;
        }
        label += 1;
    }
    domain.len() <= 253 && dots > 0 && (1..=63).contains(&label)
}
