//! YAML events become the written tree: positions kept, nothing interpreted.
//!
//! One document; no anchors, aliases, merge keys or tags: an output states its
//! own fields, and what a reader sees is what the program reads.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks};

use super::codes;
use super::finding::{Findings, Span};
use super::written::{Kind, Member, Node};

/// Longest policy text, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of a policy.
pub(crate) const DEPTH_MAX: usize = 64;

/// Reads the one document of `text`. `None` when there is no tree to check;
/// mistakes that leave a tree (a name given twice, an anchor) are reported and
/// reading goes on.
pub(crate) fn read(text: &str, findings: &mut Findings) -> Option<Node> {
    if text.len() > TEXT_BYTES_MAX {
        findings
            .error_of_file(
                codes::TOO_LARGE,
                format!("the policy is {} bytes long", text.len()),
            )
            .why("a policy is read by people; a text this long is a mistake or an attack")
            .help(format!("keep it below {TEXT_BYTES_MAX} bytes"));
        return None;
    }
    Reader {
        places: Places::of(text),
        text,
        findings,
        open: Vec::new(),
        root: None,
    }
    .run()
}

/// Byte offset of each character: the parser counts characters.
struct Places {
    bytes: Option<Vec<u32>>,
    len: usize,
}

impl Places {
    fn of(text: &str) -> Places {
        let bytes = (!text.is_ascii()).then(|| {
            text.char_indices()
                .map(|(at, _)| u32::try_from(at).expect("the text was measured"))
                .collect()
        });
        Places {
            bytes,
            len: text.len(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            None => character.min(self.len),
            Some(list) => list.get(character).map_or(self.len, |b| *b as usize),
        }
    }

    fn span(&self, marks: Marks) -> Span {
        let start = self.byte(marks.start.index());
        Span {
            start,
            end: self.byte(marks.end.index()).max(start),
        }
    }
}

/// A list or mapping whose end has not come yet.
struct Open {
    start: usize,
    end: usize,
    what: Parts,
}

enum Parts {
    List(Vec<Node>),
    Map {
        members: Vec<Member>,
        /// Where each name stands.
        seen: HashMap<String, Span>,
        /// A name that waits for its value; `None` inside: the name cannot be
        /// used and its value is thrown away.
        name: Option<Option<(String, Span)>>,
    },
}

struct Reader<'t, 'f> {
    text: &'t str,
    places: Places,
    findings: &'f mut Findings,
    open: Vec<Open>,
    root: Option<Node>,
}

impl<'t> Reader<'t, '_> {
    fn run(mut self) -> Option<Node> {
        let mut documents = 0;
        let mut parser = Parser::new_from_str(self.text);
        while let Some(next) = parser.next_event() {
            let (event, marks) = match next {
                Ok(pair) => pair,
                Err(error) => {
                    self.syntax(&error);
                    return None;
                }
            };
            let span = self.places.span(marks);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        self.findings
                            .error(codes::YAML, span, "a policy is one document")
                            .label("a second one starts here")
                            .help("put the second policy into its own file");
                        return None;
                    }
                }
                Event::Alias(_) => {
                    self.refuse_reuse(span, "an alias");
                    self.place(Node {
                        span,
                        kind: Kind::Scalar {
                            text: String::new(),
                            quoted: true,
                        },
                    });
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_marks(span, anchor, tag.is_some());
                    let quoted = style != ScalarStyle::Plain;
                    // Nothing written comes as `~`; its place is empty.
                    let text = if !quoted && span.start == span.end {
                        String::new()
                    } else {
                        text.into_owned()
                    };
                    let written = &self.text[span.start..span.end];
                    let in_quotes =
                        matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                    // Of what is in quotes the parser counts a comment behind it in.
                    let len = match within_quotes(written).filter(|_| in_quotes) {
                        Some(inside) => inside + 2,
                        None => written.trim_end_matches(['\n', '\r', ' ', '\t']).len(),
                    };
                    let end = span.start + len;
                    let span = Span {
                        start: span.start,
                        end,
                    };
                    self.place(Node {
                        span,
                        kind: Kind::Scalar { text, quoted },
                    });
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_marks(span, anchor, tag.is_some());
                    self.begin(span, Parts::List(Vec::new()))?;
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_marks(span, anchor, tag.is_some());
                    let parts = Parts::Map {
                        members: Vec::new(),
                        seen: HashMap::new(),
                        name: None,
                    };
                    self.begin(span, parts)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.finish(span),
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        if self.root.is_none() {
            self.findings
                .error_of_file(codes::YAML, "the policy is empty")
                .help("start with `apiVersion: veil/v1`");
        }
        self.root
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = self.places.byte(error.marker().index());
        let end = self.text[at..]
            .chars()
            .next()
            .map_or(at, |c| at + c.len_utf8());
        let span = Span { start: at, end };
        if error.info().contains("recursion limit") {
            self.too_deep(span);
            return;
        }
        if error.info().contains("unknown anchor") {
            self.refuse_reuse(span, "an alias");
            return;
        }
        let help = if self.text[..at].ends_with(['[', '*']) {
            "quote a path that holds brackets when it stands in `{…}`"
        } else {
            "look at the indentation, the quotes and the brackets before this place"
        };
        self.findings
            .error(
                codes::YAML,
                span,
                format!("this is not YAML: {}", error.info()),
            )
            .help(help);
    }

