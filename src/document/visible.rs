//! Texts that do nothing but be read.

use std::borrow::Cow;

/// `text` with every character that acts instead of being seen spelled as
/// `\u{…}`: control codes (a line break too where `one_line`),
/// marks that turn the writing direction, and what has no width of its own and
/// hides in names.
pub fn visible(text: &str, one_line: bool) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if !one_line => seen.push(c),
            c if acts(c) => seen.extend(c.escape_unicode()),
            c => seen.push(c),
        }
    }
    Cow::Owned(seen)
}

/// True for a character that acts: general category Cc, and of Cf those that
/// turn, hide or join (Unicode Technical Report 36, 3.2 and 3.6).
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
