//! A day, as a policy writes it.

use jiff::civil::Date;

use super::spelled::Spelled;
use crate::language::codes;
use crate::language::mapping::Mapping;

/// The day behind that word. `None`, with a finding where something stands there, when it
/// is none.
pub(crate) fn day(mapping: &mut Mapping<'_, '_>, word: &str) -> Option<Spelled<Date>> {
    let text = mapping.text(word)?;
    let span = mapping.place(word);
    // What else jiff reads as a date holds a time or another calendar's notation.
    let date = (text.len() == 10)
        .then(|| text.parse::<Date>().ok())
        .flatten();
    if date.is_none() {
        mapping
            .findings
            .error(
                codes::WRONG_KIND,
                span,
                format!("`{word}` is not a day of the calendar"),
            )
            .help("write year, month and day: `2027-01-31`");
    }
    date.map(|value| Spelled { value, span })
}
