//! An output as a data contract: Open Data Contract Standard, version 3.1.0.

use super::distinct::distinct;
use super::shape::Shape;
use super::{ColumnContract, Contract, Join, Tree};
use crate::action::{Type, Types};

impl Contract<'_> {
    /// The contract of the output (ODCS 3.1.0). `broker` is where its topic
    /// lies, `HOST:PORT`; without it no server is named.
    pub fn odcs(&self, broker: Option<&str>) -> Tree {
        let (output, meaning) = (self.output, &self.policy.meaning);
        let gate = self.gate();
        let usage = format!(
            "Pseudonymisation domain: {}. Timestamp: {}.",
            output.domain, gate.timestamp
        );
        let limits = match &gate.permission {
            Some(permission) => format!(
                "{permission}; {}; {}; {}{}.",
                gate.withheld,
                gate.types,
                gate.refused,
                gate.reading
                    .map_or_else(String::new, |how| format!("; read {how}"))
            ),
            None => format!(
                "no gate and no legal basis are stated; {}; {}.",
                gate.types, gate.refused
            ),
        };
        let server = broker.map(|host| {
            let server = Tree::map().with("server", "kafka").with("type", "kafka");
            server.with("host", host).with("format", "json")
        });
        let privacy_officer = meaning.dpo.as_ref().map(|dpo| {
            let member = Tree::map()
                .with("username", dpo.as_str())
                .with("role", "dpo");
            Tree::map().with("members", Tree::List(vec![member]))
        });
        let topic = Tree::map()
            .with("name", output.topic.as_str())
            .with("physicalName", output.topic.as_str())
            .with("logicalType", "object")
            .with("physicalType", "topic")
            .with(
                "description",
                format!("Sanitized events for {}.", output.purpose),
            )
            .with("customProperties", self.beside_the_value())
            .with("properties", self.members(&Shape::of(&self.columns)));
        Tree::map()
            .with("apiVersion", "v3.1.0")
            .with("kind", "DataContract")
            .with("id", format!("{}.{}", meaning.name, output.topic))
            .with("name", output.topic.as_str())
            .with("version", meaning.version.to_string())
            .with("status", "active")
            .with("domain", output.domain.as_str())
            .with(
                "description",
                Tree::map()
                    .with("purpose", output.purpose.as_str())
                    .with("limitations", limits)
                    .with("usage", usage),
            )
            .with_all("servers", server.into_iter().collect())
            .with("schema", Tree::List(vec![topic]))
            .with_some("team", privacy_officer)
            .with(
                "customProperties",
                Tree::List(vec![property("veilPolicy", self.policy.stamp())]),
            )
    }

    /// Record key and headers, which are no part of the value.
    fn beside_the_value(&self) -> Tree {
        let beside = self.columns.iter().filter(|c| !c.is_in_value());
        let said = beside.map(|c| Tree::from(format!("{}: {}", c.name, c.what())));
        Tree::List(vec![property("besideTheValue", said.collect::<Tree>())])
    }

    fn members(&self, shape: &Shape<'_, '_>) -> Tree {
        let members = shape
            .members
            .iter()
            .map(|(name, of)| self.property(name, of));
        let any = shape.any_member.iter().map(|of| self.property("*", of));
        members.chain(any).collect()
    }

    fn property(&self, name: &str, shape: &Shape<'_, '_>) -> Tree {
        let mut tree = Tree::map()
            .with("name", name)
            .with_some("logicalType", logical(shape.types()))
            .with("required", false)
            .with_some("description", shape.says());
        let columns = &shape.columns;
        let classes: Vec<&str> = distinct(
            columns
                .iter()
                .flat_map(|c| c.column.classes.iter().map(String::as_str)),
        );
        if !classes.is_empty() {
            tree = tree.with("classification", classes.join(", "));
        }
        if !columns.is_empty() {
            let sources = self.policy.meaning.sources.iter().map(String::as_str);
            let written = distinct(columns.iter().map(|c| c.column.written.as_str()));
            tree = tree
                .with("transformSourceObjects", sources.collect::<Tree>())
                .with("transformLogic", written.join("; "))
                .with(
                    "transformDescription",
                    distinct(columns.iter().map(|c| c.what())).join("; "),
                )
                .with("customProperties", custom(columns));
        }
        if shape.is_object() {
            tree = tree.with("properties", self.members(shape));
        }
        if let Some(elements) = &shape.elements {
            tree = tree.with("items", self.item(elements));
        }
        tree
    }

    fn item(&self, shape: &Shape<'_, '_>) -> Tree {
        let Tree::Map(members) = self.property("", shape) else {
            return Tree::map();
        };
        // An element has no name.
        Tree::Map(
            members
                .into_iter()
                .filter(|(name, _)| name != "name")
                .collect(),
        )
    }
}

fn custom(columns: &[&ColumnContract<'_>]) -> Tree {
    let mut list = Vec::new();
    let mut add = |name: &str, values: Vec<String>| {
        if !values.is_empty() {
            list.push(property(name, values.join("; ")));
        }
    };
    let each = |of: &dyn Fn(&ColumnContract<'_>) -> Option<String>| {
        distinct(columns.iter().filter_map(|c| of(c)))
    };
    add(
        "technique",
        each(&|c| Some(c.column.action.iso.as_str().to_owned())),
    );
    add("absence", each(&|c| Some(c.absence.clone())));
    add("bins", each(&|c| c.says.bins.clone()));
    add(
        "timeZone",
        each(&|c| c.says.in_utc.then(|| "UTC".to_owned())),
    );
    add(
        "joinsWith",
        each(&|c| {
            let joins = distinct(c.all_joins().map(Join::says));
            (!joins.is_empty()).then(|| joins.join(", "))
        }),
    );
    add("uniques", each(&|c| Some(c.uniques.means.clone())));
    add("countUniques", each(&|c| c.uniques.sql.clone()));
    let actions = || columns.iter().flat_map(|c| c.actions());
    add("leaks", distinct(actions().map(|a| a.leaks.to_owned())));
    let reversible = actions().map(|a| a.reversible.to_owned());
    add("reversible", distinct(reversible));
    Tree::List(list)
}

fn property(name: &str, value: impl Into<Tree>) -> Tree {
    Tree::map().with("property", name).with("value", value)
}

/// The one logical type, where there is one beside null.
fn logical(types: Types) -> Option<&'static str> {
    let mut words = types.without(Type::Null).each().map(|ty| match ty {
        Type::Bool => "boolean",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Array | Type::ArrayOfObjects => "array",
        Type::Object => "object",
        Type::Date => "date",
        Type::TimeOfDay => "time",
        Type::Timestamp => "timestamp",
        Type::Null | Type::Text | Type::Bytes => "string",
    });
    let first = words.next()?;
    words.all(|word| word == first).then_some(first)
}
