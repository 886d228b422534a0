//! Values that are frequent, and one for all others.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::quality::FixedState;

use crate::action::characters::Characters;
use crate::action::tables::list;
use crate::action::{
    Cx, Dial, Example, Facts, Gives, Growth, NotBuilt, Says, Setting, Site, TableError, TableUse,
    Type, Types, param,
};
use crate::language::codes;
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::decimal::Decimal;
use crate::record::plain::{NUMBER_BYTES_MAX, is_plain, plain};
use crate::record::value::{Applied, Out, View};
use crate::record::{Literal, Nothing};
use crate::record::{Note, Notes};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const TOP_K: KindDef = KindDef {
    what: "a frequent value",
    decides: &[word(
        "top_k",
        Takes::Object(&SHAPE),
        "Frequent value: it leaves if it is listed, and a constant in its place if not, `{ of, file, other }`.",
    )],
    is_one_of: true,
    further: &[],
    borrows: kind::nothing,
    doc: "**Frequent value** (`top_k`): a value of a closed list leaves, and `other` in the place of each that is not in it. The list is `of`, or the lines of `file` beside the policy, of at most 65,536 values of 1,024 bytes each (V0130 says which line is wrong); it is never learned from the stream, so a replay gives the same. `veil init --top-k PATH --on SAMPLE` writes one. A text is compared as it stands, a number by its value in plain digits, booleans as `true` and `false`; a listed one leaves as the kind that it is, a number in plain digits (`39.80` as `39.8`). Of an empty text, or a word for nothing that is not listed, nothing leaves. No scalar is refused. The file is in the digest of the policy.",
    leaks: "Each value that `top_k` lists leaves in clear: what is frequent in events can be one person's all the same.",
    examples: &[
        Example {
            policy: "{ generalize: { top_k: { of: [de, fr, us], other: rest } } }",
            input: r#""fr""#,
            output: Some(r#""fr""#),
        },
        Example {
            policy: "{ generalize: { top_k: { file: cities.txt, other: 0 } } }",
            input: r#""Ebstorf""#,
            output: Some("0"),
        },
    ],
    parse: kind::spec::<Rule>,
};

const SHAPE: Shape = Shape {
    name: "top_k",
    words: &[
        word("of", Takes::List(&Takes::Scalar), "The values that leave."),
        word(
            "file",
            Takes::Text,
            "They, one a line: a file in the policy's folder or below it.",
        ),
        word("other", Takes::Scalar, "What leaves of all others.").default("other"),
    ],
};

/// Most values of a list.
pub(crate) const VALUES_MAX: usize = 65_536;
/// Most bytes of one of them.
pub(crate) const VALUE_BYTES_MAX: usize = 1_024;

type Listed = HashSet<Box<str>, FixedState>;

#[derive(Clone)]
enum From {
    Policy,
    File(String, Span),
}

/// The values and what stands for the others.
#[derive(Clone)]
struct Rule {
    from: From,
    /// Empty until a place has the file's. Looked up with values of events, which never get
    /// in, so nobody chooses what collides.
    listed: Arc<Listed>,
    other: Literal,
    nothing: Nothing,
}

impl Coarsening for Rule {
    const LEAKS: &'static str = TOP_K.leaks;

    /// A word for nothing that is listed is a value.
    const TAKES_ANY_TEXT: bool = true;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let node = mapping.node("top_k")?;
        let mut inside = Mapping::open(node, &SHAPE, mapping.findings)?;
        let before = inside.findings.errors();
        param::not_together(&mut inside, "of", "file", "a value has one list");
        if !inside.has("of") && !inside.has("file") {
            inside
                .findings
                .error(codes::CHOOSE_ONE, inside.span, "`top_k` does not say which")
                .help("name the values under `of: […]`, or a `file` of them");
        }
        let listed = listed(&mut inside);
        let from = match inside.text("file") {
            Some(file) => From::File(file.to_owned(), inside.place("file")),
            None => From::Policy,
        };
        let other = match inside.node("other") {
            None => Some(Literal::Text("other".to_owned())),
            Some(node) => param::scalar(node, "other", inside.findings),
        };
        let other = other.filter(|_| inside.findings.errors() == before)?;
        Some(Rule {
            from,
            listed: Arc::new(listed),
            other,
            nothing: Nothing::default(),
        })
    }

    fn tables(&self) -> Vec<TableUse<'_>> {
        match &self.from {
            From::Policy => Vec::new(),
            From::File(name, span) => vec![TableUse { name, span: *span }],
        }
    }

    fn for_site(self, site: &Site<'_>) -> Result<Rule, NotBuilt> {
        let From::File(name, _) = &self.from else {
            return Ok(self);
        };
        let table = site.table(name);
        let table = table.expect("each table that an action names is there");
        match table.made("top_k", read) {
            Ok(listed) => Ok(Rule { listed, ..self }),
            Err(error) => Err(NotBuilt::Table {
                name: name.clone(),
                error,
            }),
        }
    }

    fn with_nothing(self, nothing: &Nothing) -> Rule {
        Rule {
            nothing: nothing.clone(),
            ..self
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            clear: true,
            // Numbers in their plain digits.
            writes: Characters::of(self.other.as_plain()),
            notes: Notes::of(Note::Other),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        Growth::by(self.other.json_bytes_max().max(NUMBER_BYTES_MAX))
    }

    fn dials(&self) -> Vec<Dial> {
        let values = match &self.from {
            From::Policy => {
                Setting::Only(Some(self.listed.iter().map(|v| v.to_string()).collect()))
            }
            From::File(name, _) => Setting::Choice(name.clone()),
        };
        vec![
            Dial::new("top_k", values),
            Dial::new("other", Setting::Choice(format!("{:?}", self.other))),
        ]
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let other = Types::of(param::type_of(Some(&self.other)));
        let takes = matches!(from, Type::Text | Type::Bool | Type::Integer | Type::Number);
        takes.then(|| Gives {
            types: other.with(from),
            may_be_absent: from == Type::Text,
            ..Gives::default()
        })
    }

    fn says(&self) -> Says {
        let list = match &self.from {
            From::Policy => format!("{} values", self.listed.len()),
            From::File(name, _) => format!("the values of `{name}`"),
        };
        Says::of(format!(
            "the value if it is one of {list}, a constant for all others"
        ))
    }

    /// Writes the value or what stands for it.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = plain(view, cx.text)?;
        match text {
            Some(text) if self.listed.contains(text) => match view {
                View::Bool(value) => out.bool(value),
                View::Number(_) => out.number(text),
                _ => out.text(text),
            },
            Some(text) if self.nothing.is(text.as_bytes()) => {}
            _ => {
                cx.note(Note::Other);
                self.other.write(out);
            }
        }
        Ok(())
    }
}

