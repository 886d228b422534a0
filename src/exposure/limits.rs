//! What a report on a sample must say of the sample.

use crate::document::{Document, Line, Look};

/// Warns that each record counts as a person where the policy does not say whose it is,
/// and of records that nobody looked at.
pub(crate) fn warn(page: &mut Document, knows_persons: bool, passed_over: u64) {
    if !knows_persons {
        page.say(Line::of(
            Look::Warning,
            "The policy does not say whose a record is (source.subject): each record counts as a person of its own.",
        ));
    }
    if passed_over > 0 {
        page.say(Line::of(
            Look::Warning,
            format!("{passed_over} more records were not looked at."),
        ));
    }
}
