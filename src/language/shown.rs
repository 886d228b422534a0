//! What a report may show of a text: what its grammar has a place for, and
//! nothing else. The same holds for the words of findings.

use std::collections::HashSet;

use super::span::Span;

/// Whether a name or a scalar may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    /// It has its place.
    Always,
    /// It stands where such a thing may, and does not look like one: it is shown
    /// only where nothing in the whole text is wrong.
    WhenAllIsRight,
    /// It may be anything.
    Never,
    /// It is of a made-up event, and no finding about another place repeats it.
    InNoReport,
}

/// A name or a scalar of the text.
#[derive(Debug)]
struct Leaf {
    span: Span,
    says: Box<str>,
    showing: Showing,
}

/// What of one text may be shown.
#[derive(Debug)]
pub(crate) struct Shown {
    /// True for the words of the language, which tell nothing.
    is_word: fn(&str) -> bool,
    /// In the order of places, once the rest was hidden.
    leaves: Vec<Leaf>,
    /// What stands between them and is more than structure.
    between: Vec<Span>,
}

impl Default for Shown {
    fn default() -> Shown {
        Shown::new(|_| false)
    }
}

impl Shown {
    /// Of a text of that language.
    pub(crate) fn new(is_word: fn(&str) -> bool) -> Shown {
        Shown {
            is_word,
            leaves: Vec::new(),
            between: Vec::new(),
        }
    }

    /// Adds a name or a scalar of the text.
    pub(crate) fn leaf(&mut self, span: Span, says: &str, showing: Showing) {
        self.leaves.push(Leaf {
            span,
            says: says.into(),
            showing,
        });
    }

    /// Hides what stands in no leaf of `text`: comments, and what was thrown away.
    pub(crate) fn rest_hidden(&mut self, text: &str) {
        self.order(text);
        let mut at = 0;
        let end = Span {
            start: text.len(),
            end: text.len(),
        };
        for span in self.leaves.iter().map(|leaf| leaf.span).chain([end]) {
            if at < span.start {
                let part = Span {
                    start: at,
                    end: span.start,
                };
                self.between.extend(words_of(text, part, |_| false));
            }
            at = at.max(span.end);
        }
    }

    /// Shows nothing of `text` but structure and the words of the language before a
    /// colon: it was not read as its author meant it.
    pub(crate) fn all_hidden(&mut self, text: &str) {
        for leaf in &mut self.leaves {
            if !(self.is_word)(&leaf.says) {
                leaf.showing = Showing::Never;
            }
        }
        self.order(text);
        let all = Span {
            start: 0,
            end: text.len(),
        };
        self.between = words_of(text, all, self.is_word);
    }

    /// In the order of places, each without its quotes.
    fn order(&mut self, text: &str) {
        for leaf in &mut self.leaves {
            let written = &text[leaf.span.start..leaf.span.end];
            let within = |quote| written.strip_prefix(quote)?.strip_suffix(quote);
            if let Some(inside) = within('"').or_else(|| within('\'')) {
                leaf.span.start += 1;
                leaf.span.end = leaf.span.start + inside.len();
            }
        }
        self.leaves.sort_by_key(|leaf| leaf.span);
    }

    /// Shows a place also where the first of its name is shown.
    pub(crate) fn again(&mut self, first: Span, again: Span) {
        let shown = self.leaves.iter().find(|leaf| leaf.span == first);
        if let Some((says, showing)) = shown.map(|leaf| (leaf.says.clone(), leaf.showing)) {
            self.leaf(again, &says, showing);
        }
    }

    /// Where nothing may be shown. `broken`: something in the text is wrong.
    pub(crate) fn concealed(&self, broken: bool) -> Vec<Span> {
        let hidden = self.leaves.iter().filter(|leaf| leaf.is_hidden(broken));
        let mut spans: Vec<Span> = hidden.map(|leaf| leaf.span).collect();
        spans.extend(&self.between);
        spans
    }

