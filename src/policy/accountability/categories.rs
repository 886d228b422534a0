//! What is said of a consent category: the one place that asks it.

use super::super::check::consent::categories::Category;
use super::super::check::model::{Checked, Spelled};
use crate::plan::live::Grants;

/// The category of that name, where people are asked for one.
pub(super) fn declared<'p>(policy: &'p Checked, name: &str) -> Option<&'p Category> {
    let mut all = policy.categories.iter().flatten();
    all.find(|c| c.name.value == name)
}

/// What people are asked for by that category; of a category that says nothing, nothing.
pub(super) fn purposes<'p>(policy: &'p Checked, name: &str) -> &'p [Spelled] {
    declared(policy, name).map_or(&[], |category| &category.purposes)
}

/// True when only what people decided elsewhere grants, and no event does.
pub(super) fn state_alone_grants(policy: &Checked) -> bool {
    let state = policy.state.as_ref();
    state.is_some_and(|state| state.grants == Grants::State)
}
