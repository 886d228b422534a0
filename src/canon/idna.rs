//! UTS 46 ToASCII of a whole domain name under Unicode 16.0.0:
//! non-transitional, CheckBidi, CheckJoiners; CheckHyphens, UseSTD3ASCIIRules
//! and VerifyDnsLength off. Rare, so it may allocate.

use unicode_normalization::UnicodeNormalization;

use super::unicode::{self, Bidi, Joining, Uts46};

/// The ASCII form of `domain`; `None` when the domain is not valid.
pub(super) fn to_ascii(domain: &str) -> Option<String> {
    let mapped = map(domain)?;
    let labels: Vec<String> = mapped.split('.').map(decode).collect::<Option<_>>()?;
    let is_bidi = labels
        .iter()
        .flat_map(|label| label.chars())
        .any(|c| matches!(unicode::bidi(c), Bidi::R | Bidi::Al | Bidi::An));
    let mut ascii = String::with_capacity(domain.len());
    for (i, label) in labels.iter().enumerate() {
        if i > 0 {
            ascii.push('.');
        }
        if is_bidi && !bidi_rule(label) {
            return None;
        }
        if label.is_ascii() {
            ascii.push_str(label);
        } else {
            ascii.push_str("xn--");
            ascii.push_str(&idna::punycode::encode_str(label)?);
        }
    }
    Some(ascii)
}

/// Steps 1 and 2: map, then NFC.
fn map(domain: &str) -> Option<String> {
    let mut mapped = String::with_capacity(domain.len());
    for c in domain.chars() {
        match unicode::uts46(c) {
            Uts46::Valid => mapped.push(c),
            Uts46::Mapped(to) => mapped.push_str(to),
            Uts46::Ignored => {}
            Uts46::Disallowed => return None,
        }
    }
    Some(mapped.nfc().collect())
}

/// Step 4: a label in Unicode, valid; `xn--` labels decoded.
fn decode(label: &str) -> Option<String> {
    let label = match label.strip_prefix("xn--") {
        None => label.to_owned(),
        Some(encoded) if !encoded.is_ascii() => return None,
        Some(encoded) => {
            let decoded = idna::punycode::decode_to_string(encoded)?;
            if decoded.is_ascii() || !unicode_normalization::is_nfc(&decoded) {
                return None;
            }
            decoded
        }
    };
    let valid = !label.starts_with("xn--")
        && !label.starts_with(unicode::is_mark)
        && label.chars().all(|c| unicode::uts46(c) == Uts46::Valid)
        && joiners_rule(&label);
    valid.then_some(label)
}

/// RFC 5892 appendix A.1 and A.2: where ZWNJ and ZWJ may stand.
fn joiners_rule(label: &str) -> bool {
    let chars: Vec<char> = label.chars().collect();
    chars.iter().enumerate().all(|(i, &c)| {
        let behind_virama = || i > 0 && unicode::is_virama(chars[i - 1]);
        match c {
            '\u{200d}' => behind_virama(),
            '\u{200c}' => behind_virama() || joins(&chars, i),
            _ => true,
        }
    })
}

/// (L|D) T* ZWNJ T* (R|D), with the ZWNJ at `at`.
fn joins(chars: &[char], at: usize) -> bool {
    let not_transparent = |c: &&char| unicode::joining(**c) != Joining::Transparent;
    let before = chars[..at].iter().rev().find(not_transparent);
    let after = chars[at + 1..].iter().find(not_transparent);
    before.is_some_and(|&c| matches!(unicode::joining(c), Joining::Left | Joining::Dual))
        && after.is_some_and(|&c| matches!(unicode::joining(c), Joining::Right | Joining::Dual))
}

