//! How fields and paths are called in what is said of a sample.

use crate::document::visible;
use crate::policy::NamedField;
use crate::record::path::Selector;

/// Characters of a name of the sample in a message.
const NAME_CHARS_MAX: usize = 80;

/// As `dangerously: field:` writes it.
pub(super) fn field_name(field: &NamedField) -> String {
    match &field.selector {
        Some(selector) => selector.to_string(),
        None => field.path.clone(),
    }
}

/// A name that a producer chose, fit for a message.
pub(super) fn shown(path: &Selector) -> String {
    let text = path.to_string();
    let mut short: String = text.chars().take(NAME_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    visible(&short, true).into_owned()
}
