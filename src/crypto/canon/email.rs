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
    let (local, domain) = text.split_once('@')?;
    let forbidden = |c: char| {
        matches!(
            c,
            '@' | '"' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '\\'
        ) || is_white_space(c)
    };
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

fn append_local(local: &str, out: &mut Vec<u8>) {
    if local.is_ascii() {
        out.extend(local.bytes().map(|b| b.to_ascii_lowercase()));
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
        out.extend(domain.bytes().map(|b| b.to_ascii_lowercase()));
    } else {
        out.extend_from_slice(idna::to_ascii(&domain.to_ascii_lowercase())?.as_bytes());
    }
    Some(())
}

/// At least two labels of 1 to 63 of `a–z 0–9 - _`, at most 253 bytes in all.
fn is_host_name(domain: &[u8]) -> bool {
    let label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    };
    domain.len() <= 253 && domain.contains(&b'.') && domain.split(|&b| b == b'.').all(label)
}
