//! What an action does not take of types that schemas tell apart, and JSON does not.

use crate::record::decimal::Decimal;
use crate::record::time::{Precision, TimeKind};
use crate::record::types::{NotTaken, Type};

/// Of the types that an action takes, those of which it takes nothing all the same: a word of
/// an enum is a text, and no number is spelled by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrow {
    /// It takes words of lists and UUIDs, as texts.
    pub(crate) words: bool,
    /// It takes binary numbers (IEEE 754).
    pub(crate) binary: bool,
    /// Numbers of the policy that it writes in place of others, or multiples of which it
    /// does: they must be of the type of the value, which what is written has.
    pub(crate) numbers: Vec<Decimal>,
    /// It writes none below.
    pub(crate) least: Option<Decimal>,
    /// The `unit` that the policy says times are of; `None`: it says none.
    pub(crate) unit: Option<&'static str>,
}

impl Default for Narrow {
    fn default() -> Self {
        Narrow {
            words: true,
            binary: true,
            numbers: Vec::new(),
            least: None,
            unit: None,
        }
    }
}

impl Narrow {
    /// Nothing that is no word of a list and no UUID.
    pub(crate) fn no_words() -> Narrow {
        Narrow {
            words: false,
            ..Narrow::default()
        }
    }

    /// Says nothing where some value of that type is taken.
    ///
    /// # Errors
    /// Why none is.
    pub(crate) fn takes(&self, ty: Type) -> Result<(), NotTaken> {
        let is_of_scale = |number: &Decimal, scale: u32| {
            number.is_zero() || number.exponent() >= -i64::from(scale)
        };
        // What it writes has that many digits before the point, or fewer.
        let is_below = |digits: u32| match &self.least {
            Some(least) => least.is_negative() || least.magnitude() <= i64::from(digits),
            None => true,
        };
        let is_at_most = |most: i64| match &self.least {
            Some(least) => Decimal::read(&most.to_string()).is_some_and(|most| *least <= most),
            None => true,
        };
        let fits = match ty {
            Type::Symbol | Type::Uuid if !self.words => return Err(NotTaken::Type),
            Type::Float | Type::Double if !self.binary => return Err(NotTaken::Type),
            Type::Int | Type::Long => {
                let most = match ty {
                    Type::Int => i64::from(i32::MAX),
                    _ => i64::MAX,
                };
                self.numbers.iter().all(|n| is_of_scale(n, 0)) && is_at_most(most)
            }
            Type::Decimal { precision, scale } => {
                let mut numbers = self.numbers.iter();
                numbers.all(|n| is_of_scale(n, scale)) && is_below(precision.saturating_sub(scale))
            }
            // Its unit is that of the schema.
            Type::Time(kind) if self.unit.is_some_and(|unit| unit != unit_of(kind)) => {
                return Err(NotTaken::Unit);
            }
            _ => true,
        };
        match fits {
            true => Ok(()),
            false => Err(NotTaken::Numbers),
        }
    }
}

/// As a policy writes it.
const fn unit_of(kind: TimeKind) -> &'static str {
    match kind {
        TimeKind::Date => "d",
        TimeKind::OfDay(of) | TimeKind::Instant(of) | TimeKind::Local(of) => match of {
            Precision::Milli => "ms",
            Precision::Micro => "us",
            Precision::Nano => "ns",
        },
    }
}
