//! Keys and tokens of services, by the prefixes that these give them.

use super::best::Best;
use super::kind::Kind;
use super::text::{Word, looked, run};

/// The table `secrets@1`: prefix, and the fewest characters behind it.
const PREFIXES: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("npm_", 30),
    ("pypi-", 30),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("sk-", 30),
    ("xoxb-", 12),
    ("xoxp-", 12),
    ("xoxa-", 12),
    ("xoxr-", 12),
    ("xoxs-", 12),
    ("SG.", 30),
    ("ya29.", 20),
    ("hf_", 30),
    ("shpat_", 24),
];
/// Longest token.
const TOKEN_MAX: usize = 512;
/// Longest part of a JSON web token.
const PART_MAX: usize = 8_192;
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_-".contains(&b)
}

/// Offers a secret that begins at the word.
pub(super) fn offer(word: &Word<'_>, best: &mut Best<'_>) {
    let rest = &word.bytes()[word.start..];
    looked(12);
    if rest.starts_with(b"eyJ") {
        best.offer(Kind::Jwt, word.start, jwt(word));
    }
    for (prefix, fewest) in PREFIXES {
        if rest.starts_with(prefix.as_bytes()) {
            let behind = word.start + prefix.len();
            let end = run(word.bytes(), behind, TOKEN_MAX, |b| {
                is_token(b) || b == b'.'
            });
            let end = end - usize::from(word.byte(end.saturating_sub(1)) == b'.');
            best.offer(
                Kind::Secret,
                word.start,
                (end >= behind + fewest).then_some(end),
            );
        }
    }
}

/// Three parts in base64url, the first of them JSON.
fn jwt(word: &Word<'_>) -> Option<usize> {
    let mut at = word.start;
    for part in 0..3 {
        let end = run(word.bytes(), at, PART_MAX, is_token);
        if end < at + 4 {
            return None;
        }
        if part < 2 && word.byte(end) != b'.' {
            return None;
        }
        at = end + 1;
    }
    Some(at - 1)
}

/// A private key in armour; without its end all that follows may be of it.
pub(super) fn armour(text: &str, start: usize) -> Option<usize> {
    let rest = &text.as_bytes()[start..];
    looked(BEGIN.len());
    if !rest.starts_with(BEGIN.as_bytes()) {
        return None;
    }
    looked(rest.len());
    let Some(ends) = memchr::memmem::find(rest, END.as_bytes()) else {
        return Some(text.len());
    };
    let behind = start + ends + END.len();
    let name = run(text.as_bytes(), behind, 64, |b| {
        b.is_ascii_alphabetic() || b == b' '
    });
    Some(run(text.as_bytes(), name, 5, |b| b == b'-'))
}
