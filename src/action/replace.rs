//! `replace`: a constant stands where the value stood.

use super::Cx;
use super::characters::Characters;
use super::{
    Action, ActionDef, Degree, Example, Facts, Gives, Growth, IsoClass, Kinds, NotBuilt, Passing,
    Reveals, Says, Site, Spec, Type, param,
};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Kind;
use crate::record::value::{Applied, Out, View};
use crate::record::{Literal, literal};

/// The definition.
pub(crate) const REPLACE: ActionDef = ActionDef {
    name: "replace",
    summary: "Writes a constant in place of the value.",
    doc: "Takes every value, `null`, arrays and objects too. The constant is text, a number, a boolean or `null`; quote it to make it text. A field that is absent stays absent.",
    iso: IsoClass::Suppression,
    leaks: "That the field was there.",
    reversible: "no",
    examples: &[
        Example {
            policy: "{ replace: { with: removed } }",
            input: r#""jane@example.com""#,
            output: Some(r#""removed""#),
        },
        Example {
            policy: "{ replace: { with: 0 } }",
            input: "null",
            output: Some("0"),
        },
    ],
    shape: &Shape {
        name: "replace",
        words: &[word(
            "with",
            Takes::Either(&Takes::Scalar, &Takes::Null),
            "The constant.",
        )
        .required()],
    },
    parse,
    bare: None,
};

#[derive(Clone)]
struct Replace {
    /// `None` is `null`.
    with: Option<Literal>,
    /// It is a text of printable ASCII in which nothing must be escaped.
    is_plain: bool,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let node = mapping.node("with")?;
    let is_null = matches!(&node.kind, Kind::Scalar { text, quoted: false } if text == "null");
    let with = param::literal(node);
    if with.is_none() && !is_null {
        mapping
            .findings
            .error(
                codes::WRONG_KIND,
                node.span,
                format!(
                    "`with` must be text, a number, a boolean or `null`, found {}",
                    node.kind_name()
                ),
            )
            .help("quote it to make it text");
        return None;
    }
    let stands_as_it_is = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
    let is_plain = matches!(&with, Some(Literal::Text(text)) if text.bytes().all(stands_as_it_is));
    Some(Box::new(Replace { with, is_plain }))
}

impl Spec for Replace {
    fn facts(&self) -> Facts {
        let constant = self.with.as_ref().map_or("", Literal::as_plain);
        Facts {
            writes: Characters::of(constant).instead("another constant"),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        Growth::by(literal::json_bytes_max(self.with.as_ref()))
    }

    fn reveals(&self) -> Reveals {
        Reveals::of(Degree::Presence).of_values(Passing::exactly(Kinds::All))
    }

    fn gives(&self, _from: Type) -> Option<Gives> {
        Gives::one(param::type_of(self.with.as_ref()))
    }

    fn says(&self, _domain: &str) -> Says {
        Says::of(match &self.with {
            None => "`null` in place of the value".to_owned(),
            Some(Literal::Bool(value)) => format!("the constant `{value}`"),
            Some(Literal::Number(text) | Literal::Text(text)) => format!("the constant `{text}`"),
        })
    }

    fn build(&self, _site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(self.clone()))
    }
}

impl Action for Replace {
    fn looks(&self) -> bool {
        false
    }

    fn apply(&self, _view: View<'_>, out: &mut dyn Out, _cx: &mut Cx<'_>) -> Applied {
        match &self.with {
            None => out.null(),
            Some(Literal::Text(text)) if self.is_plain => out.ascii(text.as_bytes()),
            Some(constant) => constant.write(out),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{findings, run};

    #[test]
    fn the_constant_keeps_the_type_it_is_written_with() {
        for (with, json) in [
            ("x y", r#""x y""#),
            (r#""1""#, r#""1""#),
            ("1.50", "1.50"),
            ("012", r#""012""#),
            ("false", "false"),
            ("null", "null"),
            (r#""""#, r#""""#),
            (r#"'a"b'"#, r#""a\"b""#),
        ] {
            let policy = format!("{{ replace: {{ with: {with} }} }}");
            for input in ["null", "1", r#""v""#, r#"{"a":1}"#] {
                assert_eq!(run(&policy, input), Ok(Some(json.to_owned())), "{with}");
            }
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        assert_eq!(findings("{ replace: {} }"), ["V0005"]);
        assert_eq!(findings("{ replace: { with: [1] } }"), ["V0006"]);
        assert_eq!(findings("{ replace: { with: ~ } }"), ["V0006"]);
        assert_eq!(findings("{ replace: { wiht: 1, with: 2 } }"), ["V0004"]);
    }
}
