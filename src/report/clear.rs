//! Every column that leaves in clear, and why.

use super::Report;
use super::words::{about, allowed, class_of, counts, to_fill};
use crate::contract::{ColumnContract, Contract, Tree};
use crate::document::{Document, Line, Look, Table};

/// What leaves in clear.
pub fn clear(contracts: &[Contract<'_>]) -> Report {
    let mut page = Document::new(about("What leaves in clear", contracts));
    page.say("A column is in clear when the value, or all of it, can leave as it came, or as a hash without a key: whoever tries a list of values reads it. What is coarser than the value, coded or sealed is not listed here; `veil describe` says what it still tells.");
    let mut outputs = Vec::new();
    for contract in contracts {
        let (columns, json) = of_output(contract);
        page.part(Line::code(&*contract.output.topic));
        let all = contract.columns.len();
        let listed = json.len();
        page.say(format!(
            "{listed} of {all} columns, for {}.",
            contract.output.purpose
        ));
        if !columns.is_empty() {
            page.table(columns);
        }
        if counts(contract) && listed > 0 {
            page.say("They name cells: no record leaves, and which cells do the policy says, or a noisy count of persons.");
        }
        outputs.push(
            Tree::map()
                .with("policy", contract.policy.stamp())
                .with("topic", contract.output.topic.as_str())
                .with("purpose", contract.output.purpose.as_str())
                .with("columns", all)
                .with("clear", Tree::List(json)),
        );
    }
    let json = Tree::map()
        .with("report", "clear")
        .with("outputs", Tree::List(outputs));
    Report { page, json }
}

fn of_output(contract: &Contract<'_>) -> (Table, Vec<Tree>) {
    let mut table = Table::new(&["column", "class", "bounds", "why"]);
    let mut json = Vec::new();
    for column in contract.columns.iter().filter(|c| c.column.is_readable()) {
        let because = allowed(contract, column);
        let classes = &column.column.classes;
        table.row([
            Line::code(&*column.name).and(Look::Faint, of_type(column)),
            class_of(column),
            bounds(column),
            why(column, &because),
        ]);
        json.push(
            Tree::map()
                .with("column", column.name.as_str())
                .with_some("type", column.column.of_type.as_deref())
                .with(
                    "classes",
                    classes.iter().map(String::as_str).collect::<Tree>(),
                )
                .with("written", column.column.written.as_str())
                .with("unbounded", column.column.facts.unbounded_text)
                .with("because", because.into_iter().collect::<Tree>()),
        );
    }
    (table, json)
}

fn of_type(column: &ColumnContract<'_>) -> String {
    match &column.column.of_type {
        Some(of) => format!(" in {of}"),
        None => String::new(),
    }
}

fn bounds(column: &ColumnContract<'_>) -> Line {
    let said = crate::contract::with_codes(&column.what());
    match column.column.facts.unbounded_text {
        true => said.and(Look::Bad, ", whatever the producer puts there"),
        false => said,
    }
}

fn why(column: &ColumnContract<'_>, because: &[&str]) -> Line {
    let of = column.column;
    match because {
        [] if of.direct || of.special => to_fill("why it must leave in clear"),
        [] if of.classed && of.classes.iter().all(|c| c == "none") => {
            "not personal by its class".into()
        }
        [] => to_fill("why the purpose needs it"),
        because => Line::from(because.join("; ")),
    }
}