    fn too_deep(&mut self, span: Span) {
        self.findings
            .error(
                codes::TOO_LARGE,
                span,
                format!("nested deeper than {DEPTH_MAX} levels"),
            )
            .help("a policy needs about ten levels; for a deep test event use `raw`");
    }

    fn refuse_marks(&mut self, span: Span, anchor: usize, tag: bool) {
        if anchor != 0 {
            self.refuse_reuse(span, "an anchor");
        }
        if tag {
            self.findings
                .error(codes::YAML, span, "a tag (`!…`) has no place in a policy")
                .why("a tag changes what a value is without showing it")
                .help("remove it; quote what must be text");
        }
    }

    fn refuse_reuse(&mut self, span: Span, what: &str) {
        self.findings
            .error(
                codes::YAML,
                span,
                format!("{what} has no place in a policy"),
            )
            .why("an output states its own fields, so that it can be read by itself")
            .help("write it out, or name the action under `actions:`");
    }

    /// `None` ends the reading: too deep.
    fn begin(&mut self, span: Span, what: Parts) -> Option<()> {
        if self.open.len() >= DEPTH_MAX {
            self.too_deep(span);
            return None;
        }
        self.open.push(Open {
            start: span.start,
            end: span.end,
            what,
        });
        Some(())
    }

    fn finish(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        // The end of a block lies where the next thing starts; that of a flow
        // collection is its bracket.
        let flow = self.text[open.start..].starts_with(['{', '[']);
        let end = if flow { span.end } else { open.end };
        let kind = match open.what {
            Parts::List(items) => Kind::List(items),
            Parts::Map { members, .. } => Kind::Map(members),
        };
        self.place(Node {
            span: Span {
                start: open.start,
                end: end.max(open.start),
            },
            kind,
        });
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        open.end = open.end.max(node.span.end);
        match &mut open.what {
            Parts::List(items) => items.push(node),
            Parts::Map {
                members,
                seen,
                name,
            } => match name.take() {
                None => *name = Some(name_of(node, seen, self.findings)),
                // Nobody looks at it, and no report shows it.
                Some(None) => {}
                Some(Some((name, name_span))) => members.push(Member {
                    name,
                    name_span,
                    value: node,
                }),
            },
        }
    }
}

/// Bytes between the quotes of a text in quotes.
fn within_quotes(written: &str) -> Option<usize> {
    let quote = written.chars().next().filter(|c| "\"'".contains(*c))?;
    let inside = &written[1..];
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match c {
            '\\' if quote == '"' => drop(chars.next()),
            '\'' if quote == '\'' && next == Some('\'') => drop(chars.next()),
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// The name that a node is, or `None` with a finding.
fn name_of(
    node: Node,
    seen: &mut HashMap<String, Span>,
    findings: &mut Findings,
) -> Option<(String, Span)> {
    let span = node.span;
    let Kind::Scalar { text, quoted } = node.kind else {
        findings
            .error(
                codes::WRONG_KIND,
                span,
                format!("a name must be text, found {}", node.kind_name()),
            )
            .help("quote a path that holds brackets: `\"items[*].id\": …`");
        return None;
    };
    if text == "<<" && !quoted {
        findings
            .error(codes::YAML, span, "a merge key has no place in a policy")
            .why("an output states its own fields, so that it can be read by itself")
            .help("write the fields out, or name the action under `actions:`");
        return None;
    }
    if let Some(first) = seen.get(&text) {
        findings
            .error(
                codes::DUPLICATE_NAME,
                span,
                format!("`{text}` stands twice in one mapping"),
            )
            .label("the second one")
            .also(*first, "the first one")
            .help("remove one, or join the two");
        return None;
    }
    seen.insert(text.clone(), span);
    Some((text, span))
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
