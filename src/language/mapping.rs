//! Reads one mapping under a [`Shape`]; every mistake becomes a finding.

use super::brought;
use super::codes;
use super::finding::{Findings, Span};
use super::shape::{Shape, Takes, Word};
use super::written::{Kind, Member, Node};

/// The members of a mapping, none where nothing is written. `None`, with a
/// finding that calls it `name` and offers `help`, for anything else.
pub(crate) fn mapping<'n>(
    node: &'n Node,
    name: &str,
    help: impl FnOnce() -> String,
    findings: &mut Findings,
) -> Option<&'n [Member]> {
    match &node.kind {
        Kind::Map(members) => Some(members),
        Kind::Scalar {
            text,
            quoted: false,
        } if text.is_empty() => Some(&[]),
        _ => {
            findings
                .error(
                    codes::WRONG_KIND,
                    node.span,
                    format!("`{name}` must be a mapping, found {}", node.kind_name()),
                )
                .label("expected `name: value` pairs")
                .help(help());
            None
        }
    }
}

/// Reads the members of one mapping; every mistake becomes a finding, and
/// reading goes on.
pub(crate) struct Mapping<'n, 'f> {
    shape: &'static Shape,
    members: &'n [Member],
    /// The whole mapping.
    pub(crate) span: Span,
    /// Where findings go.
    pub(crate) findings: &'f mut Findings,
}

impl<'n, 'f> Mapping<'n, 'f> {
    /// Opens `node` under `shape`. `None`, with a finding, when it is no
    /// mapping. Unknown words, words of later versions and missing required
    /// words are reported here.
    pub(crate) fn open(
        node: &'n Node,
        shape: &'static Shape,
        findings: &'f mut Findings,
    ) -> Option<Self> {
        let help = || format!("write `{{ … }}`, or one word of `{}` a line", shape.name);
        let members = mapping(node, shape.name, help, findings)?;
        // A misspelled word is not reported as missing too.
        let mut meant: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
        for m in members {
            let known = || shape.words.iter().filter(|w| w.built).map(|w| w.name);
            match shape.words.iter().find(|w| w.name == m.name) {
                Some(w) if w.built => {}
                Some(_) => codes::not_in_this_version(findings, m.name_span, &m.name),
                None => {
                    let near = codes::nearest(&m.name, known());
                    codes::unknown_word(findings, m.name_span, shape.name, &m.name, known());
                    let ours = brought::word(shape.name, &m.name);
                    meant.extend(ours.or(near));
                }
            }
        }
        for w in shape.words.iter().filter(|w| w.required) {
            let is_other = w.unless.is_some_and(|other| meant.contains(&other));
            if !meant.contains(&w.name) && !is_other {
                findings
                    .error(
                        codes::MISSING_WORD,
                        node.span,
                        format!("`{}` lacks `{}`", shape.name, w.name),
                    )
                    .help(format!("add `{}: …`: {}", w.name, w.doc));
            }
        }
        Some(Mapping {
            shape,
            members,
            span: node.span,
            findings,
        })
    }

