//! Where the fields of a record lead in a plan's automaton, and by which of their names.

use std::collections::{HashMap, HashSet};

use super::node::Field;
use crate::plan::automaton::Automaton;
use crate::record::tape::Slot;

/// A field, as the plan sees it.
pub(super) struct Met<'s> {
    pub(super) field: &'s Field,
    /// The name that the plan knows it by: its own, or one that it had before.
    pub(super) name: &'s str,
    /// The state that it leads to.
    pub(super) state: Slot,
    /// Names that it had before, that the plan names too, and that do not hold.
    pub(super) shadowed: Vec<&'s str>,
}

/// The fields of a record in that state, in order.
///
/// What the policy says of a name goes before what it says of any name (`*`), also where
/// the name is one that the field had before: or a producer's rename would let out under
/// `*` what the policy protects by its name. A former name counts where no field has it
/// now, and for one field.
pub(super) fn met<'s>(fields: &'s [Field], automaton: &Automaton, state: Slot) -> Vec<Met<'s>> {
    let named: HashMap<&str, Slot> = automaton.named_members(state).collect();
    let own: HashSet<&str> = fields.iter().map(|field| &*field.name).collect();
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(fields.len());
    for field in fields {
        let former = field.aliases.iter().map(|alias| &**alias);
        let mut former = former.filter(|alias| named.contains_key(alias) && !own.contains(alias));
        let (name, state, shadowed) = match named.get(&*field.name) {
            Some(state) => (&*field.name, *state, former.collect()),
            None => match former.find(|alias| taken.insert(*alias)) {
                Some(alias) => (alias, named[alias], Vec::new()),
                None => (&*field.name, automaton.any_member(state), Vec::new()),
            },
        };
        all.push(Met {
            field,
            name,
            state,
            shadowed,
        });
    }
    all
}
