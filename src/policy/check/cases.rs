//! Policy tests: an event, and what must become of it. Data only; the
//! pipeline runs them.

use super::Cx;
use super::model::Output;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::policy::grammar;
use crate::policy::notation;
use crate::policy::selector;
use crate::record::Reason;
use crate::record::is_json_number;
use crate::record::path::Selector;

/// One test of the policy.
#[derive(Clone, Debug)]
pub struct PolicyTest {
    /// What is tested.
    pub(crate) name: String,
    /// The record that goes in.
    pub(crate) record: TestRecord,
    /// Topic and what its output must hold, among other things.
    pub(crate) expect: Vec<(String, Json)>,
    /// Topic and its whole output; [`Json::Null`] is a tombstone.
    pub(crate) exactly: Vec<(String, Json)>,
    /// Topics that do not get the record.
    pub(crate) withheld: Vec<String>,
    /// The reason why it is refused.
    pub(crate) quarantined: Option<Reason>,
    /// Paths that no output may hold.
    pub(crate) absent: Vec<Selector>,
    /// Texts that occur nowhere in what leaves.
    pub(crate) never_contains: Vec<String>,
}

impl PolicyTest {
    /// True when the test says where the record leaves, or that it does not:
    /// then finding nothing in what left is no accident.
    pub(crate) fn says_what_becomes_of_it(&self) -> bool {
        let leaves = !self.expect.is_empty() || !self.exactly.is_empty();
        leaves || !self.withheld.is_empty() || self.quarantined.is_some()
    }
}

/// The record of a test: the author's own data, may be shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestRecord {
    /// Its key.
    pub(crate) key: Option<Vec<u8>>,
    /// Its headers; a name may stand several times.
    pub(crate) headers: Vec<(String, String)>,
    /// Milliseconds since 1970.
    pub(crate) timestamp: Option<i64>,
    /// Its value; `None` is a tombstone.
    pub(crate) value: Option<Vec<u8>>,
}

/// A JSON value that keeps the text of its numbers and the order of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number by its text.
    Number(String),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in order.
    Object(Vec<(String, Json)>),
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |t: &str| serde_json::to_string(t).expect("text is always JSON");
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(b) => write!(f, "{b}"),
            Json::Number(n) => f.write_str(n),
            Json::Text(t) => f.write_str(&text(t)),
            Json::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (i, (name, value)) in members.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", text(name))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The JSON value that a node spells. Quoted is text; unquoted is a JSON
/// number, boolean or null, or text; what another reader of YAML would take
/// for a number or boolean is refused.
pub(crate) fn json(node: &Node, findings: &mut Findings) -> Option<Json> {
    match &node.kind {
        Kind::Scalar { text, quoted: true } => Some(Json::Text(text.clone())),
        Kind::Scalar { text, .. } => plain(text, node.span, findings),
        Kind::List(items) => items
            .iter()
            .map(|n| json(n, findings))
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<_>>()
            .map(Json::List),
        Kind::Map(members) => members
            .iter()
            .map(|m| Some((m.name.clone(), json(&m.value, findings)?)))
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<_>>()
            .map(Json::Object),
    }
}

fn plain(text: &str, span: Span, findings: &mut Findings) -> Option<Json> {
    match text {
        "null" => return Some(Json::Null),
        "true" => return Some(Json::Bool(true)),
        "false" => return Some(Json::Bool(false)),
        t if is_json_number(t) => return Some(Json::Number(t.to_owned())),
        _ => {}
    }
    if !is_ambiguous(text) {
        return Some(Json::Text(text.to_owned()));
    }
    let shown = if text.is_empty() { "nothing" } else { text };
    findings
        .error(
            codes::BAD_TEST_VALUE,
            span,
            format!("`{shown}` is neither JSON nor clearly text"),
        )
        .why("YAML readers differ on it; a test must not")
        .help(if text.is_empty() {
            "write `null`, or `\"\"` for an empty text".to_owned()
        } else {
            format!("write `\"{text}\"` for a text, or a number as JSON writes it")
        });
    None
}

/// Forms that YAML's core schema takes for null, booleans or numbers and JSON
/// does not.
fn is_ambiguous(text: &str) -> bool {
    if ["", "~", "Null", "NULL", "True", "TRUE", "False", "FALSE"].contains(&text) {
        return true;
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return false;
    }
    let based = |prefix: &str, radix: u32| {
        unsigned
            .strip_prefix(prefix)
            .is_some_and(|d| !d.is_empty() && d.chars().all(|c| c.is_digit(radix)))
    };
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned)
        || based("0x", 16)
        || based("0o", 8)
    {
        return true;
    }
    unsigned.bytes().any(|b| b.is_ascii_digit())
        && unsigned
            .bytes()
            .all(|b| b.is_ascii_digit() || b".eE+-_".contains(&b))
        && unsigned.replace('_', "").parse::<f64>().is_ok()
}

