//! What an action makes of a type, branch by branch of a union.

use super::Unfit;
use super::pruned::{Found, Pruning};
use super::writers_default::WritersDefault;
use crate::record::types::{Given, Type};
use crate::schema::avro::node::{Means, Node, NodeId, Schema, Shape};
use crate::schema::derived::Leaf;

/// What is known of values of a type; a union is asked branch by branch.
pub(in crate::schema::avro) fn type_of(schema: &Schema, node: NodeId) -> Type {
    let node = schema.node(node);
    match (&node.shape, node.means) {
        (_, Some(Means::Time(kind))) => Type::Time(kind),
        (_, Some(Means::Decimal { precision, scale })) => Type::Decimal { precision, scale },
        (Shape::Text | Shape::Fixed(..), Some(Means::Uuid)) => Type::Uuid,
        (Shape::Null, _) => Type::Null,
        (Shape::Boolean, _) => Type::Bool,
        (Shape::Int, _) => Type::Int,
        (Shape::Long, _) => Type::Long,
        (Shape::Float, _) => Type::Float,
        (Shape::Double, _) => Type::Double,
        (Shape::Bytes | Shape::Fixed(..), _) => Type::Bytes,
        (Shape::Text, _) => Type::Text,
        (Shape::Enum(..), _) => Type::Symbol,
        (Shape::Array(items), _) if !holds_object(schema, *items) => Type::Scalars,
        (Shape::Array(_), _) => Type::Objects,
        (Shape::Map(_) | Shape::Record(..) | Shape::Union(_), _) => Type::Object,
    }
}

/// A record ends it, so a schema that contains itself does.
fn holds_object(schema: &Schema, node: NodeId) -> bool {
    match &schema.node(node).shape {
        Shape::Record(..) | Shape::Map(_) => true,
        Shape::Array(items) => holds_object(schema, *items),
        Shape::Union(branches) => branches.iter().any(|branch| holds_object(schema, *branch)),
        _ => false,
    }
}

impl Pruning<'_> {
    /// The type that a leaf has. `leaves_gaps`: where it yields nothing, something must
    /// stand all the same. `default`: with one a reader could do without the field before.
    pub(super) fn leaf(
        &mut self,
        node: NodeId,
        leaf: &Leaf<'_>,
        leaves_gaps: bool,
        default: WritersDefault,
    ) -> Result<Found, Unfit> {
        let schema = self.schema;
        let branches = match &schema.node(node).shape {
            Shape::Union(branches) => branches,
            _ => &vec![node],
        };
        let mut is_same = true;
        let (mut is_nullable, mut had_null) = (false, false);
        let mut given = Vec::with_capacity(branches.len());
        for branch in branches {
            let ty = type_of(schema, *branch);
            let gives = (leaf.gives)(ty).map_err(|why| {
                let path = self.path();
                Unfit::NotTaken { path, ty, why }
            })?;
            is_nullable |= gives.may_be_absent && leaves_gaps;
            is_same &= gives.is_same();
            for one in gives.each() {
                let shape = match one {
                    Given::Same if ty == Type::Null => {
                        had_null = true;
                        continue;
                    }
                    Given::Same => {
                        given.push((Some(*branch), None));
                        continue;
                    }
                    Given::Null => {
                        is_nullable = true;
                        continue;
                    }
                    Given::Bool => Shape::Boolean,
                    Given::Int => Shape::Int,
                    Given::Long => Shape::Long,
                    Given::Double => Shape::Double,
                    Given::Text => Shape::Text,
                };
                given.push((None, Some(shape)));
            }
        }
        if is_same && default != WritersDefault::Goes && (had_null || !is_nullable) {
            return Ok(Found {
                node: self.copied(node)?,
                is_same: true,
                may_be_absent: false,
            });
        }
        is_nullable |= had_null || default != WritersDefault::None || given.is_empty();
        let mut found = Vec::new();
        for (branch, shape) in given {
            found.push(match (branch, shape) {
                (Some(branch), _) => self.copied(branch)?,
                (_, shape) => self.push(Node::plain(shape.unwrap_or(Shape::Null)))?,
            });
        }
        let node = self.united(found, is_nullable)?;
        Ok(Found {
            node,
            is_same: false,
            may_be_absent: is_nullable,
        })
    }

    /// A union of those types, null first if it is one; equal ones once, one alone as it
    /// is.
    pub(super) fn united(
        &mut self,
        types: Vec<NodeId>,
        is_nullable: bool,
    ) -> Result<NodeId, Unfit> {
        let mut found: Vec<NodeId> = Vec::with_capacity(types.len() + 1);
        if is_nullable {
            found.push(self.push(Node::plain(Shape::Null))?);
        }
        for ty in types {
            let node = &self.out[ty.index()];
            let same = found.iter_mut().find(|other| {
                let other = &self.out[other.index()];
                let is_named = node.shape.name().is_some();
                std::mem::discriminant(&node.shape) == std::mem::discriminant(&other.shape)
                    && (!is_named || node.shape.name() == other.shape.name())
            });
            match same {
                None => found.push(ty),
                // Where they differ in what is written beside them alone, what has
                // nothing beside it is true of both.
                Some(other) if self.out[other.index()].means == node.means => {
                    let is_leaf = !matches!(
                        node.shape,
                        Shape::Array(_) | Shape::Map(_) | Shape::Record(..)
                    );
                    if !is_leaf && self.out[other.index()] != *node {
                        return Err(Unfit::SameBranches { path: self.path() });
                    }
                    if node.others.is_empty() {
                        *other = ty;
                    }
                }
                Some(_) => return Err(Unfit::SameBranches { path: self.path() }),
            }
        }
        match found[..] {
            [one] => Ok(one),
            _ => self.push(Node::plain(Shape::Union(found))),
        }
    }
}
