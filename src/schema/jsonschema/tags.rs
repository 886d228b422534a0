//! What the owners of a schema say of its members, beside their types.

use std::collections::HashSet;

use super::node::{NodeId, Schema};
use crate::record::path::Step;
use crate::schema::avro::tags::PATHS_MAX;

/// Deepest path that is gone through.
pub(crate) const DEPTH_MAX: usize = 64;

/// Each path at which a member has tags, with those of what it stands in; a part inside
/// itself is gone through once.
///
/// `None`: there are more paths than are gone through.
pub fn tagged(schema: &Schema) -> Option<Vec<(Vec<Step>, Vec<String>)>> {
    let mut walk = Walk {
        schema,
        path: Vec::new(),
        around: HashSet::new(),
        found: Vec::new(),
        tags: Vec::new(),
        left: PATHS_MAX,
    };
    walk.inside(schema.root());
    (walk.left > 0).then_some(walk.found)
}

impl Schema {
    /// The tags of a part, and of those that speak of the same value.
    pub(crate) fn tags_of(&self, id: NodeId) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for id in self.speaking(id).unwrap_or_default() {
            for tag in &self.node(id).tags {
                if !tags.iter().any(|known| **known == **tag) {
                    tags.push(tag.to_string());
                }
            }
        }
        tags
    }

    /// Where one comes to from a part: each step, and the part there.
    pub(crate) fn steps(&self, id: NodeId) -> Vec<(Step, NodeId)> {
        let mut found = Vec::new();
        for id in self.speaking(id).unwrap_or_default() {
            let named = self.properties(id).iter();
            found.extend(named.map(|(name, id)| (Step::Name(name.to_string()), *id)));
            let others = self.other_members(id).into_iter();
            found.extend(others.map(|id| (Step::AnyName, id)));
            let elements = self.elements(id).iter();
            found.extend(elements.map(|id| (Step::AnyElement, *id)));
        }
        found
    }
}

struct Walk<'s> {
    schema: &'s Schema,
    path: Vec<Step>,
    /// Parts that are gone through now.
    around: HashSet<NodeId>,
    found: Vec<(Vec<Step>, Vec<String>)>,
    /// Of all that is around: what is inside has them too.
    tags: Vec<String>,
    /// So many paths more are gone through.
    left: usize,
}

impl Walk<'_> {
    fn inside(&mut self, id: NodeId) {
        let id = self.schema.meant(id);
        if self.path.len() >= DEPTH_MAX || !self.around.insert(id) {
            return;
        }
        for (step, part) in self.schema.steps(id) {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            self.path.push(step);
            let outer = self.tags.len();
            let own = self.schema.tags_of(part);
            if !own.is_empty() {
                self.tags.extend(own);
                self.found.push((self.path.clone(), self.tags.clone()));
            }
            self.inside(part);
            self.tags.truncate(outer);
            self.path.pop();
        }
        self.around.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::path::Selector;

    #[test]
    fn tags_are_found_wherever_a_member_stands() {
        let text = r##"{"type":"object","properties":{
            "mail":{"type":"string","confluent:tags":["PII","EMAIL"]},
            "n":{"type":"integer"},
            "items":{"type":"array","items":{"oneOf":[{"type":"null"},{"$ref":"#/definitions/I"}]}},
            "by":{"additionalProperties":{"$ref":"#/definitions/I"}}},
          "definitions":{"I":{"properties":{
            "zip":{"type":"string","confluent:tags":"PLACE"},
            "again":{"$ref":"#"}}}}}"##;
        let schema = Schema::read(text, &[]).expect("a schema");
        let found: Vec<(String, String)> = tagged(&schema)
            .expect("few paths")
            .into_iter()
            .map(|(steps, tags)| (Selector { steps }.to_string(), tags.join(" ")))
            .collect();
        let expected = [
            ("mail", "PII EMAIL"),
            ("items[*].zip", "PLACE"),
            ("by.*.zip", "PLACE"),
        ];
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }

    #[test]
    fn many_ways_and_deep_ones_come_to_an_end() {
        let chain = |width: usize| {
            let parts: Vec<String> = (0..5_000)
                .map(|n| {
                    let next = |m| format!("\"p{m}\":{{\"$ref\":\"#/definitions/d{}\"}}", n + 1);
                    let all: Vec<String> = (0..width).map(next).collect();
                    format!("\"d{n}\":{{\"properties\":{{{}}}}}", all.join(","))
                })
                .collect();
            let parts = parts.join(",");
            format!("{{\"$ref\":\"#/definitions/d0\",\"definitions\":{{{parts}}}}}")
        };
        let deep = Schema::read(&chain(1), &[]).expect("a schema");
        assert_eq!(tagged(&deep), Some(Vec::new()));
        let wide = Schema::read(&chain(2), &[]).expect("a schema");
        assert_eq!(tagged(&wide), None);
    }
}
