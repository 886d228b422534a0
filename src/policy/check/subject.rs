//! Where the person of a record stands: kinds of identifiers, each with its paths.

use super::Cx;
use super::paths;
use super::spelled::Spelled;
use crate::canon::Canon;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind as NodeKind, Member, Node};
use crate::policy::grammar;
use crate::record::path::Selector;

/// The kind of a `subject` that is a path or a list of them.
pub(crate) const PLAIN_KIND: &str = "subject";
/// Most kinds of identifiers.
const KINDS_MAX: usize = 16;

/// Who a record is about; none: the policy does not say.
#[derive(Default)]
pub(crate) struct Subjects {
    /// In the order of the policy.
    pub(crate) kinds: Vec<Kind>,
    /// Where `subject` stands; `None`: it is not written.
    pub(crate) span: Option<Span>,
    /// The kinds are named.
    pub(crate) is_map: bool,
}

/// Identifiers of one kind.
pub(crate) struct Kind {
    /// What it is called.
    pub(crate) name: String,
    /// What counts as one identifier; another one for every word of it.
    pub(crate) canon: Canon,
    /// The first present of all kinds is the one that actions are bound to.
    pub(crate) paths: Vec<Spelled<Selector>>,
}

impl Subjects {
    /// No path is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths().next().is_none()
    }

    /// Every path, in the order of the policy.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Spelled<Selector>> {
        self.kinds.iter().flat_map(|kind| &kind.paths)
    }

    /// The kind of that name.
    pub(crate) fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
}

/// Reads `source.subject`.
pub(super) fn read(source: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Subjects {
    let Some(node) = source.node("subject") else {
        return Subjects::default();
    };
    let mut subjects = Subjects {
        span: Some(node.span),
        ..Subjects::default()
    };
    let NodeKind::Map(members) = &node.kind else {
        let paths = paths::several(source.texts("subject"), "subject", cx, source.findings);
        subjects.kinds.push(Kind {
            name: PLAIN_KIND.to_owned(),
            canon: text(),
            paths,
        });
        return subjects;
    };
    subjects.is_map = true;
    if members.is_empty() {
        source
            .findings
            .error(codes::OUT_OF_RANGE, node.span, "`subject` names no kind")
            .help("write `{ customer: userId }`, or remove the word");
    }
    if let Some(extra) = members.get(KINDS_MAX) {
        source
            .findings
            .error(
                codes::TOO_LARGE,
                extra.name_span,
                format!("`subject` names more than {KINDS_MAX} kinds"),
            )
            .help("name fewer");
    }
    for member in members.iter().take(KINDS_MAX) {
        subjects.kinds.extend(kind(member, cx, source.findings));
    }
    let mut all: Vec<&Spelled<Selector>> = subjects.paths().collect();
    all.sort_by_key(|path| path.span);
    for (n, path) in all.iter().enumerate() {
        if let Some(first) = all[..n].iter().find(|p| p.value == path.value) {
            source
                .findings
                .error(
                    codes::SAME_PATH,
                    path.span,
                    format!("`{}` is an identifier of two kinds", path.value),
                )
                .also(first.span, "the first time")
                .why("one value cannot say whether it is a customer or a device")
                .help("name it once");
        }
    }
    subjects
}

fn text() -> Canon {
    Canon::from_words(["text"]).expect("`text` is a canonicaliser")
}

/// True for the name of a kind.
pub(crate) fn is_kind(name: &str) -> bool {
    let mut bytes = name.bytes();
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.len() <= 32 && bytes.next().is_some_and(|b| b.is_ascii_lowercase()) && bytes.all(rest)
}

fn kind(member: &Member, cx: &Cx<'_>, findings: &mut Findings) -> Option<Kind> {
    let name = &member.name;
    if !is_kind(name) {
        findings
            .error(
                codes::BAD_NAME,
                member.name_span,
                format!("`{name}` cannot name a kind of identifier"),
            )
            .help("write lower-case letters, digits and `-`, a letter first, at most 32");
    }
    let (texts, canon) = match &member.value.kind {
        NodeKind::Map(_) => {
            let mut mapping = Mapping::open(&member.value, &grammar::SUBJECT, findings)?;
            let texts = mapping.texts("path");
            let canon = canonicaliser(&mut mapping)?;
            (texts, canon)
        }
        _ => {
            let texts = plain_texts(&member.value, findings);
            (texts, text())
        }
    };
    Some(Kind {
        name: name.clone(),
        canon,
        paths: paths::several(texts, name, cx, findings),
    })
}

/// A path, or a list of them that is not empty.
fn plain_texts<'n>(node: &'n Node, findings: &mut Findings) -> Vec<(&'n str, Span)> {
    let nodes = node.items().unwrap_or(std::slice::from_ref(node));
    if nodes.is_empty() {
        findings
            .error(codes::OUT_OF_RANGE, node.span, "an empty list of paths")
            .help("name at least one path, or remove the kind");
    }
    let mut texts = Vec::new();
    for node in nodes {
        match node.scalar().filter(|text| !text.is_empty()) {
            Some(text) => texts.push((text, node.span)),
            None => paths::wrong_kind(node, "a path", findings),
        }
    }
    texts
}

fn canonicaliser(mapping: &mut Mapping<'_, '_>) -> Option<Canon> {
    if !mapping.has("normalize") {
        return Some(text());
    }
    let words: Vec<&str> = mapping.texts("normalize").iter().map(|t| t.0).collect();
    if words.is_empty() {
        return None;
    }
    let span = mapping.place("normalize");
    let help = "write `normalize: text`, `email`, `phone@2(DE)` or a list such as `[trim, lower]`";
    let canon = match Canon::from_words(words) {
        Ok(canon) => canon,
        Err(cause) => {
            let note = mapping
                .findings
                .error(codes::NORMALIZE, span, cause.to_string());
            note.help(help);
            return None;
        }
    };
    if canon.is_type_sensitive() {
        mapping
            .findings
            .error(
                codes::NORMALIZE,
                span,
                "identifiers of people are not compared as `raw`",
            )
            .why("the number 42 in an event and the text \"42\" of whoever withdraws would be two persons")
            .help(help);
        return None;
    }
    Some(canon)
}