    /// The text with blanks in place of its comments.
    pub(crate) fn without_comments(&self, text: &str) -> String {
        let mut bare = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let start = bare.len();
            let mut before = ' ';
            let comment = line.char_indices().find_map(|(at, c)| {
                let begins = c == '#' && before.is_whitespace() && !self.is_in_leaf(start + at);
                before = c;
                begins.then_some(at)
            });
            let said = line.trim_end_matches(['\n', '\r']).len();
            let comment = comment.unwrap_or(said);
            bare.push_str(&line[..comment]);
            bare.extend(std::iter::repeat_n(' ', said - comment));
            bare.push_str(&line[said..]);
        }
        bare
    }

    fn is_in_leaf(&self, at: usize) -> bool {
        let next = self.leaves.partition_point(|leaf| leaf.span.end <= at);
        self.leaves
            .get(next)
            .is_some_and(|leaf| leaf.span.start <= at)
    }

    /// What may not be said either.
    pub(crate) fn unsaid(&self, broken: bool) -> Unsaid<'_> {
        let mut unsaid = Unsaid {
            is_word: self.is_word,
            hidden: Vec::new(),
            texts: Texts::default(),
            unlike_words: Texts::default(),
            shown: HashSet::new(),
        };
        let (hidden, shown): (Vec<&Leaf>, Vec<&Leaf>) =
            self.leaves.iter().partition(|leaf| leaf.is_hidden(broken));
        if hidden.is_empty() {
            return unsaid;
        }
        for leaf in shown {
            unsaid.shown.insert(&leaf.says);
            unsaid.shown.extend(tokens(&leaf.says));
        }
        for leaf in hidden {
            unsaid.hidden.push((leaf.span, &leaf.says));
            if leaf.showing != Showing::InNoReport && !unsaid.is_shown(&leaf.says) {
                unsaid.texts.insert(&leaf.says);
                if !leaf.says.bytes().all(|b| b.is_ascii_lowercase()) {
                    unsaid.unlike_words.insert(&leaf.says);
                }
            }
        }
        unsaid
    }
}

impl Leaf {
    fn is_hidden(&self, broken: bool) -> bool {
        match self.showing {
            Showing::Always => false,
            Showing::WhenAllIsRight => broken,
            Showing::Never | Showing::InNoReport => true,
        }
    }
}

/// Texts that no finding may repeat.
pub(crate) struct Unsaid<'s> {
    is_word: fn(&str) -> bool,
    /// Each with its place, in their order.
    hidden: Vec<(Span, &'s str)>,
    /// Those that no finding repeats in backticks, wherever it points.
    texts: Texts<'s>,
    /// Those of them that it repeats nowhere: no English sentence has them.
    unlike_words: Texts<'s>,
    /// What stands elsewhere and is shown there, and the tokens of it.
    shown: HashSet<&'s str>,
}

/// Fewer letters than these tell nothing, but where nothing else is quoted.
const CHARS_MIN: usize = 3;
const GONE: &str = "…";

impl Unsaid<'_> {
    /// True when there is nothing to leave out.
    pub(crate) fn is_empty(&self) -> bool {
        self.hidden.is_empty()
    }

    /// The words of a finding about `places` without what they repeat: any hidden
    /// text, and of one at these places also a part in backticks. What could be a word
    /// of the sentence is a text only in backticks or at these places.
    pub(crate) fn without(&self, words: &str, places: &[Span]) -> String {
        let near: Vec<&str> = places.iter().flat_map(|at| self.at(*at)).collect();
        let mut texts = Texts::default();
        near.iter().for_each(|text| texts.insert(text));
        let parts: HashSet<&str> = near.iter().flat_map(|text| tokens(text)).collect();
        let words = self.unlike_words.cut_from(&texts.cut_from(words));
        let mut pieces = words.split('`');
        let mut said = pieces.next().unwrap_or_default().to_owned();
        for (n, piece) in pieces.enumerate() {
            said.push('`');
            match n % 2 {
                0 if self.is_gone(piece, &near) => said.push_str(GONE),
                0 => {
                    let piece = self.texts.cut_from(piece);
                    said.extend(tokens(&piece).map(|token| {
                        let gone = tells(token) && parts.contains(token) && !self.is_shown(token);
                        if gone { GONE } else { token }
                    }));
                }
                _ => said.push_str(piece),
            }
        }
        said
    }

    /// True when all that is quoted is a hidden text, or a part of one that is near.
    fn is_gone(&self, piece: &str, near: &[&str]) -> bool {
        let is_part = || near.iter().any(|text| text.contains(piece));
        self.texts.all.contains(piece) || tells(piece) && !self.is_shown(piece) && is_part()
    }

    fn is_shown(&self, text: &str) -> bool {
        self.shown.contains(text) || (self.is_word)(text)
    }

    /// The hidden texts that overlap `place`.
    fn at(&self, place: Span) -> impl Iterator<Item = &str> {
        let from = self.hidden.partition_point(|(at, _)| at.end <= place.start);
        let rest = self.hidden[from..].iter();
        rest.take_while(move |(at, _)| at.start < place.end)
            .map(|(_, text)| *text)
    }
}

fn tells(text: &str) -> bool {
    text.chars().nth(CHARS_MIN - 1).is_some() && text.contains(char::is_alphanumeric)
}

/// Texts to look for.
#[derive(Default)]
struct Texts<'s> {
    all: HashSet<&'s str>,
    /// Of each, as much as is looked for.
    begins: HashSet<&'s str>,
    /// The first token of each.
    starts: HashSet<&'s str>,
}

