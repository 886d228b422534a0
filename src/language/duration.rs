//! Lengths of time as the policy writes them: `7d`, `1h`, `250ms`.

use super::codes;
use super::finding::{Findings, Span};

/// Longest time that a policy may state: a century, in milliseconds.
const LONGEST_MS: i64 = 36_525 * 86_400_000;

/// Milliseconds of `text`: a positive whole number and `ms`, `s`, `m`, `h`,
/// `d` or `w`. `None`: reported.
pub(crate) fn read(text: &str, span: Span, word: &str, findings: &mut Findings) -> Option<i64> {
    let found = millis(text);
    if found.is_none() {
        findings
            .error(
                codes::DURATION,
                span,
                format!("`{word}` must be a length of time"),
            )
            .help("write a whole number from 1 and `ms`, `s`, `m`, `h`, `d` or `w`: `7d`");
    }
    found
}

/// The same for a text that was read before: `None` when it is no length of time.
pub fn millis(text: &str) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return None,
    };
    let number: i64 = number.parse().ok().filter(|n| *n > 0)?;
    number.checked_mul(unit).filter(|ms| *ms <= LONGEST_MS)
}

/// A length of time as a policy would write it: in the largest unit that it is a whole
/// number of, in milliseconds where it is of none.
pub(crate) fn spell(ms: i64) -> String {
    let units = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let fits = units.into_iter().find(|(_, unit)| ms % unit == 0);
    let (word, unit) = fits.unwrap_or(("ms", 1));
    format!("{}{word}", ms / unit)
}

#[cfg(test)]
mod tests {
    use super::{millis, spell};

    #[test]
    fn what_is_spelled_is_read_as_it_was() {
        for (ms, text) in [
            (250, "250ms"),
            (1_500, "1500ms"),
            (90_000, "90s"),
            (7_200_000, "2h"),
            (1_209_600_000, "14d"),
        ] {
            assert_eq!(spell(ms), text);
            assert_eq!(millis(text), Some(ms));
        }
    }

    #[test]
    fn units_and_refusals() {
        assert_eq!(millis("250ms"), Some(250));
        assert_eq!(millis("7d"), Some(604_800_000));
        assert_eq!(millis("2w"), Some(1_209_600_000));
        for text in ["", "7", "d", "0h", "-1h", "1.5h", "1 h", "1H", "99999999w"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
