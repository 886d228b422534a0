//! What people are asked: the categories of consent.

use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Member, Node};
use crate::plan::live::Wording;
use crate::policy::check::names;
use crate::policy::check::paths;
use crate::policy::check::spelled::Spelled;
use crate::policy::grammar;

/// Longest text of a category, in bytes.
const TEXT_MAX: usize = 16 << 10;
/// Longest name of a category, in bytes: it stands in the keys of the consent topic.
const NAME_MAX: usize = 256;
/// Most categories that are declared.
const DECLARED_MAX: usize = 256;

/// One entry of `consent.categories`.
#[derive(Clone)]
pub(crate) struct Category {
    pub(crate) name: Spelled,
    /// What it is called; its name where nothing is said.
    pub(crate) title: Wording,
    /// What people are told.
    pub(crate) text: Wording,
    /// What it permits.
    pub(crate) purposes: Vec<Spelled>,
    /// Where `explicit: true` stands.
    pub(crate) explicit: Option<Span>,
}

/// Reads `consent.categories`.
pub(super) fn read(members: &[Member], findings: &mut Findings) -> Vec<Category> {
    if let Some(extra) = members.get(DECLARED_MAX) {
        findings
            .error(
                codes::TOO_LARGE,
                extra.name_span,
                format!("more than {DECLARED_MAX} categories"),
            )
            .help("split the policy");
    }
    let members = members.iter().take(DECLARED_MAX);
    members.filter_map(|m| category(m, findings)).collect()
}

fn category(member: &Member, findings: &mut Findings) -> Option<Category> {
    let name = &member.name;
    if !is_name(name) {
        findings
            .error(
                codes::BAD_NAME,
                member.name_span,
                "this cannot name a category",
            )
            .help(format!(
                "write at most {NAME_MAX} bytes, no control characters"
            ));
    }
    let mut mapping = Mapping::open(&member.value, &grammar::CATEGORY, findings)?;
    let title = mapping
        .node("title")
        .and_then(|n| wording(n, mapping.findings));
    let text = mapping
        .node("text")
        .and_then(|n| wording(n, mapping.findings));
    let mut purposes = Vec::new();
    for (purpose, span) in mapping.texts("purposes") {
        if names::is_space_name(purpose) {
            purposes.push(Spelled {
                value: purpose.to_owned(),
                span,
            });
        } else {
            mapping
                .findings
                .error(
                    codes::BAD_NAME,
                    span,
                    format!("`{purpose}` cannot name a purpose"),
                )
                .help("write lower-case letters, digits, `.`, `_` and `-`, at most 128");
        }
    }
    let is_explicit = mapping.has("explicit") && mapping.boolean("explicit") == Some(true);
    let explicit = is_explicit.then(|| mapping.place("explicit"));
    Some(Category {
        title: title.unwrap_or_else(|| Wording::of(name)),
        text: text.unwrap_or_default(),
        name: Spelled {
            value: name.clone(),
            span: member.name_span,
        },
        purposes,
        explicit,
    })
}

/// True for a name that can stand in a key of the consent topic.
pub(super) fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && !name.contains(char::is_control)
}

/// A text, or language → text. `None`: reported.
fn wording(node: &Node, findings: &mut Findings) -> Option<Wording> {
    let Kind::Map(members) = &node.kind else {
        return one(node, findings).map(Wording::of);
    };
    if members.is_empty() {
        paths::wrong_kind(node, "a text, or language → text", findings);
        return None;
    }
    let mut texts = Vec::new();
    for member in members {
        if !is_language(&member.name) {
            findings
                .error(
                    codes::BAD_NAME,
                    member.name_span,
                    format!("`{}` is no language", member.name),
                )
                .help("write its tag: `en`, `de`, `de-AT`");
            continue;
        }
        if let Some(text) = one(&member.value, findings) {
            texts.push((member.name.clone(), text.to_owned()));
        }
    }
    Some(Wording::in_languages(texts))
}

fn one<'n>(node: &'n Node, findings: &mut Findings) -> Option<&'n str> {
    match node.scalar() {
        Some(text) if text.len() > TEXT_MAX => {
            findings
                .error(
                    codes::TOO_LARGE,
                    node.span,
                    format!("a text of more than {TEXT_MAX} bytes"),
                )
                .help("say it in fewer words, and link to the rest");
            None
        }
        Some(text) if text.contains(is_hostile) => {
            findings
                .error(
                    codes::BAD_NAME,
                    node.span,
                    "a text with a character that acts instead of being read",
                )
                .help("leave out control characters other than line breaks, and marks that turn the direction of writing");
            None
        }
        Some(text) if !names::is_blank(text) => Some(text),
        _ => {
            paths::wrong_kind(node, "a text", findings);
            None
        }
    }
}

/// True for a control character that is no line break, and for what turns the direction of
/// writing of what stands behind it (Unicode Technical Report 36, section 3.3); joiners and
/// soft hyphens are part of a language's spelling.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// True for a tag of two or three letters with subtags behind it (RFC 5646).
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let begins = (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let is_subtag =
        |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    begins && tag.len() <= 35 && parts.all(is_subtag)
}
