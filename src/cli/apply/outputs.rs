//! Where sanitized records go: standard output, or a file for each topic.

use super::aside::Aside;
use super::ocf::Containers;
use super::{bare, envelope, messages};
use crate::cli::{Exit, Failure};
use std::fs::File;
use std::io::{Stdout, Write};
use std::path::{Path, PathBuf};
use veilstream::pipeline::{Destination as To, OutBatch, OutRecord};
use veilstream::plan::{Format, Plan};
use veilstream::record::bare::Bare;
use veilstream::record::timestamp::OutTimestamp;
use veilstream::release::Released;
use veilstream::schema::avro::container::ContainerWriter;

/// Most bytes of room that are kept from batch to batch, for each output.
const LINES_KEPT: usize = 4 << 20;

/// Which outputs are written, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// One output to standard output.
    Stdout(u16),
    /// Every output to its own file of that folder.
    Folder(PathBuf),
}

impl Destination {
    /// Reads the flags against the plan.
    ///
    /// # Errors
    /// 64 when the plan has several outputs and no flag chooses, or has no
    /// output of that topic; the message names them.
    pub(crate) fn choose(
        plan: &Plan,
        topic: Option<&str>,
        folder: Option<&Path>,
    ) -> Result<Destination, Failure> {
        if let Some(folder) = folder {
            return Ok(Destination::Folder(folder.to_owned()));
        }
        let place = match topic {
            Some(topic) => plan.outputs.iter().position(|o| &*o.topic == topic),
            None => (plan.outputs.len() == 1).then_some(0),
        };
        match (place, topic) {
            (Some(at), _) => Ok(Destination::Stdout(
                u16::try_from(at).expect("a plan has at most 64 outputs"),
            )),
            (None, Some(topic)) => Err(Failure::new(
                Exit::Usage,
                format!("the policy has no output `{topic}`"),
            )
            .why(format!("its outputs are {}", topics(plan)))
            .help("pass one of them with --output, or --output-dir DIR for all")),
            (None, None) => Err(Failure::new(
                Exit::Usage,
                format!(
                    "the policy has {} outputs and standard output takes one",
                    plan.outputs.len()
                ),
            )
            .why(format!("its outputs are {}", topics(plan)))
            .help("choose one with --output TOPIC, or write all with --output-dir DIR")),
        }
    }
}

impl Destination {
    /// The files it writes, in the order of the plan's outputs; their folder
    /// is made.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn files(&self, plan: &Plan, enveloped: bool) -> Result<Vec<PathBuf>, Failure> {
        let extension = match plan.source.format {
            Format::Json | Format::JsonSchema(_) | Format::JsonSchemaById => "ndjson",
            Format::Bare(_) if enveloped => "ndjson",
            Format::Bare(_) => "txt",
            Format::Avro(_) | Format::AvroById | Format::AvroByFingerprint(_) => "avro",
            Format::Protobuf(_) | Format::ProtobufById(_) => "pb",
        };
        let Destination::Folder(folder) = self else {
            return Ok(Vec::new());
        };
        std::fs::create_dir_all(folder).map_err(|e| Failure::not_created(folder, &e))?;
        let file = |topic: &str| folder.join(format!("{topic}.{extension}"));
        Ok(plan.outputs.iter().map(|o| file(&o.topic)).collect())
    }
}

/// A destination, and the lines of a batch on their way to it: they are rendered
/// where they are written from, and each batch is one call.
struct Sink {
    to: Open,
    lines: Vec<u8>,
    /// Records are written to an Avro file.
    container: Option<ContainerWriter>,
    /// Of the block in work.
    block: (u64, Vec<u8>),
    /// What stands in its place stays there.
    stays: bool,
}

enum Open {
    Stdout(Stdout),
    File(PathBuf, File),
    /// Of releases and counts: a part of one is none.
    Aside(Aside),
}

