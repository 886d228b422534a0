//! What several actions read from the policy: scalars, exact numbers.

use std::ops::RangeInclusive;

use regex_automata::meta::Regex;
use regex_syntax::hir::Hir;

use super::{KeyUse, Site, Type};
use crate::crypto::epoch::Versions;
use crate::crypto::salted::Salt;
use crate::keys::{KeyHandle, Pick};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::record::Literal;
use crate::record::decimal::Decimal;
use crate::record::is_json_number;

/// The scalar that a node spells: quoted is text, `true`, `false` and JSON
/// numbers are themselves, any other word is text. `None` for lists, mappings
/// and nothing (`null`, `~`, empty).
pub(crate) fn literal(node: &Node) -> Option<Literal> {
    let Kind::Scalar { text, quoted } = &node.kind else {
        return None;
    };
    if *quoted {
        return Some(Literal::Text(text.clone()));
    }
    match text.as_str() {
        "" | "~" | "null" => None,
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        number if is_json_number(number) => Some(Literal::Number(number.to_owned())),
        word => Some(Literal::Text(word.to_owned())),
    }
}

/// The type of a constant; `None` is `null`.
pub(crate) fn type_of(constant: Option<&Literal>) -> Type {
    match constant {
        None => Type::Null,
        Some(Literal::Bool(_)) => Type::Bool,
        Some(Literal::Number(text)) => number_type(Decimal::read(text).as_ref()),
        Some(Literal::Text(_)) => Type::Text,
    }
}

/// The constant that a word of the policy has; a finding when it is none.
pub(super) fn scalar(node: &Node, what: &str, findings: &mut Findings) -> Option<Literal> {
    let constant = literal(node);
    if constant.is_none() {
        findings
            .error(
                codes::WRONG_KIND,
                node.span,
                format!(
                    "`{what}` takes text, numbers and booleans, found {}",
                    node.kind_name()
                ),
            )
            .help("quote it to make it text");
    }
    constant
}

/// An exact number of the policy; a finding when it is none or has more
/// digits than are computed with.
pub(super) fn decimal(node: &Node, what: &str, findings: &mut Findings) -> Option<Decimal> {
    let Some(Literal::Number(text)) = literal(node) else {
        findings
            .error(
                codes::WRONG_KIND,
                node.span,
                format!("`{what}` must be a number, found {}", node.kind_name()),
            )
            .help("write it as JSON does: `12`, `0.5`");
        return None;
    };
    let number = Decimal::read(&text).filter(|n| n.is_zero() || (-64..=64).contains(&n.exponent()));
    if number.is_none() {
        findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`{what}` has too many digits or too large an exponent"),
            )
            .help("write a number of at most 64 digits between 1e-64 and 1e64");
    }
    number
}

/// The items of a list word; `None` when it is not written, and, with a
/// finding, when it is no list or an empty one.
pub(super) fn items<'n>(mapping: &mut Mapping<'n, '_>, name: &str) -> Option<&'n [Node]> {
    let items = mapping.items(name);
    (!items.is_empty()).then_some(items)
}

/// The siblings that `from` names, so many as one value has parts of; `help`
/// says how many those are.
pub(super) fn siblings(
    mapping: &mut Mapping<'_, '_>,
    parts_of_one: RangeInclusive<usize>,
    help: &str,
) -> Option<Vec<(String, Span)>> {
    let span = mapping.node("from")?.span;
    let parts: Vec<(String, Span)> = mapping
        .texts("from")
        .into_iter()
        .map(|(name, span)| (name.to_owned(), span))
        .collect();
    // An empty list is reported where it is read.
    let empty = mapping.node("from")?.items().is_some_and(<[_]>::is_empty);
    if !empty && !parts_of_one.contains(&parts.len()) {
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                format!("`from` names {} siblings", parts.len()),
            )
            .help(help);
    }
    for (i, (name, span)) in parts.iter().enumerate() {
        if parts[..i].iter().any(|(earlier, _)| earlier == name) {
            mapping.findings.error(
                codes::DUPLICATE_NAME,
                *span,
                format!("`{name}` stands twice in `from`"),
            );
        }
    }
    Some(parts)
}

/// The type of a number of the policy: of none that could be read, the wider one.
pub(super) fn number_type(number: Option<&Decimal>) -> Type {
    match number {
        Some(number) if number.is_zero() || number.exponent() >= 0 => Type::Integer,
        _ => Type::Number,
    }
}

/// A number of the policy in plain digits.
pub(super) fn digits(number: &Decimal) -> String {
    let mut text = String::new();
    number.plain_in(&mut text);
    text
}

/// Compiled size of one pattern, and of its lazy automaton, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// The expression that a pattern of the policy spells.
pub(super) fn expression(pattern: &str) -> Result<Hir, String> {
    regex_syntax::parse(pattern).map_err(|e| match e {
        regex_syntax::Error::Parse(e) => format!("cannot be read: {}", e.kind()),
        regex_syntax::Error::Translate(e) => format!("cannot be read: {}", e.kind()),
        _ => "cannot be read".to_owned(),
    })
}

