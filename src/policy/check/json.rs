//! JSON values as a policy test spells them in YAML.

use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::written::{Kind, Node};
use crate::record::is_json_number;

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

#[cfg(test)]
mod tests {
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
