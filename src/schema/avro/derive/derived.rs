//! A schema of what leaves: pruned, its types told apart, marked, and read back.

use super::pruned::Pruning;
use super::shared::shared;
use super::{Fields, Head, Unfit};
use crate::plan::automaton::{Automaton, ROOT};
use crate::schema::avro::node::{NodeId, Schema, Shape};
use crate::schema::avro::print::VEIL;
use crate::schema::json::Json;

impl Schema {
    /// The schema of what an output makes of records of this one.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn derive(
        &self,
        automaton: &Automaton,
        fields: &dyn Fields,
        head: Head<'_>,
    ) -> Result<Schema, Unfit> {
        let mut pruning = Pruning::new(self, automaton, fields);
        let root = pruning.root(self.root(), ROOT)?;
        let mut derived = shared(&pruning.out, root, self, head.namespace)?;
        for at in records_of_root(&derived) {
            let others = &mut derived.nodes[at.index()].others;
            others.retain(|(name, _)| &**name != VEIL);
            let policy = vec![("policy".into(), Json::text(head.policy))];
            others.push((VEIL.into(), Json::Object(policy)));
        }
        // What consumers will read is what was meant, or it is not given out.
        let text = derived.print();
        match Schema::parse(&text) {
            Ok(again) if again.print() == text => Ok(again),
            _ => Err(Unfit::Unwritable),
        }
    }
}

/// The types that a whole value can be.
fn records_of_root(schema: &Schema) -> Vec<NodeId> {
    match &schema.node(schema.root()).shape {
        Shape::Union(branches) => branches.clone(),
        _ => vec![schema.root()],
    }
}
