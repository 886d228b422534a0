//! The character that stands for others.

use crate::language::codes;
use crate::language::mapping::Mapping;

/// `name: "*"`; `None` where it is not written, and, with a finding, where it is not one
/// printable character.
pub(super) fn character(mapping: &mut Mapping<'_, '_>, name: &str) -> Option<char> {
    let text = mapping.text(name)?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_control() => Some(c),
        _ => {
            let span = mapping.place(name);
            mapping
                .findings
                .error(
                    codes::OUT_OF_RANGE,
                    span,
                    format!("`{name}` must be one printable character"),
                )
                .help(format!("write `{name}: \"*\"`"));
            None
        }
    }
}

/// Most bytes of it in JSON.
pub(super) const fn width(c: char) -> usize {
    match c {
        '"' | '\\' => 2,
        c => c.len_utf8(),
    }
}

/// Appends it `count` times.
pub(super) fn push_many(c: char, count: usize, out: &mut Vec<u8>) {
    let mut utf8 = [0; 4];
    let bytes = c.encode_utf8(&mut utf8).as_bytes();
    out.extend(std::iter::repeat_n(bytes, count).flatten());
}
