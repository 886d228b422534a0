//! Two policies, held against each other by what leaves under them.
//!
//! **In**: what the policy before said, and what the one after says. **Out**:
//! every difference in what leaves, who may have it and who can go back; and in what a
//! reviewer relies on: classes, writers, words to people, reasons, evidence, tests.
//! **Promises**: what cannot be shown to let out no more counts as weaker. A record
//! that was held back by a bound of the policy is more; one that was held back
//! because an action could not take a value is not, where nothing leaves of that
//! value any more.
//! **Does not know**: records, plans.

mod accountability;
#[cfg(test)]
mod accountability_tests;
mod clauses;
#[cfg(test)]
mod condition_tests;
mod counts;
mod difference;
mod fields;
mod held;
#[cfg(test)]
mod held_back_tests;
mod keys;
mod live;
mod outputs;
mod review;
mod said;
mod schemas;
mod signals;
#[cfg(test)]
mod tests;
mod values;

pub use difference::{Difference, Verdict};
pub use keys::KeyInForce;
pub use said::Said;

use difference::Found;

/// Everything that leaves in another way under `is` than under `was`, and what a
/// reviewer relies on beside it, the gravest first.
pub fn diff(was: &Said, is: &Said) -> Vec<Difference> {
    let mut found = Found::default();
    clauses::source(was, is, &mut found);
    schemas::schemas(was, is, &mut found);
    clauses::nothing(was, is, &mut found);
    signals::consent(was, is, &mut found);
    live::state(was, is, &mut found);
    accountability::purposes(was, is, &mut found);
    accountability::recipients(was, is, &mut found);
    accountability::sensitive(was, is, &mut found);
    accountability::people(was, is, &mut found);
    outputs::outputs(was, is, &mut found);
    clauses::quarantine(was, is, &mut found);
    clauses::allowances(was, is, &mut found);
    clauses::keys(was, is, &mut found);
    review::review(was, is, &mut found);
    found.0.into_iter().collect()
}

/// True when some difference is weaker, or may be.
pub fn is_weaker(differences: &[Difference]) -> bool {
    differences.iter().any(|d| d.verdict != Verdict::Stronger)
}