/// The open destinations.
pub(crate) struct Outputs {
    /// By output of the plan; `None` is not written.
    sinks: Vec<Option<Sink>>,
    enveloped: bool,
    /// Each record has its length in front.
    is_delimited: bool,
    /// Values have no parts.
    bare: Option<Bare>,
}

impl Outputs {
    /// Opens them; files are made anew.
    ///
    /// # Errors
    /// When a file or the folder cannot be made.
    pub(crate) fn open(
        destination: Destination,
        plan: &Plan,
        enveloped: bool,
        containers: Option<&Containers>,
    ) -> Result<Self, Failure> {
        let mut sinks: Vec<Option<Sink>> = Vec::new();
        sinks.resize_with(plan.outputs.len(), || None);
        match &destination {
            &Destination::Stdout(at) => {
                sinks[usize::from(at)] = Some(Sink::new(Open::Stdout(std::io::stdout())));
            }
            Destination::Folder(_) => {
                let files = destination.files(plan, enveloped)?;
                for ((sink, path), output) in sinks.iter_mut().zip(files).zip(&plan.outputs) {
                    let open = match output.held.is_some() || output.counting.is_some() {
                        true => Open::Aside(Aside::create(&path)?),
                        false => {
                            let file = File::create(&path);
                            let file = file.map_err(|e| Failure::not_created(&path, &e))?;
                            Open::File(path, file)
                        }
                    };
                    *sink = Some(Sink::new(open));
                }
            }
        }
        if let Some(containers) = containers {
            for (n, sink) in sinks.iter_mut().enumerate() {
                if let Some(sink) = sink {
                    sink.container = Some(containers.writer(n, &mut sink.lines));
                }
            }
        }
        Ok(Outputs {
            sinks,
            enveloped,
            bare: bare::of(plan),
            is_delimited: matches!(
                plan.source.format,
                Format::Protobuf(_) | Format::ProtobufById(_)
            ),
        })
    }

    /// Writes what was not yet: of a file without records its beginning. Files of releases
    /// take their places where the input was read to its end: the rest of it would be
    /// released anew, in other classes.
    ///
    /// # Errors
    /// When a destination cannot be written.
    pub(crate) fn finish(&mut self, is_whole: bool) -> Result<(), Failure> {
        self.sinks.iter_mut().flatten().try_for_each(|sink| {
            sink.write()?;
            match &mut sink.to {
                Open::Aside(file) if is_whole && !sink.stays => file.finish(),
                Open::Aside(_) | Open::Stdout(_) | Open::File(..) => Ok(()),
            }
        })
    }

    /// Nothing leaves of that output: a file of it that is there stays as it is.
    pub(super) fn leave_as_it_is(&mut self, output: usize) {
        if let Some(sink) = &mut self.sinks[output] {
            sink.stays = true;
        }
    }

    /// False when what was written of that output stands nowhere: its file never took its
    /// place.
    pub(super) fn stands(&self, output: usize) -> bool {
        let sink = self.sinks[output].as_ref();
        sink.is_some_and(|sink| match &sink.to {
            Open::Aside(file) => file.is_in_place(),
            Open::Stdout(_) | Open::File(..) => true,
        })
    }

    /// Places in the plan of the outputs that are written.
    pub(crate) fn written(&self) -> impl Iterator<Item = usize> {
        let sinks = self.sinks.iter().enumerate();
        sinks.filter_map(|(at, sink)| sink.is_some().then_some(at))
    }

    /// Writes the records of a batch: a live pipe sees them now.
    ///
    /// # Errors
    /// When a destination cannot be written.
    pub(crate) fn write(&mut self, batch: &OutBatch) -> Result<(), Failure> {
        for record in batch.records() {
            let To::Output(at) = record.destination else {
                continue;
            };
            match &mut self.sinks[usize::from(at)] {
                Some(sink) if sink.container.is_some() => {
                    // A tombstone has no place in such a file, and is counted.
                    if let Some(value) = record.value {
                        sink.block.0 += 1;
                        sink.block.1.extend_from_slice(batch.bytes(value));
                    }
                }
                // As above.
                Some(sink) if self.is_delimited => {
                    if let Some(value) = record.value {
                        messages::write(batch.bytes(value), &mut sink.lines);
                    }
                }
                Some(sink) => {
                    let as_is = (self.enveloped, self.bare);
                    render(&mut sink.lines, batch, record, as_is)?;
                }
                None => {}
            }
        }
        self.sinks
            .iter_mut()
            .flatten()
            .try_for_each(Sink::end_block)?;
        self.sinks.iter_mut().flatten().try_for_each(Sink::write)
    }

