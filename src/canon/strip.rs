//! `strip@1`: what stands around a number or an address that was copied from a link
//! or a chat: marks of the direction of writing, `tel:` and the like, parameters.

use super::unicode::is_white_space;

/// Schemes, and whether what follows `;` or `?` is a parameter of theirs.
const SCHEMES: [(&str, bool); 5] = [
    ("tel:", true),
    ("sms:", false),
    ("whatsapp:", false),
    ("mailto:", true),
    ("sip:", true),
];

/// `text` without white space and marks of direction at both ends, without one
/// scheme in front (ASCII case ignored, `//` behind it too) and, where the scheme
/// has parameters, from the first `;` or `?` on.
pub(super) fn strip(text: &str) -> &str {
    let text = text.trim_matches(is_around);
    for (scheme, has_parameters) in SCHEMES {
        let Some((head, rest)) = text.split_at_checked(scheme.len()) else {
            continue;
        };
        if !head.eq_ignore_ascii_case(scheme) {
            continue;
        }
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let end = rest.find([';', '?']).filter(|_| has_parameters);
        return rest[..end.unwrap_or(rest.len())].trim_matches(is_around);
    }
    text
}

/// White space of `trim@1`, and marks that only turn the direction of writing.
fn is_around(c: char) -> bool {
    is_white_space(c)
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
