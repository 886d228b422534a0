//! `nothing`: texts that stand for no value.

use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::policy::grammar;
use crate::record::Nothing;
use crate::record::nothing::WORDS_MAX;

/// Longest word in bytes.
const WORD_BYTES_MAX: usize = 256;

/// Reads a list of words, which come to those of every policy, or
/// `{ only: [...] }`, which stand in their place. `None`: reported.
pub(super) fn nothing(node: &Node, findings: &mut Findings) -> Option<Nothing> {
    match &node.kind {
        Kind::List(items) if items.is_empty() => {
            findings
                .error(codes::OUT_OF_RANGE, node.span, "`nothing` names no word")
                .help("remove it; without it the words that always do stand for nothing");
            None
        }
        Kind::List(items) => Some(Nothing::with(words(items, findings)?)),
        Kind::Map(_) => {
            let mut mapping = Mapping::open(node, &grammar::NOTHING, findings)?;
            let items = mapping.items("only");
            Some(Nothing::of(words(items, mapping.findings)?))
        }
        Kind::Scalar { .. } => {
            findings
                .error(
                    codes::WRONG_KIND,
                    node.span,
                    format!("`nothing` must be a list, found {}", node.kind_name()),
                )
                .help("write `nothing: [anonymous, \"0\"]`, or `nothing: { only: [...] }`");
            None
        }
    }
}

fn words<'n>(items: &'n [Node], findings: &mut Findings) -> Option<Vec<&'n str>> {
    let before = findings.errors();
    if let Some(extra) = items.get(WORDS_MAX) {
        findings
            .error(
                codes::NOTHING_WORD,
                extra.span,
                format!("more than {WORDS_MAX} words for nothing"),
            )
            .help("keep those that stand where an identifier should");
    }
    let mut words = Vec::with_capacity(items.len());
    for item in items.iter().take(WORDS_MAX) {
        match &item.kind {
            Kind::Scalar { text, quoted } => {
                let is_null = !quoted && matches!(text.as_str(), "null" | "~" | "");
                let (message, help) = match text.len() {
                    _ if is_null => (
                        "`null` is no word: it always stands for nothing".to_owned(),
                        "quote it where the text is meant: \"null\"",
                    ),
                    0 => (
                        "the empty text always stands for nothing".to_owned(),
                        "remove it",
                    ),
                    1..=WORD_BYTES_MAX => {
                        words.push(text.as_str());
                        continue;
                    }
                    _ => (
                        format!("a word for nothing has at most {WORD_BYTES_MAX} bytes"),
                        "a longer text is no placeholder",
                    ),
                };
                findings
                    .error(codes::NOTHING_WORD, item.span, message)
                    .help(help);
            }
            _ => {
                findings
                    .error(
                        codes::NOTHING_WORD,
                        item.span,
                        format!("a word for nothing is text, found {}", item.kind_name()),
                    )
                    .help("write one word a line, in quotes where YAML would read more into it");
            }
        }
    }
    (findings.errors() == before).then_some(words)
}
