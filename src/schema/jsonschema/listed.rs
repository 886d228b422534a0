//! The places of a schema of JSON, each with its type in words.

use std::collections::HashMap;

use super::node::{NodeId, Schema};
use super::types::Types;
use crate::record::path::{Selector, Step};
use crate::schema::listed::{Place, RECORD};

/// Most places that are told.
const PLACES_MAX: usize = 1 << 13;
/// Deepest one.
const DEPTH_MAX: usize = 64;

impl Schema {
    /// Each place where a value can stand, the whole value first, which alone has a name:
    /// its title. What lies in a part inside of itself is told once.
    ///
    /// `None`: there are more places, or more is said of one, than is told.
    pub fn listed(&self) -> Option<Vec<Place>> {
        let root = vec![self.meant(self.root())];
        let mut listing = Listing {
            schema: self,
            path: Vec::new(),
            around: Vec::new(),
            told: Vec::new(),
        };
        listing.told.push(Place {
            path: RECORD.to_owned(),
            said: listing.said(&root)?,
            called: self.title().map(str::to_owned),
        });
        listing.inside(root)?;
        Some(listing.told)
    }
}

struct Listing<'s> {
    schema: &'s Schema,
    path: Vec<Step>,
    /// Places that are gone through now, each by the parts that speak of it.
    around: Vec<Vec<NodeId>>,
    told: Vec<Place>,
}

impl Listing<'_> {
    /// What stands inside of a place that is any of these parts; `None`: too much.
    fn inside(&mut self, parts: Vec<NodeId>) -> Option<()> {
        if self.around.contains(&parts) {
            return Some(());
        }
        let mut inner: Vec<(Step, Vec<NodeId>)> = Vec::new();
        let mut places: HashMap<Step, usize> = HashMap::new();
        for part in &parts {
            self.schema.speaking(*part)?;
            for (step, to) in self.schema.steps(*part) {
                let at = *places.entry(step.clone()).or_insert(inner.len());
                if at == inner.len() {
                    inner.push((step, Vec::new()));
                }
                inner[at].1.push(self.schema.meant(to));
            }
        }
        if self.path.len() >= DEPTH_MAX || self.told.len() + inner.len() > PLACES_MAX {
            return None;
        }
        self.around.push(parts);
        for (step, mut parts) in inner {
            parts.sort_unstable();
            parts.dedup();
            self.path.push(step);
            let path = Selector {
                steps: self.path.clone(),
            };
            self.told.push(Place {
                path: path.to_string(),
                said: self.said(&parts)?,
                called: None,
            });
            self.inside(parts)?;
            self.path.pop();
        }
        self.around.pop();
        Some(())
    }

    /// What a value of any of these parts can be; `None`: too much is said of one.
    fn said(&self, parts: &[NodeId]) -> Option<String> {
        let types = parts.iter().map(|part| self.schema.types(*part));
        let types = types.fold(Types::NONE, Types::or);
        let word = match types {
            Types::ALL => "any value".to_owned(),
            Types::NONE => "no value".to_owned(),
            types => types.words().join(" or "),
        };
        let mut formats: Vec<&str> = Vec::new();
        for part in parts {
            self.schema.speaking(*part)?;
            let (format, _) = self.schema.text_of(*part);
            formats.extend(format.filter(|format| !formats.contains(format)));
        }
        Some(match formats[..] {
            [] => word,
            _ => format!("{word} ({})", formats.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Option<Vec<String>> {
        let listed = Schema::read(text, &[]).expect("a schema").listed()?;
        Some(listed.iter().map(Place::line).collect())
    }

    #[test]
    fn every_place_is_told_once_with_all_that_it_can_be() {
        let text = r##"{"title":"Click","type":"object","properties":{
            "n":{"type":["null","integer"]},
            "at":{"type":"string","format":"date-time"},
            "in":{"$ref":"#/definitions/I"},
            "l":{"type":"array","items":{"anyOf":[{"type":"null"},{"$ref":"#/definitions/I"}]}},
            "m":{"type":"object","additionalProperties":{"$ref":"#"}},
            "x.y":{},
            "either":{"anyOf":[
                {"type":"object","properties":{"a":{"type":"string"}}},
                {"type":"object","properties":{"a":{"type":"number"}}}]}},
          "definitions":{"I":{"type":"object","properties":{
            "e":{"type":"boolean"},"again":{"$ref":"#/definitions/I"}}}}}"##;
        let expected = [
            "(record): object called Click",
            "n: null or integer",
            "at: string (date-time)",
            "in: object",
            "in.e: boolean",
            "in.again: object",
            "l: array",
            "l[*]: null or object",
            "l[*].e: boolean",
            "l[*].again: object",
            "l[*].again.e: boolean",
            "l[*].again.again: object",
            "m: object",
            "m.*: object",
            "'x.y': any value",
            "either: object",
            "either.a: number or string",
        ];
        assert_eq!(listed(text).expect("few"), expected);
    }

    #[test]
    fn more_than_can_be_told_is_not_told_in_part() {
        let part = |n: u32| {
            let next = format!("{{\"$ref\":\"#/definitions/d{}\"}}", n + 1);
            format!("\"d{n}\":{{\"properties\":{{\"a\":{next},\"b\":{next}}}}}")
        };
        let of = |depth: u32| {
            let parts: Vec<String> = (0..depth).map(part).collect();
            let parts = parts.join(",");
            listed(&format!(
                "{{\"$ref\":\"#/definitions/d0\",\"definitions\":{{{parts},\"d{depth}\":{{}}}}}}"
            ))
        };
        assert_eq!(of(3).map(|told| told.len()), Some(15));
        assert_eq!(of(20), None);
        let branches = vec!["{\"properties\":{\"a\":{}}}"; 300].join(",");
        assert_eq!(listed(&format!("{{\"anyOf\":[{branches}]}}")), None);
    }
}
