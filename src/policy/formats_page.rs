//! `docs/reference/formats.md`: which word of the language goes with which format. Each
//! cell is tried: the same policy, and the same record written in each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::grammar;
use super::{PolicyFile, compile};
use crate::action::testing::NOW_MS;
use crate::action::{TableError, TableName, TableSource};
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::Severity;
use crate::language::report;
use crate::pipeline::testing::value_of;
use crate::pipeline::{Destination, InBatch, Worker, sanitize};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::schema::frame::Part;
use crate::schema::json::Json;
use crate::schema::writer::Writer;
use crate::schema::{Bindings, Bound};

#[path = "formats_page/json_schema.rs"]
mod json_schema;
#[path = "formats_page/keyed.rs"]
mod keyed;
#[path = "formats_page/proto.rs"]
mod proto;
#[path = "formats_page/rows.rs"]
mod rows;

use keyed::Keyed;
use rows::{FREE, ROWS};

const HEAD: &str = "# Words and formats

<!-- Generated from `src/policy/formats_page/rows.rs`, each cell tried; `VEIL_UPDATE=1 cargo test` writes it anew. -->

What of the language goes with which `source.value`. A cell that is not `yes` is V0001, the policy is refused and the format is named, or V0139: what leaves could not be said under a schema, or the action does not take what every value is. In every row one policy is compiled for each format, the same record is written in each, and what leaves is compared: what stands in the last column is all that differs. Values of `text` and `bytes` have no members: the one path is `.`, and `value` where a place is named, which stand in these two formats alone; a row is tried there with that path in the place of others, where there is anything to try. Words that have to do with neither the value nor what leaves of it are not in the table: they go with every format. What an action takes of which type is in [Avro](../avro.md), [Protobuf](../protobuf.md) and [JSON Schema](../json-schema.md).

| word | json | avro | protobuf | json_schema | text | bytes | differs |
|---|---|---|---|---|---|---|---|
";

/// What a row comes to under one format.
#[derive(Clone, Copy)]
enum Cell {
    /// As under JSON.
    Same,
    /// That leaves, or the reason of the refusal; of several outputs or records one a line.
    Gives(&'static str),
    /// V0001.
    Lacks,
    /// V0139: what leaves could not be said in the format.
    Unfit,
}

/// A word, a policy with it, and a record.
struct Row {
    /// As the page calls it.
    word: &'static str,
    /// The words of the grammar that it tries: path of the shape, and word.
    tries: &'static [(&'static str, &'static [&'static str])],
    /// Behind `topic: raw` of the source.
    source: &'static str,
    /// At the top of the policy.
    top: &'static str,
    /// In the output, besides `fields`.
    output: &'static str,
    fields: &'static str,
    /// The fields of the writer's schema, as Avro has them; of Protobuf they are made of those.
    schema: &'static str,
    /// Keys and values name their schemas by id.
    by_id: bool,
    /// The record key.
    key: Option<&'static str>,
    header: Option<(&'static str, &'static str)>,
    given: &'static str,
    json: &'static str,
    avro: Cell,
    protobuf: Cell,
    json_schema: Cell,
    bare: Bare,
    /// What differs.
    note: &'static str,
}

/// The same of values that have no parts: `text` and `bytes`.
#[derive(Clone, Copy)]
enum Bare {
    /// The row's own policy is refused, V0001.
    Lacks,
    /// Another policy is tried.
    Tried(Tried),
    /// Of each another one: first of texts, then of bytes.
    Each(Tried, Tried),
}

/// A policy with the word, and a value a line.
#[derive(Clone, Copy)]
struct Tried {
    source: &'static str,
    top: &'static str,
    output: &'static str,
    fields: &'static str,
    given: &'static str,
    text: Cell,
    bytes: Cell,
}

