//! Values in the classes of a table, level by level.

use std::borrow::Cow;
use std::sync::Arc;

use super::kind::Kind;
use super::number::write_code;
use crate::action::tables::csv::Rows;
use crate::action::{Cx, Dial, NotBuilt, Setting, Site, TableError, TableUse, Type};
use crate::anonymity::quasi::{BadHierarchy, Domain, Hierarchy, Scale};
use crate::language::finding::Span;
use crate::language::mapping::Mapping;
use crate::record::plain::plain;
use crate::record::value::{Applied, Out, View};
use crate::record::{Nothing, Reason};

/// Which table, and what becomes of a value that it does not have.
#[derive(Clone)]
pub(super) struct Rule {
    file: String,
    span: Span,
    has_names: bool,
    /// Such a value is the root; otherwise it is refused.
    takes_others: bool,
    table: Option<Arc<Read>>,
    nothing: Nothing,
}

/// What a table says.
struct Read {
    hierarchy: Hierarchy,
    domain: Arc<Domain>,
}

impl Rule {
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let file = mapping.text("hierarchy")?.to_owned();
        Some(Rule {
            file,
            span: mapping.place("hierarchy"),
            has_names: mapping.boolean("header").unwrap_or(false),
            takes_others: mapping.one_of("other") == Some("root"),
            table: None,
            nothing: Nothing::default(),
        })
    }
}

fn read(text: &str, has_names: bool) -> Result<Read, TableError> {
    let (mut rows, mut cells) = (Rows::of(text), Vec::new());
    let mut all: Vec<Vec<Cow<'_, str>>> = Vec::new();
    let mut passes = has_names;
    while rows.next(&mut cells)?.is_some() {
        if std::mem::take(&mut passes) {
            continue;
        }
        all.push(std::mem::take(&mut cells));
    }
    let made = Hierarchy::new(&all);
    let (hierarchy, tree) = made.map_err(|bad| {
        let line = row_of(bad) + usize::from(has_names);
        let why = bad.to_string();
        let why = why.split_once(": ").map_or(why.as_str(), |(_, why)| why);
        TableError::of_line(
            line,
            why,
            "write a value, then its classes from fine to coarse, the last the same for all",
        )
    })?;
    Ok(Read {
        hierarchy,
        domain: Arc::new(Domain::Closed(Scale::Tree(tree))),
    })
}

/// The row that is wrong, from 1.
fn row_of(bad: BadHierarchy) -> usize {
    match bad {
        BadHierarchy::Empty | BadHierarchy::TooMany => 1,
        BadHierarchy::Levels(row)
        | BadHierarchy::Ragged(row)
        | BadHierarchy::EmptyCell(row)
        | BadHierarchy::Twice(row)
        | BadHierarchy::TwoParents(row, _)
        | BadHierarchy::OneName(row, _)
        | BadHierarchy::TwoRoots(row) => row,
    }
}

impl Kind for Rule {
    /// A word for nothing that the table has is a value of it.
    const TAKES_ANY_TEXT: bool = true;

    fn dials(&self) -> Vec<Dial> {
        let choice = |word, at: &str| Dial::new(word, Setting::Choice(at.to_owned()));
        vec![
            choice("hierarchy", &self.file),
            Dial::new("header", Setting::Switch(self.has_names)),
            Dial::new("other", Setting::Switch(self.takes_others)),
        ]
    }

    fn takes(&self, from: Type) -> bool {
        matches!(from, Type::Text | Type::Integer | Type::Number | Type::Bool)
    }

    fn says(&self) -> String {
        "the value or a class of a table, level by level".to_owned()
    }

    fn tables(&self) -> Vec<TableUse<'_>> {
        vec![TableUse {
            name: &self.file,
            span: self.span,
        }]
    }

    fn for_site(&self, site: &Site<'_>) -> Result<(Rule, Arc<Domain>), NotBuilt> {
        let table = site.table(&self.file);
        let table = table.expect("each table that an action names is there");
        let of = format!("quasi hierarchy {}", self.has_names);
        let made = table.made(&of, |text| read(text, self.has_names));
        let made = made.map_err(|error| NotBuilt::Table {
            name: self.file.clone(),
            error,
        })?;
        let domain = Arc::clone(&made.domain);
        let rule = Rule {
            table: Some(made),
            nothing: site.nothing.clone(),
            ..self.clone()
        };
        Ok((rule, domain))
    }

    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let table = self.table.as_ref().expect("it was built for a place");
        let value = plain(scalar, cx.text)?;
        let code = match value.and_then(|value| table.hierarchy.code(value)) {
            Some(code) => code,
            None if value.is_some_and(|value| self.nothing.is(value.as_bytes())) => return Ok(()),
            None if self.takes_others => table.hierarchy.other(),
            None => return Err(Reason::BadIdentifier),
        };
        write_code(code, out, cx);
        Ok(())
    }
}
