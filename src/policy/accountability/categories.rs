//! What is said of a consent category: the one place that asks it.

use super::super::check::model::{Checked, Spelled};

/// What people are asked for by that category; of a category that says nothing, nothing.
pub(super) fn purposes<'p>(_policy: &'p Checked, _category: &str) -> &'p [Spelled] {
    &[]
}