/// Most tokens of a text that are looked for: where they stand, the rest of the
/// words is cut off.
const TOKENS_MAX: usize = 24;

impl<'s> Texts<'s> {
    fn insert(&mut self, text: &'s str) {
        self.all.insert(text);
        if tells(text) {
            let bytes = tokens(text).take(TOKENS_MAX).map(str::len).sum();
            self.begins.insert(&text[..bytes]);
            self.starts.extend(tokens(text).next());
        }
    }

    /// The words with a mark for each text that stands in them.
    fn cut_from(&self, words: &str) -> String {
        let tokens: Vec<&str> = tokens(words).collect();
        let mut said = String::with_capacity(words.len());
        let (mut n, mut at) = (0, 0);
        while let Some(token) = tokens.get(n) {
            let most = TOKENS_MAX.min(tokens.len() - n);
            let may = self.starts.contains(token);
            let found = (1..=most).rev().filter(|_| may).find_map(|count| {
                let bytes: usize = tokens[n..n + count].iter().map(|t| t.len()).sum();
                let found = self.begins.contains(&words[at..at + bytes]);
                found.then_some((count, bytes))
            });
            match found {
                Some((TOKENS_MAX, _)) => return said + GONE,
                Some((count, bytes)) => {
                    said.push_str(GONE);
                    n += count;
                    at += bytes;
                }
                None => {
                    said.push_str(token);
                    n += 1;
                    at += token.len();
                }
            }
        }
        said
    }
}

/// Words, and every other character by itself.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

/// Where the words of a part of the text stand, but those before a colon that are
/// `known`: the bare structure may be shown.
fn words_of(text: &str, part: Span, known: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut hidden = Vec::new();
    let mut at = part.start;
    for piece in text[part.start..part.end].split_inclusive(is_structure) {
        let word = piece.trim_end_matches(is_structure);
        let end = at + word.len();
        let names = text[end..].starts_with(':') && known(word);
        if word.contains(char::is_alphanumeric) && !names {
            hidden.push(Span { start: at, end });
        }
        at += piece.len();
    }
    hidden
}

fn is_structure(c: char) -> bool {
    c.is_whitespace() || "{}[],:#\"'".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    #[test]
    fn what_is_hidden_is_not_said_either() {
        let mut shown = Shown::default();
        let long = "one two three four five six seven eight nine ten eleven twelve thirteen";
        for (at, (text, showing)) in [
            ("hunter2 horse!", Showing::Never),
            ("people", Showing::Never),
            ("people", Showing::Always),
            ("person", Showing::Never),
            ("a", Showing::Never),
            ("odd name", Showing::WhenAllIsRight),
            ("--", Showing::Never),
            (long, Showing::Never),
        ]
        .into_iter()
        .enumerate()
        {
            shown.leaf(span(100 * at, 100 * at + text.len()), text, showing);
        }
        let unsaid = shown.unsaid(true);
        for (words, said) in [
            ("no `hunter2 horse!`, a word", "no `…`, a word"),
            ("no hunter2 horse! here", "no … here"),
            ("`x: { hunter2 }` here", "`x: { … }` here"),
            (
                "people, a word, and `x: person`",
                "people, a word, and `x: …`",
            ),
            ("no `x.hunter2 horse!.y` here", "no `x.….y` here"),
            ("`horse` is a part, `hor` too", "`…` is a part, `…` too"),
            ("`people` stand elsewhere", "`people` stand elsewhere"),
            ("`a` is a letter", "`…` is a letter"),
            (
                "`--` tells nothing, -- neither",
                "`…` tells nothing, -- neither",
            ),
            ("an `odd name`", "an `…`"),
        ] {
            assert_eq!(unsaid.without(words, &[span(0, 14)]), said);
        }
        assert_eq!(unsaid.without("`horse`", &[span(20, 30)]), "`horse`");
        assert_eq!(unsaid.without(&format!("so: `{long}` is"), &[]), "so: `…");
        let right = shown.unsaid(false);
        assert_eq!(right.without("an `odd name`", &[]), "an `odd name`");
    }

    #[test]
    fn between_the_leaves_structure_alone_is_shown() {
        let text = "- a: [b, ~] # c d\n  ? e";
        let mut shown = Shown::default();
        shown.leaf(span(2, 3), "a", Showing::Always);
        shown.leaf(span(6, 7), "b", Showing::Never);
        shown.rest_hidden(text);
        let mut spans = shown.concealed(true);
        spans.sort_unstable();
        let words: Vec<&str> = spans.iter().map(|s| &text[s.start..s.end]).collect();
        assert_eq!(words, ["b", "c", "d", "e"]);
    }
}
