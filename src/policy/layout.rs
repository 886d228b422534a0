//! A policy's text in its usual order: words as the grammar lists them, comments
//! kept. Only whole pieces of the text move; none is written anew.

use std::ops::Range;

use super::grammar;
use crate::language::finding::Findings;
use crate::language::shape::{Shape, Takes};
use crate::language::written::{Kind, Node};
use crate::language::yaml;

/// The text in its usual order: the words of the policy, of its outputs, tests and
/// so on as the reference lists them, each with the comments right above it. Line
/// ends are `\n`, blanks at their ends are gone, of several blank lines one is left,
/// and the last line ends. What stands in `{…}` stays as it is, and so do the names
/// that the author chose, their order, and indentation. Laid out again, it does not
/// change.
///
/// `None` when the text cannot be read as YAML, or not be laid out and still say the
/// same: the outcome is read again and held against the text.
pub fn layout(text: &str) -> Option<String> {
    let mut text = text.replace("\r\n", "\n");
    let root = read(&text)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut ordered = String::with_capacity(text.len());
    let mut blocks = Vec::new();
    find(&text, &root, &Takes::Object(&grammar::POLICY), &mut blocks);
    write(&text, 0..text.len(), &blocks, &mut ordered);
    let again = read(&ordered).filter(|again| says_the_same(&root, again))?;
    let tidy = without_blanks(&ordered, &again);
    match read(&tidy) {
        Some(again) if says_the_same(&root, &again) => Some(tidy),
        // Blank lines at the end of a text that keeps them.
        _ => Some(ordered),
    }
}

fn read(text: &str) -> Option<Node> {
    let mut findings = Findings::default();
    yaml::read(text, &mut findings).filter(|_| !findings.has_errors())
}

/// The same scalars under the same names, in lists in the same order.
fn says_the_same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (
            Kind::Scalar { text, quoted },
            Kind::Scalar {
                text: other,
                quoted: also,
            },
        ) => text == other && quoted == also,
        (Kind::List(a), Kind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| says_the_same(a, b))
        }
        (Kind::Map(members), Kind::Map(others)) => {
            members.len() == others.len()
                && members.iter().all(|member| {
                    b.member(&member.name)
                        .is_some_and(|other| says_the_same(&member.value, &other.value))
                })
        }
        _ => false,
    }
}

/// A mapping whose members can change places.
struct Block {
    /// From the first name to the end of the last member.
    place: Range<usize>,
    /// Blanks before each name.
    indent: usize,
    /// Each member, in order of the text.
    members: Vec<Piece>,
    /// Which of them comes first, second and so on.
    order: Vec<usize>,
}

struct Piece {
    /// The blank and comment lines above it; of the first member none.
    above: Range<usize>,
    /// From its name to what stands above the next one.
    body: Range<usize>,
    inside: Vec<Block>,
}

/// The blocks of `node` that are in no other.
fn find(text: &str, node: &Node, takes: &Takes, found: &mut Vec<Block>) {
    if text[node.span.start..].starts_with(['{', '[']) {
        return;
    }
    match (takes, &node.kind) {
        (Takes::Object(shape), Kind::Map(members)) => {
            let takes_of = |name: &str| shape.words.iter().find(|w| w.name == name);
            let mut inside: Vec<Vec<Block>> = Vec::new();
            for member in members {
                let mut blocks = Vec::new();
                if let Some(word) = takes_of(&member.name) {
                    find(text, &member.value, &word.takes, &mut blocks);
                }
                inside.push(blocks);
            }
            match block(text, node, shape, &mut inside) {
                Some(block) => found.push(block),
                None => found.extend(inside.into_iter().flatten()),
            }
        }
        (Takes::List(takes) | Takes::OneOrMany(takes), Kind::List(items)) => {
            for item in items {
                find(text, item, takes, found);
            }
        }
        (Takes::MapOf(takes), Kind::Map(members)) => {
            for member in members {
                find(text, &member.value, takes, found);
            }
        }
        (Takes::Either(one, other), _) => {
            let object = [one, other]
                .into_iter()
                .find(|t| matches!(t, Takes::Object(_)));
            if let Some(takes) = object {
                find(text, node, takes, found);
            }
        }
        _ => {}
    }
}

