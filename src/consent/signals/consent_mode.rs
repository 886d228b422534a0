//! Google's Consent Mode: the parameters `gcs` and `gcd` of a hit, and objects of
//! consent types.
//!
//! `gcs` is `G1` and a character for each of ad_storage and analytics_storage: `1`
//! granted, `0` denied, `-` not asked (Google's help, "Consent mode reference"). Of
//! `gcd` Google publishes no grammar; read is what those who look at hits agree on: a
//! letter for each of four types, of which p, q, m and u say that consent was denied. It
//! can deny, and grants nothing.

use super::bits::Unreadable;

/// Consent types that a signal grants and denies, each by its place among the types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types {
    /// Granted.
    pub granted: u8,
    /// Denied.
    pub denied: u8,
}

/// Letters of `gcd` that are known; of these the second list denies.
const GCD_LETTERS: &[u8] = b"lpqtrmnuv";
const GCD_DENIES: &[u8] = b"pqmu";

/// Reads `gcs` or `gcd`.
///
/// # Errors
/// When it is neither.
pub fn read(text: &str) -> Result<Types, Unreadable> {
    match text.as_bytes() {
        [b'G', b'1', ad, analytics] => gcs([*ad, *analytics]),
        [b'1', b'0'..=b'9', rest @ ..] => gcd(rest),
        _ => Err(Unreadable),
    }
}

fn gcs(states: [u8; 2]) -> Result<Types, Unreadable> {
    let mut types = Types::default();
    for (n, state) in states.into_iter().enumerate() {
        match state {
            b'1' => types.granted |= 1 << n,
            b'0' => types.denied |= 1 << n,
            b'-' => {}
            _ => return Err(Unreadable),
        }
    }
    Ok(types)
}

/// Four letters, each with a digit behind it; the last digits say how it was set.
fn gcd(rest: &[u8]) -> Result<Types, Unreadable> {
    let mut types = Types::default();
    if rest.len() < 8 || rest.len() > 12 || rest[8..].iter().any(|b| !b.is_ascii_alphanumeric()) {
        return Err(Unreadable);
    }
    for (n, pair) in rest[..8].chunks_exact(2).enumerate() {
        if !GCD_LETTERS.contains(&pair[0]) || !pair[1].is_ascii_digit() {
            return Err(Unreadable);
        }
        if GCD_DENIES.contains(&pair[0]) {
            types.denied |= 1 << n;
        }
    }
    Ok(types)
}

/// What a member of an object says of its type: `granted` and `denied` as they are set
/// on a page, `Yes` and `No` as they stand in `privacy_info` of Google Analytics' export.
///
/// # Errors
/// When it is none of these, nor `Unset`, which is silent.
pub fn state(text: &str) -> Result<Option<bool>, Unreadable> {
    match text {
        "granted" | "Yes" => Ok(Some(true)),
        "denied" | "No" => Ok(Some(false)),
        "Unset" => Ok(None),
        _ => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four values of Google's reference, and one that was not asked.
    #[test]
    fn gcs_is_read_as_in_the_reference() {
        for (text, granted, denied) in [
            ("G100", 0b00, 0b11),
            ("G110", 0b01, 0b10),
            ("G101", 0b10, 0b01),
            ("G111", 0b11, 0b00),
            ("G1--", 0, 0),
            ("G1-1", 0b10, 0),
        ] {
            assert_eq!(read(text), Ok(Types { granted, denied }), "{text}");
        }
        for text in [
            "",
            "G",
            "G1",
            "G10",
            "G1112",
            "G211",
            "g111",
            "G1x1",
            "G11\u{e9}",
        ] {
            assert_eq!(read(text), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn gcd_denies_and_grants_nothing() {
        let denied = |denied| Ok(Types { granted: 0, denied });
        assert_eq!(read("11l1l1l1l1"), denied(0));
        assert_eq!(read("13t3t3t3t5"), denied(0));
        assert_eq!(read("13p3t3q3u5"), denied(0b1101));
        assert_eq!(read("13v3m3n2r5l1"), denied(0b0010));
        for text in [
            "1",
            "13",
            "13p3",
            "13P3p3p3p3",
            "13x3p3p3p3",
            "23p3p3p3p3",
            "13p3p3p3pp",
        ] {
            assert_eq!(read(text), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn members_say_yes_no_or_nothing() {
        assert_eq!(state("granted"), Ok(Some(true)));
        assert_eq!(state("No"), Ok(Some(false)));
        assert_eq!(state("Unset"), Ok(None));
        for text in ["", "yes", "GRANTED", "true", "unknown"] {
            assert_eq!(state(text), Err(Unreadable), "{text}");
        }
    }
}