/// The values of a file.
fn read(text: &str) -> Result<Listed, TableError> {
    let words = list::words(text, 1..=VALUES_MAX, VALUE_BYTES_MAX)?;
    Ok(words.into_iter().map(Box::from).collect())
}

/// The values of `of`, none where it is not written.
fn listed(inside: &mut Mapping<'_, '_>) -> Listed {
    let mut listed = Listed::default();
    let items = inside.items("of");
    if items.len() > VALUES_MAX {
        let message = format!("`of` names more than {VALUES_MAX} values");
        inside
            .findings
            .error(codes::OUT_OF_RANGE, inside.place("of"), message)
            .help("name the frequent ones");
        return listed;
    }
    for item in items {
        let Some(value) = param::scalar(item, "of", inside.findings) else {
            continue;
        };
        let text = match &value {
            Literal::Text(_) | Literal::Bool(_) => value.as_plain().to_owned(),
            Literal::Number(text) => {
                let number = Decimal::read(text).filter(is_plain);
                let Some(number) = number else {
                    inside
                        .findings
                        .error(
                            codes::OUT_OF_RANGE,
                            item.span,
                            "a number of `of` has too many digits",
                        )
                        .help("quote it to make it text");
                    continue;
                };
                param::digits(&number)
            }
        };
        if !listed.insert(text.into()) {
            inside
                .findings
                .error(
                    codes::DUPLICATE_NAME,
                    item.span,
                    "one value stands twice in `of`",
                )
                .help("remove one; a number and its text are one value here");
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use super::{VALUE_BYTES_MAX, VALUES_MAX, read};
    use crate::record::Reason;

    #[test]
    fn what_is_listed_leaves_and_nothing_else() {
        let policy = "{ generalize: { top_k: { of: [de, 1, 39.80, true, \"\", n/a], other: 0 } } }";
        for (json, expected) in [
            (r#""de""#, Some(r#""de""#)),
            (r#""\u0064e""#, Some(r#""de""#)),
            (r#""DE""#, Some("0")),
            (r#""de ""#, Some("0")),
            ("1", Some("1")),
            ("1.0", Some("1")),
            ("10e-1", Some("1")),
            (r#""1""#, Some(r#""1""#)),
            (r#""1.0""#, Some("0")),
            ("39.8", Some("39.8")),
            (r#""39.80""#, Some("0")),
            ("true", Some("true")),
            ("false", Some("0")),
            ("1e999999999", Some("0")),
            ("1e-999999999", Some("0")),
            // A word for nothing that is listed is a value.
            (r#""""#, Some(r#""""#)),
            (r#""n/a""#, Some(r#""n/a""#)),
            (r#""N/A""#, None),
            (r#""null""#, None),
            ("null", Some("null")),
        ] {
            let written = run(policy, json);
            assert_eq!(written, Ok(expected.map(str::to_owned)), "{json}");
        }
        for json in ["[]", "{}", "[1]"] {
            assert_eq!(run(policy, json), Err(Reason::WrongType));
        }
        let long = format!("{:?}", "x".repeat(1 << 20));
        assert_eq!(run(policy, &long), Ok(Some("0".to_owned())));
    }

    #[test]
    fn a_file_lists_what_leaves() {
        let policy = "{ generalize: { top_k: { file: cities.txt } } }";
        for (json, expected) in [
            (r#""Berlin""#, Some(r#""Berlin""#)),
            (r#""M\u00fcnchen""#, Some(r#""München""#)),
            ("42.0", Some("42")),
            (r#""Ebstorf""#, Some(r#""other""#)),
            (r#""n/a""#, Some(r#""n/a""#)),
            (r#""""#, None),
        ] {
            let written = run(policy, json);
            assert_eq!(written, Ok(expected.map(str::to_owned)), "{json}");
        }
        let line = |n: usize| format!("{n}\n");
        let most: String = (0..VALUES_MAX).map(line).collect();
        assert_eq!(read(&most).map(|l| l.len()).ok(), Some(VALUES_MAX));
        assert!(read(&(most + "more")).is_err());
        assert!(read(&"x".repeat(VALUE_BYTES_MAX + 1)).is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("{}", &["V0301"][..]),
            ("{ other: x }", &["V0301"]),
            ("{ of: [a], file: cities.txt }", &["V0302"]),
            ("{ of: [] }", &["V0007"]),
            ("{ of: [a, b, a] }", &["V0003"]),
            ("{ of: [1, 1.0] }", &["V0003"]),
            ("{ of: [1, '1'] }", &["V0003"]),
            ("{ of: [1e999] }", &["V0007"]),
            ("{ of: [[a]] }", &["V0006"]),
            ("{ of: [a], other: null }", &["V0006"]),
            ("{ of: [a], others: b }", &["V0004"]),
            ("{ of: a }", &["V0006"]),
        ] {
            let policy = format!("{{ generalize: {{ top_k: {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }
}
