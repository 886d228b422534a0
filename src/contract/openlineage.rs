//! Which column is made from which field: OpenLineage, a job event of design time.

use super::distinct::distinct;
use super::{ColumnContract, Contract, Described, Tree};
use crate::version::build_info;

const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const LINEAGE: &str = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet";
const SCHEMA: &str =
    "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet";

/// A broker that nobody named: stands where an event must say one.
const UNNAMED: &str = "to-fill-in:9092";

/// The job of a policy with what it reads and writes. `broker` is where its
/// topics lie, `HOST:PORT`; `at` the time that the event states, RFC 3339.
pub fn openlineage(
    policy: &Described,
    of: &[&Contract<'_>],
    broker: Option<&str>,
    at: &str,
) -> Tree {
    let namespace = format!("kafka://{}", broker.unwrap_or(UNNAMED));
    let input = |topic: &String| {
        Tree::map()
            .with("namespace", namespace.as_str())
            .with("name", topic.as_str())
    };
    let outputs = of.iter().map(|contract| {
        let facets = Tree::map()
            .with("schema", schema(contract))
            .with("columnLineage", lineage(contract, &namespace));
        Tree::map()
            .with("namespace", namespace.as_str())
            .with("name", contract.output.topic.as_str())
            .with("facets", facets)
    });
    let job = Tree::map()
        .with("namespace", "veil")
        .with("name", policy.meaning.name.as_str());
    Tree::map()
        .with("eventTime", at)
        .with("producer", producer())
        .with("schemaURL", EVENT)
        .with("job", job)
        .with(
            "inputs",
            policy.meaning.sources.iter().map(input).collect::<Tree>(),
        )
        .with("outputs", outputs.collect::<Tree>())
}

fn producer() -> String {
    format!("urn:veilstream:{}", build_info().version)
}

fn facet(schema: &str) -> Tree {
    Tree::map()
        .with("_producer", producer())
        .with("_schemaURL", schema)
}

fn schema(contract: &Contract<'_>) -> Tree {
    let fields = names(contract).into_iter().map(|name| {
        let of = columns(contract, name);
        let types = distinct(of.iter().map(|c| c.types.says())).join(" or ");
        let said = distinct(of.iter().map(|c| c.says.what.as_str())).join("; ");
        Tree::map()
            .with("name", name)
            .with("type", types)
            .with("description", said)
    });
    facet(SCHEMA).with("fields", fields.collect::<Tree>())
}

fn lineage(contract: &Contract<'_>, namespace: &str) -> Tree {
    let fields = names(contract).into_iter().fold(Tree::map(), |all, name| {
        let mut inputs = Vec::new();
        for column in columns(contract, name) {
            for topic in &contract.policy.meaning.sources {
                for field in column.sources() {
                    let input = Tree::map()
                        .with("namespace", namespace)
                        .with("name", topic.as_str())
                        .with("field", field)
                        .with("transformations", Tree::List(vec![transformation(column)]));
                    if !inputs.contains(&input) {
                        inputs.push(input);
                    }
                }
            }
        }
        all.with(name, Tree::map().with("inputFields", Tree::List(inputs)))
    });
    facet(LINEAGE).with("fields", fields)
}

fn transformation(column: &ColumnContract<'_>) -> Tree {
    let of = column.column;
    let as_it_is = of.facts.clear && of.action.iso == crate::action::IsoClass::None;
    let subtype = if as_it_is {
        "IDENTITY"
    } else {
        "TRANSFORMATION"
    };
    Tree::map()
        .with("type", "DIRECT")
        .with("subtype", subtype)
        .with("description", column.says.what.as_str())
        .with("masking", !of.facts.clear)
}

fn names<'c>(contract: &'c Contract<'_>) -> Vec<&'c str> {
    distinct(contract.columns.iter().map(|c| c.name.as_str()))
}

fn columns<'c, 'd>(contract: &'c Contract<'d>, name: &str) -> Vec<&'c ColumnContract<'d>> {
    contract.columns.iter().filter(|c| c.name == name).collect()
}
