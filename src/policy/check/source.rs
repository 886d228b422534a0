//! Where records come from, what their fields are, which keys there are, and
//! where consent stands.

use std::collections::HashMap;

use super::Cx;
use super::model::{Class, Classes, Key, Quarantine, Signal, Source, Spelled};
use super::names;
use crate::keys::KeyRef;
use crate::language::codes;
use crate::language::duration;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Member, Node};
use crate::policy::grammar;
use crate::policy::notation;
use crate::policy::selector;
use crate::policy::taxonomy;
use crate::record::Literal;
use crate::record::is_json_number;
use crate::record::path::Selector;

/// Reads `source`.
pub(crate) fn source(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Source> {
    let mut mapping = Mapping::open(node, &grammar::SOURCE, findings)?;
    let mut topics = Vec::new();
    if let (Some(_), Some(second)) = (mapping.member("topic"), mapping.member("topics")) {
        mapping
            .findings
            .error(
                codes::WRONG_KIND,
                second.name_span,
                "`topic` and `topics` cannot both stand",
            )
            .help("keep one of them");
    }
    if let Some(topic) = mapping.text("topic") {
        let span = mapping.place("topic");
        topics.extend(names::topic(topic, span, mapping.findings));
    }
    for node in mapping.items("topics") {
        match node.scalar() {
            Some(topic) => topics.extend(names::topic(topic, node.span, mapping.findings)),
            None => wrong_kind(node, "a topic", mapping.findings),
        }
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for topic in &topics {
        if let Some(first) = seen.insert(&topic.value, topic.span) {
            mapping
                .findings
                .error(
                    codes::SAME_TOPIC,
                    topic.span,
                    format!("`{}` is read twice", topic.value),
                )
                .also(first, "the first time")
                .help("name each topic once");
        }
    }
    if !["topic", "topics", "pattern"]
        .iter()
        .any(|w| mapping.has(w))
    {
        mapping
            .findings
            .error(codes::MISSING_WORD, node.span, "`source` lacks `topic`")
            .help("add `topic: …`: the topic that is read");
    }
    if mapping.has("value") {
        mapping.one_of("value");
    }
    let key_is_json = mapping.has("key") && mapping.one_of("key") == Some("json");
    let types = single_paths(&mut mapping, "type", cx);
    let subject = single_paths(&mut mapping, "subject", cx);
    Some(Source {
        topics,
        key_is_json,
        types,
        subject,
    })
}

/// Most paths of `type` and of `subject`.
const PATHS_MAX: usize = 16;

fn single_paths(mapping: &mut Mapping<'_, '_>, name: &str, cx: &Cx<'_>) -> Vec<Spelled<Selector>> {
    let mut paths: Vec<Spelled<Selector>> = Vec::new();
    let texts = mapping.texts(name);
    if let Some((_, span)) = texts.get(PATHS_MAX) {
        mapping
            .findings
            .error(
                codes::TOO_LARGE,
                *span,
                format!("`{name}` names more than {PATHS_MAX} paths"),
            )
            .help("name fewer");
    }
    for (text, span) in texts.into_iter().take(PATHS_MAX) {
        let Some(path) = single_path(text, span, cx, mapping.findings) else {
            continue;
        };
        if let Some(first) = paths.iter().find(|p| p.value == path) {
            mapping
                .findings
                .error(
                    codes::SAME_PATH,
                    span,
                    format!("`{path}` is named twice in `{name}`"),
                )
                .also(first.span, "the first time")
                .help("name it once");
            continue;
        }
        paths.push(Spelled { value: path, span });
    }
    paths
}

fn single_path(text: &str, span: Span, cx: &Cx<'_>, findings: &mut Findings) -> Option<Selector> {
    match selector::single(text) {
        Ok(path) => {
            notation::check(findings, cx.text, span, text);
            Some(path)
        }
        Err(e) => {
            selector::report(findings, codes::BAD_SELECTOR, cx.text, span, text, &e);
            None
        }
    }
}

fn wrong_kind(node: &Node, wanted: &str, findings: &mut Findings) {
    findings
        .error(
            codes::WRONG_KIND,
            node.span,
            format!("expected {wanted}, found {}", node.kind_name()),
        )
        .help(format!("write {wanted} here"));
}

/// Reads `keys`.
pub(crate) fn keys(members: &[Member], cx: &Cx<'_>, findings: &mut Findings) -> Vec<Key> {
    members.iter().map(|m| key(m, cx, findings)).collect()
}

fn key(m: &Member, cx: &Cx<'_>, findings: &mut Findings) -> Key {
    if !names::is_alias(&m.name) {
        findings
            .error(
                codes::BAD_NAME,
                m.name_span,
                format!("`{}` cannot name a key", m.name),
            )
            .help("write letters, digits, `-` and `_`, a letter first, at most 64");
    }
    conceal(&m.value, findings);
    for inner in m.value.members().unwrap_or_default() {
        if let Some(text) = inner.value.scalar()
            && (is_material(text) || ["material", "secret"].contains(&inner.name.as_str()))
        {
            material(inner.value.span, findings);
        }
    }
    let mut entry = Key {
        alias: m.name.clone(),
        span: m.name_span,
        reference: None,
    };
    if let Some(text) = m.value.scalar().filter(|t| !t.is_empty()) {
        if is_material(text) {
            material(m.value.span, findings);
        } else {
            findings
                .error(
                    codes::WRONG_KIND,
                    m.value.span,
                    format!("`key` must be a mapping, found {}", m.value.kind_name()),
                )
                .help("write `{ ref: \"file:keyring.json#people\" }`");
        }
        return entry;
    }
    let Some(mut mapping) = Mapping::open(&m.value, &grammar::KEY, findings) else {
        return entry;
    };
    if let Some(text) = mapping.text("ref") {
        let span = mapping.place("ref");
        match KeyRef::parse(text, cx.base) {
            Ok(value) => entry.reference = Some(Spelled { value, span }),
            Err(_) if is_material(text) => {}
            Err(error) => {
                mapping
                    .findings
                    .error(codes::BAD_KEY_REFERENCE, span, error.to_string())
                    .help("write `file:keyring.json#people`; the file is relative to the policy");
            }
        }
    }
    entry
}

/// Hides every text below a key but that of a reference: one that stands here is
/// never shown again, in whatever form, whatever else is wrong.
fn conceal(node: &Node, findings: &mut Findings) {
    if let Some(text) = node.scalar()
        && !text.starts_with("file:")
    {
        findings.conceal(node.span);
    }
    for member in node.members().unwrap_or_default() {
        conceal(&member.value, findings);
    }
    for item in node.items().unwrap_or_default() {
        conceal(item, findings);
    }
}

fn material(span: Span, findings: &mut Findings) {
    findings.conceal(span);
    findings
        .error(codes::KEY_MATERIAL, span, "key material stands in the policy")
        .label("not shown")
        .why("a policy is read, copied and versioned; a key in it is known to all who see it")
        .help("put it into a keyring, write `{ ref: \"file:keyring.json#NAME\" }`, and replace the key that stood here");
}

/// 16 bytes or more as hexadecimal or base64, or armoured, and no reference.
fn is_material(text: &str) -> bool {
    if text.starts_with("file:") {
        return false;
    }
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let body = packed.trim_end_matches('=');
    let body = body.rsplit_once(':').map_or(body, |(_, b)| b);
    let encoded = body.len() >= 22
        && body
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/-_".contains(&b))
        && body.bytes().any(|b| b.is_ascii_digit());
    encoded || text.contains("-----BEGIN")
}

/// Reads `classes`.
pub(crate) fn classes(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Option<Classes> {
    let mut mapping = Mapping::open(node, &grammar::CLASSES, findings)?;
    let own = own_prefixes(&mut mapping);
    let fields = class_map(mapping.map("fields"), &own, cx, mapping.findings);
    let mut types = Vec::new();
    for m in mapping.map("types") {
        let Some(members) = m.value.members() else {
            wrong_kind(&m.value, "PATH: class", mapping.findings);
            continue;
        };
        let list = || class_map_quiet(members, &own, cx);
        match selector::type_patterns(&m.name) {
            Ok(patterns) => {
                class_map(members, &own, cx, mapping.findings);
                types.extend(patterns.into_iter().map(|p| (p, list())));
            }
            Err(e) => {
                let span = m.name_span;
                selector::report(
                    mapping.findings,
                    codes::BAD_TYPE_NAME,
                    cx.text,
                    span,
                    &m.name,
                    &e,
                );
            }
        }
    }
    Some(Classes { fields, types })
}

/// What classes of somebody's own begin with.
fn own_prefixes<'n>(mapping: &mut Mapping<'n, '_>) -> Vec<&'n str> {
    let texts = mapping.texts("own");
    for (prefix, span) in &texts {
        if !names::is_class(prefix) {
            mapping
                .findings
                .error(codes::BAD_NAME, *span, "no class can begin with this")
                .help("write words joined by `.`: `acme`, or `user.loyalty`");
        } else if taxonomy::is_taken(prefix) {
            mapping.findings
                .error(
                    codes::BAD_NAME,
                    *span,
                    format!("classes of the list stand at or below `{prefix}`"),
                )
                .why("every misspelt class there would count as one of your own, and the linter would be silent about it")
                .help("begin your own classes with a word of your own: `acme`, or `user.acme`");
        }
    }
    texts.into_iter().map(|(prefix, _)| prefix).collect()
}

/// Warns of a class that nobody knows.
fn unknown_class(class: &str, span: Span, path: &str, own: &[&str], findings: &mut Findings) {
    let is_own = |prefix: &&str| taxonomy::is_at_or_below(class, prefix);
    if taxonomy::is_known(class) || own.iter().any(is_own) {
        return;
    }
    findings
        .warning(
            codes::UNKNOWN_CLASS,
            span,
            format!(
                "`{class}` is no class of the list (fideslang {})",
                taxonomy::VERSION
            ),
        )
        .label("the linter knows nothing of it")
        .why("a field of an unknown class is not warned of, whatever is done to it")
        .help(format!(
            "{} a class of your own stands below a prefix: `classes: {{ own: acme, … }}`",
            taxonomy::help(class, own)
        ))
        .field(path);
}

fn class_map_quiet(members: &[Member], own: &[&str], cx: &Cx<'_>) -> Vec<Class> {
    class_map(members, own, cx, &mut Findings::default())
}

fn class_map(members: &[Member], own: &[&str], cx: &Cx<'_>, findings: &mut Findings) -> Vec<Class> {
    let mut list: Vec<Class> = Vec::new();
    let mut seen: HashMap<Selector, Span> = HashMap::new();
    for m in members {
        let nodes = m.value.items().unwrap_or(std::slice::from_ref(&m.value));
        if nodes.is_empty() {
            findings
                .error(
                    codes::OUT_OF_RANGE,
                    m.value.span,
                    format!("no class is given to `{}`", m.name),
                )
                .why("a field without a class would count as one with a class that needs no protection")
                .help("name its class; `none` when it is not personal; or remove the line, then that of what is above holds");
        }
        let mut classes = Vec::new();
        for n in nodes {
            match n.scalar().filter(|t| names::is_class(t)) {
                Some(class) => {
                    unknown_class(class, n.span, &m.name, own, findings);
                    classes.push(class.to_owned());
                }
                None => {
                    findings
                        .error(codes::BAD_NAME, n.span, "this is not a class")
                        .help("a class is words joined by `.`: `user.contact.email`; `none` = not personal");
                }
            }
        }
        let paths = match selector::selectors(&m.name) {
            Ok(paths) => paths,
            Err(e) => {
                let span = m.name_span;
                selector::report(findings, codes::BAD_SELECTOR, cx.text, span, &m.name, &e);
                continue;
            }
        };
        notation::check(findings, cx.text, m.name_span, &m.name);
        for path in paths {
            if let Some(first) = seen.insert(path.clone(), m.name_span) {
                findings
                    .error(
                        codes::SAME_PATH,
                        m.name_span,
                        format!("`{path}` has a class already"),
                    )
                    .also(first, "given here")
                    .help("write a list when a field has several classes");
                continue;
            }
            list.push(Class {
                selector: path,
                span: m.name_span,
                names: classes.clone(),
            });
        }
    }
    list
}

/// Most consent signals.
const SIGNALS_MAX: usize = 256;

/// Reads `consent`.
pub(crate) fn signals(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Vec<Signal> {
    let Some(mut mapping) = Mapping::open(node, &grammar::CONSENT, findings) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let nodes = mapping.items("signals");
    if let Some(extra) = nodes.get(SIGNALS_MAX) {
        mapping
            .findings
            .error(
                codes::TOO_LARGE,
                extra.span,
                format!("more than {SIGNALS_MAX} consent signals"),
            )
            .help("read an object of categories instead of single values");
    }
    for node in nodes.iter().take(SIGNALS_MAX) {
        let Some(mut mapping) = Mapping::open(node, &grammar::SIGNAL, mapping.findings) else {
            continue;
        };
        if mapping.has("from") {
            mapping.one_of("from");
        }
        let category = mapping
            .text("category")
            .map(str::to_owned)
            .zip(mapping.node("category"));
        if let (Some(grants), None) = (mapping.member("grants"), mapping.member("category")) {
            mapping.findings
                .error(
                    codes::MISSING_WORD,
                    grants.name_span,
                    "`grants` needs `category`",
                )
                .why("without `category` the signal is an object of category → boolean, and only `true` permits")
                .help("add `category: NAME`, or remove `grants`");
        }
        // Written and empty is not "not written": such a signal can only deny.
        let mut grants = Vec::new();
        if mapping.has("grants") {
            for n in mapping.items("grants") {
                grants.extend(literal(n, mapping.findings));
            }
        } else {
            grants.push(Literal::Bool(true));
        }
        let path = mapping.text("path").and_then(|text| {
            let span = mapping.place("path");
            let value = single_path(text, span, cx, mapping.findings)?;
            Some(Spelled { value, span })
        });
        if let Some(path) = path {
            list.push(Signal {
                path,
                category: category.map(|(value, node)| Spelled {
                    value,
                    span: node.span,
                }),
                grants,
            });
        }
    }
    list
}

fn literal(node: &Node, findings: &mut Findings) -> Option<Literal> {
    match &node.kind {
        Kind::Scalar { text, quoted: true } => Some(Literal::Text(text.clone())),
        Kind::Scalar { text, .. } => match text.as_str() {
            "" | "~" | "null" => {
                findings
                    .error(codes::WRONG_KIND, node.span, "null cannot grant consent")
                    .why("null and absent are silent: they neither permit nor deny")
                    .help("name the value that the producer writes for yes");
                None
            }
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            t if is_json_number(t) => Some(Literal::Number(t.to_owned())),
            t => Some(Literal::Text(t.to_owned())),
        },
        _ => {
            wrong_kind(node, "a single value", findings);
            None
        }
    }
}

/// Reads `quarantine`.
pub(crate) fn quarantine(node: &Node, findings: &mut Findings) -> Option<Quarantine> {
    let mut mapping = Mapping::open(node, &grammar::QUARANTINE, findings)?;
    let key = mapping.text("key").map(str::to_owned).map(|value| Spelled {
        value,
        span: mapping.place("key"),
    });
    let retention_ms = mapping.text("retention").and_then(|text| {
        let span = mapping.place("retention");
        duration::read(text, span, "retention", mapping.findings)
    });
    if !mapping.has("retention") {
        mapping
            .findings
            .warning(
                codes::RETENTION_MISSING,
                mapping.span,
                "nothing says how long the quarantine keeps records",
            )
            .why("refused records hold everything the source holds, sealed; they must end some day")
            .help("add `retention: 7d`; `veil run` compares it with the topic's own setting");
    }
    let topic = mapping.text("topic").and_then(|t| {
        let span = mapping.place("topic");
        names::topic(t, span, mapping.findings)
    })?;
    Some(Quarantine {
        topic,
        key,
        retention_ms,
    })
}
