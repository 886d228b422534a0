//! Words in lines of a width: what people read on a terminal.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WrapAlgorithm};

/// Columns of a screen that nobody has measured.
pub const COLUMNS: usize = 80;

/// Fewest columns that are left for words on the narrowest screen.
const WORDS_MIN: usize = 30;

/// `text` in lines of at most `columns`, of which the first loses `before` to what
/// stands in front of it, and the others as many blanks. What stands between
/// backticks (a command, a name) stays in one piece, to be copied, however long.
pub fn fold(text: &str, columns: usize, before: usize) -> String {
    let columns = columns.max(before + WORDS_MIN);
    let blanks = " ".repeat(before);
    let options = Options::new(columns - before)
        .break_words(false)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .word_separator(WordSeparator::Custom(pieces))
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(text, options);
    lines.join(&format!("\n{blanks}"))
}

/// The words of a line; what stands between backticks is one of them.
fn pieces(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let mut end = rest.len();
        for (at, letter) in rest.char_indices() {
            // An odd backtick quotes nothing.
            quoted = match letter {
                '`' => !quoted && rest[at + 1..].contains('`'),
                _ => quoted,
            };
            let begins_next = rest[at + letter.len_utf8()..].chars().next();
            if letter == ' ' && !quoted && begins_next.is_some_and(|next| next != ' ') {
                end = at + 1;
                break;
            }
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(Word::from(word))
    }))
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn lines_are_no_longer_than_asked_and_stand_under_each_other() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen";
        let folded = fold(text, 40, 8);
        assert!(folded.lines().count() > 1, "{folded}");
        for (at, line) in folded.lines().enumerate() {
            let before = if at == 0 { 8 } else { 0 };
            assert!(before + line.len() <= 40, "{line}");
            assert!(at == 0 || line.starts_with("        "), "{line}");
        }
        let words = |t: &str| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&folded), words(text));
    }

    #[test]
    fn a_command_stays_in_one_piece_and_lines_stay_lines() {
        let command = "`kafka-topics.sh --create --topic a.topic --partitions 1 --config x=1`";
        let folded = fold(&format!("make it: {command}, then start again"), 40, 0);
        assert!(
            folded.lines().any(|line| line.starts_with(command)),
            "{folded}"
        );
        assert_eq!(fold("one\ntwo", 40, 2), "one\n  two");
        assert_eq!(fold("an odd ` alone", 40, 0), "an odd ` alone");
    }
}