    /// True when nothing at all is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn word(&self, name: &str) -> &'static Word {
        let mut words = self.shape.words.iter();
        words
            .find(|w| w.name == name)
            .unwrap_or_else(|| panic!("`{name}` is a word of `{}`", self.shape.name))
    }

    fn takes(&self, name: &str) -> &'static Takes {
        &self.word(name).takes
    }

    /// The member itself, name and value.
    pub(crate) fn member(&self, name: &str) -> Option<&'n Member> {
        let _ = self.takes(name);
        self.members.iter().find(|m| m.name == name)
    }

    /// The value of a word, uninterpreted.
    pub(crate) fn node(&self, name: &str) -> Option<&'n Node> {
        self.member(name).map(|m| &m.value)
    }

    /// Where the value of a word stands; of one that is not written, the whole
    /// mapping.
    pub(crate) fn place(&self, name: &str) -> Span {
        self.node(name).map_or(self.span, |node| node.span)
    }

    /// True when the word is written.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn wrong_kind(&mut self, name: &str, node: &Node, wanted: &str) {
        self.findings
            .error(
                codes::WRONG_KIND,
                node.span,
                format!("`{name}` must be {wanted}, found {}", node.kind_name()),
            )
            .help(format!("write {wanted} behind `{name}:`"));
    }

    /// Reports a list that is written and empty, unless that means something.
    fn refuse_empty(&mut self, name: &str, node: &Node) {
        let word = self.word(name);
        if word.may_be_empty || node.items().is_none_or(|items| !items.is_empty()) {
            return;
        }
        let without = match word.default {
            _ if word.required => String::new(),
            "" => ", or remove the word".to_owned(),
            default => format!("; without the word it is: {default}"),
        };
        self.findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`{name}` is an empty list"),
            )
            .why("written and empty must not count as not written, which can mean more")
            .help(format!("name at least one{without}"));
    }

    /// Text. An unquoted scalar is taken as written.
    pub(crate) fn text(&mut self, name: &str) -> Option<&'n str> {
        let node = self.node(name)?;
        match &node.kind {
            Kind::Scalar { text, quoted } if *quoted || !text.is_empty() => Some(text),
            _ => {
                self.wrong_kind(name, node, "text");
                None
            }
        }
    }

    /// An integer in the range that the shape states.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        let &Takes::Integer(min, max) = self.takes(name) else {
            panic!(
                "`{name}` of `{}` is not an integer in the shape",
                self.shape.name
            )
        };
        let node = self.node(name)?;
        let written = match &node.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } if crate::record::is_json_number(text) && !text.contains(['.', 'e', 'E']) => {
                Some(text)
            }
            _ => None,
        };
        // What does not fit is outside the range too.
        match written.map(|text| text.parse::<i64>()) {
            Some(Ok(n)) if (min..=max).contains(&n) => Some(n),
            Some(_) => {
                self.findings
                    .error(
                        codes::OUT_OF_RANGE,
                        node.span,
                        format!("`{name}` is outside {min} to {max}"),
                    )
                    .help(format!("write a number from {min} to {max}"));
                None
            }
            None => {
                self.wrong_kind(name, node, "an integer");
                None
            }
        }
    }

    /// A boolean: `true` or `false` and nothing else.
    pub(crate) fn boolean(&mut self, name: &str) -> Option<bool> {
        let node = self.node(name)?;
        match &node.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } if text == "true" => Some(true),
            Kind::Scalar {
                text,
                quoted: false,
            } if text == "false" => Some(false),
            _ => {
                self.wrong_kind(name, node, "`true` or `false`");
                None
            }
        }
    }

    /// One of the words that the shape lists.
    pub(crate) fn one_of(&mut self, name: &str) -> Option<&'static str> {
        let (words, later): (_, &[&str]) = match *self.takes(name) {
            Takes::OneOf(words) => (words, &[]),
            Takes::OneOfSome(words, later) => (words, later),
            _ => panic!(
                "`{name}` of `{}` is not a choice in the shape",
                self.shape.name
            ),
        };
        let node = self.node(name)?;
        let Some(text) = node.scalar() else {
            self.wrong_kind(name, node, &format!("one of {}", words.join(", ")));
            return None;
        };
        let found = words.iter().copied().find(|w| *w == text);
        if found.is_none() && later.contains(&text) {
            codes::not_in_this_version(self.findings, node.span, text);
        } else if found.is_none() {
            codes::unknown_word(self.findings, node.span, name, text, words.iter().copied());
        }
        found
    }

    /// The items of a list; a single value counts as a list of one only where
    /// the shape says so. An empty list is a finding, unless it may be empty.
    pub(crate) fn items(&mut self, name: &str) -> &'n [Node] {
        let single = matches!(self.takes(name), Takes::OneOrMany(_));
        let Some(node) = self.node(name) else {
            return &[];
        };
        self.refuse_empty(name, node);
        match &node.kind {
            Kind::List(items) => items,
            _ if single => std::slice::from_ref(node),
            _ => {
                self.wrong_kind(name, node, "a list");
                &[]
            }
        }
    }

    /// The members of a mapping with free names; nothing written is none.
    pub(crate) fn map(&mut self, name: &str) -> &'n [Member] {
        let help = || format!("write a mapping behind `{name}:`");
        self.node(name)
            .and_then(|node| mapping(node, name, help, self.findings))
            .unwrap_or_default()
    }

    /// One text, or a list of them, each with its place. An empty list is a
    /// finding, unless it may be empty.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<(&'n str, Span)> {
        let Some(node) = self.node(name) else {
            return Vec::new();
        };
        self.refuse_empty(name, node);
        let nodes: &[Node] = match &node.kind {
            Kind::List(items) => items,
            Kind::Scalar { .. } => std::slice::from_ref(node),
            Kind::Map(_) => {
                self.wrong_kind(name, node, "text or a list of texts");
                return Vec::new();
            }
        };
        let mut out = Vec::new();
        for n in nodes {
            match &n.kind {
                Kind::Scalar { text, quoted } if *quoted || !text.is_empty() => {
                    out.push((text.as_str(), n.span));
                }
                _ => self.wrong_kind(name, n, "text"),
            }
        }
        out
    }
}
