//! A schema of what leaves: pruned, its types told apart, and read back.

use super::Unfit;
use super::pruned::pruned;
use super::shared::shared;
use crate::plan::automaton::Automaton;
use crate::schema::derived::{Fields, Head};
use crate::schema::protobuf::node::Schema;

impl Schema {
    /// The schema of what an output makes of messages of this one. `head.namespace` is
    /// its package.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn derive(
        &self,
        automaton: &Automaton,
        fields: &dyn Fields,
        head: Head<'_>,
    ) -> Result<Schema, Unfit> {
        let pruned = pruned(self, automaton, fields)?;
        let derived = shared(pruned, self, head)?;
        // What consumers will read is what was meant, or it is not given out.
        let text = derived.print();
        let name = &derived.message(derived.root()).name;
        match Schema::read_back(&text, name) {
            Ok(again) if again.print() == text => Ok(again),
            Ok(_) => Err(Unfit::Unwritable("it reads back as another one".into())),
            Err(unusable) => Err(Unfit::Unwritable(unusable.to_string())),
        }
    }
}
