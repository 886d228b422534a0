//! Contracts as a page for whoever reads the outputs.

use super::distinct::distinct;
use super::gate::lasting;
use super::{ColumnContract, Contract, Described, Join};
use crate::action::{ActionDef, IsoClass};
use crate::document::{Document, Line, Look, Table, joined};
use crate::plan::POLICY_HEADER;
use crate::policy::OutputMeaning;
use crate::record::bare::Bare;

/// The contracts as one page.
pub fn page(contracts: &[Contract<'_>]) -> Document {
    put_together(&contracts.iter().collect::<Vec<_>>())
}

/// Those of one policy.
#[cfg(test)]
pub(super) fn page_of(contracts: &[Contract<'_>], policy: &Described) -> Document {
    let of = contracts.iter().filter(|c| std::ptr::eq(c.policy, policy));
    put_together(&of.collect::<Vec<_>>())
}

fn put_together(contracts: &[&Contract<'_>]) -> Document {
    let mut document = Document::new(title(contracts));
    let mut shown: Option<&Described> = None;
    for contract in contracts {
        if !shown.is_some_and(|p| std::ptr::eq(p, contract.policy)) {
            of_policy(contract.policy, &mut document);
            shown = Some(contract.policy);
        }
        of_output(contract, &mut document);
    }
    document
}

fn title(contracts: &[&Contract<'_>]) -> Line {
    let policies = distinct(contracts.iter().map(|c| c.policy.meaning.name.as_str()));
    match contracts {
        [one] => Line::from("What ")
            .and(Look::Code, &*one.output.topic)
            .and(Look::Plain, " holds"),
        _ => Line::from("What leaves under ").then(codes(policies.into_iter().map(str::to_owned))),
    }
}

fn of_policy(policy: &Described, document: &mut Document) {
    let meaning = &policy.meaning;
    let mut line = Line::from("Under the policy ")
        .and(Look::Code, policy.stamp())
        .and(Look::Plain, ", which reads ")
        .then(codes(meaning.sources.iter().cloned()))
        .then(apart(meaning.split.as_deref()))
        .and(Look::Plain, "; ")
        .and(Look::Plain, &*meaning.owner)
        .and(Look::Plain, " answers for it");
    if let Some(dpo) = &meaning.dpo {
        line = line
            .and(Look::Plain, ", the privacy officer is ")
            .and(Look::Plain, &**dpo);
    }
    let columns = meaning.outputs.iter().flat_map(|o| &o.columns);
    let unnamed = match columns.filter(|c| c.takes_any()).count() {
        0 => "",
        _ => {
            ", but for what `*` takes: every member that no other path names leaves with it, those that appear tomorrow too"
        }
    };
    document.say(
        line.and(
            Look::Plain,
            ". A field that is not in a table below does not exist in the output",
        )
        .then(Line::with_codes(unnamed))
        .and(
            Look::Plain,
            ". Codes, tokens and sealed values are pseudonymized personal data, not anonymous.",
        ),
    );
}

/// How records are taken apart.
fn apart(split: Option<&str>) -> Line {
    match split {
        None => Line::default(),
        Some("[]") => Line::from(" (lists: each element is a record of its own)"),
        Some(path) => Line::from(" (each element of the list ")
            .and(Look::Code, path)
            .and(
                Look::Plain,
                " is a record of its own, with all that is around the list)",
            ),
    }
}

fn of_output(contract: &Contract<'_>, document: &mut Document) {
    document.part(Line::code(&*contract.output.topic));
    document.table(facts(contract));
    document.deep_part("Columns");
    let has_columns = !contract.columns.is_empty();
    if has_columns {
        document.table(columns(contract));
    }
    let release = contract.output.release.as_ref();
    if let Some(counts) = release.and_then(|release| release.counts.as_ref()) {
        document.say(match has_columns {
            true => "Those are the fields by which is counted. A row has besides:",
            false => "There is one count for all records. A row has:",
        });
        let mut table = Table::new(&["column", "meaning", "type"]);
        for [name, says, ty] in &counts.row {
            table.row([Line::code(&**name), with_codes(says), Line::from(&**ty)]);
        }
        document.table(table);
    }
    if !contract.output.dropped.is_empty() {
        let dropped = codes(contract.output.dropped.iter().cloned());
        document.say(
            Line::from("Named by the policy and dropped: ")
                .then(dropped)
                .and(Look::Plain, "."),
        );
    }
    if let Some(sealed) = sealed(contract) {
        document.deep_part("Inside of what is sealed");
        document.say("For whoever holds the key: an opened value is JSON text with these members.");
        document.table(sealed);
    }
    if !has_columns {
        return;
    }
    document.deep_part("When a value is not there");
    document.list(grouped(contract, |c| Some(c.absence.clone())));
    document.deep_part("Counting distinct values");
    document.list(grouped(contract, |c| {
        c.is_in_value().then(|| c.uniques.means.clone())
    }));
    let codes_only = contract
        .columns
        .iter()
        .filter(|c| c.column.joins_by.is_some());
    let queries = distinct(codes_only.filter_map(|c| c.uniques.sql.clone()));
    if !queries.is_empty() {
        document.say("In SQL as PostgreSQL and DuckDB have it, the topic loaded as a table with objects as structures:");
        document.verbatim(queries.join("\n"));
    }
    let bins = grouped(contract, |c| c.says.bins.clone());
    if !bins.is_empty() {
        document.deep_part("Bins and listed values");
        document.list(bins);
    }
    document.deep_part("What the columns still tell, and who can go back");
    document.table(leaks(contract));
}

fn facts(contract: &Contract<'_>) -> Table {
    let (output, gate) = (contract.output, contract.gate());
    let mut table = Table::new(&["what", "as the policy says it"]);
    let mut row = |what: &str, said: Line| {
        table.row([Line::from(what), said]);
    };
    row("purpose", purpose(output));
    row("pseudonymisation domain", Line::code(&*output.domain));
    row(
        "who reads it",
        match (&output.reader, &output.recipient) {
            (Some(reader), _) => Line::from(reader.says()),
            (None, Some(recipient)) => Line::from(&**recipient),
            (None, None) => "own house; no recipient is named".into(),
        },
    );
    if let Some(reader) = &output.reader {
        row("transfer to a third country", reader.transfer().into());
    }
    row(
        "gate",
        match gate.permission {
            Some(permission) => with_codes(&permission),
            None => Line::of(
                Look::ToFill,
                "neither a consent nor a legal basis is stated in the policy",
            ),
        },
    );
    row("withheld", with_codes(&gate.withheld));
    if let Some(reading) = gate.reading {
        row("reading", with_codes(reading));
    }
    row("records", with_codes(&gate.types));
    if let Some(bare) = contract.policy.meaning.bare {
        row(
            "format",
            Line::from(match bare {
                Bare::Text => {
                    "the whole value is one text in UTF-8, without quotes; `.` is all of it"
                }
                Bare::Bytes => "the whole value is bytes; `.` is all of it",
            }),
        );
    }
    if let Some(format) = contract.policy.meaning.format {
        let absent = match format {
            "Avro" => "what is absent below is null",
            _ => "what is absent below is not there",
        };
        let types = match format {
            "JSON" => "the types that the writer's says; no record is held against one, and",
            _ => "the exact types; those below are of the values as JSON shows them, and",
        };
        let format = format!(
            "{format}, under a schema of its own that is derived from the writer's (`veil schema derive` prints it) and has {types} {absent}"
        );
        row("format", with_codes(&format));
    }
    if let Some(region) = &output.region {
        let only = format!("only records of people in {region}");
        row("where people are", with_codes(&only));
    }
    if let Some(minors) = &contract.policy.meaning.minors {
        let withheld = format!("{minors}, do not leave");
        row("children", with_codes(&withheld));
    }
    for entry in &output.sensitive {
        row("special category", with_codes(&entry.says()));
    }
    if let Some(release) = &output.release {
        let what = if release.counts.is_some() {
            "counts"
        } else {
            "releases"
        };
        row(what, with_codes(&release.says));
    }
    row("refused", with_codes(&gate.refused));
    row("record timestamp", gate.timestamp.into());
    row("tombstones", gate.tombstones.into());
    if let Some(stamp) = contract.policy_header() {
        row(
            "policy header",
            Line::from("every record carries ")
                .and(Look::Code, format!("{POLICY_HEADER}: {stamp}"))
                .and(Look::Plain, ", the policy that it was made under"),
        );
    }
    row(
        "retention",
        Line::of(
            Look::ToFill,
            "how long the topic keeps records is not stated in the policy",
        ),
    );
    if let Some(quarantine) = &contract.policy.meaning.quarantine
        && let Some(ms) = quarantine.retention_ms
    {
        row(
            "retention of the quarantine",
            format!("{}, sealed", lasting(ms)).into(),
        );
    }
    table
}

/// What it is for, and why the data may be used for that.
pub(crate) fn purpose(output: &OutputMeaning) -> Line {
    let purpose = Line::code(&*output.purpose);
    match &output.purpose_serves {
        Some(why) => purpose.then("; ").then(with_codes(why)),
        None => purpose,
    }
}

fn columns(contract: &Contract<'_>) -> Table {
    let mut table = Table::new(&["column", "what it holds", "type", "made from", "joins with"]);
    let mut rows: Vec<([Line; 4], Line, Vec<&str>)> = Vec::new();
    for column in &contract.columns {
        let name = match column.is_in_value() {
            true => Line::code(&*column.name),
            false => Line::from(&*column.name),
        };
        let mut holds = with_codes(&column.says.what);
        if column.column.facts.clear {
            holds = holds.and(Look::Warning, " (in clear)");
        }
        if column.says.in_utc {
            holds = holds.and(Look::Faint, " (UTC)");
        }
        if !column.column.inside.is_empty() {
            holds = holds.and(Look::Plain, ": ").then(codes(
                column.column.inside.iter().map(|i| i.path.to_string()),
            ));
        }
        if let Some(like) = &column.column.like {
            holds = Line::from("as ")
                .and(Look::Code, like.to_string())
                .and(Look::Plain, ": ")
                .then(holds);
        }
        let mut made_from = codes(column.sources().into_iter());
        let class = match &column.column.classes[..] {
            [] => Line::of(Look::ToFill, ", no class is stated"),
            classes => Line::of(Look::Faint, format!(", {}", classes.join(", "))),
        };
        if column.is_in_value() || !column.column.classes.is_empty() {
            made_from = made_from.then(class);
        }
        let of = column.column.of_type.as_deref();
        let mut row = |cells: [Line; 4], name: Line| {
            // The same under several types of record is one row.
            let mut known = rows.iter_mut();
            match known.find(|(known, called, _)| *known == cells && *called == name) {
                Some((_, _, types)) => types.extend(of),
                None => rows.push((cells, name, of.into_iter().collect())),
            }
        };
        let types = column.types.says().into();
        let meets = joins(contract, &column.joins);
        row([holds, types, made_from, meets], name.clone());
        for part in &column.parts {
            let at = part.part.at.to_string();
            let cells = [
                with_codes(&part.says.what),
                "text".into(),
                codes(column.sources().into_iter())
                    .then(", ")
                    .then(with_codes(&at)),
                joins(contract, &part.joins),
            ];
            row(cells, name.clone().then(", ").then(with_codes(&at)));
        }
    }
    for (cells, mut name, types) in rows {
        if !types.is_empty() {
            name = name.and(Look::Faint, format!(" in {}", types.join(", ")));
        }
        table.row([name].into_iter().chain(cells));
    }
    table
}

/// The insides of sealed objects, of several types of record alike once.
fn sealed(contract: &Contract<'_>) -> Option<Table> {
    let mut table = Table::new(&["column", "member", "what it holds", "type", "made from"]);
    let mut rows: Vec<[Line; 5]> = Vec::new();
    for column in &contract.columns {
        for inside in &column.inside {
            let mut holds = with_codes(&inside.says.what);
            if inside.says.in_utc {
                holds = holds.and(Look::Faint, " (UTC)");
            }
            let row = [
                Line::code(&*column.name),
                Line::code(inside.field.path.to_string()),
                holds,
                inside.types.says().into(),
                codes(
                    column
                        .sources()
                        .into_iter()
                        .map(|object| format!("{object}.{}", inside.field.from)),
                ),
            ];
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    let is_there = !rows.is_empty();
    for row in rows {
        table.row(row);
    }
    is_there.then_some(table)
}

fn joins(contract: &Contract<'_>, joins: &[Join]) -> Line {
    let mut each: Vec<Line> = Vec::new();
    for join in joins {
        let here = join.topic == contract.output.topic;
        // The record key is said once, at the field.
        let mut line = match here {
            true => Line::default(),
            false => Line::code(&*join.topic).and(Look::Plain, " "),
        };
        line = line.and(Look::Code, &*join.column);
        if let Some(inside) = &join.inside {
            line = line.then(" ").then(with_codes(inside));
        }
        if !each.contains(&line) {
            each.push(line);
        }
    }
    let by_type = joins.iter().any(|j| j.by_type);
    let line = joined(each, ", ");
    match by_type {
        true => line.and(Look::Faint, " (a number and its text have two codes)"),
        false => line,
    }
}

/// Columns of which the same is said, in one point.
fn grouped(
    contract: &Contract<'_>,
    said: impl Fn(&ColumnContract<'_>) -> Option<String>,
) -> Vec<Line> {
    let texts = distinct(contract.columns.iter().filter_map(&said));
    let point = |text: String| {
        let of = contract
            .columns
            .iter()
            .filter(|c| said(c).as_ref() == Some(&text));
        let names = distinct(of.map(|c| c.name.clone()));
        codes(names.into_iter())
            .and(Look::Plain, ": ")
            .then(with_codes(&text))
            .and(Look::Plain, ".")
    };
    texts.iter().cloned().map(point).collect()
}

fn leaks(contract: &Contract<'_>) -> Table {
    let mut table = Table::new(&[
        "action",
        "columns",
        "what it still tells",
        "who can go back",
    ]);
    let all = contract.columns.iter().flat_map(ColumnContract::actions);
    for action in distinct(all.map(|a| a.name)) {
        let of: Vec<&ColumnContract<'_>> = contract
            .columns
            .iter()
            .filter(|c| c.actions().any(|a| a.name == action))
            .collect();
        let mut defs = of.iter().flat_map(|c| c.actions());
        let Some(def) = defs.find(|a| a.name == action) else {
            continue;
        };
        let technique = match def.iso {
            IsoClass::None => "no technique: in clear".to_owned(),
            iso => format!("{}, ISO/IEC 20889", iso.as_str()),
        };
        table.row([
            Line::code(action).and(Look::Faint, format!(" ({technique})")),
            codes(distinct(of.iter().map(|c| c.name.clone())).into_iter()),
            with_codes(&told(&of, def)),
            def.reversible.into(),
        ]);
    }
    table
}

/// What an action still tells in these columns: where it makes the column, as it is set;
/// where it makes a part, all that it can.
fn told(columns: &[&ColumnContract<'_>], def: &ActionDef) -> String {
    let mut all: Vec<&str> = Vec::new();
    for column in columns {
        let said = match column.column.action.name == def.name {
            true => column.column.leaks(),
            false => vec![def.leaks],
        };
        for text in said {
            if !all.contains(&text) {
                all.push(text);
            }
        }
    }
    all.join(" ")
}

/// Words of the policy, told apart.
pub(crate) fn codes(words: impl Iterator<Item = String>) -> Line {
    joined(words.map(Line::code), ", ")
}

/// A sentence in which words stand between `…`.
pub(crate) fn with_codes(text: &str) -> Line {
    Line::with_codes(text)
}
