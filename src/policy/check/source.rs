//! Where records come from, and where their type and their person stand.

use std::collections::HashMap;

use super::Cx;
use super::model::{Source, Spelled, Writers};
use super::names;
use super::paths;
use super::split;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;
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
    if mapping.has("value") {
        mapping.one_of("value");
    }
    let key_is_json = mapping.has("key") && mapping.one_of("key") == Some("json");
    let types = single_paths(&mut mapping, "type", cx);
    let subject = single_paths(&mut mapping, "subject", cx);
    let writers = mapping.one_of("writers").map(|word| match word {
        "own" => Writers::Own,
        _ => Writers::Outsiders,
    });
    let split = mapping
        .node("split")
        .and_then(|n| split::read(n, cx, mapping.findings));
    Some(Source {
        topics,
        key_is_json,
        types,
        subject,
        writers,
        split,
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
        let Some(path) = paths::single(text, span, cx, mapping.findings) else {
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
