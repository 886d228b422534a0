//! A draft for the record of processing activities (GDPR article 30).

use super::Report;
use super::words::{about, categories, classes, codes, counts, each_once, to_fill};
use crate::contract::{Contract, Tree, lasting, reader, sensitive};
use crate::document::{Document, Line, Table};

/// A draft for the record of processing.
pub fn record_of_processing(contracts: &[Contract<'_>]) -> Report {
    let mut page = Document::new(about("Record of processing activities, a draft", contracts));
    page.say("For article 30(1) of the General Data Protection Regulation. What the policy states is filled in; the rest is marked, and only a person can say it.");
    let mut activities = Vec::new();
    for contract in contracts {
        page.part(Line::code(&*contract.output.topic));
        page.table(table(contract));
        activities.push(json(contract));
    }
    let json = Tree::map()
        .with("report", "ropa")
        .with("activities", Tree::List(activities));
    Report { page, json }
}

fn table(contract: &Contract<'_>) -> Table {
    let (output, meaning) = (contract.output, &contract.policy.meaning);
    let gate = contract.gate();
    let mut table = Table::new(&["article 30(1)", "entry"]);
    let mut row = |what: &str, entry: Line| {
        table.row([Line::from(what), entry]);
    };
    row(
        "(a) controller, representative",
        to_fill("name and contact details"),
    );
    row(
        "(a) who answers for the policy",
        meaning.owner.as_str().into(),
    );
    row(
        "(a) data protection officer",
        match &meaning.dpo {
            Some(dpo) => dpo.as_str().into(),
            None => to_fill("the policy names none"),
        },
    );
    row("(b) purpose", crate::contract::purpose(output));
    row(
        "legal basis",
        match &gate.permission {
            Some(permission) => crate::contract::with_codes(permission),
            None => to_fill("the policy states neither consent nor basis"),
        },
    );
    let mut subjects = Line::default();
    for line in of_whom(contract) {
        subjects = subjects.then(line).then("; ");
    }
    row(
        "(c) categories of data subjects",
        subjects.then(to_fill("customers, visitors, employees, …")),
    );
    row("(c) categories of personal data", categories(contract));
    for entry in &output.sensitive {
        let says = crate::contract::with_codes(&entry.says());
        row("(c) special categories (articles 9 and 10)", says);
    }
    row(
        "(d) categories of recipients",
        match (&output.reader, &output.recipient) {
            (Some(reader), _) => match &reader.contact {
                Some(contact) => format!("{}; {contact}", reader.says()).into(),
                None => reader.says().into(),
            },
            (None, Some(recipient)) => recipient.as_str().into(),
            (None, None) => Line::from("own house, the policy names no other; ")
                .then(to_fill("who reads the topic")),
        },
    );
    row(
        "(e) transfers to third countries",
        match &output.reader {
            Some(reader) => reader.transfer().into(),
            None => {
                to_fill("not stated in the policy: where the topic is read, and the safeguards")
            }
        },
    );
    row(
        "(f) time limits for erasure",
        to_fill("not stated in the policy: the retention of the topic and of what is made from it"),
    );
    if let Some(quarantine) = &meaning.quarantine {
        let kept = match quarantine.retention_ms {
            Some(ms) => Line::from(lasting(ms)),
            None => to_fill("how long it keeps records"),
        };
        row(
            "(f) refused records",
            Line::from("sealed in ")
                .then(Line::code(&*quarantine.topic))
                .then(", kept for ")
                .then(kept),
        );
    }
    row("(g) technical measures", measures(contract));
    if let Some(release) = &output.release {
        let says = crate::contract::with_codes(&release.says);
        row("(g) technical measures", says);
    }
    row(
        "(g) organisational measures",
        to_fill("access to the topic and to keys, training, audits"),
    );
    table
}

/// Of whom no record leaves, and of whom alone.
pub(super) fn of_whom(contract: &Contract<'_>) -> Vec<Line> {
    let region = contract.output.region.as_ref();
    let region = region.map(|region| format!("only records of people in {region}"));
    let minors = contract.policy.meaning.minors.as_ref();
    let minors = minors.map(|minors| format!("{minors}, do not leave"));
    let both = region.iter().chain(&minors);
    both.map(|text| crate::contract::with_codes(text)).collect()
}

/// What the policy does about security, in one line.
pub(super) fn measures(contract: &Contract<'_>) -> Line {
    let actions = each_once(
        contract
            .columns
            .iter()
            .map(|c| c.column.action.name.to_owned()),
    );
    let leaves = match (counts(contract), actions.is_empty()) {
        (true, true) => Line::from("no field of a record leaves; "),
        (true, false) => Line::from("no field of a record leaves, cells are named by ")
            .then(codes(actions))
            .then("; "),
        (false, _) => Line::from("only fields that the policy names leave; ")
            .then(codes(actions))
            .then("; "),
    };
    let has_codes = contract.columns.iter().any(|c| {
        let parts = c.column.parts.iter();
        let mut made = parts.map(|part| &part.spec).chain([&c.column.spec]);
        made.any(|spec| spec.facts().linkable)
    });
    let domain = match has_codes {
        true => format!(
            "codes are those of domain {} alone; ",
            contract.output.domain
        ),
        false => String::new(),
    };
    leaves
        .then(domain)
        .then(crate::contract::with_codes(&contract.gate().refused))
}

fn json(contract: &Contract<'_>) -> Tree {
    let (output, meaning) = (contract.output, &contract.policy.meaning);
    let text = |value: &Option<String>| value.as_deref().map_or(Tree::Null, Tree::from);
    let quarantine = meaning.quarantine.as_ref().map(|q| {
        let kept = q.retention_ms.map_or(Tree::Null, Tree::Integer);
        Tree::map()
            .with("topic", q.topic.as_str())
            .with("retention_ms", kept)
    });
    let actions = each_once(
        contract
            .columns
            .iter()
            .map(|c| c.column.action.name.to_owned()),
    );
    Tree::map()
        .with("policy", contract.policy.stamp())
        .with("topic", output.topic.as_str())
        .with("controller", Tree::Null)
        .with("owner", meaning.owner.as_str())
        .with("dpo", text(&meaning.dpo))
        .with("purpose", output.purpose.as_str())
        .with("purpose_serves", text(&output.purpose_serves))
        .with(
            "needs_consent",
            output
                .needs_consent
                .iter()
                .map(String::as_str)
                .collect::<Tree>(),
        )
        .with("basis", text(&output.basis))
        .with("data_subjects", Tree::Null)
        .with("region", text(&output.region))
        .with("minors", text(&meaning.minors))
        .with(
            "data_categories",
            classes(contract).into_iter().collect::<Tree>(),
        )
        .with(
            "sensitive",
            output.sensitive.iter().map(sensitive).collect::<Tree>(),
        )
        .with("recipient", text(&output.recipient))
        .with("reader", output.reader.as_ref().map_or(Tree::Null, reader))
        .with(
            "transfers",
            output
                .reader
                .as_ref()
                .map_or(Tree::Null, |r| r.transfer().into()),
        )
        .with("retention", Tree::Null)
        .with("quarantine", quarantine.unwrap_or(Tree::Null))
        .with("actions", actions.into_iter().collect::<Tree>())
        .with(
            "release",
            text(&output.release.as_ref().map(|r| r.says.clone())),
        )
}
