//! Tests of outputs whose records wait: several records, and what leaves of them.

use super::json::{Json, json};
use super::known_topic::known_topic;
use super::model::Output;
use crate::language::codes;
use crate::language::mapping::Mapping;

/// The values of several records; what says of one what becomes of it is refused.
pub(super) fn stream(mapping: &mut Mapping<'_, '_>) -> Vec<Vec<u8>> {
    let stream = mapping.member("stream");
    let of_one = [
        "given",
        "raw",
        "record",
        "expect",
        "exactly",
        "record_keys",
        "withheld",
        "held",
    ];
    let (words, with): (&[&str], _) = match stream {
        Some(_) => (&of_one, "`stream`"),
        None => (&["released", "suppressed"], "one record"),
    };
    for word in words {
        let Some(member) = mapping.member(word) else {
            continue;
        };
        mapping
            .findings
            .error(
                codes::BAD_TEST,
                member.name_span,
                format!("`{word}` says nothing beside {with}"),
            )
            .help("with `stream` write `released` and `suppressed`; of one record that waits, `held: [TOPIC]`");
    }
    let nodes = mapping.items("stream");
    let values = nodes.iter().map(|node| json(node, mapping.findings));
    let values: Vec<Option<Json>> = values.collect();
    let each = values.into_iter().flatten();
    each.map(|value| value.to_string().into_bytes()).collect()
}

/// Topics whose release the record waits for.
pub(super) fn held(
    mapping: &mut Mapping<'_, '_>,
    topics: &[&str],
    outputs: &[Output],
) -> Vec<String> {
    let mut held = Vec::new();
    for (topic, span) in mapping.texts("held") {
        if !known_topic(topic, span, topics, mapping.findings) {
            continue;
        }
        let waits = outputs
            .iter()
            .any(|o| o.topic.value == topic && (o.held.is_some() || o.counts.is_some()));
        if !waits {
            mapping
                .findings
                .error(
                    codes::BAD_TEST,
                    span,
                    format!("records of `{topic}` wait for nothing"),
                )
                .help("write what leaves: `exactly: { TOPIC: { … } }`");
        }
        held.push(topic.to_owned());
    }
    held
}

/// All that leaves of a stream.
pub(super) fn released(mapping: &mut Mapping<'_, '_>, topics: &[&str]) -> Vec<(String, Vec<Json>)> {
    let mut released = Vec::new();
    for member in mapping.map("released") {
        let Some(items) = member.value.items() else {
            mapping
                .findings
                .error(
                    codes::BAD_TEST,
                    member.value.span,
                    format!(
                        "`{}` gets several records, and one value is expected",
                        member.name
                    ),
                )
                .help("write a list, in any order; `[]` when none leaves");
            continue;
        };
        let known = known_topic(&member.name, member.name_span, topics, mapping.findings);
        let rows = items.iter().map(|node| json(node, mapping.findings));
        let rows = rows.collect::<Option<Vec<Json>>>();
        if let (true, Some(rows)) = (known, rows) {
            released.push((member.name.clone(), rows));
        }
    }
    released
}

/// How many records of a stream are left out.
pub(super) fn suppressed(mapping: &mut Mapping<'_, '_>, topics: &[&str]) -> Vec<(String, u64)> {
    let mut suppressed = Vec::new();
    for member in mapping.map("suppressed") {
        let known = known_topic(&member.name, member.name_span, topics, mapping.findings);
        match member.value.scalar().and_then(|text| text.parse().ok()) {
            Some(count) if known => suppressed.push((member.name.clone(), count)),
            Some(_) => {}
            None => {
                mapping
                    .findings
                    .error(
                        codes::BAD_TEST,
                        member.value.span,
                        format!("`{}` takes how many records are left out", member.name),
                    )
                    .help("write a whole number");
            }
        }
    }
    suppressed
}
