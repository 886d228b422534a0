//! Schemas of JSON Schema, as far as paths go through them.

use super::{Inside, Shaped};
use crate::schema::jsonschema::Types;
use crate::schema::jsonschema::node::{NodeId, SPEAKING_MAX, Schema};

/// A place in such a schema: a part, or one side of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    part: NodeId,
    side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    /// All that is said of the value.
    Whole,
    /// Its members with names.
    Fields,
    /// Its other members, and one of them.
    Members,
    Member,
    /// Its elements, and one of them.
    Elements,
    Element,
    /// It can be a text.
    Text,
    /// Nothing is said of what is inside.
    Open,
}

const fn whole(part: NodeId) -> At {
    At {
        part,
        side: Side::Whole,
    }
}

impl Shaped for Schema {
    type At = At;

    fn root(&self) -> At {
        whole(Schema::root(self))
    }

    fn inside(&self, At { part, side }: At) -> Inside<At> {
        let at = |side| At { part, side };
        // Of more than are looked at nothing is said.
        let any = |ids: &[NodeId]| match ids.len() > SPEAKING_MAX {
            true => Inside::Anything,
            false => Inside::Either(ids.iter().copied().map(whole).collect()),
        };
        match side {
            Side::Whole => Inside::Either(self.sides(part)),
            Side::Fields => {
                let fields = self.properties(part).iter();
                let fields = fields.map(|(name, id)| (vec![name.to_string()], whole(*id)));
                Inside::Fields(fields.collect())
            }
            Side::Members => Inside::Members(at(Side::Member)),
            Side::Member => any(&self.other_members(part)),
            Side::Elements => Inside::Elements(at(Side::Element)),
            Side::Element => any(self.elements(part)),
            Side::Text => Inside::Text,
            Side::Open => Inside::Anything,
        }
    }
}

impl Schema {
    /// What all that speak of a value say of it, none of which is whole: so no two lead to
    /// each other.
    fn sides(&self, part: NodeId) -> Vec<At> {
        let open = At {
            part,
            side: Side::Open,
        };
        let Some(all) = self.speaking(part) else {
            return vec![open];
        };
        let mut sides = Vec::new();
        for part in all {
            let has = [
                (Side::Fields, !self.properties(part).is_empty()),
                (Side::Members, !self.other_members(part).is_empty()),
                (Side::Elements, !self.elements(part).is_empty()),
            ];
            let has = has.into_iter().filter(|(_, has)| *has);
            sides.extend(has.map(|(side, _)| At { part, side }));
        }
        let types = self.types(part);
        let containers = Types::OBJECT.or(Types::ARRAY);
        if sides.is_empty() && !types.and(containers).is_none() {
            sides.push(open);
        } else if types.has(Types::TEXT) {
            let side = Side::Text;
            sides.push(At { part, side });
        }
        sides
    }
}
