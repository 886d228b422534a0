//! Policy tests: an event, and what must become of it. Read here; `trial` runs
//! them.

use super::Cx;
use super::json::{Json, json};
use super::known_topic::known_topic;
use super::model::{
    Output, PolicyTest, Schemas, Source, Spelled, TestDecided, TestDecision, TestRecord,
};
use super::paths;
use super::streamed;
use super::test_keys;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::mapping::{self, Mapping};
use crate::language::written::{Kind, Member, Node};
use crate::policy::grammar;
use crate::record::Reason;
use crate::record::path::Selector;
use crate::record::value::{Text, TextForm, View};

/// Reads `tests`.
pub(crate) fn tests(
    nodes: &[Node],
    outputs: &[Output],
    people: &People<'_>,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<PolicyTest> {
    let topics: Vec<&str> = outputs.iter().map(|o| o.topic.value.as_str()).collect();
    nodes
        .iter()
        .filter_map(|n| test(n, (&topics, outputs), people, cx, findings))
        .collect()
}

/// Whose decisions a test may tell.
pub(crate) struct People<'p> {
    pub(crate) source: &'p Source,
    /// `consent.state` is written.
    pub(crate) has_state: bool,
    /// The categories of the policy.
    pub(crate) categories: Vec<&'p str>,
}

fn test(
    node: &Node,
    (topics, outputs): (&[&str], &[Output]),
    people: &People<'_>,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<PolicyTest> {
    let before = findings.errors();
    let mut mapping = Mapping::open(node, &grammar::TEST, findings)?;
    let name = mapping.text("name").unwrap_or_default().to_owned();
    let splits = people.source.split.is_some();
    let stream = streamed::stream(&mut mapping);
    let record = match mapping.has("stream") {
        true => TestRecord::default(),
        false => record(&mut mapping, people.source.key_is_json),
    };
    let schema = schema(&mut mapping, people.source);
    if schema.is_none() && !mapping.has("schema") && lacks_schema(&record, people.source) {
        let of = people.source.schema.as_ref().map(|said| said.of.file());
        let file = of.unwrap_or_default();
        mapping
            .findings
            .error(codes::MISSING_WORD, node.span, "the test lacks `schema`")
            .why("records of the source name their schemas themselves, and what is given here names none")
            .help(format!("add `schema: {file}`: a schema that `given` is written under, beside the policy"));
    }
    let now_ms = time(&mut mapping, "now");
    let consent = decisions(&mut mapping, people);
    let expect = by_topic(&mut mapping, "expect", topics, splits);
    let exactly = by_topic(&mut mapping, "exactly", topics, splits);
    let record_keys = test_keys::read(&mut mapping, topics, outputs, splits);
    let withheld = withheld(&mut mapping, topics);
    let held = streamed::held(&mut mapping, topics, outputs);
    let released = streamed::released(&mut mapping, topics);
    let suppressed = streamed::suppressed(&mut mapping, topics);
    let quarantined = quarantined(&mut mapping);
    let expects_output = !expect.is_empty() || !exactly.is_empty() || !withheld.is_empty();
    let expects_output = expects_output || !record_keys.is_empty();
    // Of a record that is taken apart one element may be refused, and others leave.
    if let (Some(m), true) = (mapping.member("quarantined"), expects_output && !splits) {
        mapping
            .findings
            .error(
                codes::BAD_TEST,
                m.name_span,
                "a quarantined record leaves at no output and is withheld from none",
            )
            .why("a record is sanitized for all its outputs or for none")
            .help("split the test into two");
    }
    let absent = absent(&mut mapping, cx);
    let never_contains = never_contains(&mut mapping);
    let says_something = [
        "expect",
        "exactly",
        "record_keys",
        "withheld",
        "held",
        "released",
        "suppressed",
        "quarantined",
        "absent",
        "never_contains",
    ]
    .iter()
    .any(|w| mapping.has(w));
    if !says_something {
        mapping.findings
            .error(codes::BAD_TEST, node.span, "the test expects nothing")
            .help("add `exactly: { TOPIC: { … } }`, `withheld`, `quarantined`, `absent` or `never_contains`");
    }
    (findings.errors() == before).then_some(PolicyTest {
        name,
        record,
        schema,
        schema_bytes: None,
        now_ms,
        consent,
        expect,
        exactly,
        record_keys,
        stream,
        held,
        released,
        suppressed,
        withheld,
        quarantined,
        absent,
        never_contains,
    })
}

