//! The places of a schema of Avro, each with its type in words.

use super::node::{Means, NodeId, Schema, Shape};
use crate::schema::listed::{Place, RECORD};

/// Most places that are told: a few records that hold each other twice have very many.
const PLACES_MAX: usize = 8_192;

impl Schema {
    /// Each place where a value can stand, the whole record first. What lies in a record
    /// inside of itself is told once.
    ///
    /// `None`: there are more than are told.
    pub fn listed(&self) -> Option<Vec<Place>> {
        let mut all = vec![self.place(self.root(), RECORD.to_owned())];
        self.list(self.root(), String::new(), &mut Vec::new(), &mut all)?;
        Some(all)
    }

    fn list(
        &self,
        at: NodeId,
        path: String,
        around: &mut Vec<NodeId>,
        all: &mut Vec<Place>,
    ) -> Option<()> {
        if all.len() >= PLACES_MAX {
            return None;
        }
        if !path.is_empty() {
            all.push(self.place(at, path.clone()));
        }
        match &self.node(at).shape {
            Shape::Record(_, fields) if !around.contains(&at) => {
                around.push(at);
                for field in fields {
                    let inner = match path.is_empty() {
                        true => field.name.to_string(),
                        false => format!("{path}.{}", field.name),
                    };
                    self.list(field.node, inner, around, all)?;
                }
                around.pop();
            }
            Shape::Union(branches) => {
                let holds = |at: &&NodeId| {
                    let shape = &self.node(**at).shape;
                    matches!(shape, Shape::Record(..) | Shape::Array(_) | Shape::Map(_))
                };
                let inside: Vec<NodeId> = branches.iter().filter(holds).copied().collect();
                for branch in inside {
                    let mut found = Vec::new();
                    self.list(branch, path.clone(), around, &mut found)?;
                    // The union itself was told.
                    all.extend(found.into_iter().filter(|inner| inner.path != path));
                }
            }
            Shape::Array(items) => self.list(*items, format!("{path}[*]"), around, all)?,
            Shape::Map(values) => self.list(*values, format!("{path}.*"), around, all)?,
            _ => {}
        }
        Some(())
    }

    fn place(&self, at: NodeId, path: String) -> Place {
        Place {
            path,
            said: self.said(at),
            called: self.called(at),
        }
    }

    /// How the named types are called that a value can have, in the order of the branches.
    fn called(&self, at: NodeId) -> Option<String> {
        let Shape::Union(branches) = &self.node(at).shape else {
            return self.node(at).shape.name().map(ToString::to_string);
        };
        let each = branches.iter().filter_map(|branch| self.called(*branch));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| each.join(" or "))
    }

    fn said(&self, at: NodeId) -> String {
        let node = self.node(at);
        let word = match &node.shape {
            Shape::Null => "null".to_owned(),
            Shape::Boolean => "boolean".to_owned(),
            Shape::Int => "int".to_owned(),
            Shape::Long => "long".to_owned(),
            Shape::Float => "float".to_owned(),
            Shape::Double => "double".to_owned(),
            Shape::Bytes => "bytes".to_owned(),
            Shape::Text => "string".to_owned(),
            Shape::Fixed(_, size) => format!("fixed of {size}"),
            Shape::Enum(_, symbols) => format!("enum of {}", symbols.names.join(", ")),
            Shape::Array(_) => "array".to_owned(),
            Shape::Map(_) => "map".to_owned(),
            Shape::Record(..) => "record".to_owned(),
            Shape::Union(branches) => {
                let each = branches.iter().map(|branch| self.said(*branch));
                return each.collect::<Vec<_>>().join(" or ");
            }
        };
        match node.means {
            None => word,
            Some(Means::Uuid) => format!("{word} (uuid)"),
            Some(Means::Decimal { precision, scale }) => {
                format!("{word} (decimal {precision}, {scale})")
            }
            Some(Means::Time(kind)) => format!("{word} ({kind:?})").to_lowercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_told_once_with_its_type() {
        let text = r#"{"type":"record","name":"R","namespace":"web","fields":[
            {"name":"n","type":["null","long"]},
            {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
            {"name":"in","type":["null",{"type":"record","name":"I","fields":[
                {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
                {"name":"again","type":["null","I"]}]}]},
            {"name":"l","type":{"type":"array","items":"string"}},
            {"name":"m","type":{"type":"map","values":"R"}},
            {"name":"f","type":["I",{"type":"fixed","name":"other.F","size":4}]}]}"#;
        let schema = Schema::parse(text).expect("a schema");
        let listed = schema.listed().expect("few places");
        let expected = [
            "(record): record called web.R",
            "n: null or long",
            "at: long (instant(milli))",
            "in: null or record called web.I",
            "in.e: enum of A, B called web.E",
            "in.again: null or record called web.I",
            "l: array",
            "l[*]: string",
            "m: map",
            "m.*: record called web.R",
            "f: record or fixed of 4 called web.I or other.F",
            "f.e: enum of A, B called web.E",
            "f.again: null or record called web.I",
        ];
        let lines = listed.iter().map(Place::line);
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn records_that_hold_each_other_twice_are_not_gone_through_without_end() {
        let of = |text: &str| Schema::parse(text).expect("a schema").listed();
        let inner = r#"{"type":"record","name":"R20","fields":[{"name":"x","type":"int"}]}"#;
        let text = (0..20).rev().fold(inner.to_owned(), |inner, n| {
            let again = n + 1;
            format!(
                r#"{{"type":"record","name":"R{n}","fields":[{{"name":"a","type":{inner}}},{{"name":"b","type":"R{again}"}}]}}"#
            )
        });
        assert_eq!(of(&text), None);
        assert_eq!(of(inner).map(|listed| listed.len()), Some(2));
    }
}
