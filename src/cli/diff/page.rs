//! What differs, as a report.

use super::super::explain::quoted;
use super::sample::OnSample;
use super::values::RECORDS;
use serde_json::{Value, json};
use veilstream::document::{Document, Line, Look, Table};
use veilstream::policy::OutputChange;
use veilstream::policy::diff::{Difference, Verdict};
use veilstream::sample::LOOKS_ENVELOPED;

/// All of it, for a pull request.
pub(super) fn page(summary: &str, differences: &[Difference], rest: Document) -> Document {
    let mut page = Document::new("What the new policy changes");
    page.say(summary);
    if !differences.is_empty() {
        let mut table = Table::new(&["verdict", "where", "was", "is", "why"]);
        for one in differences {
            let look = match one.verdict {
                Verdict::Weaker => Look::Bad,
                Verdict::Changed => Look::Warning,
                Verdict::Stronger => Look::Good,
            };
            table.row([
                Line::of(look, one.verdict.as_str()),
                Line::code(place(one)),
                code(&one.was),
                code(&one.is),
                quoted(&one.why),
            ]);
        }
        page.table(table);
    }
    page.blocks.extend(rest.blocks);
    page
}

/// What breaks for readers, and what differs on the sample.
pub(super) fn rest(consumers: &[OutputChange], sample: Option<&OnSample>) -> Document {
    let mut page = Document::new("");
    if !consumers.is_empty() {
        page.part("for who reads the outputs");
        for output in consumers {
            let breaks = match output.breaks() {
                true => Line::of(Look::Warning, " (readers have to change)"),
                false => Line::of(Look::Good, " (nothing breaks)"),
            };
            page.deep_part(Line::code(&*output.topic).then(breaks));
            page.list(
                output
                    .changes
                    .iter()
                    .map(|change| quoted(&change.to_string())),
            );
        }
    }
    if let Some(sample) = sample {
        on_sample(sample, &mut page);
    }
    page
}

fn on_sample(sample: &OnSample, page: &mut Document) {
    page.part("on the sample");
    if sample.looks_enveloped {
        page.say(Line::of(Look::Warning, format!("{LOOKS_ENVELOPED}.")));
    }
    match &sample.counted[..] {
        [] => {
            page.say("Both come to the same counts of records and of fields.");
        }
        counted => {
            let mut table = Table::new(&["output", "what", "#was", "#is"]);
            for one in counted {
                table.row([
                    one.output.as_deref().map_or_else(Line::default, Line::code),
                    quoted(&one.what),
                    one.was.to_string().into(),
                    one.is.to_string().into(),
                ]);
            }
            page.table(table);
        }
    }
    match &sample.values[..] {
        [] => {
            page.say("No value differs in the records that have it under both.");
        }
        values => {
            let mut table = Table::new(&["output", "field", "#in both", "#another value"]);
            for one in values {
                table.row([
                    Line::code(&*one.output),
                    Line::code(&*one.field),
                    one.records.to_string().into(),
                    one.differ.to_string().into(),
                ]);
            }
            page.table(table);
        }
    }
    let cut = match sample.is_cut {
        true => format!(" Values of the first {RECORDS} records were compared."),
        false => String::new(),
    };
    page.say(Line::of(
        Look::Faint,
        format!("Sealed values differ each time and are not compared.{cut}"),
    ));
}

/// The changes for readers as JSON values.
pub(super) fn consumers_json(consumers: &[OutputChange]) -> Value {
    consumers
        .iter()
        .map(|output| {
            json!({
                "topic": output.topic,
                "breaks": output.breaks(),
                "changes": output.changes.iter().map(|change| json!({
                    "change": change.word(),
                    "breaks": change.breaks(),
                    "says": change.to_string(),
                })).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn code(text: &str) -> Line {
    match text.is_empty() {
        true => Line::default(),
        false => Line::code(text),
    }
}

/// Where a difference is, in one line.
pub fn place(one: &Difference) -> String {
    let of_type = one.record_type.as_ref();
    let of_type = of_type.map_or_else(String::new, |t| format!(" (type {t})"));
    match &one.output {
        Some(topic) => format!("{topic}: {}{of_type}", one.field),
        None => format!("{}{of_type}", one.field),
    }
}