/// Reads `tests`.
pub(crate) fn tests(
    nodes: &[Node],
    outputs: &[Output],
    key_is_json: bool,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<PolicyTest> {
    let topics: Vec<&str> = outputs.iter().map(|o| o.topic.value.as_str()).collect();
    nodes
        .iter()
        .filter_map(|n| test(n, &topics, key_is_json, cx, findings))
        .collect()
}

fn test(
    node: &Node,
    topics: &[&str],
    key_is_json: bool,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<PolicyTest> {
    let before = findings.errors();
    let mut mapping = Mapping::open(node, &grammar::TEST, findings)?;
    let name = mapping.text("name").unwrap_or_default().to_owned();
    let record = record(&mut mapping, key_is_json);
    let expect = by_topic(&mut mapping, "expect", topics);
    let exactly = by_topic(&mut mapping, "exactly", topics);
    let withheld = withheld(&mut mapping, topics);
    let quarantined = quarantined(&mut mapping);
    let expects_output = !expect.is_empty() || !exactly.is_empty() || !withheld.is_empty();
    if let (Some(m), true) = (mapping.member("quarantined"), expects_output) {
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
        "withheld",
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
        expect,
        exactly,
        withheld,
        quarantined,
        absent,
        never_contains,
    })
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
        record.value = Some(raw);
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
        match selector::selectors(text) {
            Ok(paths) => {
                notation::check(mapping.findings, cx.text, span, text);
                absent.extend(paths);
            }
            Err(e) => {
                selector::report(
                    mapping.findings,
                    codes::BAD_SELECTOR,
                    cx.text,
                    span,
                    text,
                    &e,
                );
            }
        }
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
    if let Some(text) = mapping.text("timestamp") {
        record.timestamp = text.parse::<i64>().ok().or_else(|| {
            text.parse::<jiff::Timestamp>()
                .ok()
                .map(|t| t.as_millisecond())
        });
        if record.timestamp.is_none() {
            let span = mapping.place("timestamp");
            mapping
                .findings
                .error(codes::BAD_TEST_VALUE, span, "this is not a time")
                .help("write milliseconds since 1970, or `2026-03-01T10:42:07Z`");
        }
    }
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
        (None, Some(_)) => record.value = raw(&mut mapping),
        (Some(node), None) => {
            record.value = match json(node, mapping.findings) {
                Some(Json::Null) | None => None,
                Some(value) => Some(value.to_string().into_bytes()),
            };
        }
    }
}

fn by_topic(mapping: &mut Mapping<'_, '_>, word: &str, topics: &[&str]) -> Vec<(String, Json)> {
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
        let value = json(&m.value, mapping.findings);
        if let (true, Some(value)) = (known, value) {
            list.push((m.name.clone(), value));
        }
    }
    list
}

fn known_topic(topic: &str, span: Span, topics: &[&str], findings: &mut Findings) -> bool {
    if topics.contains(&topic) {
        return true;
    }
    let help = match codes::nearest(topic, topics.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("outputs are {}", topics.join(", ")),
    };
    findings
        .error(
            codes::BAD_TEST,
            span,
            format!("no output writes to `{topic}`"),
        )
        .help(help);
    false
}

#[cfg(test)]
mod unit {
    use super::*;

    fn read(text: &str) -> Result<String, Vec<&'static str>> {
        let mut findings = Findings::default();
        let node = crate::language::yaml::read(text, &mut findings).expect("a tree");
        let value = json(&node, &mut findings);
        value
            .map(|v| v.to_string())
            .ok_or_else(|| findings.list().iter().map(|f| f.code).collect())
    }

    #[test]
    fn values_stay_as_written() {
        assert_eq!(
            read("{ a: 39.80, b: 203.0.113.7, c: \"1\", d: no, e: 2026-03-01, f: 078-05-1120, g: null, h: [true, 1e3] }").as_deref(),
            Ok(r#"{"a":39.80,"b":"203.0.113.7","c":"1","d":"no","e":"2026-03-01","f":"078-05-1120","g":null,"h":[true,1e3]}"#)
        );
        assert_eq!(read("10:42:07").as_deref(), Ok(r#""10:42:07""#));
    }

    #[test]
    fn what_readers_of_yaml_dispute_is_refused() {
        for text in [
            "012", "+1", ".5", "5.", "0x1F", "0o17", "~", "True", ".inf", "-.INF", ".nan", "1_000",
        ] {
            assert_eq!(
                read(&format!("a: {text}")),
                Err(vec![codes::BAD_TEST_VALUE]),
                "{text}"
            );
        }
        assert_eq!(read("{ a: , b: 1 }"), Err(vec![codes::BAD_TEST_VALUE]));
    }
}
