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
    let of = record_type(&mut mapping, cx);
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
        type_header: of.header,
        type_schema: of.schema,
        types: of.paths,
        subject,
        writers,
        split,
    })
}

/// Where the type of a record stands: one of these.
#[derive(Default)]
struct TypeOf {
    /// Paths of its value.
    paths: Vec<Spelled<Selector>>,
    /// The name of a header.
    header: Option<Spelled>,
    /// The schema of its writer, and where that is said.
    schema: Option<Span>,
}

fn record_type(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> TypeOf {
    let node = mapping.node("type");
    let Some(node) = node.filter(|node| matches!(node.kind, Kind::Map(_))) else {
        let texts = mapping.texts("type");
        return TypeOf {
            paths: paths::several(texts, "type", cx, mapping.findings),
            ..TypeOf::default()
        };
    };
    let nothing = TypeOf::default();
    let Some(mut from) = Mapping::open(node, &grammar::TYPE_FROM, mapping.findings) else {
        return nothing;
    };
    let Some(text) = from.text("from") else {
        return nothing;
    };
    let span = from.place("from");
    if text == "schema" {
        return TypeOf {
            schema: Some(span),
            ..nothing
        };
    }
    match paths::place(text, span, cx, from.findings) {
        Some(PlaceName::Value(value)) => TypeOf {
            paths: vec![Spelled { value, span }],
            ..nothing
        },
        Some(PlaceName::Header(value)) => TypeOf {
            header: Some(Spelled { value, span }),
            ..nothing
        },
        Some(PlaceName::RecordKey | PlaceName::RecordKeyPath(_)) => {
            from.findings
                .error(codes::BAD_PLACE, span, "no record key says a type")
                .why("what a record is stands in its value, or in a header")
                .help("write `header.NAME`, `value.PATH` or `schema`");
            nothing
        }
        None => nothing,
    }
}
