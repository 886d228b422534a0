//! Outputs as sources of dbt: the file `sources.yml`.

use super::distinct::{distinct, told_apart};
use super::{ColumnContract, Contract, Join, Tree, by_policy};

/// The contracts as sources, one for each policy.
pub fn dbt(contracts: &[Contract<'_>]) -> Tree {
    let policies = by_policy(contracts);
    let names = told_apart(policies.iter().map(|of| &*of[0].policy.meaning.name));
    let sources = policies.into_iter().map(|of| {
        let policy = of[0].policy.meaning.name.as_str();
        let stamp = of[0].policy.stamp();
        Tree::map()
            .with("name", &*names[policy])
            .with(
                "description",
                no_template(&format!("Topics sanitized under the policy {stamp}.")),
            )
            .with("tables", tables(&of))
    });
    let sources: Tree = sources.collect();
    Tree::map()
        .with("version", 2_usize)
        .with("sources", sources)
}

fn tables(contracts: &[&Contract<'_>]) -> Tree {
    let names = told_apart(contracts.iter().map(|c| &*c.output.topic));
    let tables = contracts.iter();
    tables.map(|c| table(c, &names[&*c.output.topic])).collect()
}

fn table(contract: &Contract<'_>, name: &str) -> Tree {
    let (output, gate) = (contract.output, contract.gate());
    let permission = gate
        .permission
        .as_deref()
        .unwrap_or("no gate, no basis stated");
    // One column for each name, whatever the types of record that differ.
    let names = distinct(
        contract
            .columns
            .iter()
            .filter(|c| c.is_in_value())
            .map(|c| c.name.as_str()),
    );
    let columns = names.into_iter().map(|name| {
        let of: Vec<&ColumnContract<'_>> = contract
            .columns
            .iter()
            .filter(|c| c.name == name && c.is_in_value())
            .collect();
        let words = distinct(of.iter().map(|c| c.what())).join("; ");
        let absence = distinct(of.iter().map(|c| c.absence.as_str())).join("; ");
        let uniques = distinct(of.iter().map(|c| c.uniques.means.as_str())).join("; ");
        let classes: Tree = distinct(of.iter().flat_map(|c| &c.column.classes))
            .into_iter()
            .map(String::as_str)
            .collect();
        let actions: Tree = distinct(of.iter().flat_map(|c| c.actions()).map(|a| a.name))
            .into_iter()
            .collect();
        let joins: Tree = distinct(of.iter().flat_map(|c| c.all_joins()).map(Join::says))
            .into_iter()
            .collect();
        let meta = Tree::map()
            .with("classes", classes)
            .with("actions", actions)
            .with("joins_with", joins);
        Tree::map()
            .with("name", name)
            .with(
                "description",
                no_template(&format!("{words}. {absence}. Uniques: {uniques}.")),
            )
            .with("meta", meta)
    });
    let meta = Tree::map()
        .with("policy", contract.policy.stamp())
        .with("purpose", output.purpose.as_str())
        .with("domain", output.domain.as_str());
    Tree::map()
        .with("name", name)
        .with("identifier", output.topic.as_str())
        .with(
            "description",
            no_template(&format!("For {}. {permission}.", output.purpose)),
        )
        .with("meta", meta)
        .with("columns", columns.collect::<Tree>())
}

/// The text with a blank in what would begin a template: dbt renders descriptions with
/// Jinja, and a constant of the policy may hold such.
fn no_template(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if before == '{' && matches!(c, '{' | '%' | '#') {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::no_template;

    #[test]
    fn a_description_is_no_template() {
        for (text, said) in [
            ("{{ env_var('X') }}", "{ { env_var('X') }}"),
            ("{{{%{#", "{ { { %{ #"),
            ("{ a: b }", "{ a: b }"),
        ] {
            assert_eq!(no_template(text), said);
        }
    }
}
