//! Paths of hostile names, as a policy writes them.

pub(super) use crate::document::yaml::{quoted, scalar};
use crate::record::path::{Selector, Step};

/// Longest name that is written before a colon, in characters: YAML takes no more
/// than 1,024.
pub(crate) const KEY_CHARS_MAX: usize = 400;

/// A path as a policy writes it, every name that is no plain word in `'…'`.
pub(crate) fn path(path: &Selector) -> String {
    let mut out = String::new();
    for (at, step) in path.steps.iter().enumerate() {
        match step {
            Step::Element(n) => out.push_str(&format!("[{n}]")),
            Step::AnyElement => out.push_str("[*]"),
            Step::Json => out.push_str("|json"),
            Step::Itself => out.push('.'),
            Step::Filter(filter) => out.push_str(&format!("[?{filter}]")),
            Step::AnyName | Step::AnyDepth | Step::Name(_) => {
                if at > 0 {
                    out.push('.');
                }
                match step {
                    Step::Name(name) => out.push_str(&name_step(name, at == 0)),
                    Step::AnyDepth => out.push_str("**"),
                    _ => out.push('*'),
                }
            }
        }
    }
    out
}

/// `this` at the top, and whatever another language could mean, in quotes.
fn name_step(name: &str, first: bool) -> String {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && !(first && name == "this");
    match plain {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "''")),
    }
}
