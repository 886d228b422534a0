//! What no report shows: places known to hold secrets, and whatever looks like
//! key material, wherever it was pasted.

use super::finding::Span;

/// Base64 of 32 bytes without padding, and the changes between upper case,
/// lower case and digits that so many characters of it have at least: all but
/// one in 10,000 random ones.
const LONG: (usize, usize) = (43, 12);
/// Base64 of 16 bytes, and its changes but those to lower case behind upper:
/// five of six random ones have so many, and a `camelCase` name has fewer.
const SHORT: (usize, usize) = (22, 7);
/// Hexadecimal of 16 bytes.
const HEX_MIN: usize = 32;

/// The text with every byte of the hidden places replaced, so that all other
/// places stay where they are; line breaks and what indents a line stay.
pub(crate) fn conceal(text: &str, mut hidden: Vec<Span>) -> String {
    hidden.sort_unstable();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in hidden {
        let start = span.start.clamp(at, text.len());
        let end = span.end.clamp(start, text.len());
        shown.push_str(&text[at..start]);
        let mut indents = false;
        for c in text[start..end].chars() {
            indents = c == '\n' || indents && c == ' ';
            match c {
                c if indents || c == '\r' => shown.push(c),
                c => shown.extend(std::iter::repeat_n('*', c.len_utf8())),
            }
        }
        at = end;
    }
    shown.push_str(&text[at..]);
    shown
}

/// Where the comments of a text stand: of what is in one, nobody knows what it is.
/// A `#` behind a space within quotes counts too.
pub(super) fn comments(text: &str) -> impl Iterator<Item = Span> {
    let mut line_at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = line_at;
        line_at += line.len();
        let mut before = ' ';
        let at = line.char_indices().find_map(|(at, c)| {
            let begins = c == '#' && before.is_whitespace();
            before = c;
            begins.then_some(at)
        })?;
        Some(Span {
            start: start + at + 1,
            end: start + line.trim_end().len(),
        })
    })
}

/// The text with a `*` for each character of what has the shape of a key: a
/// long run of base64 or hexadecimal, of either alphabet. Every other place
/// stays where it is. Errs towards hiding: a path in such a run goes with it.
pub(super) fn mask(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(|c| !is_key_character(c)) {
        let run = part.trim_end_matches(|c| !is_key_character(c));
        if is_key_shaped(run.as_bytes()) {
            shown.extend(std::iter::repeat_n('*', run.len()));
            shown.push_str(&part[run.len()..]);
        } else {
            shown.push_str(part);
        }
    }
    shown
}

const fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=')
}

fn is_key_shaped(run: &[u8]) -> bool {
    let hex = run.split(|b| !b.is_ascii_hexdigit()).any(|part| {
        part.len() >= HEX_MIN
            && part.iter().any(u8::is_ascii_digit)
            && part.iter().any(u8::is_ascii_alphabetic)
    });
    hex || is_mixed(run, LONG, |a, b| a != b)
        || is_mixed(run, SHORT, |a, b| {
            a != b && (a, b) != (Letter::Upper, Letter::Lower)
        })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    Lower,
    Upper,
    Digit,
    /// Joins words; next to it nothing changes.
    Other,
}

impl From<u8> for Letter {
    fn from(b: u8) -> Letter {
        match b {
            b'a'..=b'z' => Letter::Lower,
            b'A'..=b'Z' => Letter::Upper,
            b'0'..=b'9' => Letter::Digit,
            _ => Letter::Other,
        }
    }
}

/// True when some part of that length has that many changes.
fn is_mixed(
    run: &[u8],
    (length, least): (usize, usize),
    is_change: fn(Letter, Letter) -> bool,
) -> bool {
    let changes = |part: &[u8]| {
        let pairs = part.windows(2).map(|p| (p[0].into(), p[1].into()));
        pairs
            .filter(|(a, b)| *a != Letter::Other && *b != Letter::Other && is_change(*a, *b))
            .count()
    };
    run.windows(length).any(|part| changes(part) >= least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
    use std::hash::{BuildHasher, Hasher};

    /// Some of base64 show too few changes to be told from a name: see [`LONG`].
    /// The keys are the same in every run, so that chance fails none.
    #[test]
    fn keys_are_masked_and_nothing_moves() {
        let around = [
            ("", ""),
            ("ä", "]"),
            ("(\"", "}"),
            ("#:", ",`"),
            (" [ä", "ü"),
            (":", "]},"),
        ];
        let mut shown_in_clear = 0;
        for (n, (before, after)) in (0..10_000_u32).zip(around.into_iter().cycle()) {
            let mut key = [0; 32];
            for (part, bytes) in key.chunks_exact_mut(8).enumerate() {
                let mut hasher = foldhash::quality::FixedState::with_seed(7).build_hasher();
                hasher.write_u64(u64::from(n) << 2 | part as u64);
                bytes.copy_from_slice(&hasher.finish().to_be_bytes());
            }
            let base64 = [
                data_encoding::BASE64.encode(&key),
                BASE64URL_NOPAD.encode(&key),
            ];
            let hex = [
                HEXLOWER.encode(&key),
                HEXUPPER.encode(&key),
                HEXLOWER.encode(&key[..16]),
            ];
            for (is_hex, key) in base64
                .iter()
                .map(|key| (false, key))
                .chain(hex.iter().map(|key| (true, key)))
            {
                let text = format!("{before}{key}{after}");
                let shown = mask(&text);
                if shown != format!("{before}{}{after}", "*".repeat(key.len())) {
                    assert!(!is_hex && shown == text);
                    shown_in_clear += 1;
                }
            }
        }
        assert!(shown_in_clear <= 2, "{shown_in_clear} of 20,000");
    }

    #[test]
    fn words_paths_and_names_stay() {
        for text in [
            "",
            "marketing.advertising.first_party.targeted",
            "web-events-analytics-clean-v2-eu-west-1-production",
            "properties.shippingAddressLine2ForTheSecondDelivery",
            "file:/etc/veil/keyrings/production/eu-west-1/keyring.json#people",
            "https://opentelemetry.io/docs/specs/otel/protocol/exporter",
            "SOURCE_TOPIC_OF_THE_ANALYTICS_TEAM_IN_2026",
            "00000000000000000000000000000000000000000000",
            "2026-11-22T12:00:00.000000Z",
            "äöüäöüäöüäöüäöüäöüäöüäöü",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
