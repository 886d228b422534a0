//! What kind of value a field can hold, known without looking at one.

/// One kind of value. JSON has no time, no bytes and no difference between whole
/// and other numbers but their value; a schema has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Type {
    /// Null.
    Null,
    /// A boolean.
    Bool,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// Text.
    Text,
    /// A day.
    Date,
    /// A time of day.
    TimeOfDay,
    /// A point in time.
    Timestamp,
    /// Bytes that are no text.
    Bytes,
    /// An array that holds no object.
    Array,
    /// An array that holds an object.
    ArrayOfObjects,
    /// An object.
    Object,
}

impl Type {
    /// Every type, in the order in which they are named.
    pub const ALL: [Type; 12] = [
        Type::Null,
        Type::Bool,
        Type::Integer,
        Type::Number,
        Type::Text,
        Type::Date,
        Type::TimeOfDay,
        Type::Timestamp,
        Type::Bytes,
        Type::Array,
        Type::ArrayOfObjects,
        Type::Object,
    ];

    /// In words, as a value of it is called.
    pub const fn says(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Bool => "boolean",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Text => "text",
            Type::Date => "date",
            Type::TimeOfDay => "time of day",
            Type::Timestamp => "timestamp",
            Type::Bytes => "bytes",
            Type::Array => "array",
            Type::ArrayOfObjects => "array of objects",
            Type::Object => "object",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// Several types, of which a value has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u16);

impl Types {
    /// None: there is no value.
    pub const NONE: Types = Types(0);

    /// Those that a JSON value of unknown type can have.
    pub const JSON: Types = Types::NONE
        .with(Type::Null)
        .with(Type::Bool)
        .with(Type::Integer)
        .with(Type::Number)
        .with(Type::Text)
        .with(Type::Array)
        .with(Type::ArrayOfObjects)
        .with(Type::Object);

    /// That one alone.
    pub const fn of(one: Type) -> Types {
        Types::NONE.with(one)
    }

    /// That one too.
    #[must_use]
    pub const fn with(self, one: Type) -> Types {
        Types(self.0 | one.bit())
    }

    /// Those of both.
    #[must_use]
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Without that one.
    #[must_use]
    pub const fn without(self, one: Type) -> Types {
        Types(self.0 & !one.bit())
    }

    /// True when a value of that type is one of them; an integer is a number.
    pub const fn has(self, one: Type) -> bool {
        let whole = matches!(one, Type::Integer) && self.0 & Type::Number.bit() != 0;
        self.0 & one.bit() != 0 || whole
    }

    /// True when there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, in the order in which they are named; of numbers the wider one.
    pub fn each(self) -> impl Iterator<Item = Type> {
        let all = Type::ALL.into_iter().filter(move |t| self.0 & t.bit() != 0);
        all.filter(move |t| *t != Type::Integer || self.0 & Type::Number.bit() == 0)
    }

    /// In words: `integer or text`.
    pub fn says(self) -> String {
        let words: Vec<&str> = self.each().map(Type::says).collect();
        match words.split_last() {
            None => "nothing".to_owned(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, before)) => format!("{} or {last}", before.join(", ")),
        }
    }
}

/// What an action writes of a value of one type, if it does not refuse it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gives {
    /// The types that what is written can have; none when nothing ever is.
    pub types: Types,
    /// It may be that nothing is written, although the value was there.
    pub may_be_absent: bool,
    /// What is written has the very type that the value came with, where a format tells
    /// apart what is one type here: an integer of 32 bits, a decimal, a word of a list.
    pub keeps_type: bool,
    /// Integers that are written fit 32 bits.
    pub is_small: bool,
}

impl Gives {
    /// Always a value of one of those types.
    pub const fn always(types: Types) -> Option<Gives> {
        Some(Gives {
            types,
            may_be_absent: false,
            keeps_type: false,
            is_small: false,
        })
    }

    /// A value of that type, which is the type that it came with.
    pub const fn kept(from: Type) -> Option<Gives> {
        match Gives::one(from) {
            Some(gives) => Some(gives.keeping_type()),
            None => None,
        }
    }

    /// The same with the very type that the value came with.
    #[must_use]
    pub const fn keeping_type(mut self) -> Gives {
        self.keeps_type = true;
        self
    }

    /// The same of integers that fit 32 bits.
    #[must_use]
    pub const fn small(mut self) -> Gives {
        self.is_small = true;
        self
    }

    /// Always a value of that type.
    pub const fn one(one: Type) -> Option<Gives> {
        Gives::always(Types::of(one))
    }

    /// A value of that type, or nothing.
    pub const fn maybe(one: Type) -> Option<Gives> {
        match Gives::one(one) {
            Some(mut gives) => {
                gives.may_be_absent = true;
                Some(gives)
            }
            None => None,
        }
    }

    /// Nothing, whatever the value.
    pub const NOTHING: Option<Gives> = match Gives::always(Types::NONE) {
        Some(mut gives) => {
            gives.may_be_absent = true;
            Some(gives)
        }
        None => None,
    };

    /// Of values of several types; those that are refused count for nothing.
    pub fn of_each(from: Types, gives: impl Fn(Type) -> Option<Gives>) -> Gives {
        let each = Type::ALL
            .into_iter()
            .filter(|t| from.has(*t))
            .filter_map(gives);
        each.fold(Gives::default(), |all, one| Gives {
            types: all.types.or(one.types),
            may_be_absent: all.may_be_absent || one.may_be_absent,
            ..all
        })
    }
}

/// What leaves, in plain words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// What a reader of the output has before him; a phrase without a stop.
    pub what: String,
    /// The values or widths that a coarser value can have, where they are fixed.
    pub bins: Option<String>,
    /// It is a time, or a part of one, in UTC.
    pub in_utc: bool,
    /// Of a code the clause of `what` that says where equal values have equal codes: in
    /// a column that makes several codes of one value it is not so.
    pub(crate) reach: Option<String>,
}

impl Says {
    /// Those words, and no more to say.
    pub fn of(what: impl Into<String>) -> Says {
        Says {
            what: what.into(),
            ..Says::default()
        }
    }

    /// The same, of which that clause says where equal values have equal codes.
    #[must_use]
    pub(crate) fn reaching(self, reach: impl Into<String>) -> Says {
        let reach = Some(reach.into());
        Says { reach, ..self }
    }

    /// The same with another clause in that place.
    #[must_use]
    pub(crate) fn reaching_only(self, reach: &str) -> Says {
        match &self.reach {
            Some(clause) => Says {
                what: self.what.replacen(clause.as_str(), reach, 1),
                ..self
            },
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_in_order_and_the_wider_number_once() {
        let some = Types::of(Type::Text).with(Type::Integer).with(Type::Number);
        assert_eq!(some.says(), "number or text");
        assert_eq!(Types::of(Type::Integer).says(), "integer");
        assert_eq!(Types::NONE.says(), "nothing");
        assert!(Types::of(Type::Number).has(Type::Integer));
        assert!(!Types::of(Type::Integer).has(Type::Number));
    }
}
