//! One column: what it holds, of which type, and when it is not there.

use super::Described;
use super::absence::{absence, types};
use super::joins::{self, Join};
use super::place::name;
use super::uniques::{self, Uniques};
use crate::action::{ActionDef, Gives, Says, Type, Types};
use crate::policy::{Column, Inside, OutputMeaning, Part, Where};

/// One column of an output, key and headers included.
pub struct ColumnContract<'d> {
    /// What the policy says of it.
    pub column: &'d Column,
    /// As it is called: a path, `record key`, `header NAME`.
    pub name: String,
    /// What it holds, in plain words.
    pub says: Says,
    /// The types a value of it can have.
    pub types: Types,
    /// When it is null and when it is not there, in one sentence.
    pub absence: String,
    /// What is inside, where it is a sealed object that names its fields.
    pub inside: Vec<InsideContract<'d>>,
    /// Columns whose equal values mean the same.
    pub joins: Vec<Join>,
    /// What stands in it beside that, where it is a name or a code.
    pub parts: Vec<PartContract<'d>>,
    /// How distinct values are counted, and what the count means.
    pub uniques: Uniques,
}

/// A field inside of a sealed object.
pub struct InsideContract<'d> {
    /// What the policy says of it.
    pub field: &'d Inside,
    /// What it holds, in plain words.
    pub says: Says,
    /// The types a value of it can have.
    pub types: Types,
}

/// What stands in a column beside the value that its action makes.
pub struct PartContract<'d> {
    /// What the policy says of it.
    pub part: &'d Part,
    /// What it is, in plain words.
    pub says: Says,
    /// Columns whose equal values mean the same.
    pub joins: Vec<Join>,
}

impl ColumnContract<'_> {
    /// What it holds, with what the names of its members are; for one who has no other
    /// place to be told of these.
    pub fn what(&self) -> String {
        let names = self.parts.iter().filter(|p| p.part.at.is_name());
        let names = names.map(|p| format!("; {}: {}", p.part.at, p.says.what));
        [self.says.what.clone()].into_iter().chain(names).collect()
    }

    /// Every column that one of its codes joins with.
    pub fn all_joins(&self) -> impl Iterator<Item = &Join> {
        let parts = self.parts.iter().flat_map(|p| &p.joins);
        self.joins.iter().chain(parts)
    }

    /// The actions that make what leaves in it.
    pub fn actions(&self) -> impl Iterator<Item = &'static ActionDef> {
        let parts = self.parts.iter().map(|p| p.part.action);
        [self.column.action].into_iter().chain(parts)
    }

    /// It lies in the value, and is neither key nor header.
    pub fn is_in_value(&self) -> bool {
        matches!(self.column.to, Where::Value(_))
    }

    /// The places of the event it is made from, paths of the value bare.
    pub fn sources(&self) -> Vec<String> {
        match &self.column.from[..] {
            [] => self.column.inputs.iter().map(ToString::to_string).collect(),
            places => places.to_vec(),
        }
    }
}

/// The columns of an output.
pub(super) fn columns<'d>(
    output: &'d OutputMeaning,
    policies: &'d [Described],
) -> Vec<ColumnContract<'d>> {
    let each = output.columns.iter().map(|column| {
        let gives = gives(column);
        ColumnContract {
            column,
            name: name(&column.to),
            says: says(of_codes(output, column), column.when.as_deref()),
            types: types(output, column, gives),
            absence: absence(output, column, gives),
            inside: column
                .inside
                .iter()
                .map(|field| InsideContract {
                    field,
                    says: says(field.spec.says(&output.domain), field.when.as_deref()),
                    types: {
                        let gives = Gives::of_each(Types::JSON, |ty| field.spec.gives(ty));
                        field.with_stand_ins(gives).types
                    },
                })
                .collect(),
            joins: match &column.joins_by {
                Some(by) => joins::of((output, column, by), policies),
                None => Vec::new(),
            },
            parts: parts(output, column, policies),
            uniques: uniques::of(output, column),
        }
    });
    each.collect()
}

/// What it holds; of several codes that one value has, that they are several.
fn of_codes(output: &OutputMeaning, column: &Column) -> Says {
    let says = column.spec.says(&output.domain);
    match output.has_other_codes(column) {
        true => {
            says.reaching_only("not the one that other cases or types of record make of it here")
        }
        false => says,
    }
}

/// The names of its members, and the codes that other actions make of parts of it.
fn parts<'d>(
    output: &OutputMeaning,
    column: &'d Column,
    policies: &[Described],
) -> Vec<PartContract<'d>> {
    let told = column.parts.iter();
    let told = told.filter(|part| part.at.is_name() || part.joins_by.is_some());
    let each = told.map(|part| PartContract {
        part,
        says: part.spec.says(&output.domain),
        joins: match &part.joins_by {
            Some(by) => joins::of((output, column, by), policies),
            None => Vec::new(),
        },
    });
    each.collect()
}

/// What it holds, and of a case of `when` the condition.
fn says(says: Says, when: Option<&str>) -> Says {
    match when {
        Some(when) => Says {
            what: format!("{}, {when}", says.what),
            ..says
        },
        None => says,
    }
}

fn gives(column: &Column) -> Gives {
    // Headers and record keys are texts on both sides.
    let from = match column.to {
        Where::Value(_) => column.of_types,
        Where::KeyField(_) => Types::JSON,
        Where::Key if column.from.is_empty() || !column.inputs.is_empty() => column.of_types,
        Where::Key | Where::Header(_) => Types::of(Type::Text),
    };
    let gives = Gives::of_each(from, |ty| column.spec.gives(ty));
    let gives = column.with_stand_ins(gives);
    let types = match column.to {
        Where::Value(_) | Where::KeyField(_) => gives.types,
        Where::Key | Where::Header(_) => Types::of(Type::Text),
    };
    Gives { types, ..gives }
}
