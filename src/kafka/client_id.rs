//! What the clients of a stream call themselves, so that the members of a group
//! can see each other's policies: `veil.<policy name>.<16 hexadecimal digits>`.
//!
//! Only letters, digits and `.`, `_`, `-` occur: quotas and metrics of a broker are
//! named after it.

use crate::plan::PolicyDigest;

/// So many digits of the digest.
const DIGITS: usize = 16;

/// So much of a name that others chose is shown.
const SHOWN: usize = 100;

/// A member of a group, by its client id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// It runs a policy.
    Policy {
        /// `metadata.name`.
        name: String,
        /// The beginning of the digest.
        digest: String,
    },
    /// Another program, or a version of this one from before.
    Foreign(String),
}

/// The client id of whoever runs that policy.
pub fn of(name: &str, digest: &PolicyDigest) -> String {
    format!("veil.{name}.{}", prefix(digest))
}

/// The digits of a digest that a client id holds.
pub fn prefix(digest: &PolicyDigest) -> String {
    digest.to_string()[..DIGITS].to_owned()
}

/// What anybody calls itself, as it may be shown: at most [`SHOWN`] characters,
/// those that print nothing escaped.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut left = SHOWN;
    for c in text.chars() {
        let escaped = c.escape_debug();
        let Some(rest) = left.checked_sub(escaped.len()) else {
            shown.push('…');
            break;
        };
        left = rest;
        shown.extend(escaped);
    }
    shown
}

/// Who calls itself that.
pub fn read(client_id: &str) -> Member {
    let parts = client_id.strip_prefix("veil.");
    let parts = parts.and_then(|rest| rest.rsplit_once('.'));
    let is_digest = |d: &str| {
        d.len() == DIGITS
            && d.bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match parts {
        Some((name, digest)) if !name.is_empty() && is_digest(digest) => Member::Policy {
            name: name.to_owned(),
            digest: digest.to_owned(),
        },
        _ => Member::Foreign(client_id.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_is_shown_short_and_without_effect() {
        assert_eq!(shown("billing-2"), "billing-2");
        assert_eq!(shown("a\n\u{1b}[2J\u{202e}é"), "a\\n\\u{1b}[2J\\u{202e}é");
        assert_eq!(shown(&"x".repeat(100)), "x".repeat(100));
        assert_eq!(shown(&"x".repeat(101)), "x".repeat(100) + "…");
        assert_eq!(shown(&"\n".repeat(60)), "\\n".repeat(50) + "…");
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is_taken_for_it() {
        let digest = PolicyDigest([0xab; 32]);
        for name in ["clicks", "a.b", "veil.x"] {
            let member = Member::Policy {
                name: name.to_owned(),
                digest: "abababababababab".to_owned(),
            };
            assert_eq!(read(&of(name, &digest)), member);
        }
        for foreign in [
            "",
            "rdkafka",
            "veil-group",
            "veil.abababababababab",
            "veil..abababababababab",
            "veil.x.ABABABABABABABAB",
            "veil.x.abab",
        ] {
            assert_eq!(read(foreign), Member::Foreign(foreign.to_owned()));
        }
    }
}