/// RFC 5893 section 2, for one label of a domain that has a right-to-left label.
fn bidi_rule(label: &str) -> bool {
    let class = |c: char| unicode::bidi(c);
    let Some(first) = label.chars().next().map(class) else {
        return true;
    };
    let last = label
        .chars()
        .rev()
        .map(class)
        .find(|c| *c != Bidi::Nsm)
        .unwrap_or(Bidi::Nsm);
    let common = |c: Bidi| {
        matches!(
            c,
            Bidi::Es | Bidi::Cs | Bidi::Et | Bidi::On | Bidi::Bn | Bidi::Nsm | Bidi::En
        )
    };
    match first {
        Bidi::R | Bidi::Al => {
            let has = |wanted: Bidi| label.chars().any(|c| class(c) == wanted);
            label
                .chars()
                .all(|c| common(class(c)) || matches!(class(c), Bidi::R | Bidi::Al | Bidi::An))
                && matches!(last, Bidi::R | Bidi::Al | Bidi::En | Bidi::An)
                && !(has(Bidi::En) && has(Bidi::An))
        }
        Bidi::L => {
            label
                .chars()
                .all(|c| common(class(c)) || class(c) == Bidi::L)
                && matches!(last, Bidi::L | Bidi::En)
        }
        _ => false,
    }
}

/// Cases that somebody else made: how many domains have the form that is written there,
/// and how many are refused as it says.
#[cfg(test)]
fn agreeing(cases: &str) -> (usize, usize) {
    let (mut accepted, mut rejected) = (0, 0);
    for case in cases.lines().filter(|line| !line.starts_with('#')) {
        let (domain, expected) = case.split_once(" ; ").expect("two columns");
        let scalar = |hex| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
        let domain: Option<String> = domain.split(' ').map(scalar).collect();
        let expected = (expected != "-").then_some(expected);
        let ascii = to_ascii(&domain.expect("code points"));
        assert_eq!(ascii.as_deref(), expected, "{case}");
        *(if expected.is_some() {
            &mut accepted
        } else {
            &mut rejected
        }) += 1;
    }
    (accepted, rejected)
}

/// Unicode's own cases of version 16.0.0.
#[cfg(test)]
pub(crate) fn unicodes() -> (usize, usize) {
    agreeing(include_str!("../../tests/vectors/idna.txt"))
}

/// A thousand random domains through another implementation under the same tables:
/// `tr46` 5.1.1 (its letters, marks, joiners, both directions).
#[cfg(test)]
pub(crate) fn anothers() -> (usize, usize) {
    agreeing(include_str!("../../tests/vectors/uts46.txt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_validates_and_encodes() {
        for (domain, ascii) in [
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("straße.de", Some("xn--strae-oqa.de")),
            ("straẞe.de", Some("xn--strae-oqa.de")),
            ("bücher。de", Some("xn--bcher-kva.de")),
            (
                "bücher.xn--bcher-kva.de",
                Some("xn--bcher-kva.xn--bcher-kva.de"),
            ),
            ("אבג.example", Some("xn--4dbcd.example")),
            ("\u{308}a.de", None),
            ("bücher.xn--a.de", None),
            ("bücher.xn--.de", None),
            ("bücher.xn--a-.de", None),
            ("1א.example", None),
            ("אa.example", None),
            ("א1٠.example", None),
            ("a.א.1b", None),
            ("ü\u{2ff0}.de", None),
        ] {
            assert_eq!(to_ascii(domain).as_deref(), ascii, "{domain}");
        }
        // ZWNJ inside a label that arrives encoded: between joining letters, or not.
        let encoded = |label| {
            let label = idna::punycode::encode_str(label).expect("short");
            to_ascii(&format!("ü.xn--{label}"))
        };
        assert!(encoded("ب\u{200c}ب").is_some() && encoded("بa\u{200c}ب").is_none());
        assert!(encoded("é\u{200c}é").is_none() && encoded("\u{1d6fc}é").is_none());
        assert!(joiners_rule("ب\u{200c}ب") && joiners_rule("क\u{94d}\u{200d}ष"));
        assert!(!joiners_rule("a\u{200c}b") && !joiners_rule("\u{200d}a"));
    }

    #[test]
    fn agrees_with_others() {
        for (accepted, rejected) in [unicodes(), anothers()] {
            assert!(accepted > 300 && rejected > 300, "{accepted} {rejected}");
        }
    }
}
