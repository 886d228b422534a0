//! A list of words, one a line.

use super::TableError;

/// The words of `text`, each with its line, from 1: as they stand, none empty, none twice,
/// none with a control character; `counts` says how many they may be and `bytes_max` how
/// long. A byte order mark before the first one is none of it.
///
/// # Errors
/// The line that is no such word.
pub(crate) fn words(
    text: &str,
    counts: std::ops::RangeInclusive<usize>,
    bytes_max: usize,
) -> Result<Vec<&str>, TableError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    let lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut seen = std::collections::HashMap::new();
    let mut words = Vec::new();
    for (at, word) in (1..).zip(lines) {
        let wrong = |why: String, fix: &str| Err(TableError::of_line(at, why, fix));
        if word.is_empty() {
            return wrong("the line is empty".to_owned(), "remove it");
        }
        if word.len() > bytes_max {
            let why = format!("the line is longer than {bytes_max} bytes");
            return wrong(why, "shorten or remove it");
        }
        if word.bytes().any(|byte| byte.is_ascii_control()) {
            return wrong(
                "it holds a control character".to_owned(),
                "write one word a line",
            );
        }
        if at > *counts.end() {
            let why = format!("there are more than {} lines", counts.end());
            return wrong(why, "remove the rare ones");
        }
        if let Some(first) = seen.insert(word, at) {
            let why = format!("the same stands on line {first}");
            return wrong(why, "remove one of the two");
        }
        words.push(word);
    }
    if words.len() < *counts.start() {
        let why = format!("there are fewer than {} lines", counts.start());
        return Err(TableError::of_line(
            words.len(),
            why,
            "write one word a line",
        ));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<&str>, TableError> {
        words(text, 2..=4, 8)
    }

    #[test]
    fn each_line_is_a_word_as_it_stands() {
        assert_eq!(read("a\nb").unwrap(), ["a", "b"]);
        assert_eq!(read("\u{feff}a\r\nb\r\n").unwrap(), ["a", "b"]);
        let words = [" a", "\"b;c\"", "ü", "a"];
        assert_eq!(read(&words.join("\n")).unwrap(), words);
    }

    #[test]
    fn what_is_no_list_of_words_is_told_by_its_line() {
        for (text, at) in [
            ("", 1),
            ("\n", 1),
            ("a", 1),
            ("a\n\nb", 2),
            ("a\nb\n\n", 3),
            ("secret\nb\nsecret", 3),
            ("a\nsecretxxx", 2),
            ("a\nse\tcret", 2),
            ("a\nse\rcret", 2),
            ("a\nb\nc\nd\nsecret", 5),
        ] {
            let error = read(text).unwrap_err();
            let TableError::Content { line, fix, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(*line, at, "{text:?}");
            assert!(!fix.is_empty() && !error.to_string().contains("secret"));
        }
    }
}
