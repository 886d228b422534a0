//! A schema of what leaves: pruned, its types told apart, marked, and read back.

use std::collections::HashSet;

use super::Unfit;
use super::pruned::Pruning;
use super::shared::shared;
use crate::plan::automaton::{Automaton, ROOT};
use crate::record::tape::Slot;
use crate::schema::avro::node::{NodeId, Schema, Shape};
use crate::schema::avro::print::VEIL;
use crate::schema::derived::{Fields, Head};
use crate::schema::json::Json;

/// A schema of what leaves.
pub(crate) struct Derived {
    pub(crate) schema: Schema,
    pub(crate) text: String,
    /// The writer's records, by their states, of which nothing is named.
    pub(crate) empty: HashSet<(NodeId, Slot)>,
}

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
        self.derived(automaton, fields, head)
            .map(|derived| derived.schema)
    }

    /// The same, with what it takes to find its places again.
    pub(crate) fn derived(
        &self,
        automaton: &Automaton,
        fields: &dyn Fields,
        head: Head<'_>,
    ) -> Result<Derived, Unfit> {
        let mut pruning = Pruning::new(self, automaton, fields);
        let root = pruning.root(self.root(), ROOT)?;
        let mut derived = shared(&pruning.out, root, self, head.namespace)?;
        for at in records_of_root(&derived) {
            let others = &mut derived.nodes[at.index()].others;
            let policy = vec![("policy".into(), Json::text(head.policy))];
            others.push((VEIL.into(), Json::Object(policy)));
        }
        // What consumers will read is what was meant, or it is not given out.
        let text = derived.print();
        match Schema::parse(&text) {
            Ok(again) if again.print() == text => Ok(Derived {
                schema: again,
                empty: pruning.empty(),
                text,
            }),
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
