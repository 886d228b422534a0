//! What protox says of a text, with its place.

use super::source::Source;
use super::unusable::Unusable;

/// Longest that is said of what it says: it repeats texts of the schema.
const SAID_CHARS_MAX: usize = 400;

/// What protox says of the `file` that it names, among `all`, or of their descriptors.
pub(super) fn said<'t>(
    error: &protox::Error,
    all: impl Iterator<Item = Source<'t>> + Clone,
) -> Unusable {
    let bare = error.to_string();
    // With the place in front, if there is one: it is public in no other way.
    let placed = format!("{error:?}");
    let file = error.file();
    let is_placed = file.is_some_and(|file| {
        let rest = placed
            .strip_prefix(file)
            .and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|rest| rest.ends_with(&bare))
    });
    let text = match (is_placed, file) {
        (true, Some(file)) => {
            let mut of_file = all.clone().filter(|source| source.name == file);
            let place = &placed[..placed.len() - bare.len()];
            match of_file.any(|source| is_at_a_string(source.text, place)) {
                // It has one sentence for the name of a group and that of an import.
                true if bare == GROUP => format!("{place}{IMPORT}"),
                _ => format!("{place}{bare}"),
            }
        }
        (false, Some(file)) if !bare.contains(file) => format!("{file}: {bare}"),
        _ => bare,
    };
    Unusable::Unreadable(one_line(&text))
}

const GROUP: &str = "invalid group name";
const IMPORT: &str =
    "invalid name of an import: it may not have a backslash, `//`, or a part `.` or `..`";

/// True where a string stands at a place of a text, which ends with `:line:column: `.
fn is_at_a_string(text: &str, place: &str) -> bool {
    let mut parts = place.trim_end_matches([':', ' ']).rsplit(':');
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok());
    let (column, line) = (number(), number());
    let line = line.and_then(|line| text.split('\n').nth(line.checked_sub(1)?));
    let byte = line.and_then(|line| line.as_bytes().get(column?.checked_sub(1)?));
    byte.is_some_and(|byte| matches!(byte, b'"' | b'\''))
}

/// A text of several lines as one, and not longer than anybody reads.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SAID_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