/// It, compiled: of bounded size; it says where it matches.
pub(super) fn regex(expression: &Hir) -> Result<Regex, String> {
    Regex::builder()
        .configure(
            Regex::config()
                .nfa_size_limit(Some(PATTERN_BYTES_MAX))
                .onepass_size_limit(Some(PATTERN_BYTES_MAX))
                .hybrid_cache_capacity(PATTERN_BYTES_MAX)
                .which_captures(regex_automata::nfa::thompson::WhichCaptures::Implicit),
        )
        .build_from_hir(expression)
        .map_err(|_| "is too large".to_owned())
}

/// Reports two words that do not go together, at the second.
pub(super) fn not_together(mapping: &mut Mapping<'_, '_>, first: &str, second: &str, why: &str) {
    if !mapping.has(first) {
        return;
    }
    if let Some(member) = mapping.member(second) {
        mapping
            .findings
            .error(
                codes::NOT_TOGETHER,
                member.name_span,
                format!("`{second}` does not go with `{first}`"),
            )
            .why(why)
            .help(format!("remove `{second}` or `{first}`"));
    }
}

/// A key that an action asks for.
#[derive(Clone)]
pub(super) struct Key {
    alias: String,
    pick: Pick,
    span: Span,
}

impl Key {
    /// As the policy resolves it.
    pub(super) fn as_use(&self) -> KeyUse<'_> {
        KeyUse {
            alias: &self.alias,
            pick: self.pick,
            span: self.span,
        }
    }
}

/// `key: NAME`, whose version the keyring says.
pub(super) fn key(mapping: &mut Mapping<'_, '_>, pick: Pick) -> Option<Key> {
    named(mapping, "key", pick)
}

/// `salt: NAME`, an entry that holds one; the first, for ever.
pub(super) fn salt(mapping: &mut Mapping<'_, '_>) -> Option<Key> {
    named(mapping, "salt", Pick::First)
}

fn named(mapping: &mut Mapping<'_, '_>, word: &str, pick: Pick) -> Option<Key> {
    let alias = mapping.text(word)?;
    let span = mapping.place(word);
    if alias.contains('@') {
        mapping
            .findings
            .error(
                codes::KEY_VERSION,
                span,
                format!("`{alias}`: no version may be pinned here"),
            )
            .why("the keyring says which version is used when")
            .help("write the name alone");
        return None;
    }
    Some(Key {
        alias: alias.to_owned(),
        pick,
        span,
    })
}

/// `key: NAME@VERSION`.
pub(super) fn pinned_key(mapping: &mut Mapping<'_, '_>) -> Option<Key> {
    let (text, span) = key_text(mapping)?;
    let pinned = text.rsplit_once('@').and_then(|(alias, version)| {
        let is_plain = version.bytes().all(|b| b.is_ascii_digit()) && !version.starts_with('0');
        let version: u32 = version
            .parse()
            .ok()
            .filter(|_| is_plain && !alias.is_empty())?;
        Some((alias.to_owned(), version))
    });
    let Some((alias, version)) = pinned else {
        mapping.findings
            .error(
                codes::KEY_VERSION,
                span,
                format!("`{text}` does not pin a version of the key"),
            )
            .why("what it makes carries no version: read back under another, it gives a plausible wrong value")
            .help(format!("write `key: {}@1`", text.split('@').next().unwrap_or("name")));
        return None;
    };
    Some(Key {
        alias,
        pick: Pick::Pinned(version),
        span,
    })
}

/// The key that an action asked for.
pub(super) fn handle<'a>(site: &Site<'a>) -> &'a KeyHandle {
    site.key
        .expect("the policy resolves the key that an action asks for")
}

/// The salt that an action asked for.
pub(super) fn salt_of<'a>(site: &Site<'a>) -> &'a Salt {
    site.salt
        .expect("the policy resolves the salt that an action asks for")
}

/// All versions of the key that an action asked for.
pub(super) fn versions<'a>(site: &Site<'a>) -> &'a Versions {
    site.versions
        .expect("what changes with every epoch gets the versions of its key")
}

fn key_text<'n>(mapping: &mut Mapping<'n, '_>) -> Option<(&'n str, Span)> {
    let text = mapping.text("key")?;
    Some((text, mapping.place("key")))
}

/// `space: NAME`, empty when it is not written.
pub(super) fn space(mapping: &mut Mapping<'_, '_>) -> String {
    let Some(node) = mapping.node("space") else {
        return String::new();
    };
    let text = node.scalar().unwrap_or_default();
    let mut bytes = text.bytes();
    let starts = bytes
        .next()
        .is_none_or(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let goes_on = bytes
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'));
    if node.scalar().is_none() || !starts || !goes_on || text.len() > 128 {
        mapping.findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                "`space` must be up to 128 of a-z, 0-9, `.`, `_`, `-`, starting with a letter or digit",
            )
            .help("write `space: order`");
    }
    text.to_owned()
}
