//! What stands at a place of a value, and where that is in what left.

use crate::policy::check::json::Json;
use crate::record::path::{Selector, Step};

/// Characters of a value, or of a path, that are shown.
const CHARS_MAX: usize = 240;

/// What left at the place that a place of the input became.
pub(super) enum Left<'j> {
    /// This.
    Value(&'j Json),
    /// Nothing.
    Nothing,
    /// The array on the way has another length there, or the member another name: which
    /// is which cannot be told.
    Unknown,
}

/// The value at a path of names and elements.
pub(super) fn at_path<'j>(value: &'j Json, steps: &[Step]) -> Option<&'j Json> {
    steps.iter().try_fold(value, step)
}

/// What left at `output`, whose `*` and `[*]` are those of the place `input`.
/// `read` is the input, `written` what left.
pub(super) fn left<'j>(
    written: &'j Json,
    read: &Json,
    output: &Selector,
    input: &[Step],
) -> Left<'j> {
    // How deep `**` leads differs, and names may be made.
    if output.any_depth().is_some() {
        return Left::Unknown;
    }
    let (mut out, mut inside) = (written, Some(read));
    for (n, wanted) in output.steps.iter().enumerate() {
        let own = match wanted {
            Step::AnyName | Step::AnyElement | Step::Filter(_) => input.get(n),
            named => Some(named),
        };
        if let (Json::List(left), Some(Json::List(came))) = (out, inside)
            && left.len() != came.len()
        {
            return Left::Unknown;
        }
        let Some(next) = own.and_then(|own| step(out, own)) else {
            return match wanted {
                Step::AnyName => Left::Unknown,
                _ => Left::Nothing,
            };
        };
        out = next;
        inside = inside.and_then(|inside| step(inside, input.get(n)?));
    }
    Left::Value(out)
}

pub(super) fn step<'j>(value: &'j Json, step: &Step) -> Option<&'j Json> {
    match (step, value) {
        (Step::Name(name), Json::Object(members)) => {
            let mut own = members.iter().filter(|(n, _)| n == name);
            own.next().map(|(_, value)| value)
        }
        (Step::Itself, value) => Some(value),
        (Step::Element(n), Json::List(items)) => items.get(*n as usize),
        _ => None,
    }
}

/// A value as JSON spells it, cut short.
pub(super) fn spelled(value: &Json) -> String {
    cut(&value.to_string())
}

/// A key or a header as text, cut short.
pub(super) fn as_text(bytes: &[u8]) -> String {
    cut(&String::from_utf8_lossy(bytes))
}

/// A text, cut where it is too long to be shown.
pub(super) fn cut(text: &str) -> String {
    cut_to(text, CHARS_MAX)
}

/// A text of at most so many characters, and `…` where it was longer.
pub(super) fn cut_to(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