/// True of a value that nothing says the schema of.
fn lacks_schema(record: &TestRecord, source: &Source) -> bool {
    let said = source.schema.as_ref();
    let is_one = said.is_none_or(|said| said.schemas == Schemas::One);
    !is_one && record.value.is_some()
}

/// The schema that the value is written under.
fn schema(mapping: &mut Mapping<'_, '_>, source: &Source) -> Option<Spelled> {
    let value = mapping.text("schema")?.to_owned();
    let span = mapping.place("schema");
    if source.schema.is_none() {
        mapping
            .findings
            .error(
                codes::NOT_TOGETHER,
                span,
                "`schema` where values are read as JSON",
            )
            .help("remove `schema`, or say how values are read: `source: { value: avro, … }`");
        return None;
    }
    Some(Spelled { value, span })
}

/// A time behind a word, milliseconds since 1970.
fn time(mapping: &mut Mapping<'_, '_>, word: &str) -> Option<i64> {
    let text = mapping.text(word)?;
    let instant = || text.parse::<jiff::Timestamp>().ok();
    let count = text.parse::<i64>().ok();
    let found = count.or_else(|| Some(instant()?.as_millisecond()));
    if found.is_none() {
        let span = mapping.place(word);
        mapping
            .findings
            .error(codes::BAD_TEST_VALUE, span, "this is not a time")
            .help("write milliseconds since 1970, or `2026-03-01T10:42:07Z`");
    }
    found
}

/// What people decided elsewhere.
fn decisions(mapping: &mut Mapping<'_, '_>, people: &People<'_>) -> Vec<TestDecision> {
    let Some(node) = mapping.node("consent") else {
        return Vec::new();
    };
    if !people.has_state {
        mapping
            .findings
            .error(
                codes::BAD_TEST,
                node.span,
                "the policy asks nothing that people decided elsewhere",
            )
            .help("add `state` under `consent`, or remove this: the record says what is granted");
        return Vec::new();
    }
    let mut told = Vec::new();
    for kind in mapping.map("consent") {
        let Some(of) = people.source.subject.kind(&kind.name) else {
            let known = people.source.subject.kinds.iter().map(|k| k.name.as_str());
            unknown(
                kind,
                "no kind of `source.subject` is called",
                known,
                mapping.findings,
            );
            continue;
        };
        for person in members(&kind.value, mapping.findings) {
            let view = View::Text(Text::new(&person.name, TextForm::Plain));
            if of.canon.value(view, &mut String::new(), &mut Vec::new()) != Ok(true) {
                mapping
                    .findings
                    .error(
                        codes::BAD_TEST_VALUE,
                        person.name_span,
                        format!("this is no identifier of the kind `{}`", kind.name),
                    )
                    .help("write one that `normalize` takes, and that stands for somebody");
                continue;
            }
            for decided in members(&person.value, mapping.findings) {
                let what = match decided.value.scalar() {
                    Some("true") => TestDecided::Granted,
                    Some("false") => TestDecided::Denied,
                    Some("withdrawn") => TestDecided::Withdrawn,
                    _ => {
                        paths::wrong_kind(
                            &decided.value,
                            "`true`, `false` or `withdrawn`",
                            mapping.findings,
                        );
                        continue;
                    }
                };
                if !people.categories.contains(&decided.name.as_str()) {
                    let known = people.categories.iter().copied();
                    unknown(
                        decided,
                        "the policy has no category",
                        known,
                        mapping.findings,
                    );
                    continue;
                }
                told.push(TestDecision {
                    kind: kind.name.clone(),
                    id: person.name.clone(),
                    category: decided.name.clone(),
                    decided: what,
                });
            }
        }
    }
    told
}

