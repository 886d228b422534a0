//! The tables of Unicode 16.0.0 that canonicalisers need, committed as data:
//! a library's newer tables must not change what a value means.

use std::sync::LazyLock;

/// Bidi classes of RFC 5893 section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bidi {
    L,
    R,
    Al,
    An,
    En,
    Es,
    Cs,
    Et,
    On,
    Bn,
    Nsm,
    Other,
}

/// Joining types of RFC 5892 appendix A.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joining {
    Left,
    Right,
    Dual,
    Transparent,
    None,
}

/// What UTS 46 does with a character, non-transitional, UseSTD3ASCIIRules off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uts46 {
    Valid,
    Ignored,
    Disallowed,
    Mapped(&'static str),
}

/// White space of `trim@1`.
pub(super) const fn is_white_space(c: char) -> bool {
    matches!(
        c,
        '\u{9}'..='\u{d}'
            | ' '
            | '\u{85}'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
    )
}

/// True for what no canonicaliser but `raw` takes: unassigned, control and
/// default-ignorable code points.
pub(super) fn is_refused(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    TABLES.refused.find(c).is_some()
}

/// True for General_Category L* and N*, and for unassigned code points, which
/// may become either: never a separator in a token.
pub(crate) fn is_letter_or_number(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    TABLES.letters.find(c).is_some()
}

/// Case folding, statuses C and S: `ẞ` → `ß`, `İ` stays.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    TABLES.fold.find(c).unwrap_or(c)
}

/// General_Category M*.
pub(super) fn is_mark(c: char) -> bool {
    TABLES.marks.find(c).is_some()
}

/// Canonical_Combining_Class 9.
pub(super) fn is_virama(c: char) -> bool {
    TABLES.virama.find(c).is_some()
}

pub(super) fn bidi(c: char) -> Bidi {
    TABLES.bidi.find(c).unwrap_or(Bidi::Other)
}

pub(super) fn joining(c: char) -> Joining {
    TABLES.joining.find(c).unwrap_or(Joining::None)
}

pub(super) fn uts46(c: char) -> Uts46 {
    TABLES.uts46.find(c).unwrap_or(Uts46::Valid)
}

struct Tables {
    refused: Ranges<()>,
    letters: Ranges<()>,
    fold: Ranges<char>,
    marks: Ranges<()>,
    virama: Ranges<()>,
    bidi: Ranges<Bidi>,
    joining: Ranges<Joining>,
    uts46: Ranges<Uts46>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    refused: Ranges::read(include_str!("tables/refused.txt"), |_| ()),
    letters: Ranges::read(include_str!("tables/letters.txt"), |_| ()),
    fold: Ranges::read(include_str!("tables/fold.txt"), hex_char),
    marks: Ranges::read(include_str!("tables/marks.txt"), |_| ()),
    virama: Ranges::read(include_str!("tables/virama.txt"), |_| ()),
    bidi: Ranges::read(include_str!("tables/bidi.txt"), |class| match class {
        "L" => Bidi::L,
        "R" => Bidi::R,
        "AL" => Bidi::Al,
        "AN" => Bidi::An,
        "EN" => Bidi::En,
        "ES" => Bidi::Es,
        "CS" => Bidi::Cs,
        "ET" => Bidi::Et,
        "ON" => Bidi::On,
        "BN" => Bidi::Bn,
        "NSM" => Bidi::Nsm,
        _ => panic!("{COMMITTED}"),
    }),
    joining: Ranges::read(include_str!("tables/joining.txt"), |kind| match kind {
        "L" => Joining::Left,
        "R" => Joining::Right,
        "D" => Joining::Dual,
        "T" => Joining::Transparent,
        _ => panic!("{COMMITTED}"),
    }),
    uts46: Ranges::read(include_str!("tables/uts46.txt"), |status| match status {
        "I" => Uts46::Ignored,
        "X" => Uts46::Disallowed,
        mapped => {
            let to = mapped.strip_prefix('M').expect(COMMITTED);
            let to: String = to.split_whitespace().map(hex_char).collect();
            Uts46::Mapped(to.leak())
        }
    }),
});

const COMMITTED: &str = "the tables are committed and read by a test";

/// Ranges of code points in ascending order, each with what holds for it.
struct Ranges<T>(Box<[(u32, u32, T)]>);

impl<T: Copy> Ranges<T> {
    /// Lines `FIRST[..LAST][ WHAT]` in hexadecimal; `#` starts a comment.
    fn read(text: &'static str, what: impl Fn(&'static str) -> T) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let ranges: Box<[_]> = lines
            .map(|line| {
                let (range, rest) = line.split_once(' ').unwrap_or((line, ""));
                let (first, last) = range.split_once("..").unwrap_or((range, range));
                (hex(first), hex(last), what(rest))
            })
            .collect();
        assert!(ranges.is_sorted_by(|a, b| a.1 < b.0), "{COMMITTED}");
        Ranges(ranges)
    }

    fn find(&self, c: char) -> Option<T> {
        let c = u32::from(c);
        let at = self.0.partition_point(|&(_, last, _)| last < c);
        self.0
            .get(at)
            .filter(|&&(first, ..)| first <= c)
            .map(|&(.., what)| what)
    }
}

fn hex(text: &str) -> u32 {
    u32::from_str_radix(text, 16).expect(COMMITTED)
}

fn hex_char(text: &str) -> char {
    char::from_u32(hex(text)).expect(COMMITTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo` gives tables of other Unicode versions; where the committed ones
    /// can be compared with the compiler's on characters old enough, they agree.
    #[test]
    fn tables_say_what_unicode_16_says() {
        assert!(is_refused('\u{ad}') && is_refused('\u{200d}') && is_refused('\u{378}'));
        assert!(is_refused('\u{7f}') && is_refused('\u{85}') && is_refused('\0'));
        assert!(!is_refused('a') && !is_refused('é') && !is_refused('\u{a0}'));
        // 16.0 assigned U+1C89; 17.0 assigned U+20C1.
        assert!(!is_refused('\u{1c89}') && is_refused('\u{20c1}'));
        assert_eq!(fold('ẞ'), 'ß');
        assert_eq!(fold('İ'), 'İ');
        assert_eq!(fold('\u{fb05}'), '\u{fb06}');
        assert_eq!(fold('K'), 'k');
        assert_eq!(uts46('ẞ'), Uts46::Mapped("ß"));
        assert_eq!(uts46('\u{3002}'), Uts46::Mapped("."));
        assert_eq!(uts46('ß'), Uts46::Valid);
        assert_eq!(uts46('\u{ad}'), Uts46::Ignored);
        assert_eq!(uts46('\u{a0}'), Uts46::Mapped(" "));
        assert_eq!(bidi('א'), Bidi::R);
        assert_eq!(joining('\u{628}'), Joining::Dual);
        assert!(is_virama('\u{94d}') && is_mark('\u{301}'));
        let control = (0..=0x10ffff).filter_map(char::from_u32);
        for c in control.filter(|c| c.is_control()) {
            assert!(is_refused(c), "{:x}", u32::from(c));
        }
        for c in ('\u{80}'..='\u{2ff}').filter(|c| c.is_alphanumeric()) {
            assert!(is_letter_or_number(c), "{:x}", u32::from(c));
        }
    }
}