#[test]
fn the_page_is_up_to_date_and_each_cell_is_as_it_says() {
    let mut wrong = Vec::new();
    let mut page = HEAD.to_owned();
    for row in ROWS {
        let json = match row.by_id {
            true => Cell::Lacks,
            false => Cell::Gives(row.json),
        };
        let [(text_row, text), (bytes_row, bytes)] = row.bare();
        let cells = [
            ("json", json),
            ("avro", row.avro),
            ("protobuf", row.protobuf),
            ("json_schema", row.json_schema),
            ("text", text),
            ("bytes", bytes),
        ];
        for (format, cell) in cells {
            let tried = match format {
                "text" => &text_row,
                "bytes" => &bytes_row,
                _ => row,
            };
            if let Err(why) = tried.holds(format, cell) {
                wrong.push(format!("{} under {format}: {why}", row.word));
            }
        }
        let has = |cell| match cell {
            Cell::Lacks => "V0001",
            Cell::Unfit => "V0139",
            _ => "yes",
        };
        let has = cells.map(|(_, cell)| has(cell));
        for cell in [row.word].into_iter().chain(has).chain([row.note]) {
            write!(page, "| {} ", cell.replace('|', "\\|")).expect("a text takes all");
        }
        page.push_str("|\n");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    crate::pages::compare("docs/reference/formats.md", &page);
}

#[test]
fn every_word_of_the_language_is_tried_or_has_nothing_to_do_with_values() {
    let tried = ROWS.iter().flat_map(|row| row.tries).chain(FREE);
    let tried: BTreeSet<(&str, &str)> = tried
        .flat_map(|(shape, words)| words.iter().map(move |word| (*shape, *word)))
        .collect();
    let built = grammar::ALL.iter().flat_map(|(path, shape)| {
        let words = shape.words.iter().filter(|word| word.built);
        words.map(move |word| (*path, word.name))
    });
    let built: BTreeSet<(&str, &str)> = built.collect();
    let missing: Vec<_> = built.difference(&tried).collect();
    let unknown: Vec<_> = tried.difference(&built).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "{missing:?} {unknown:?}"
    );
}

impl Row {
    /// The row as it is tried of texts and of bytes, and its cells there.
    fn bare(&self) -> [(Row, Cell); 2] {
        let (text, bytes) = match self.bare {
            Bare::Lacks => return [(); 2].map(|()| (Row { ..*self }, Cell::Lacks)),
            Bare::Tried(tried) => (tried, tried),
            Bare::Each(text, bytes) => (text, bytes),
        };
        let row = |tried: Tried| Row {
            source: tried.source,
            top: tried.top,
            output: tried.output,
            fields: tried.fields,
            given: tried.given,
            ..*self
        };
        [(row(text), text.text), (row(bytes), bytes.bytes)]
    }

