//! What stands where an action wrote nothing, in a record that leaves.

use super::check::model::OnError;
use super::meaning::{Column, Inside};
use crate::action::{Gives, Type, type_of};
use crate::record::Literal;

/// What becomes of a value that is refused, in a record that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused<'c> {
    /// The field is not there.
    Missing,
    /// A constant stands in its place; `None` is `null`.
    Constant(Option<&'c Literal>),
}

impl Column {
    /// What becomes of a value that is refused; `None`: the record does not leave.
    pub fn refused(&self) -> Option<Refused<'_>> {
        refused(&self.on_error)
    }

    /// What its action gives, with what stands where that wrote nothing.
    pub fn with_stand_ins(&self, gives: Gives) -> Gives {
        let gives = of_a_case(gives, self.when.is_some());
        with(gives, self.refused(), self.keeps_places)
    }
}

impl Inside {
    /// What its action gives, with what stands where that wrote nothing.
    pub fn with_stand_ins(&self, gives: Gives) -> Gives {
        let gives = of_a_case(gives, self.when.is_some());
        with(gives, refused(&self.on_error), self.keeps_places)
    }
}

fn refused(on_error: &OnError) -> Option<Refused<'_>> {
    match on_error {
        OnError::Quarantine => None,
        OnError::DropField => Some(Refused::Missing),
        OnError::Replace(stand) => Some(Refused::Constant(stand.as_ref())),
    }
}

/// Where another case of its `when` holds nothing is written by this one.
fn of_a_case(gives: Gives, is_case: bool) -> Gives {
    Gives {
        may_be_absent: gives.may_be_absent || is_case,
        ..gives
    }
}

fn with(gives: Gives, refused: Option<Refused<'_>>, keeps_places: bool) -> Gives {
    let mut types = gives.types;
    if let Some(Refused::Constant(constant)) = refused {
        types = types.with(type_of(constant));
    }
    let is_missing = gives.may_be_absent || refused == Some(Refused::Missing);
    if keeps_places && is_missing {
        types = types.with(Type::Null);
    }
    Gives { types, ..gives }
}
