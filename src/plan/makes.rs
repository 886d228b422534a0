//! What an action makes of values of known types: what a schema of what leaves is made
//! of, before there is a record.

use std::sync::Arc;

use super::{OnError, Output, Plan, Write};
use crate::action::{Degree, Gives, Narrow, Spec, Type, Types};
use crate::record::Literal;
use crate::record::time::TimeKind;
use crate::record::types::{self, Given, NotTaken};

/// What one action makes.
pub struct Makes {
    /// Its word.
    pub(crate) word: &'static str,
    /// Its parameters as the policy writes them; no names of keys.
    pub(crate) said: Arc<[(String, String)]>,
    /// The names of its keys, those of the actions that it holds among them.
    keys: Box<[Box<str>]>,
    /// The value leaves as it is, if it leaves.
    pub(crate) is_kept: bool,
    /// By type, in the order of [`Type::ALL`].
    gives: [Option<Gives>; Type::ALL.len()],
    /// What it does not take of types that only schemas tell apart.
    narrow: Narrow,
}

impl Makes {
    /// Of an action of that word.
    pub(crate) fn of(word: &'static str, said: Arc<[(String, String)]>, spec: &dyn Spec) -> Makes {
        let degree = spec.reveals().degree;
        let gives = Type::ALL.map(|ty| spec.gives(ty));
        let keeps_type = gives.iter().flatten().any(|gives| gives.keeps_type);
        Makes {
            word,
            said,
            keys: keys_of(spec).into(),
            is_kept: keeps_type && matches!(degree, Degree::Everything | Degree::Foreseen),
            gives,
            narrow: spec.narrow(),
        }
    }

    /// True when the policy says the same of both.
    pub(crate) fn is_as(&self, other: &Makes) -> bool {
        self.word == other.word && self.said == other.said && self.keys == other.keys
    }

    /// What is written of a value of that type.
    ///
    /// # Errors
    /// When none of them is taken.
    pub(crate) fn gives(&self, ty: types::Type) -> Result<types::Gives, NotTaken> {
        let from = kind_of(ty);
        let gives = self.gives[from as usize].ok_or(NotTaken::Type)?;
        self.narrow.takes(ty)?;
        let mut made = types::Gives::NOTHING;
        made.may_be_absent = gives.may_be_absent;
        if gives.keeps_type || gives.types == Types::of(Type::Null) && from == Type::Null {
            return Ok(made.with(Given::Same));
        }
        for ty in gives.types.each() {
            made = made.with(match ty {
                Type::Null => Given::Null,
                Type::Bool => Given::Bool,
                Type::Integer if gives.is_small => Given::Int,
                Type::Integer => Given::Long,
                Type::Number => Given::Double,
                Type::Text => Given::Text,
                // No action makes any of another value.
                _ => return Err(NotTaken::Type),
            });
        }
        Ok(made)
    }
}

fn keys_of(spec: &dyn Spec) -> Vec<Box<str>> {
    let own = spec.key().map(|key| key.alias.into());
    let nested = spec.nested().into_iter();
    let nested = nested.flat_map(|nested| keys_of(nested.spec));
    own.into_iter().chain(nested).collect()
}

fn kind_of(ty: types::Type) -> Type {
    match ty {
        types::Type::Null => Type::Null,
        types::Type::Bool => Type::Bool,
        types::Type::Integer | types::Type::Int | types::Type::Long => Type::Integer,
        types::Type::Number
        | types::Type::Float
        | types::Type::Double
        | types::Type::Decimal { .. } => Type::Number,
        types::Type::Text | types::Type::Symbol | types::Type::Uuid => Type::Text,
        types::Type::Time(TimeKind::Date) => Type::Date,
        types::Type::Time(TimeKind::OfDay(_)) => Type::TimeOfDay,
        types::Type::Time(TimeKind::Instant(_) | TimeKind::Local(_)) => Type::Timestamp,
        types::Type::Bytes => Type::Bytes,
        types::Type::Scalars => Type::Array,
        types::Type::Objects => Type::ArrayOfObjects,
        types::Type::Object => Type::Object,
    }
}

impl Plan {
    /// What is written of a value of that type where a field of `output` is made so, with
    /// what stands there on an error.
    ///
    /// # Errors
    /// When no such value is taken, and the record would be refused.
    pub(crate) fn gives(
        &self,
        output: &Output,
        write: &Write,
        ty: types::Type,
    ) -> Result<types::Gives, NotTaken> {
        if write.drops {
            return Ok(types::Gives::NOTHING);
        }
        let gives = self.makes[write.action.index()].gives(ty);
        let gives = match (write.on_error, gives) {
            (OnError::Quarantine, gives) => gives?,
            (OnError::DropField, gives) => gives.unwrap_or(types::Gives::NOTHING).or_nothing(),
            (OnError::Replace(literal), gives) => {
                let stand = given(output.literal(literal));
                gives.map_or_else(|_| types::Gives::one(stand), |gives| gives.with(stand))
            }
        };
        Ok(match write.guard {
            None => gives,
            // Another case may hold.
            Some(_) => gives.or_nothing(),
        })
    }
}

/// The type of a constant; `None` is null.
fn given(constant: Option<&Literal>) -> Given {
    match crate::action::type_of(constant) {
        Type::Null => Given::Null,
        Type::Bool => Given::Bool,
        Type::Integer => Given::Long,
        Type::Text => Given::Text,
        _ => Given::Double,
    }
}

#[cfg(test)]
#[path = "makes_tests.rs"]
mod tests;
