//! One column: what it holds, of which type, and when it is not there.

use super::Described;
use super::joins::{self, Join};
use super::place::name;
use super::uniques::{self, Uniques};
use crate::action::{Gives, Says, Type, Types};
use crate::policy::{Column, Inside, OutputMeaning, Refused, Where};

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

impl ColumnContract<'_> {
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
            says: says(column.spec.says(&output.domain), column.when.as_deref()),
            types: gives.types,
            absence: absence(column, gives),
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
            joins: joins::of(output, column, policies),
            uniques: uniques::of(output, column),
        }
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
        Where::Value(_) => Types::JSON,
        Where::Key if column.from.is_empty() || !column.inputs.is_empty() => Types::JSON,
        Where::Key | Where::Header(_) => Types::of(Type::Text),
    };
    let gives = Gives::of_each(from, |ty| column.spec.gives(ty));
    let gives = column.with_stand_ins(gives);
    let types = match column.to {
        Where::Value(_) => gives.types,
        Where::Key | Where::Header(_) => Types::of(Type::Text),
    };
    Gives { types, ..gives }
}

fn absence(column: &Column, gives: Gives) -> String {
    let missing = match (&column.to, column.spec.from()) {
        (Where::Key, _) => "a null key",
        (Where::Header(_), _) => "not there",
        (Where::Value(_), _) => "absent",
    };
    let mut when = match column.spec.from() {
        Some(_) => vec!["the event has none of its parts"],
        None => vec!["the event has no such value"],
    };
    let may_be_nothing = match &column.when {
        Some(_) => Gives::of_each(Types::JSON, |ty| column.spec.gives(ty)).may_be_absent,
        None => gives.may_be_absent,
    };
    if may_be_nothing && (column.joins_by.is_some() || column.facts.reversible) {
        when.push("it stands for nothing (`null`, an empty text, `unknown`)");
    } else if may_be_nothing {
        when.push("the value stands for nothing");
    }
    if column.when.is_some() {
        when.push("another case of its `when` holds");
    }
    if let Some(Refused::Missing) = column.refused() {
        when.push("its action refuses the value");
    }
    if column.keeps_places {
        // An element is there, whatever became of it.
        let (_, nothing) = when.split_at(1);
        let null = match (nothing, gives.types.has(Type::Null)) {
            (_, false) => "never null".to_owned(),
            ([], true) => "null where the event says null".to_owned(),
            (nothing, true) => format!("null in its place when {}", nothing.join(", or ")),
        };
        return format!("absent when the event has no such list; {null}");
    }
    let (last, before) = when.split_last().expect("one at least");
    let when = match before {
        [] => (*last).to_owned(),
        before => format!("{}, or {last}", before.join(", ")),
    };
    let null = match gives.types.has(Type::Null) {
        true if gives.types == Types::of(Type::Null) => "always null",
        true => "null where the event says null",
        false => "never null",
    };
    format!("{missing} when {when}; {null}")
}
