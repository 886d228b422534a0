//! Contracts as JSON of our own, with stable names.

use super::{ColumnContract, Contract, InsideContract, Join, PartContract, Tree};
use crate::policy::{OutputMeaning, RecipientMeaning, SensitiveMeaning, Where};

/// The contracts as one list.
pub fn json(contracts: &[Contract<'_>]) -> Tree {
    contracts.iter().map(contract).collect()
}

fn contract(contract: &Contract<'_>) -> Tree {
    let (output, gate) = (contract.output, contract.gate());
    Tree::map()
        .with("policy", contract.policy.stamp())
        .with("topic", output.topic.as_str())
        .with("split", option(contract.policy.meaning.split.as_deref()))
        .with("purpose", output.purpose.as_str())
        .with("purpose_serves", option(output.purpose_serves.as_deref()))
        .with("domain", output.domain.as_str())
        .with("recipient", option(output.recipient.as_deref()))
        .with("reader", output.reader.as_ref().map_or(Tree::Null, reader))
        .with("region", option(output.region.as_deref()))
        .with("minors", option(contract.policy.meaning.minors.as_deref()))
        .with(
            "sensitive",
            output.sensitive.iter().map(sensitive).collect::<Tree>(),
        )
        .with("needs_consent", texts(&output.needs_consent))
        .with("basis", option(output.basis.as_deref()))
        .with("withheld", gate.withheld)
        .with("reading", option(gate.reading))
        .with(
            "types",
            match &output.types {
                Some(types) => texts(types),
                None => Tree::Null,
            },
        )
        .with("where", option(output.selects.as_deref()))
        .with(
            "release",
            option(output.release.as_ref().map(|release| release.says.as_str())),
        )
        .with_some("row", row(output))
        .with("timestamp", gate.timestamp)
        .with("tombstones", gate.tombstones)
        .with("policy_header", option(contract.policy_header().as_deref()))
        .with("refused", gate.refused)
        .with(
            "columns",
            contract.columns.iter().map(column).collect::<Tree>(),
        )
}

/// Why data of a special category may leave.
pub(crate) fn sensitive(entry: &SensitiveMeaning) -> Tree {
    Tree::map()
        .with("class", entry.class.as_str())
        .with("condition", option(entry.condition.as_deref()))
        .with("category", option(entry.category.as_deref()))
        .with("because", entry.because.as_str())
}

/// What the register says of who reads it.
pub(crate) fn reader(reader: &RecipientMeaning) -> Tree {
    let until = reader.contract_until.map(|day| day.to_string());
    let vendor = reader.tcf_vendor.map(|n| Tree::Integer(n.into()));
    Tree::map()
        .with("recipient", reader.alias.as_str())
        .with("name", reader.name.as_str())
        .with("country", reader.country.as_str())
        .with("role", reader.role)
        .with("mechanism", option(reader.mechanism))
        .with("transfer", reader.transfer())
        .with("contract_until", option(until.as_deref()))
        .with("tcf_vendor", vendor.unwrap_or(Tree::Null))
        .with("contact", option(reader.contact.as_deref()))
}

/// What a row has beside the fields by which is counted.
fn row(output: &OutputMeaning) -> Option<Tree> {
    let counts = output.release.as_ref()?.counts.as_ref()?;
    let each = counts.row.iter().map(|[name, says, ty]| {
        Tree::map()
            .with("column", name.as_str())
            .with("meaning", says.as_str())
            .with("types", texts(std::slice::from_ref(ty)))
    });
    Some(each.collect())
}

fn column(column: &ColumnContract<'_>) -> Tree {
    let of = column.column;
    let place = match &of.to {
        Where::Value(_) => "value",
        Where::Key | Where::KeyField(_) => "key",
        Where::Header(_) => "header",
    };
    Tree::map()
        .with("column", column.name.as_str())
        .with("place", place)
        .with("type_of_record", option(of.of_type.as_deref()))
        .with("from", column.sources().into_iter().collect::<Tree>())
        .with("when", option(of.when.as_deref()))
        .with("meaning", column.says.what.as_str())
        .with("classes", texts(&of.classes))
        .with("action", of.action.name)
        .with("written", of.written.as_str())
        .with("technique", of.action.iso.as_str())
        .with(
            "types",
            column.types.each().map(|t| t.says()).collect::<Tree>(),
        )
        .with("absence", column.absence.as_str())
        .with("inside", column.inside.iter().map(inside).collect::<Tree>())
        .with("bins", option(column.says.bins.as_deref()))
        .with("time_zone", option(column.says.in_utc.then_some("UTC")))
        .with("joins", column.joins.iter().map(join).collect::<Tree>())
        .with("parts", column.parts.iter().map(part).collect::<Tree>())
        .with("uniques", column.uniques.means.as_str())
        .with("sql", option(column.uniques.sql.as_deref()))
        .with("clear", of.facts.clear)
        .with("leaks", of.leaks().join(" "))
        .with("reversible", of.action.reversible)
}

fn join(join: &Join) -> Tree {
    Tree::map()
        .with("policy", join.policy.as_str())
        .with("topic", join.topic.as_str())
        .with("column", join.column.as_str())
        .with("inside", option(join.inside.as_deref()))
        .with("type", option(join.of_type.as_deref()))
}

fn part(part: &PartContract<'_>) -> Tree {
    Tree::map()
        .with("part", part.part.at.word())
        .with("where", part.part.at.to_string())
        .with("meaning", part.says.what.as_str())
        .with("action", part.part.action.name)
        .with("joins", part.joins.iter().map(join).collect::<Tree>())
        .with("leaks", part.part.action.leaks)
        .with("reversible", part.part.action.reversible)
}

fn inside(inside: &InsideContract<'_>) -> Tree {
    Tree::map()
        .with("member", inside.field.path.to_string())
        .with("from", inside.field.from.to_string())
        .with("when", option(inside.field.when.as_deref()))
        .with("meaning", inside.says.what.as_str())
        .with("action", inside.field.action.name)
        .with("written", inside.field.written.as_str())
        .with(
            "types",
            inside.types.each().map(|t| t.says()).collect::<Tree>(),
        )
}

fn texts(list: &[String]) -> Tree {
    list.iter().map(String::as_str).collect()
}

fn option(text: Option<&str>) -> Tree {
    text.map_or(Tree::Null, Tree::from)
}
