//! What an action makes of the types that the writer's schema says.

use super::{Deriving, Unfit};
use crate::record::types::{Given, Type};
use crate::schema::derived::Leaf;
use crate::schema::jsonschema::out::Out;
use crate::schema::jsonschema::place::{Place, To};
use crate::schema::jsonschema::types::Types;

/// Each type of JSON, with what an action is asked about: a number may be a whole one, and
/// of an array it is not known what it holds.
const ASKED: [(Types, &[Type]); 7] = [
    (Types::NULL, &[Type::Null]),
    (Types::BOOL, &[Type::Bool]),
    (Types::INTEGER, &[Type::Integer]),
    (Types::NUMBER, &[Type::Number, Type::Integer]),
    (Types::TEXT, &[Type::Text]),
    (Types::ARRAY, &[Type::Scalars, Type::Objects]),
    (Types::OBJECT, &[Type::Object]),
];

impl Deriving<'_> {
    /// What leaves of a value there.
    ///
    /// # Errors
    /// [`Unfit::NotTaken`]: of what the schema says that it can be, its action takes
    /// nothing.
    pub(super) fn leaf(&mut self, place: &Place, leaf: &Leaf<'_>) -> Result<Out, Unfit> {
        let (out, is_taken) = self.made(place, leaf);
        let types = place.types.without(Types::NULL);
        if !is_taken && !types.is_none() && place.types != Types::ALL {
            return Err(Unfit::NotTaken {
                path: self.path.join(".").replace(".[*]", "[*]"),
                ty: types.words().join(" or "),
            });
        }
        Ok(out)
    }

    /// The same, and whether the action takes something other than null.
    pub(super) fn made(&mut self, place: &Place, leaf: &Leaf<'_>) -> (Out, bool) {
        let schema = self.schema;
        let items = schema.there(place, To::Element, &mut self.fuel);
        let holds_scalars = !items.types.has(Types::OBJECT) && !items.types.has(Types::ARRAY);
        let mut out = Out::of(Types::NONE);
        let (mut is_taken, mut is_same) = (false, true);
        for (types, asked) in ASKED {
            // Of numbers the wider one speaks for both.
            let is_covered = types == Types::INTEGER && place.types.has(Types::NUMBER);
            if !place.types.has(types) || is_covered {
                continue;
            }
            for ty in asked {
                if *ty == Type::Objects && holds_scalars {
                    continue;
                }
                let Ok(gives) = (leaf.gives)(*ty) else {
                    continue;
                };
                is_taken |= types != Types::NULL;
                out.may_be_absent |= gives.may_be_absent;
                is_same &= gives.is_same();
                for given in gives.each() {
                    out.types = out.types.or(match given {
                        Given::Same => types,
                        Given::Null => Types::NULL,
                        Given::Bool => Types::BOOL,
                        Given::Int | Given::Long => Types::INTEGER,
                        Given::Double => Types::NUMBER,
                        Given::Text => Types::TEXT,
                    });
                }
            }
        }
        if let Some(id) = place.node() {
            let all = schema.speaking(id).unwrap_or_default();
            self.fuel.burn(all.len());
            let mut said = all.iter().map(|id| schema.node(*id));
            out.description = said.clone().find_map(|node| node.description.clone());
            if leaf.is_kept && is_same {
                out.format = said.clone().find_map(|node| node.format.clone());
            }
            if leaf.is_kept {
                let tags = said.find(|node| !node.tags.is_empty());
                out.tags = tags.map(|node| node.tags.clone()).unwrap_or_default();
            }
        }
        out.said = Some(leaf.said.clone());
        (out, is_taken)
    }
}
