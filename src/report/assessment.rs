//! A draft for an impact assessment (GDPR article 35).

use super::Report;
use super::record_of_processing::{measures, of_whom};
use super::words::{about, categories, class_of, classes, codes, counts, each_once, to_fill};
use crate::action::ActionDef;
use crate::contract::{ColumnContract, Contract, Tree, reader, sensitive, with_codes};
use crate::document::{Document, Line, Look, Table};
use crate::policy::ReleaseMeaning;

/// A draft for the assessment.
pub fn assessment(contracts: &[Contract<'_>]) -> Report {
    let mut page = Document::new(about(
        "Data protection impact assessment, a draft",
        contracts,
    ));
    page.say("For article 35(7) of the General Data Protection Regulation. What the policy states is filled in; the rest is marked, and only a person can say it. How likely and how grave a risk is, no policy knows.");
    let mut outputs = Vec::new();
    for contract in contracts {
        outputs.push(of_output(contract, &mut page));
    }
    if !contracts.is_empty() {
        page.part("What each action still tells, and who can go back")
            .table(telling(contracts));
    }
    page.part("Consultation and decision").list([
        to_fill("advice of the data protection officer (article 35(2))"),
        to_fill("views of data subjects or their representatives (article 35(9))"),
        to_fill("likelihood and severity of each risk, and whether the remaining ones are accepted, by whom and until when"),
    ]);
    let json = Tree::map()
        .with("report", "dpia")
        .with("outputs", Tree::List(outputs));
    Report { page, json }
}

fn of_output(contract: &Contract<'_>, page: &mut Document) -> Tree {
    let (output, meaning) = (contract.output, &contract.policy.meaning);
    let gate = contract.gate();
    page.part(Line::code(&*output.topic));
    page.deep_part("(a) Description");
    page.list([
        Line::from("events of ")
            .then(codes(meaning.sources.iter().cloned()))
            .then(" are sanitized into this topic for ")
            .then(Line::code(&*output.purpose)),
        Line::from("personal data by class: ").then(categories(contract)),
        with_codes(&gate.types),
        match (&output.reader, &output.recipient) {
            (Some(reader), _) => Line::from(format!(
                "read by {}; transfer to a third country: {}",
                reader.says(),
                reader.transfer()
            )),
            (None, Some(recipient)) => Line::from(format!("read by {recipient}; ")).then(to_fill(
                "where, in which role, and by what data may go there",
            )),
            (None, None) => Line::from("read in the own house"),
        },
        to_fill("how many persons, of which kind, from where, and for how long"),
    ]);
    page.deep_part("(b) Necessity and proportionality");
    page.list([
        match &gate.permission {
            Some(permission) => with_codes(permission),
            None => to_fill("the policy states neither consent nor legal basis"),
        },
        match &output.purpose_serves {
            Some(why) => Line::from("purpose: ").then(with_codes(why)),
            None => to_fill("what the data was collected for, and whether this goes with it"),
        },
        Line::from(match (counts(contract), contract.columns.len()) {
            (true, 0) => "no field of a record leaves".to_owned(),
            (true, n) => {
                format!("no field of a record leaves; cells are named by {n} of them")
            }
            (false, n) => format!("{n} columns leave; a field that is not named does not"),
        }),
        to_fill("why the purpose cannot be reached with less"),
    ]);
    page.list(output.sensitive.iter().map(|e| with_codes(&e.says())));
    page.deep_part("(c) Risks, by column");
    if contract.columns.is_empty() {
        page.say("There is no column: one figure counts all records.");
    } else {
        page.say(
            "What an action still tells of a value stands at its name, in the part behind the outputs.",
        );
        page.table(risks(contract));
    }
    page.deep_part("(d) Safeguards");
    let mut safeguards = vec![measures(contract), with_codes(&gate.withheld)];
    safeguards.extend(
        output
            .release
            .iter()
            .map(|release| with_codes(&release.says)),
    );
    safeguards.extend(of_whom(contract));
    page.list(safeguards);
    page.deep_part("Residual risks");
    let residual = residual(contract);
    page.list(residual.iter().map(|text| with_codes(text)));
    let text = |value: &Option<String>| value.as_deref().map_or(Tree::Null, Tree::from);
    let allowed: Vec<Tree> = allowances(contract).into_iter().map(Tree::from).collect();
    Tree::map()
        .with("policy", contract.policy.stamp())
        .with("topic", output.topic.as_str())
        .with("purpose", output.purpose.as_str())
        .with("purpose_serves", text(&output.purpose_serves))
        .with(
            "data_categories",
            classes(contract).into_iter().collect::<Tree>(),
        )
        .with(
            "sensitive",
            output.sensitive.iter().map(sensitive).collect::<Tree>(),
        )
        .with("reader", output.reader.as_ref().map_or(Tree::Null, reader))
        .with("region", text(&output.region))
        .with("minors", text(&meaning.minors))
        .with(
            "release",
            text(&output.release.as_ref().map(|r| r.says.clone())),
        )
        .with("permission", gate.permission.map_or(Tree::Null, Tree::from))
        .with("risks", contract.columns.iter().map(risk).collect::<Tree>())
        .with("residual", residual.into_iter().collect::<Tree>())
        .with("allowed", Tree::List(allowed))
}

fn risks(contract: &Contract<'_>) -> Table {
    let mut table = Table::new(&["column", "made from", "class", "what it holds", "by"]);
    for column in &contract.columns {
        let of = column.column;
        let mut class = class_of(column);
        if of.special {
            class = class.and(Look::Bad, " sensitive");
        }
        if of.direct {
            class = class.and(Look::Warning, " identifies by itself");
        }
        table.row([
            Line::code(&*column.name),
            codes(column.sources()),
            class,
            with_codes(&column.says.what),
            Line::code(of.action.name),
        ]);
    }
    table
}

/// What the actions leak, each said once however many columns it writes.
fn telling(contracts: &[Contract<'_>]) -> Table {
    let columns = contracts.iter().flat_map(|c| &c.columns);
    let mut actions: Vec<&ActionDef> = columns.map(|c| c.column.action).collect();
    actions.sort_by_key(|action| action.name);
    actions.dedup_by_key(|action| action.name);
    let mut table = Table::new(&["action", "what it still tells", "who can go back"]);
    for action in actions {
        let columns = contracts.iter().flat_map(|c| &c.columns);
        let of = columns.filter(|c| c.column.action.name == action.name);
        let said = each_once(of.flat_map(|c| c.column.leaks()).map(str::to_owned));
        table.row([
            Line::code(action.name),
            with_codes(&said.join(" ")),
            action.reversible.into(),
        ]);
    }
    table
}

fn risk(column: &ColumnContract<'_>) -> Tree {
    let of = column.column;
    Tree::map()
        .with("column", column.name.as_str())
        .with("made_from", column.sources().into_iter().collect::<Tree>())
        .with(
            "classes",
            of.classes.iter().map(String::as_str).collect::<Tree>(),
        )
        .with("direct", of.direct)
        .with("special", of.special)
        .with("clear", of.facts.clear)
        .with("linkable", of.facts.linkable)
        .with("reversible_with_key", of.facts.reversible)
        .with("holds", column.says.what.as_str())
        .with("leaks", of.leaks().join(" "))
}

/// What stays in spite of all safeguards, as far as the policy shows it.
fn residual(contract: &Contract<'_>) -> Vec<String> {
    let named = |is: &dyn Fn(&ColumnContract<'_>) -> bool| {
        let names = contract
            .columns
            .iter()
            .filter(|c| is(c))
            .map(|c| format!("`{}`", c.name));
        each_once(names).join(", ")
    };
    let clear = named(&|c| c.column.is_readable());
    let linkable = named(&|c| c.column.facts.linkable);
    let reversible = named(&|c| c.column.facts.reversible);
    let elsewhere = contract
        .columns
        .iter()
        .flat_map(|c| &c.joins)
        .map(|j| j.topic.clone());
    let elsewhere = each_once(elsewhere.filter(|topic| *topic != contract.output.topic));
    let mut all = Vec::new();
    if !clear.is_empty() && counts(contract) {
        all.push(format!(
            "the names of cells are in clear: {clear}; which of them leave says the policy, or a noisy count of persons"
        ));
    } else if !clear.is_empty() {
        all.push(match in_classes(contract) {
            true => format!(
                "in clear within each class: {clear}; what all in a class have is told of each of them"
            ),
            false => format!("in clear: {clear}; together they may single a person out"),
        });
    }
    if !linkable.is_empty() {
        all.push(format!(
            "records of one value can be linked for as long as the key stays: {linkable}"
        ));
    }
    if !elsewhere.is_empty() {
        all.push(format!(
            "persons can be followed into `{}`",
            elsewhere.join("`, `")
        ));
    }
    if !reversible.is_empty() {
        all.push(format!("whoever holds the key can go back: {reversible}"));
    }
    all.extend(
        allowances(contract)
            .into_iter()
            .map(|a| format!("accepted by the policy: {a}")),
    );
    all.push(match &contract.output.release {
        Some(release) if release.counts.is_some() => "noise hides whether one person was counted, not what is true of many; each window spends of the budget, and who adds up windows knows more of a person who is in several; who has the key of the noise can take it off".to_owned(),
        Some(ReleaseMeaning { k: Some(k), .. }) => format!("somebody known to be in a release is one of at least {k} persons, and all that is the same in their class is told of them; who is in several releases is in what all of their classes have in common; whether that is anonymous depends on what others know, which no policy shows"),
        _ => "what leaves is pseudonymized personal data and not anonymous; the number of persons behind one combination of values is not known from a policy".to_owned(),
    });
    all
}

/// Records leave in classes of several persons.
fn in_classes(contract: &Contract<'_>) -> bool {
    let release = contract.output.release.as_ref();
    release.is_some_and(|release| release.k.is_some())
}

fn allowances(contract: &Contract<'_>) -> Vec<String> {
    let all = contract.policy.meaning.allowances.iter();
    let here = all.filter(|a| a.outputs.is_empty() || a.outputs.contains(&contract.output.topic));
    here.map(ToString::to_string).collect()
}
