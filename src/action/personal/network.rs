//! Addresses of machines, and UUIDs.

use std::net::Ipv6Addr;

use super::best::Best;
use super::kind::Kind;
use super::text::{Word, is_ascii_word, looked, run};

/// Longest spelling of an IPv6 address.
const IPV6_MAX: usize = 45;

/// Offers what begins at the word.
pub(super) fn offer(word: &Word<'_>, best: &mut Best<'_>) {
    best.offer(Kind::Uuid, word.start, uuid(word));
    best.offer(Kind::Mac, word.start, mac(word));
    let is_group = word.len() <= 4 && word.byte(word.end) == b':';
    if is_group && !goes_on(word, b':', 1..=4) {
        best.offer(Kind::Ipv6, word.start, ipv6(word.text, word.start));
    }
}

/// An IPv6 address that begins with `::`.
pub(super) fn compressed(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let apart = !before.is_some_and(|b| is_ascii_word(b) || b == b':');
    let begins = bytes[start..].starts_with(b"::");
    (apart && begins).then(|| ipv6(text, start)).flatten()
}

fn ipv6(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_part = |b: u8| b.is_ascii_hexdigit() || b == b':' || b == b'.';
    let mut end = run(bytes, start, IPV6_MAX, is_part);
    if bytes.get(end).is_some_and(|b| is_ascii_word(*b)) {
        return None;
    }
    // A stop or a colon may end the sentence.
    for _ in 0..2 {
        let address = text.get(start..end)?.parse::<Ipv6Addr>();
        if let Ok(address) = address {
            return (!address.is_unspecified()).then_some(end);
        }
        if !matches!(bytes.get(end.checked_sub(1)?), Some(b':' | b'.')) {
            return None;
        }
        end -= 1;
    }
    None
}

fn uuid(word: &Word<'_>) -> Option<usize> {
    if word.len() != 8 || word.byte(word.end) != b'-' {
        return None;
    }
    let end = word.start + 36;
    let text = word.bytes().get(word.start..end)?;
    looked(36);
    let is_uuid = text.iter().enumerate().all(|(at, b)| match at {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    (is_uuid && !is_ascii_word(word.byte(end))).then_some(end)
}

/// True where the word goes on with what stands before the mark: another group of so many
/// hexadecimal digits, or nothing. `ip:` and `mac:` say what follows.
fn goes_on(word: &Word<'_>, mark: u8, widths: std::ops::RangeInclusive<usize>) -> bool {
    if word.before() != mark {
        return false;
    }
    let before = (1..=widths.end() + 1).map(|n| {
        let at = word.start.checked_sub(n);
        at.map_or(0, |at| word.byte_before(at))
    });
    let group = before.take_while(|b| is_ascii_word(*b));
    let (mut len, mut is_hex) = (0, true);
    for byte in group {
        len += 1;
        is_hex &= byte.is_ascii_hexdigit();
    }
    looked(len + 1);
    len == 0 || (is_hex && widths.contains(&len))
}

fn mac(word: &Word<'_>) -> Option<usize> {
    let mark = word.byte(word.end);
    if word.len() != 2 || !matches!(mark, b':' | b'-') || goes_on(word, mark, 2..=2) {
        return None;
    }
    let end = word.start + 17;
    let text = word.bytes().get(word.start..end)?;
    looked(17);
    let is_mac = text.iter().enumerate().all(|(at, b)| match at % 3 {
        2 => *b == mark,
        _ => b.is_ascii_hexdigit(),
    });
    let ends = !is_ascii_word(word.byte(end)) && word.byte(end) != mark;
    (is_mac && ends).then_some(end)
}
