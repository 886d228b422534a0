//! Where records come from, and where their type and their person stand.

use std::collections::HashMap;

use super::Cx;
use super::format;
use super::model::{SchemaOf, Source, Spelled, Writers};
use super::names;
use super::paths;
use super::split;
use super::subject;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::policy::grammar;
use crate::policy::selector::PlaceName;
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
            None => paths::wrong_kind(node, "a topic", mapping.findings),
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
    let schema = format::read(&mut mapping, cx);
    let bare = cx.bare.get().map(|bare| (bare, mapping.place("value")));
    let key = mapping.has("key").then(|| mapping.one_of("key")).flatten();
    let key_format = key.and_then(SchemaOf::of_word).map(|value| Spelled {
        value,
        span: mapping.place("key"),
    });
    let key_is_json = key == Some("json") || key_format.is_some();
    let (types, type_header) = record_type(&mut mapping, cx);
    let subject = subject::read(&mut mapping, cx);
    let writers = mapping.one_of("writers").map(|word| match word {
        "own" => Writers::Own,
        _ => Writers::Outsiders,
    });
    let split = mapping
        .node("split")
        .and_then(|n| split::read(n, cx, mapping.findings));
    Some(Source {
        topics,
        schema,
        bare,
        key_is_json,
        key_format,
        type_header,
        types,
        subject,
        writers,
        split,
    })
}

/// Where the type of a record stands: paths of its value, or the name of a header.
fn record_type(
    mapping: &mut Mapping<'_, '_>,
    cx: &Cx<'_>,
) -> (Vec<Spelled<Selector>>, Option<Spelled>) {
    let node = mapping.node("type");
    let Some(node) = node.filter(|node| matches!(node.kind, Kind::Map(_))) else {
        let texts = mapping.texts("type");
        return (paths::several(texts, "type", cx, mapping.findings), None);
    };
    let nothing = (Vec::new(), None);
    let Some(mut from) = Mapping::open(node, &grammar::TYPE_FROM, mapping.findings) else {
        return nothing;
    };
    let Some(text) = from.text("from") else {
        return nothing;
    };
    let span = from.place("from");
    match paths::place(text, span, cx, from.findings) {
        Some(PlaceName::Value(value)) => (vec![Spelled { value, span }], None),
        Some(PlaceName::Header(value)) => (Vec::new(), Some(Spelled { value, span })),
        Some(PlaceName::RecordKey | PlaceName::RecordKeyPath(_)) => {
            from.findings
                .error(codes::BAD_PLACE, span, "no record key says a type")
                .why("what a record is stands in its value, or in a header")
                .help("write `header.NAME` or `value.PATH`");
            nothing
        }
        None => nothing,
    }
}