    /// Writes a release of the output of that place, or the rows of one of its windows.
    ///
    /// # Errors
    /// When its destination cannot be written.
    pub(super) fn release(&mut self, output: usize, released: &Released) -> Result<(), Failure> {
        let Some(sink) = &mut self.sinks[output] else {
            return Ok(());
        };
        // One instant for all, so that it tells nothing of their order.
        let second = now_ms().div_euclid(1_000) * 1_000;
        for record in &released.records {
            let line = &mut sink.lines;
            match self.enveloped {
                true => envelope::write(
                    line,
                    record.key.as_deref(),
                    record
                        .headers
                        .iter()
                        .map(|(name, value)| (name.as_slice(), value.as_deref())),
                    record.at_ms.unwrap_or(second),
                    Some(&record.value),
                ),
                false => line.extend_from_slice(&record.value),
            }
            line.push(b'\n');
        }
        sink.write()
    }
}

fn render(
    line: &mut Vec<u8>,
    batch: &OutBatch,
    record: &OutRecord,
    (enveloped, bare): (bool, Option<Bare>),
) -> Result<(), Failure> {
    let value = record.value.map(|v| batch.bytes(v));
    let shown = bare.and_then(|bare| bare.shown(value?));
    let shown = shown.as_deref().map(str::as_bytes);
    if enveloped {
        let timestamp_ms = match record.timestamp {
            OutTimestamp::Now => now_ms(),
            OutTimestamp::Millis(ms) => ms,
        };
        envelope::write(
            line,
            record.key.map(|k| batch.bytes(k)),
            batch.headers(record),
            timestamp_ms,
            shown.or(value),
        );
    } else if bare.is_some() {
        bare::write(value, record.source_offset, line)?;
    } else {
        line.extend_from_slice(value.unwrap_or(b"null"));
    }
    line.push(b'\n');
    Ok(())
}

fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

impl Sink {
    const fn new(to: Open) -> Sink {
        Sink {
            to,
            lines: Vec::new(),
            container: None,
            block: (0, Vec::new()),
            stays: false,
        }
    }

    /// Ends the block of an Avro file, if it holds records.
    fn end_block(&mut self) -> Result<(), Failure> {
        let (count, records) = &mut self.block;
        if let (Some(container), true) = (&self.container, *count > 0) {
            let written = container.block(*count, records, &mut self.lines);
            written
                .map_err(|e| Failure::new(Exit::Software, "a block cannot be written").why(e))?;
            *count = 0;
            records.clear();
        }
        Ok(())
    }

    /// Writes the lines, and forgets them.
    fn write(&mut self) -> Result<(), Failure> {
        let written = match &mut self.to {
            Open::Stdout(out) => (out.write_all(&self.lines))
                .and_then(|()| out.flush())
                .map_err(|e| Failure::stdout(&e)),
            Open::File(path, out) => {
                (out.write_all(&self.lines)).map_err(|e| Failure::not_written(path, &e))
            }
            Open::Aside(file) => file.write(&self.lines),
        };
        self.lines.clear();
        // As for a huge line of input.
        self.lines.shrink_to(LINES_KEPT);
        written
    }
}

/// Topics of a plan's outputs, for messages.
fn topics(plan: &Plan) -> String {
    let topics: Vec<String> = plan
        .outputs
        .iter()
        .map(|o| format!("`{}`", o.topic))
        .collect();
    topics.join(", ")
}
