//! Where records come from, and where their type and their person stand.

use std::collections::HashMap;

use super::Cx;
use super::format;
use super::model::{Source, Writers};
use super::names;
use super::paths;
use super::split;
use super::subject;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

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
    let avro = format::read(&mut mapping, cx);
    let key_is_json = mapping.has("key") && mapping.one_of("key") == Some("json");
    let types = paths::several(mapping.texts("type"), "type", cx, mapping.findings);
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
        avro,
        key_is_json,
        types,
        subject,
        writers,
        split,
    })
}
