//! Who gets data: what, where, on which ground, and a score with each point explained.

use jiff::civil::Date;

use super::Report;
use super::score::{BEST, points, score};
use super::words::{about, categories, classes, codes, each_once, to_fill};
use crate::contract::{Contract, Tree, reader, with_codes};
use crate::document::{Document, Line, Look, Table};
use crate::policy::RecipientMeaning;

/// One that gets data, and what it gets.
struct Vendor<'c, 'd> {
    /// As outputs name it.
    name: &'c str,
    /// What the register says of it.
    reader: Option<&'c RecipientMeaning>,
    gets: Vec<&'c Contract<'d>>,
}

/// Everybody outside of the house that gets data, or is registered to, as of `today`.
pub fn vendors(contracts: &[Contract<'_>], today: Date) -> Report {
    let mut page = Document::new(about("Who gets data", contracts));
    page.say(format!(
        "A score begins at {BEST}, and each fact below takes its points away; as of {today}. It is made of facts of the policies alone: how a recipient works, nobody sees from here, and how long it keeps what it gets is not counted, for this version of the language has no word for it. It compares recipients, and is no measure of risk."
    ));
    let all = everybody(contracts);
    if all.is_empty() {
        page.say("No output names a recipient outside of the own house.");
    } else {
        page.table(overview(&all, today));
    }
    let mut list = Vec::new();
    for vendor in &all {
        of_vendor(vendor, today, &mut page);
        list.push(json(vendor, today));
    }
    let json = Tree::map()
        .with("report", "vendors")
        .with("as_of", today.to_string())
        .with("vendors", Tree::List(list));
    Report { page, json }
}

/// The score of each of them that gets something, by name, as of `today`.
pub fn scores(contracts: &[Contract<'_>], today: Date) -> Vec<(String, u32)> {
    let all = everybody(contracts).into_iter();
    let gets = all.filter(|vendor| !vendor.gets.is_empty());
    let scored = gets.map(|v| (v.name.to_owned(), score(&points(v.reader, &v.gets, today))));
    scored.collect()
}

/// Each once, by name: those that get something, then those only registered.
fn everybody<'c, 'd>(contracts: &'c [Contract<'d>]) -> Vec<Vendor<'c, 'd>> {
    let mut all: Vec<Vendor<'_, '_>> = Vec::new();
    let place = |all: &[Vendor<'_, '_>], name: &str, reader: Option<&RecipientMeaning>| {
        all.iter()
            .position(|v| v.name == name && v.reader == reader)
    };
    for contract in contracts {
        let output = contract.output;
        let Some(name) = output.recipient.as_deref().filter(|r| *r != "own house") else {
            continue;
        };
        let reader = output.reader.as_ref();
        match place(&all, name, reader) {
            Some(at) => all[at].gets.push(contract),
            None => all.push(Vendor {
                name,
                reader,
                gets: vec![contract],
            }),
        }
    }
    for contract in contracts {
        for reader in contract.policy.meaning.recipients.iter().flatten() {
            if place(&all, &reader.alias, Some(reader)).is_none() {
                all.push(Vendor {
                    name: &reader.alias,
                    reader: Some(reader),
                    gets: Vec::new(),
                });
            }
        }
    }
    all.sort_by_key(|v| v.name);
    all
}

fn overview(all: &[Vendor<'_, '_>], today: Date) -> Table {
    let mut table = Table::new(&["recipient", "who it is", "gets", "#score"]);
    for vendor in all {
        let score = score(&points(vendor.reader, &vendor.gets, today));
        let topics = vendor.gets.iter().map(|c| c.output.topic.clone());
        table.row([
            Line::code(vendor.name),
            who(vendor),
            codes(topics),
            Line::of(look(score), score.to_string()),
        ]);
    }
    table
}

fn look(score: u32) -> Look {
    match score {
        75.. => Look::Good,
        50.. => Look::Warning,
        _ => Look::Bad,
    }
}

fn who(vendor: &Vendor<'_, '_>) -> Line {
    match vendor.reader {
        Some(reader) => reader.says().into(),
        None => to_fill("in no register: add it under `recipients`"),
    }
}

fn of_vendor(vendor: &Vendor<'_, '_>, today: Date, page: &mut Document) {
    page.part(Line::code(vendor.name));
    let mut facts = Table::new(&["what", "as the policies say it"]);
    facts.row(["who it is".into(), who(vendor)]);
    if let Some(reader) = vendor.reader {
        facts.row(["transfer".into(), reader.transfer().into()]);
        if let Some(contact) = &reader.contact {
            facts.row(["contact".into(), contact.as_str().into()]);
        }
    }
    for contract in &vendor.gets {
        let output = contract.output;
        facts.row([
            Line::from("gets ").then(Line::code(&*output.topic)),
            Line::from("for ")
                .then(Line::code(&*output.purpose))
                .then(": ")
                .then(categories(contract)),
        ]);
    }
    if vendor.gets.is_empty() {
        facts.row(["gets".into(), "nothing under these policies".into()]);
    }
    page.table(facts);
    let points = points(vendor.reader, &vendor.gets, today);
    let score = score(&points);
    let mut table = Table::new(&["fact", "#points", "because"]);
    for point in &points {
        table.row([
            with_codes(&point.fact),
            format!("−{}", point.points).into(),
            point.because.into(),
        ]);
    }
    let left = Line::of(look(score), format!("{score} of {BEST}"));
    page.say(Line::from("Score: ").then(left).then("."));
    match points.is_empty() {
        true => page.say("No fact takes a point."),
        false => page.table(table),
    };
}

fn json(vendor: &Vendor<'_, '_>, today: Date) -> Tree {
    let points = points(vendor.reader, &vendor.gets, today);
    let outputs = vendor.gets.iter().map(|contract| {
        Tree::map()
            .with("policy", contract.policy.stamp())
            .with("topic", contract.output.topic.as_str())
            .with("purpose", contract.output.purpose.as_str())
            .with(
                "data_categories",
                each_once(classes(contract)).into_iter().collect::<Tree>(),
            )
    });
    let each = points.iter().map(|point| {
        Tree::map()
            .with("fact", point.fact.as_str())
            .with("points", Tree::Integer(point.points.into()))
            .with("because", point.because)
    });
    Tree::map()
        .with("recipient", vendor.name)
        .with("register", vendor.reader.map_or(Tree::Null, reader))
        .with("outputs", outputs.collect::<Tree>())
        .with("score", Tree::Integer(score(&points).into()))
        .with("points", each.collect::<Tree>())
}
