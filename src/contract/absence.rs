//! When a column is null and when it is not there, in one sentence.

use crate::action::{ClassForm, Gives, Type, Types};
use crate::policy::{Column, OutputMeaning, Refused, Where};

/// Of a column of that output, whose action gives that.
pub(super) fn absence(output: &OutputMeaning, column: &Column, gives: Gives) -> String {
    match (cell(output, column), &column.facts.quasi) {
        (Some(cell), _) => of_a_cell(column, gives, cell),
        (None, Some(quasi)) => of_a_class(column, quasi.form),
        (None, None) => of_the_event(column, gives),
    }
}

/// The types that a value of it can have, where its action gives values of those.
pub(super) fn types(output: &OutputMeaning, column: &Column, gives: Gives) -> Types {
    match cell(output, column) {
        None => gives.types,
        Some(Cell::NeverNull) => gives.types.without(Type::Null),
        Some(Cell::MayBeNull) => gives.types.with(Type::Null),
    }
}

/// A part of the cells that an output counts in.
#[derive(Clone, Copy)]
enum Cell {
    NeverNull,
    MayBeNull,
}

/// `None`: the column is none.
fn cell(output: &OutputMeaning, column: &Column) -> Option<Cell> {
    let counts = output.release.as_ref()?.counts.as_ref()?;
    let Where::Value(path) = &column.to else {
        return None;
    };
    Some(match counts.never_null.contains(&path.to_string()) {
        true => Cell::NeverNull,
        false => Cell::MayBeNull,
    })
}

/// In a row, which has each of its parts.
fn of_a_cell(column: &Column, gives: Gives, cell: Cell) -> String {
    if matches!(cell, Cell::NeverNull) {
        return "always there, never null: every cell that is counted has one, and an event without one counts nowhere".to_owned();
    }
    let mut that = match column.spec.from() {
        Some(_) => vec!["have none of its parts"],
        None => vec!["have no such value", "say null"],
    };
    if gives.may_be_absent {
        that.push("hold what stands for nothing");
    }
    if let Some(Refused::Missing) = column.refused() {
        that.push("hold what its action refuses");
    }
    format!(
        "always there: null in the rows of events that {}",
        that.join(", or ")
    )
}

/// In a class, of which all records say the same.
fn of_a_class(column: &Column, form: ClassForm) -> String {
    let missing = match column.refused() {
        Some(Refused::Missing) => "a missing value, and what its action refuses, counts",
        _ => "a missing value counts",
    };
    match form {
        ClassForm::Label => format!(
            "always there: {missing} as one more value, null where all in the class have it, `*` where some do"
        ),
        ClassForm::End(..) => format!(
            "always there: {missing} as one more value; null where some in the class have it, and where that end is open"
        ),
    }
}

/// Of a value that leaves as its record does.
fn of_the_event(column: &Column, gives: Gives) -> String {
    let missing = match (&column.to, column.spec.from()) {
        (Where::Key, _) => "a null key",
        (Where::Header(_), _) => "not there",
        (Where::Value(path), _) if path.is_itself() => "empty",
        (Where::Value(_) | Where::KeyField(_), _) => "absent",
    };
    let mut when = match column.spec.from() {
        Some(_) => vec!["the event has none of its parts"],
        None if matches!(&column.to, Where::Value(path) if path.is_itself()) => Vec::new(),
        None if matches!(column.to, Where::KeyField(_)) => vec!["the key has no such member"],
        None => vec!["the event has no such value"],
    };
    let may_be_nothing = match &column.when {
        Some(_) => Gives::of_each(column.of_types, |ty| column.spec.gives(ty)).may_be_absent,
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
    let Some((last, before)) = when.split_last() else {
        return "always there".to_owned();
    };
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