fn members<'n>(node: &'n Node, findings: &mut Findings) -> &'n [Member] {
    let help = || "write `{ KIND: { IDENTIFIER: { CATEGORY: true } } }`".to_owned();
    mapping::mapping(node, "consent", help, findings).unwrap_or_default()
}

fn unknown<'k>(
    member: &Member,
    what: &str,
    known: impl Iterator<Item = &'k str>,
    findings: &mut Findings,
) {
    let known: Vec<&str> = known.collect();
    let help = match codes::nearest(&member.name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    findings
        .error(
            codes::BAD_TEST,
            member.name_span,
            format!("{what} `{}`", member.name),
        )
        .help(help);
}

/// The one record of a test.
fn record(mapping: &mut Mapping<'_, '_>, key_is_json: bool) -> TestRecord {
    let given = ["given", "raw", "record"].map(|w| mapping.member(w));
    let mut written = given.iter().flatten();
    match (written.next(), written.next()) {
        (None, _) => {
            mapping
                .findings
                .error(codes::BAD_TEST, mapping.span, "the test has no record")
                .help("add `given: { … }`, `raw: \"…\"` or `record: { … }`");
        }
        (_, Some(second)) => {
            mapping
                .findings
                .error(codes::BAD_TEST, second.name_span, "a test has one record")
                .help("keep one of `given`, `raw` and `record`");
        }
        _ => {}
    }
    let mut record = TestRecord::default();
    if let Some(m) = given[0] {
        record.value = json(&m.value, mapping.findings).map(|v| v.to_string().into_bytes());
    }
    if let Some(raw) = raw(mapping) {
        (record.value, record.is_raw) = (Some(raw), true);
    }
    if let Some(m) = given[2] {
        read_record(&m.value, key_is_json, &mut record, mapping.findings);
    }
    record
}

/// Outputs that must not get it.
fn withheld(mapping: &mut Mapping<'_, '_>, topics: &[&str]) -> Vec<String> {
    let mut withheld = Vec::new();
    for (topic, span) in mapping.texts("withheld") {
        if let Some(m) = ["expect", "exactly"]
            .iter()
            .find_map(|w| mapping.node(w)?.member(topic))
        {
            mapping
                .findings
                .error(
                    codes::BAD_TEST,
                    span,
                    format!("`{topic}` cannot be withheld and hold a record"),
                )
                .also(m.name_span, "expected here")
                .help("keep one of them");
        }
        if known_topic(topic, span, topics, mapping.findings) {
            withheld.push(topic.to_owned());
        }
    }
    withheld
}

/// Why it must be quarantined.
fn quarantined(mapping: &mut Mapping<'_, '_>) -> Option<Reason> {
    let word = mapping.text("quarantined")?;
    let span = mapping.place("quarantined");
    let reasons = Reason::ALL.iter().filter(|r| !r.is_withheld());
    let found = Reason::from_word(word).filter(|r| !r.is_withheld());
    if found.is_none() {
        let known = reasons.map(|r| r.as_str());
        codes::unknown_word(mapping.findings, span, "quarantined", word, known);
    }
    found
}

/// Paths that no output may have.
fn absent(mapping: &mut Mapping<'_, '_>, cx: &Cx<'_>) -> Vec<Selector> {
    let mut absent = Vec::new();
    for (text, span) in mapping.texts("absent") {
        absent.extend(paths::paths(text, span, cx, mapping.findings).unwrap_or_default());
    }
    absent
}

/// Texts that must not leave.
fn never_contains(mapping: &mut Mapping<'_, '_>) -> Vec<String> {
    let mut never_contains = Vec::new();
    for (text, span) in mapping.texts("never_contains") {
        if text.is_empty() {
            mapping
                .findings
                .error(codes::BAD_TEST, span, "an empty text is looked for")
                .why("it is found nowhere, so this expects nothing")
                .help("write a text that must not leave");
        }
        never_contains.push(text.to_owned());
    }
    never_contains
}

fn raw(mapping: &mut Mapping<'_, '_>) -> Option<Vec<u8>> {
    let node = mapping.node("raw")?;
    if let Some(text) = node.scalar() {
        return Some(text.as_bytes().to_vec());
    }
    mapping.text("raw");
    None
}

fn read_record(node: &Node, key_is_json: bool, record: &mut TestRecord, findings: &mut Findings) {
    let Some(mut mapping) = Mapping::open(node, &grammar::RECORD, findings) else {
        return;
    };
    if let Some(node) = mapping.node("key") {
        record.key = match &node.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } if text == "null" => None,
            Kind::Scalar { text, .. } if !key_is_json => Some(text.as_bytes().to_vec()),
            _ if !key_is_json => {
                mapping
                    .findings
                    .error(codes::BAD_TEST, node.span, "the record key is text")
                    .help("quote it, or write `source: { key: json }`");
                None
            }
            _ => json(node, mapping.findings).map(|v| v.to_string().into_bytes()),
        };
    }
    for m in mapping.map("headers") {
        let values = m.value.items().unwrap_or(std::slice::from_ref(&m.value));
        if values.is_empty() {
            mapping
                .findings
                .error(
                    codes::OUT_OF_RANGE,
                    m.value.span,
                    format!("the header `{}` has no text", m.name),
                )
                .help("write `NAME: text`, or remove the line: then the record has no such header");
        }
        for v in values {
            match v.scalar() {
                Some(text) => record.headers.push((m.name.clone(), text.to_owned())),
                None => {
                    mapping.findings
                        .error(
                            codes::WRONG_KIND,
                            v.span,
                            format!("a header must be text, found {}", v.kind_name()),
                        )
                        .help("write `NAME: text`, or a list of texts for a header that stands several times");
                }
            }
        }
    }
    record.timestamp = time(&mut mapping, "timestamp");
    let value = mapping.node("value");
    match (value, mapping.member("raw")) {
        (Some(_), Some(second)) => {
            mapping
                .findings
                .error(codes::BAD_TEST, second.name_span, "a record has one value")
                .help("keep `value` or `raw`");
        }
        (None, None) => {
            mapping
                .findings
                .error(codes::BAD_TEST, node.span, "the record has no `value`")
                .help("add `value: { … }`, `raw: \"…\"`, or `value: null` for a tombstone");
        }
        (None, Some(_)) => (record.value, record.is_raw) = (raw(&mut mapping), true),
        (Some(node), None) => {
            record.value = match json(node, mapping.findings) {
                Some(Json::Null) | None => None,
                Some(value) => Some(value.to_string().into_bytes()),
            };
        }
    }
}

