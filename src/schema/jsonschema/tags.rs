//! What the owners of a schema say of its members, beside their types.

use super::node::{NodeId, SPEAKING_MAX, Schema};
use crate::record::path::Step;
use crate::schema::tagged::{Tag, Tagged};

impl Tagged for Schema {
    type At = NodeId;
    const SPEAKING_MAX: usize = SPEAKING_MAX;

    fn root(&self) -> NodeId {
        self.meant(Schema::root(self))
    }

    fn overflows(&self, at: NodeId) -> Option<Vec<Step>> {
        if self.speaking(at).is_none() {
            return Some(Vec::new());
        }
        let mut steps = self.steps(at).into_iter();
        let (step, _) = steps.find(|(_, part)| self.speaking(*part).is_none())?;
        Some(vec![step])
    }

    fn inside(&self, at: NodeId) -> Vec<Tag<NodeId>> {
        let one = |(step, part): (Step, NodeId)| Tag {
            step,
            tags: self.tags_of(part),
            to: vec![self.meant(part)],
        };
        self.steps(at).into_iter().map(one).collect()
    }
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
            let elements = self.elements(id).iter().chain(&self.node(id).positions);
            found.extend(elements.map(|id| (Step::AnyElement, *id)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tagged::{TooMuch, said, tagged};

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
        let found = said(&schema);
        let expected = [
            ("mail", "PII EMAIL"),
            ("items[*].zip", "PLACE"),
            ("by.*.zip", "PLACE"),
        ];
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }

    #[test]
    fn tags_are_found_where_types_are_not() {
        let text = r##"{"type":"object","properties":{
            "l":{"items":[{"confluent:tags":["FIRST"]}]},
            "m":{"prefixItems":[{"confluent:tags":["SECOND"]}]},
            "n":{"$ref":"#/definitions/a%20b"},
            "o":{"$ref":"#/definitions/c","properties":{"p":{"confluent:tags":["FOURTH"]}}}},
          "if":{"properties":{"q":{"confluent:tags":["FIFTH"]}}},
          "definitions":{"a b":{"properties":{"x":{"confluent:tags":["THIRD"]}}},"c":{"type":"object"}}}"##;
        let schema = Schema::read(text, &[]).expect("a schema");
        let expected = [
            ("l[*]", "FIRST"),
            ("m[*]", "SECOND"),
            ("n.x", "THIRD"),
            ("o.p", "FOURTH"),
            ("q", "FIFTH"),
        ];
        let found = said(&schema);
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }

    #[test]
    fn what_cannot_be_looked_through_is_said() {
        let branches = |count: usize| {
            let branches = vec![r#"{"properties":{"a":{"confluent:tags":["PII"]}}}"#; count];
            format!(r#"{{"anyOf":[{}]}}"#, branches.join(","))
        };
        let of = |text: &str| tagged(&Schema::read(text, &[]).expect("a schema"));
        // The part around them speaks of the value, too.
        assert_eq!(of(&branches(255)).map(|found| found.len()), Ok(255));
        let inside = |count| {
            format!(
                r#"{{"properties":{{"in":{{"items":{}}}}}}}"#,
                branches(count)
            )
        };
        assert_eq!(of(&inside(255)).map(|found| found.len()), Ok(255));
        let told = |text: &str| of(text).map_err(|why| why.to_string());
        let whole = "speaks of the whole value in more than 256 parts";
        assert_eq!(told(&branches(256)), Err(whole.to_owned()));
        let inner = "speaks of `in[*]` in more than 256 parts";
        assert_eq!(told(&inside(256)), Err(inner.to_owned()));
    }

    #[test]
    fn as_many_paths_as_are_gone_through_are_looked_at() {
        let of = |count: usize| {
            let one = |n| format!(r#""p{n}":{{"confluent:tags":["PII"]}}"#);
            let all: Vec<String> = (0..count).map(one).collect();
            let text = format!(r#"{{"properties":{{{}}}}}"#, all.join(","));
            tagged(&Schema::read(&text, &[]).expect("a schema")).map(|found| found.len())
        };
        assert_eq!(of(8_192), Ok(8_192));
        assert_eq!(of(8_193), Err(TooMuch::Paths));
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
        assert_eq!(tagged(&deep), Ok(Vec::new()));
        let wide = Schema::read(&chain(2), &[]).expect("a schema");
        assert_eq!(tagged(&wide), Err(TooMuch::Paths));
    }
}
