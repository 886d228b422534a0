//! `replace`: a constant, or a word of a list, stands where the value stood.

mod words;

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
    summary: "Writes a constant, or a word of a list that stands for the value, in its place.",
    doc: DOC,
    iso: IsoClass::Suppression,
    leaks: "That the field was there. With `one_of` equal values have one word in every record and output of the domain: whose words differ are two, and how often each word comes tells nearly as much as of a code. With `by: record` that holds within one record.",
    reversible: "no; with `one_of` whoever holds the key can try values, and sees which of them have that word",
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
        Example {
            policy: "{ replace: { one_of: [Ada, Alan, Grace, Kurt], key: people } }",
            input: r#""Jane""#,
            output: Some(r#""Grace""#),
        },
        Example {
            policy: "{ replace: { one_of: given-names.txt, key: people, space: given_names } }",
            input: r#""Jane""#,
            output: Some(r#""Barbara""#),
        },
    ],
    shape: &Shape {
        name: "replace",
        words: &[
            word(
                "with",
                Takes::Either(&Takes::Scalar, &Takes::Null),
                "The constant.",
            ),
            word(
                "one_of",
                Takes::Either(&Takes::List(&Takes::Text), &Takes::Text),
                "The words of which one stands for the value: 2 to 65,536 of them, or a file beside the policy with one a line.",
            ),
            word("key", Takes::KeyName(""), "With `one_of`: a name under `keys:`."),
            word(
                "space",
                Takes::TextLike("^([a-z0-9][a-z0-9._-]{0,127})?$"),
                "With `one_of`: keeps fields apart whose values are not the same thing.",
            ),
            word(
                "by",
                Takes::OneOf(&["value", "record"]),
                "With `one_of`, for what the same value has the same word: everywhere in the domain, or in one record.",
            )
            .default("value"),
        ],
    },
    parse,
    bare: None,
};

const DOC: &str = "Exactly one of `with` and `one_of` is written. `with` takes every value, `null`, arrays and objects too, and writes the constant: text, a number, a boolean or `null`; quote it to make it text. `one_of` is a stand-in, pseudonymization in the words of ISO/IEC 20889: of text, and of whole numbers as their digits, it writes one word of a list, chosen by HMAC-SHA-256 under a key derived for domain and space from the value as it stands (what is written differently is another value). It is not one to one: values share words, the more the shorter the list is, so words are neither counted nor joined like codes. The list is written in the policy, or stands in a file beside it, of at most 1,024 bytes a word (V0130 says which line is wrong); its order counts, and a word that comes or goes gives most values another word. With `by: record` the coordinates of the record enter too, so that a word says nothing of the next record. Fractions, booleans, arrays and objects are `wrong_type`; of `null`, an empty text and words for nothing nothing leaves, so that all unknown persons do not get one name. A field that is absent stays absent.";

#[derive(Clone)]
struct Replace {
    /// `None` is `null`.
    with: Option<Literal>,
    /// It is a text of printable ASCII in which nothing must be escaped.
    is_plain: bool,
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    if mapping.has("one_of") {
        return words::parse(mapping);
    }
    if !mapping.has("with") {
        mapping
            .findings
            .error(
                codes::CHOOSE_ONE,
                mapping.span,
                "`replace` does not say what stands in place of the value",
            )
            .help("write `with: CONSTANT`, or `one_of: [WORD, …]` with a `key`");
        return None;
    }
    let before = mapping.findings.errors();
    for word in ["key", "space", "by"] {
        param::not_together(
            mapping,
            "with",
            word,
            "it goes with `one_of`: a constant is the same for all",
        );
    }
    if mapping.findings.errors() > before {
        return None;
    }
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
        assert_eq!(findings("{ replace: {} }"), ["V0301"]);
        assert_eq!(findings("{ replace: { with: [1] } }"), ["V0006"]);
        assert_eq!(findings("{ replace: { with: ~ } }"), ["V0006"]);
        assert_eq!(findings("{ replace: { wiht: 1, with: 2 } }"), ["V0004"]);
    }
}
