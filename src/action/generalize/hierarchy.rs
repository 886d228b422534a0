//! Values to the class that a table puts them in.

use std::sync::Arc;

use crate::action::characters::Characters;
use crate::action::tables::hierarchy::{CLASS_BYTES_MAX, Hierarchy, LEVELS_MAX};
use crate::action::{
    Cx, Dial, Example, Facts, Gives, Growth, LoneClass, NotBuilt, Says, Setting, Site, TableError,
    TableUse, Tables, Type, Types, param,
};
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::language::written::Kind;
use crate::record::plain::plain;
use crate::record::value::{Applied, Out, View};
use crate::record::{Literal, Nothing, Reason};
use crate::record::{Note, Notes};

use super::kind::{self, Coarsening, KindDef};

/// The definition.
pub(super) const HIERARCHY: KindDef = KindDef {
    what: "a value of a table",
    decides: &[word(
        "hierarchy",
        Takes::Object(&SHAPE),
        "Value of a table: its class, `{ file, level, else, header }`.",
    )],
    is_one_of: true,
    further: &[],
    borrows: kind::nothing,
    doc: "**Value of a table** (`hierarchy`): the class that a file beside the policy puts the value in. Each row of the file is a value, behind it its class at level 1, then at each further level, coarser from level to level, with `;` or `,` between (`;` if the first line has one outside of quotes), quotes after RFC 4180: as ARX and anjana write it. A text is looked up as it stands, a number by its value in plain digits, booleans as `true` and `false`; the class leaves as a text. With `nurse;health;any` on a line, `level: 1` of `nurse` is `health`. `header: true` passes over the first line. Of a value that is not in the table the constant of `else` leaves, nothing under `else: absent`, and without `else` it is refused (`bad_identifier`); of an empty text, or a word for nothing that is not in the table, nothing leaves. Refused when the policy is checked, with the line (V0130): a row with another number of cells than the first, an empty cell, a value that stands twice, a class that lies in two classes of the next level; a class of more than 256 bytes, more than 64 levels, 1,000,000 rows or 64 MiB. V0275 says where a class has one value only. The file is in the digest of the policy.",
    leaks: "A `hierarchy` leaves as much as its file says: nobody looks whether a class is wide, but for those of one value.",
    examples: &[
        Example {
            policy: "{ generalize: { hierarchy: { file: occupations.csv, level: 1 } } }",
            input: r#""nurse""#,
            output: Some(r#""health""#),
        },
        Example {
            policy: "{ generalize: { hierarchy: { file: occupations.csv, level: 1, else: other } } }",
            input: r#""lion tamer""#,
            output: Some(r#""other""#),
        },
    ],
    parse: kind::spec::<Rule>,
};

const SHAPE: Shape = Shape {
    name: "hierarchy",
    words: &[
        word(
            "file",
            Takes::Text,
            "The table, a file in the policy's folder or below it.",
        )
        .required(),
        word(
            "level",
            Takes::Integer(1, LEVELS_MAX as i64),
            "Which class leaves: 1 is the finest, the second column.",
        )
        .required(),
        word(
            "else",
            Takes::Scalar,
            "What leaves of a value that is not in the table; `absent`: nothing, `\"absent\"` is a text. Without the word it is refused.",
        ),
        word(
            "header",
            Takes::Boolean,
            "The first line names the columns.",
        )
        .default("false"),
    ],
};

/// What leaves of a value that the table does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Else {
    /// It is refused.
    Refused,
    /// Nothing.
    Absent,
    /// That.
    Constant(Literal),
}

/// Which class of which table leaves.
#[derive(Clone)]
struct Rule {
    file: String,
    span: Span,
    level: usize,
    has_names: bool,
    otherwise: Else,
    /// What the file holds, for a place.
    table: Option<Arc<Hierarchy>>,
    nothing: Nothing,
}

impl Rule {
    fn table_use(&self) -> TableUse<'_> {
        TableUse {
            name: &self.file,
            span: self.span,
        }
    }

    /// What the file holds, if it is there.
    fn read(&self, tables: &Tables) -> Option<Result<Arc<Hierarchy>, TableError>> {
        let table = tables.0.get(&self.file)?;
        let of = format!("hierarchy {} {}", self.level, self.has_names);
        Some(table.made(&of, |text| {
            Hierarchy::read(text, self.level, self.has_names)
        }))
    }
}

