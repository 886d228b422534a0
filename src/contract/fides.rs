//! Outputs as a dataset of fideslang.

use super::distinct::{distinct, told_apart};
use super::shape::Shape;
use super::{ColumnContract, Contract, Tree, by_policy};
use crate::action::IsoClass;

/// What the taxonomy calls our codes.
const CODE: &str = "user.unique_id.pseudonymous";

/// The contracts as datasets, one for each policy, a collection for each topic.
pub fn fides(contracts: &[Contract<'_>]) -> Tree {
    let policies = by_policy(contracts);
    let keys = told_apart(policies.iter().map(|of| &*of[0].policy.meaning.name));
    let datasets = policies.into_iter().map(|of| {
        let policy = of[0].policy.meaning.name.as_str();
        let stamp = of[0].policy.stamp();
        Tree::map()
            .with("fides_key", &*keys[policy])
            .with("name", policy)
            .with(
                "description",
                format!("Topics sanitized under the policy {stamp}."),
            )
            .with(
                "collections",
                of.into_iter().map(collection).collect::<Tree>(),
            )
    });
    Tree::map().with("dataset", datasets.collect::<Tree>())
}

fn collection(contract: &Contract<'_>) -> Tree {
    let output = contract.output;
    Tree::map()
        .with("name", output.topic.as_str())
        .with("description", format!("For {}.", output.purpose))
        .with(
            "data_uses",
            Tree::List(vec![output.purpose.as_str().into()]),
        )
        .with("fields", fields(&Shape::of(&contract.columns)))
}

fn fields(shape: &Shape<'_, '_>) -> Tree {
    let members = shape.members.iter().map(|(name, of)| field(name, of));
    members
        .chain(shape.any_member.iter().map(|of| field("*", of)))
        .collect()
}

fn field(name: &str, shape: &Shape<'_, '_>) -> Tree {
    // What an array holds stands at the array itself.
    let mut inner = shape;
    let mut said = shape.says();
    let mut columns: Vec<&ColumnContract<'_>> = shape.columns.clone();
    while let Some(elements) = &inner.elements {
        inner = elements;
        said = said.or_else(|| inner.says());
        columns.extend(&inner.columns);
    }
    let categories = distinct(columns.iter().flat_map(|c| categories(c)));
    let categories: Vec<Tree> = categories.into_iter().map(Tree::from).collect();
    let tree = Tree::map()
        .with("name", name)
        .with_some("description", said)
        .with_all("data_categories", categories);
    match inner.is_object() {
        true => tree.with("fields", fields(inner)),
        false => tree,
    }
}

/// Those of what it is made from, but of a code what a code is.
fn categories<'c>(column: &'c ColumnContract<'_>) -> Vec<&'c str> {
    let personal = column
        .column
        .classes
        .iter()
        .map(String::as_str)
        .filter(|c| *c != "none");
    match column.column.action.iso {
        IsoClass::Pseudonymization if personal.clone().next().is_some() => vec![CODE],
        _ => personal.collect(),
    }
}
