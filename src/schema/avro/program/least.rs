//! The fewest bytes that a value can have: what keeps a count that lies from being
//! believed.

use crate::schema::avro::node::{NodeId, Schema, Shape};

/// Passes over the arena. One is enough for a schema without circles; whatever they end
/// at is no more than the truth, since they begin with nothing.
const PASSES: usize = 8;

/// For each node a number of bytes that none of its values has fewer than.
pub(super) fn least(schema: &Schema) -> Vec<u32> {
    let mut least = vec![0u32; schema.nodes().len()];
    for _ in 0..PASSES {
        let mut changed = false;
        // A type stands before those inside it.
        for (at, node) in schema.nodes().iter().enumerate().rev() {
            let found = of(&node.shape, |id| least[id.index()]);
            changed |= found != least[at];
            least[at] = found;
        }
        if !changed {
            break;
        }
    }
    least
}

fn of(shape: &Shape, least: impl Fn(NodeId) -> u32) -> u32 {
    match shape {
        Shape::Null => 0,
        Shape::Float => 4,
        Shape::Double => 8,
        Shape::Fixed(_, size) => *size,
        // A varint, a length of 0, or a block of none.
        Shape::Boolean | Shape::Int | Shape::Long | Shape::Bytes | Shape::Text => 1,
        Shape::Enum(..) | Shape::Array(_) | Shape::Map(_) => 1,
        Shape::Union(branches) => {
            let fewest = branches.iter().map(|branch| least(*branch)).min();
            fewest.unwrap_or(0).saturating_add(1)
        }
        Shape::Record(_, fields) => fields
            .iter()
            .fold(0, |sum: u32, field| sum.saturating_add(least(field.node))),
    }
}
