//! The query of an address: the parameters that the policy names, and no others.

use super::escapes::{decoded, part_of_query};
use super::id::is_word;
use crate::action::Cx;
use crate::action::aside::Room;
use crate::action::held::Inner;
use crate::record::Reason;
use crate::record::overwrite;

/// Most parameters that a policy names: a bit each.
pub(super) const NAMES_MAX: usize = 64;

/// A parameter that leaves.
pub(super) struct Parameter {
    pub(super) name: String,
    /// What is done to its value; `None`: short words leave, and nothing else.
    pub(super) inner: Option<Inner>,
}

/// Appends `?` and what leaves; nothing where nothing does.
///
/// # Errors
/// The reason of the first parameter whose action refuses its value.
pub(super) fn write(
    named: &[Parameter],
    query: &str,
    out: &mut Vec<u8>,
    (part, room): (&mut Vec<u8>, &mut Room),
    cx: &mut Cx<'_>,
) -> Result<(), Reason> {
    if named.is_empty() {
        return Ok(());
    }
    let (mut seen, mut before) = (0_u64, b'?');
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_it = |p: &Parameter| decoded(name, true).eq(p.name.bytes());
        let Some(nth) = named.iter().position(is_it) else {
            continue;
        };
        // The second of one name could be read instead of the first.
        if seen & (1 << nth) != 0 {
            continue;
        }
        seen |= 1 << nth;
        let parameter = &named[nth];
        overwrite::cut(part, 0);
        part.extend(decoded(value, true));
        let text = std::str::from_utf8(part).map_err(|_| Reason::BadIdentifier);
        let made = match &parameter.inner {
            None => text.ok().filter(|text| is_word(text.as_bytes())),
            Some(inner) => match text {
                Ok(text) => inner.apply(text, cx, room)?,
                Err(reason) => inner.refused(reason)?,
            },
        };
        let Some(made) = made else { continue };
        out.push(before);
        before = b'&';
        part_of_query(parameter.name.as_bytes(), out);
        out.push(b'=');
        part_of_query(made.as_bytes(), out);
    }
    Ok(())
}