impl Coarsening for Rule {
    const LEAKS: &'static str = HIERARCHY.leaks;

    /// A word for nothing that the table has is a value of it.
    const TAKES_ANY_TEXT: bool = true;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let node = mapping.node("hierarchy")?;
        let mut inside = Mapping::open(node, &SHAPE, mapping.findings)?;
        let before = inside.findings.errors();
        let file = inside.text("file").map(str::to_owned);
        let level = inside.integer("level");
        let has_names = inside.boolean("header").unwrap_or(false);
        let otherwise = otherwise(&mut inside);
        let (file, level) = file.zip(level)?;
        (inside.findings.errors() == before).then(|| Rule {
            span: inside.place("file"),
            file,
            level: usize::try_from(level).expect("the range is positive"),
            has_names,
            otherwise,
            table: None,
            nothing: Nothing::default(),
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            writes: match &self.otherwise {
                Else::Constant(constant) => Characters::of(constant.as_plain()),
                _ => Characters::default(),
            },
            notes: Notes::other_if(matches!(self.otherwise, Else::Constant(_))),
            ..Facts::default()
        }
    }

    fn tables(&self) -> Vec<TableUse<'_>> {
        vec![self.table_use()]
    }

    fn lone_class(&self, tables: &Tables) -> Option<LoneClass<'_>> {
        let table = self.read(tables)?.ok()?;
        let (line, more) = table.lone()?;
        Some(LoneClass {
            table: self.table_use(),
            line,
            more,
        })
    }

    fn unchanged_class(&self, tables: &Tables) -> Option<LoneClass<'_>> {
        let table = self.read(tables)?.ok()?;
        let (line, more) = table.unchanged()?;
        Some(LoneClass {
            table: self.table_use(),
            line,
            more,
        })
    }

    fn for_site(self, site: &Site<'_>) -> Result<Rule, NotBuilt> {
        let table = self.read(site.tables);
        let table = table.expect("each table that an action names is there");
        match table {
            Ok(table) => Ok(Rule {
                table: Some(table),
                ..self
            }),
            Err(error) => Err(NotBuilt::Table {
                name: self.file,
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

    fn grows(&self) -> Growth {
        // In quotes, each character escaped; none is a control character.
        let class = 2 + 2 * CLASS_BYTES_MAX;
        Growth::by(match &self.otherwise {
            Else::Constant(constant) => class.max(constant.json_bytes_max()),
            Else::Refused | Else::Absent => class,
        })
    }

    fn dials(&self) -> Vec<Dial> {
        let choice = |word, at: &str| Dial::new(word, Setting::Choice(at.to_owned()));
        let level = u64::try_from(self.level).unwrap_or(u64::MAX);
        let otherwise = match &self.otherwise {
            Else::Refused => "refused".to_owned(),
            Else::Absent => "absent".to_owned(),
            Else::Constant(constant) => format!("{constant:?}"),
        };
        vec![
            choice("hierarchy", &self.file),
            // A coarser class is known to whoever knows a finer one.
            Dial::new("level", Setting::Strength(level)),
            choice("else", &otherwise),
            Dial::new("header", Setting::Switch(self.has_names)),
        ]
    }

    fn is_bounded(&self) -> bool {
        self.otherwise == Else::Refused
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let takes = matches!(from, Type::Text | Type::Bool | Type::Integer | Type::Number);
        let class = Types::of(Type::Text);
        takes.then(|| Gives {
            types: match &self.otherwise {
                Else::Constant(constant) => class.with(param::type_of(Some(constant))),
                Else::Refused | Else::Absent => class,
            },
            may_be_absent: from == Type::Text || self.otherwise == Else::Absent,
            ..Gives::default()
        })
    }

    fn says(&self) -> Says {
        Says::of(format!(
            "the class of the value at level {} of the table `{}`{}",
            self.level,
            self.file,
            match &self.otherwise {
                Else::Constant(_) => ", or a constant if it is not in there",
                Else::Refused | Else::Absent => "",
            }
        ))
    }

    /// Writes the class.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let table = self.table.as_deref().expect("it was made for a place");
        let value = plain(view, cx.text)?;
        if let Some(class) = value.and_then(|value| table.class(value)) {
            out.text(class);
            return Ok(());
        }
        if value.is_some_and(|value| self.nothing.is(value.as_bytes())) {
            return Ok(());
        }
        match &self.otherwise {
            Else::Constant(constant) => {
                cx.note(Note::Other);
                constant.write(out);
            }
            Else::Absent => {}
            Else::Refused => return Err(Reason::BadIdentifier),
        }
        Ok(())
    }
}

fn otherwise(inside: &mut Mapping<'_, '_>) -> Else {
    let Some(node) = inside.node("else") else {
        return Else::Refused;
    };
    let is_absent = matches!(&node.kind, Kind::Scalar { text, quoted: false } if text == "absent");
    match param::scalar(node, "else", inside.findings) {
        _ if is_absent => Else::Absent,
        Some(constant) => Else::Constant(constant),
        None => Else::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use crate::record::Reason;

    #[test]
    fn a_value_leaves_as_its_class() {
        let class = |json: &str| {
            run(
                "{ generalize: { hierarchy: { file: occupations.csv, level: 1 } } }",
                json,
            )
        };
        for (json, expected) in [
            (r#""nurse""#, r#""health""#),
            (r#""\u006eurse""#, r#""health""#),
            (r#""smith; locksmith""#, r#""craft""#),
            (r#""the \"best\"""#, r#""craft""#),
            ("42", r#""number""#),
            ("4.2e1", r#""number""#),
            (r#""42""#, r#""number""#),
            ("7.50", r#""number""#),
            ("true", r#""said""#),
            ("null", "null"),
            // A word for nothing that the table has.
            (r#""Unknown""#, r#""said""#),
        ] {
            assert_eq!(class(json), Ok(Some(expected.to_owned())), "{json}");
        }
        for json in [r#""""#, r#""unknown""#, r#""NULL""#] {
            assert_eq!(class(json), Ok(None), "{json}");
        }
        let long = format!("{:?}", "x".repeat(1 << 20));
        for json in [
            r#""Nurse""#,
            r#""nurse ""#,
            r#""42.0""#,
            r#""health""#,
            "43",
            "1e999999999",
            &long,
        ] {
            assert_eq!(class(json), Err(Reason::BadIdentifier), "{json}");
        }
        for json in ["[]", "{}"] {
            assert_eq!(class(json), Err(Reason::WrongType), "{json}");
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_what_the_policy_says() {
        for (otherwise, expected) in [
            ("absent", None),
            ("'absent'", Some(r#""absent""#)),
            ("rest", Some(r#""rest""#)),
            ("0", Some("0")),
            ("false", Some("false")),
        ] {
            let policy = format!(
                "{{ generalize: {{ hierarchy: {{ file: ages.csv, level: 2, header: true, else: {otherwise} }} }} }}"
            );
            let expected = expected.map(str::to_owned);
            assert_eq!(run(&policy, r#""age""#), Ok(expected), "{otherwise}");
            assert_eq!(run(&policy, "17"), Ok(Some(r#""[0, 50)""#.to_owned())));
            assert_eq!(run(&policy, r#""""#), Ok(None), "{otherwise}");
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("{}", &["V0005", "V0005"][..]),
            ("{ file: a.csv }", &["V0005"]),
            ("{ level: 1 }", &["V0005"]),
            ("{ file: a.csv, level: 0 }", &["V0007"]),
            ("{ file: a.csv, level: 65 }", &["V0007"]),
            ("{ file: a.csv, level: 1, else: [a] }", &["V0006"]),
            ("{ file: a.csv, level: 1, else: null }", &["V0006"]),
            ("{ file: a.csv, level: 1, header: 1 }", &["V0006"]),
            ("{ file: [a], level: 1 }", &["V0006"]),
            ("a.csv", &["V0006"]),
        ] {
            let policy = format!("{{ generalize: {{ hierarchy: {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }
}