fn by_topic(
    mapping: &mut Mapping<'_, '_>,
    word: &str,
    topics: &[&str],
    splits: bool,
) -> Vec<(String, Json)> {
    let mut list = Vec::new();
    let nothing = |kind: &Kind| match kind {
        Kind::Map(members) => members.is_empty(),
        Kind::Scalar { text, quoted } => text.is_empty() && !quoted,
        Kind::List(_) => false,
    };
    if let Some(node) = mapping.node(word).filter(|n| nothing(&n.kind)) {
        mapping
            .findings
            .error(
                codes::BAD_TEST,
                node.span,
                format!("`{word}` names no topic, so it expects nothing"),
            )
            .help(format!(
                "write `{word}: {{ TOPIC: {{ … }} }}`, or remove the word"
            ));
    }
    for m in mapping.map(word) {
        let known = known_topic(&m.name, m.name_span, topics, mapping.findings);
        if splits && m.value.items().is_none() {
            mapping
                .findings
                .error(
                    codes::BAD_TEST,
                    m.value.span,
                    format!("`{}` gets a record for each element, and one value is expected", m.name),
                )
                .why("`source.split` takes the record apart")
                .help(format!("write a list, in the order of the elements: `{}: [{{ … }}, {{ … }}]`; `[]` when none leaves", m.name));
        }
        let value = json(&m.value, mapping.findings);
        if let (true, Some(value)) = (known, value) {
            list.push((m.name.clone(), value));
        }
    }
    list
}