/// `None` when the members do not stand on lines of their own, or need not move.
fn block(text: &str, node: &Node, shape: &Shape, inside: &mut Vec<Vec<Block>>) -> Option<Block> {
    let members = node.members()?;
    let first = members.first()?.name_span.start;
    let indent = first - line_start(text, first);
    let mut ends = Vec::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let name = member.name_span.start;
        let line = line_start(text, name);
        let alone = text[line..name].bytes().all(|b| b == b' ') && name - line == indent;
        if at > 0 && !alone {
            return None;
        }
        let above = match ends.last() {
            None => name..name,
            Some(end) => lead(text, *end, line, indent)..line,
        };
        if let Some(before) = pieces.last_mut() {
            before.body.end = above.start;
        }
        let end = line_end(text, member.value.span.end.max(member.name_span.end));
        let end = with_kept_blanks(text, end, &member.value);
        ends.push(end);
        pieces.push(Piece {
            above,
            body: name..end,
            inside: Vec::new(),
        });
    }
    let last = pieces.last_mut()?;
    last.body.end = with_comments(text, last.body.end, indent);
    let end = last.body.end;
    let rank = |at: &usize| shape.words.iter().position(|w| w.name == members[*at].name);
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|at| rank(at).unwrap_or(usize::MAX));
    // A comment has no line of its own behind the dash of a list.
    let dash = !text[line_start(text, first)..first].trim().is_empty();
    let comment = !text[pieces[order[0]].above.clone()].trim().is_empty();
    if dash && order[0] != 0 && comment {
        order = (0..members.len()).collect();
    }
    for (piece, blocks) in pieces.iter_mut().zip(inside.drain(..)) {
        piece.inside = blocks;
    }
    Some(Block {
        place: first..end,
        indent,
        members: pieces,
        order,
    })
}

/// Where the blank lines and comments begin that lie between `from` and `to` and
/// belong to what follows: comments indented further belong to what stands before.
fn lead(text: &str, from: usize, to: usize, indent: usize) -> usize {
    let mut start = to;
    while start > from {
        let line = line_start(text, start - 1);
        let content = text[line..start].trim();
        let depth = text[line..start].len() - text[line..start].trim_start().len();
        if !content.is_empty() && (!content.starts_with('#') || depth > indent) {
            break;
        }
        start = line;
    }
    start
}

/// The end of the blank lines that are part of a text (`|+`).
fn with_kept_blanks(text: &str, from: usize, value: &Node) -> usize {
    let keeps = match &value.kind {
        Kind::Scalar { text, .. } => text.ends_with("\n\n"),
        Kind::List(items) => return last_kept(text, from, items.last()),
        Kind::Map(members) => return last_kept(text, from, members.last().map(|m| &m.value)),
    };
    let mut end = from;
    while keeps && end < text.len() && text[end..line_end(text, end)].trim().is_empty() {
        end = line_end(text, end);
    }
    end
}

fn last_kept(text: &str, from: usize, last: Option<&Node>) -> usize {
    last.map_or(from, |last| with_kept_blanks(text, from, last))
}

/// The end of the comment lines behind the last member that are indented as it is.
/// At the top those that are indented at all: others stay at the end of the text.
fn with_comments(text: &str, from: usize, indent: usize) -> usize {
    let mut end = from;
    while end < text.len() {
        let line = &text[end..line_end(text, end)];
        let depth = line.len() - line.trim_start().len();
        if !line.trim_start().starts_with('#') || depth < indent.max(1) {
            break;
        }
        end += line.len();
    }
    end
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Behind the line break of the line that `at` is on.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

fn write(text: &str, place: Range<usize>, blocks: &[Block], out: &mut String) {
    let mut at = place.start;
    for block in blocks {
        out.push_str(&text[at..block.place.start]);
        for (turn, member) in block.order.iter().enumerate() {
            let piece = &block.members[*member];
            if turn == 0 {
                // What stood above a name that comes first now follows the comments
                // that stand there already.
                let above = text[piece.above.clone()].trim_start_matches('\n');
                if !above.is_empty() {
                    out.push_str(above.trim_start_matches(' '));
                    out.push_str(&" ".repeat(block.indent));
                }
            } else {
                out.push_str(&text[piece.above.clone()]);
                out.push_str(&" ".repeat(block.indent));
            }
            write(text, piece.body.clone(), &piece.inside, out);
        }
        at = block.place.end;
    }
    out.push_str(&text[at..place.end]);
}

/// Without blanks at the ends of lines and more than one blank line, but for what
/// stands inside texts of several lines.
fn without_blanks(text: &str, root: &Node) -> String {
    let mut kept = Vec::new();
    texts_of_lines(text, root, &mut kept);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut blank = true;
    for line in text.split_inclusive('\n') {
        let inside = kept
            .iter()
            .any(|k| k.start < at + line.len() && at <= k.end);
        let trimmed = line.trim_end();
        if inside {
            out.push_str(line);
        } else if !(trimmed.is_empty() && blank) {
            out.push_str(trimmed);
            out.push('\n');
        }
        blank = trimmed.is_empty() && !inside;
        at += line.len();
    }
    let end = out.trim_end_matches('\n').len();
    out.truncate(end);
    out.push('\n');
    out
}

fn texts_of_lines(text: &str, node: &Node, found: &mut Vec<Range<usize>>) {
    match &node.kind {
        Kind::Scalar { .. } => {
            let place = node.span.start..node.span.end;
            if text[place.clone()].contains('\n') {
                found.push(place);
            }
        }
        Kind::List(items) => items.iter().for_each(|i| texts_of_lines(text, i, found)),
        Kind::Map(members) => members
            .iter()
            .for_each(|m| texts_of_lines(text, &m.value, found)),
    }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
