//! A scalar that a policy spells.

use super::value::Out;

/// A scalar the policy spells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true`, `false`.
    Bool(bool),
    /// A number, by its text in JSON's grammar; compared by value.
    Number(String),
    /// Text.
    Text(String),
}

impl Literal {
    /// Its characters, as they stand within a text.
    pub(crate) fn as_plain(&self) -> &str {
        match self {
            Literal::Bool(true) => "true",
            Literal::Bool(false) => "false",
            Literal::Number(text) | Literal::Text(text) => text,
        }
    }

    /// Writes it as the policy spells it.
    pub(crate) fn write(&self, out: &mut dyn Out) {
        match self {
            Literal::Bool(value) => out.bool(*value),
            Literal::Number(text) => out.number(text),
            Literal::Text(text) => out.text(text),
        }
    }

    /// Most bytes of it as JSON.
    pub(crate) fn json_bytes_max(&self) -> usize {
        match self {
            Literal::Bool(_) | Literal::Number(_) => self.as_plain().len(),
            // Every byte may be written as six: `\u0001`.
            Literal::Text(text) => 2 + 6 * text.len(),
        }
    }
}

/// As [`Literal::json_bytes_max`]; `None` is `null`.
pub(crate) fn json_bytes_max(constant: Option<&Literal>) -> usize {
    constant.map_or("null".len(), Literal::json_bytes_max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::testing::JsonOut;

    #[test]
    fn what_is_written_is_never_longer_than_is_said() {
        let text = |text: &str| Literal::Text(text.to_owned());
        for (literal, plain, json) in [
            (Literal::Bool(true), "true", "true"),
            (Literal::Bool(false), "false", "false"),
            (Literal::Number("-0.50".to_owned()), "-0.50", "-0.50"),
            (text(""), "", r#""""#),
            (text("other"), "other", r#""other""#),
            (text("\u{1}\""), "\u{1}\"", r#""\u0001\"""#),
            (text("größe"), "größe", r#""größe""#),
        ] {
            let mut out = JsonOut::default();
            literal.write(&mut out);
            assert_eq!(String::from_utf8(out.0).expect("text"), json);
            assert_eq!(literal.as_plain(), plain);
            assert!(json.len() <= literal.json_bytes_max(), "{json}");
        }
        assert_eq!(json_bytes_max(None), 4);
    }
}
