//! What the record itself says about consent.

use crate::plan::{Plan, Signal};
use crate::record::Literal;
use crate::record::decimal::Decimal;
use crate::record::format::Reader;
use crate::record::tape::Document;
use crate::record::value::View;

/// The categories that are granted, by their bit. A denial by any signal wins;
/// `null` and absent say nothing; a text that cannot be read denies; what nobody grants is
/// denied.
pub(crate) fn granted<R: Reader>(
    value: &Document<'_, R>,
    plan: &Plan,
    scratch: &mut String,
) -> u64 {
    let mut granted = 0;
    let mut denied = 0;
    for signal in &plan.signals {
        match signal {
            Signal::Object { object, categories } => {
                let mut objects = value.read_all(*object);
                let is_other = |view: View<'_>| match view {
                    View::Null => false,
                    View::Whole(whole) => !whole.is_object(),
                    _ => true,
                };
                if objects.any(is_other) || value.unreadable(*object).is_some() {
                    categories.iter().for_each(|(bit, _)| denied |= 1 << bit);
                }
                for (bit, read) in categories {
                    for view in value.read_all(*read) {
                        match view {
                            View::Null => {}
                            View::Bool(true) => granted |= 1 << bit,
                            _ => denied |= 1 << bit,
                        }
                    }
                }
            }
            Signal::Scalar {
                read,
                category,
                grants,
            } => {
                for view in value.read_all(*read) {
                    match view {
                        View::Null => {}
                        view if grants.iter().any(|g| equals(g, view, scratch)) => {
                            granted |= 1 << category;
                        }
                        _ => denied |= 1 << category,
                    }
                }
                if value.unreadable(*read).is_some() {
                    denied |= 1 << category;
                }
            }
        }
    }
    granted & !denied
}

/// Numbers are compared by value, texts by their characters.
fn equals(literal: &Literal, view: View<'_>, scratch: &mut String) -> bool {
    match (literal, view) {
        (Literal::Bool(granted), View::Bool(value)) => *granted == value,
        (Literal::Text(granted), View::Text(text)) => text.chars_in(scratch) == granted,
        (Literal::Number(granted), View::Number(number)) => {
            let value = number.text_in(scratch).ok().and_then(Decimal::read);
            value.is_some() && value == Decimal::read(granted)
        }
        _ => false,
    }
}