    fn holds(&self, format: &str, wanted: Cell) -> Result<(), String> {
        let text = self.policy(format);
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = jiff::Timestamp::from_millisecond(NOW_MS).expect("a time");
        let compiled = compile(&file, &TestKeys, &Beside(self.schema), now);
        let said = report::text(&compiled.findings, "policy.yaml", &file.text, false, None);
        let Some(plan) = compiled.plan else {
            let errors = compiled.findings.list().iter();
            let mut errors = errors.filter(|f| f.severity == Severity::Error);
            let names = |message: &str| {
                message.contains(&format!("`value: {format}`"))
                    || self.by_id && message.contains("where values do not name their schemas")
            };
            let is_as_wanted = match wanted {
                Cell::Lacks => {
                    errors.any(|f| f.code == codes::NOT_IN_THIS_VERSION && names(&f.message))
                }
                Cell::Unfit => errors.all(|f| f.code == codes::SCHEMA_FILE),
                Cell::Same | Cell::Gives(_) => false,
            };
            return match is_as_wanted {
                true => Ok(()),
                _ => Err(said),
            };
        };
        let wanted = match wanted {
            Cell::Lacks | Cell::Unfit => return Err("it is not refused".to_owned()),
            Cell::Same => self.json,
            Cell::Gives(wanted) => wanted,
        };
        let plan = Arc::new(plan);
        let lane = Lane {
            topic: "raw".into(),
            partition: 0,
            claim: 1,
        };
        let mut batch = InBatch::new(lane, Arc::clone(&plan));
        let keyed = match self.by_id {
            true => Some(Keyed::of(&plan, self.schema)?),
            false => None,
        };
        if let Some(keyed) = &keyed {
            batch.bindings = Some(keyed.bindings());
        }
        let key = match (&keyed, self.key) {
            (Some(keyed), Some(key)) => Some(keyed.written(Part::Key, key)?),
            (_, key) => key.map(|key| key.as_bytes().to_vec()),
        };
        let writer = Writer::of(&plan.source.format).transpose()?;
        if let Some(writer) = &writer {
            let binding = writer.bind(&plan).map_err(|c| c.to_string())?;
            let bound = Bound::Ready(Arc::new(binding));
            batch.bindings = Some(Arc::new(Bindings::of_file(bound)));
        }
        for (offset, line) in (0..).zip(self.given.lines()) {
            let value = match (line, &writer) {
                ("null", _) => None,
                (_, None) if let Some(keyed) = &keyed => Some(keyed.written(Part::Value, line)?),
                (_, Some(writer)) => {
                    let value = Json::read(line, 1 << 20).expect("a line is JSON");
                    let mut bytes = Vec::new();
                    let encoded = writer.encode(&value, &mut bytes);
                    encoded.map_err(|wrong| format!("{line}: {wrong}"))?;
                    Some(bytes)
                }
                _ => Some(line.as_bytes().to_vec()),
            };
            let headers = self.header.iter();
            batch.raw.push(
                offset,
                Timestamp::Create(NOW_MS),
                key.as_deref(),
                value.as_deref(),
                headers.map(|(name, value)| (name.as_bytes(), Some(value.as_bytes()))),
            );
        }
        let mut worker = Worker::of_the_system();
        let out = sanitize(batch, &mut worker).map_err(|_| "it is held".to_owned())?;
        let out = match &keyed {
            Some(_) => out,
            None => out.shown().map_or(out, |shown| shown.batch),
        };
        let mut found = Vec::new();
        for record in out.records() {
            let value = match record.destination {
                Destination::Quarantine(reason) => reason.to_string(),
                Destination::Held(_) => "waits".to_owned(),
                Destination::Output(_) => match record.value {
                    None => "null".to_owned(),
                    Some(value) => match &keyed {
                        Some(keyed) => keyed.shown(Part::Value, out.bytes(value)),
                        None => value_of(&out, record).expect("it has one"),
                    },
                },
            };
            let mut line = value;
            if let Some(key) = record.key {
                let key = match &keyed {
                    Some(keyed) => keyed.shown(Part::Key, out.bytes(key)),
                    None => String::from_utf8_lossy(out.bytes(key)).into_owned(),
                };
                write!(line, " key {key}").expect("a text takes all");
            }
            let ours = |(name, _): &(&[u8], Option<&[u8]>)| !name.starts_with(b"veil-");
            for (name, value) in out.headers(record).filter(ours) {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let value = text(value.unwrap_or_default());
                write!(line, " {} {value}", text(name)).expect("a text takes all");
            }
            found.push(line);
        }
        match found.join("\n") == wanted {
            true => Ok(()),
            false => Err(format!("\n{}\nnot\n{wanted}", found.join("\n"))),
        }
    }

    fn policy(&self, format: &str) -> String {
        let value = match format {
            "json" => "",
            format if self.by_id => &format!(", value: {format}"),
            "avro" => ", value: avro, schema: { file: writer.avsc }",
            "protobuf" => ", value: protobuf, schema: { file: writer.proto }",
            "json_schema" => ", value: json_schema, schema: { file: writer.json }",
            "text" => ", value: text",
            "bytes" => ", value: bytes",
            _ => "",
        };
        let line = |text: &str| match text {
            "" => String::new(),
            text => format!("    {text}\n"),
        };
        format!(
            "apiVersion: veil/v1
kind: Policy
metadata: {{ name: tried, version: 1, owner: docs }}
source: {{ topic: raw{value}{} }}
keys:
  people: {{ ref: \"file:keyring.json#people\" }}
  contact: {{ ref: \"file:keyring.json#contact\" }}
  quarantine: {{ ref: \"file:keyring.json#quarantine\" }}
{}
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
{}{}quarantine: {{ topic: raw.quarantine, key: quarantine }}
",
            self.source,
            self.top,
            line(self.output),
            match self.fields {
                "" => String::new(),
                fields => line(&format!("fields: {{ {fields} }}")),
            }
        )
    }
}

/// The schema, of those fields, beside the policy.
struct Beside(&'static str);

impl TableSource for Beside {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        match name.as_str() {
            "writer.avsc" => Ok(avro_text(self.0).into_bytes()),
            "writer.json" => Ok(json_schema::text(self.0).into_bytes()),
            "writer.proto" => Ok(proto::text(self.0).into_bytes()),
            _ => Err(TableError::Missing),
        }
    }
}

fn avro_text(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"Event","fields":[{fields}]}}"#)
}
