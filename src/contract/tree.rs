//! A value that is written as JSON or YAML, members in the order they were put.

use crate::document::yaml::scalar;

/// A value of JSON and YAML.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number; none that is not finite.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Members by name, each name once.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// An object without members.
    pub const fn map() -> Tree {
        Tree::Map(Vec::new())
    }

    /// The object with a member more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Tree>) -> Tree {
        if let Tree::Map(members) = &mut self {
            members.push((name.into(), value.into()));
        }
        self
    }

    /// The object with a member more, if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<Tree>>) -> Tree {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The object with a list more, unless that is empty.
    #[must_use]
    pub fn with_all(self, name: &str, values: Vec<Tree>) -> Tree {
        match values.is_empty() {
            true => self,
            false => self.with(name, Tree::List(values)),
        }
    }

    /// As JSON, indented; ends in a line break.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.json(0, &mut out);
        out.push('\n');
        out
    }

    fn json(&self, depth: usize, out: &mut String) {
        let line = |depth: usize, out: &mut String| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        };
        match self {
            Tree::List(list) if !list.is_empty() => {
                for (n, value) in list.iter().enumerate() {
                    out.push(if n == 0 { '[' } else { ',' });
                    line(depth + 1, out);
                    value.json(depth + 1, out);
                }
                line(depth, out);
                out.push(']');
            }
            Tree::Map(members) if !members.is_empty() => {
                for (n, (name, value)) in members.iter().enumerate() {
                    out.push(if n == 0 { '{' } else { ',' });
                    line(depth + 1, out);
                    out.push_str(&quoted(name));
                    out.push_str(": ");
                    value.json(depth + 1, out);
                }
                line(depth, out);
                out.push('}');
            }
            other => other.small(out),
        }
    }

    /// As YAML 1.2 in block style, every text in double quotes unless it is a
    /// plain word; ends in a line break.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        match self {
            Tree::Map(members) if !members.is_empty() => self.yaml(0, &mut out),
            Tree::List(list) if !list.is_empty() => self.yaml(0, &mut out),
            other => {
                other.small(&mut out);
                out.push('\n');
            }
        }
        out
    }

    /// Begins at the start of a value, ends behind its last line break.
    fn yaml(&self, depth: usize, out: &mut String) {
        let indent = |out: &mut String| out.extend(std::iter::repeat_n("  ", depth));
        match self {
            Tree::List(list) if !list.is_empty() => {
                for (n, value) in list.iter().enumerate() {
                    if n > 0 {
                        indent(out);
                    }
                    out.push_str("- ");
                    value.yaml(depth + 1, out);
                }
            }
            Tree::Map(members) if !members.is_empty() => {
                for (n, (name, value)) in members.iter().enumerate() {
                    if n > 0 {
                        indent(out);
                    }
                    out.push_str(&scalar(name));
                    out.push(':');
                    if value.is_small() {
                        out.push(' ');
                        value.yaml(depth + 1, out);
                    } else {
                        out.push('\n');
                        out.extend(std::iter::repeat_n("  ", depth + 1));
                        value.yaml(depth + 1, out);
                    }
                }
            }
            other => {
                match other {
                    Tree::Text(text) => out.push_str(&scalar(text)),
                    other => other.small(out),
                }
                out.push('\n');
            }
        }
    }

    fn is_small(&self) -> bool {
        match self {
            Tree::List(list) => list.is_empty(),
            Tree::Map(members) => members.is_empty(),
            _ => true,
        }
    }

    fn small(&self, out: &mut String) {
        match self {
            Tree::Null => out.push_str("null"),
            Tree::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Tree::Integer(n) => out.push_str(&n.to_string()),
            Tree::Number(n) if n.is_finite() => out.push_str(&n.to_string()),
            Tree::Number(_) => out.push_str("null"),
            Tree::Text(text) => out.push_str(&quoted(text)),
            Tree::List(_) => out.push_str("[]"),
            Tree::Map(_) => out.push_str("{}"),
        }
    }
}

/// A text of JSON: what it may not hold bare, or what a terminal obeys, is spelled by
/// its number.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if crate::document::acts(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl From<&str> for Tree {
    fn from(text: &str) -> Tree {
        Tree::Text(text.to_owned())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Tree {
        Tree::Text(text)
    }
}

impl From<bool> for Tree {
    fn from(value: bool) -> Tree {
        Tree::Bool(value)
    }
}

impl From<i64> for Tree {
    fn from(n: i64) -> Tree {
        Tree::Integer(n)
    }
}

impl From<usize> for Tree {
    fn from(n: usize) -> Tree {
        Tree::Integer(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl<T: Into<Tree>> FromIterator<T> for Tree {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Tree {
        Tree::List(values.into_iter().map(Into::into).collect())
    }
}
