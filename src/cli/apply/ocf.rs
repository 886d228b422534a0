//! Avro object container files in and out.
//!
//! The schema that stands in a file is the one that its records are read by. Where one
//! record ends and the next begins only reading tells, so a block in which a record cannot
//! be read ends the run; what a record holds that the policy refuses goes to quarantine,
//! as everywhere.

use super::batches;
use super::workers::{Done, Reading};
use crate::cli::{Exit, Failure};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::crypto::digest::sha256;
use veilstream::decode::Limits;
use veilstream::decode::avro::AvroDecoder;
use veilstream::pipeline::{InBatch, sanitize};
use veilstream::plan::Plan;
use veilstream::record::tape::Tape;
use veilstream::record::timestamp::Timestamp;
use veilstream::schema::avro::container::{
    BLOCK_BYTES_MAX, BadContainer, Codec, ContainerReader, ContainerWriter, Sync,
};
use veilstream::schema::avro::node::Schema;
use veilstream::schema::binding::Binding;
use veilstream::schema::{Bindings, Bound};

const RECORDS_MAX: usize = 1_000;
const BYTES_MAX: usize = 1 << 20;

/// So far records nest that are only passed over: what the policy takes is less.
const DEPTH_MAX: u32 = 4_096;

/// A file that is read.
type Opened = ContainerReader<BufReader<Box<dyn Read + Send>>>;

/// Files of one schema, opened and bound to the policy.
pub struct Containers {
    plan: Arc<Plan>,
    binding: Arc<Binding>,
    bindings: Arc<Bindings>,
    schema: String,
    codec: Codec,
    file: Option<(PathBuf, Opened)>,
    more: VecDeque<PathBuf>,
    timestamp: Timestamp,
    /// Numbers of records, from 0, over all files.
    number: i64,
    seq: u64,
    is_sample: bool,
}

impl Containers {
    /// Opens the first file and binds its schema; standard input when there is none.
    ///
    /// # Errors
    /// 66 when a file is not there, 65 when it is no such file, or the policy can make
    /// nothing of its schema.
    pub fn open(
        files: &[PathBuf],
        plan: &Arc<Plan>,
        timestamp: Timestamp,
    ) -> Result<Containers, Failure> {
        let mut more: VecDeque<PathBuf> = match files {
            [] => [PathBuf::from("-")].into(),
            files => files.to_vec().into(),
        };
        let first = more.pop_front().expect("there is one");
        let reader = open(&first)?;
        let schema = reader.schema().to_owned();
        let unusable = |why: String| {
            Failure::new(
                Exit::DataErr,
                format!("the schema in {} cannot be used", shown(&first)),
            )
            .why(why)
            .help("`veil check POLICY --schema FILE` says which field it is")
        };
        let writer = Schema::parse(&schema).map_err(|bad| unusable(bad.to_string()))?;
        let binding = Binding::new(&writer, plan).map_err(|c| unusable(c.to_string()))?;
        let binding = Arc::new(binding);
        let bound = Bound::Ready(Arc::clone(&binding));
        Ok(Containers {
            plan: Arc::clone(plan),
            bindings: Arc::new(Bindings::of_file(bound)),
            binding,
            schema,
            codec: reader.codec(),
            file: Some((first, reader)),
            more,
            timestamp,
            number: 0,
            seq: 0,
            is_sample: false,
        })
    }

    /// The same for a sample, which is looked at: no event of it is too late.
    pub fn of_a_sample(self) -> Containers {
        Containers {
            is_sample: true,
            ..self
        }
    }

    /// By output the fields that the policy names and the schema does not have.
    pub fn missing(&self) -> Box<[Box<[Box<str>]>]> {
        self.binding.missing.clone()
    }

    /// What writes the records of that output, and the beginning of its file.
    pub fn writer(&self, output: usize, out: &mut Vec<u8>) -> ContainerWriter {
        let schema = &self.binding.schemas[output];
        ContainerWriter::new(schema, self.codec, self.sync(schema), out)
    }

    /// Of the schema and the policy, so that a file comes out the same again.
    fn sync(&self, schema: &str) -> Sync {
        let hash = sha256(&[schema.as_bytes(), &self.plan.digest.0].concat());
        *hash.first_chunk().expect("32 bytes begin with 16")
    }

    /// Reads, sanitizes and hands every batch to `write`, in input order, up to the end
    /// of the input or until reading is stopped.
    ///
    /// # Errors
    /// What `write` returns; 65 when a file or a block cannot be read.
    pub fn in_order(
        mut self,
        state: Arc<Snapshot>,
        reading: &Reading,
        mut write: impl FnMut(&Done) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut worker = batches::worker(self.is_sample, state);
        let mut decoder = AvroDecoder::new(0);
        let (mut block, mut tape, mut bytes_read) = (Vec::new(), Tape::default(), 0);
        loop {
            let Some((name, file)) = &mut self.file else {
                let Some(name) = self.more.pop_front() else {
                    return Ok(());
                };
                let next = open(&name)?;
                if next.schema() != self.schema {
                    let failure = Failure::new(
                        Exit::DataErr,
                        format!("{} was written under another schema", shown(&name)),
                    );
                    return Err(failure
                        .why("what leaves of all files is one file, under one schema")
                        .help("read files of one schema at a time"));
                }
                self.file = Some((name, next));
                continue;
            };
            let count = match file.block(&mut block) {
                Ok(Some(count)) => count,
                Ok(None) => {
                    self.file = None;
                    continue;
                }
                Err(bad) => return Err(refused(name, &bad)),
            };
            let name = name.clone();
            let mut rest = &block[..];
            let mut left = count;
            while left > 0 {
                if reading.is_stopped() {
                    return Ok(());
                }
                let mut batch = self.batch();
                while left > 0 && batch.raw.len() < RECORDS_MAX && batch.raw.bytes_len() < BYTES_MAX
                {
                    let len = self.first(rest, &mut decoder, &mut tape).map_err(|why| {
                        let bad = format!("a record of a block of {} cannot be read", shown(&name));
                        Failure::new(Exit::DataErr, bad)
                            .why(why)
                            .help("what stands before it was written; the file is damaged, or was written under another schema than it says")
                    })?;
                    let (record, behind) = rest.split_at(len);
                    batch
                        .raw
                        .push(self.number, self.timestamp, None, Some(record), []);
                    (rest, left) = (behind, left - 1);
                    self.number += 1;
                }
                bytes_read += batch.raw.bytes_len() as u64;
                let out = sanitize(batch, &mut worker).map_err(|held| {
                    Failure::new(Exit::Unavailable, "a batch cannot be sanitized now")
                        .why(&held.outage)
                })?;
                write(&Done {
                    out: Some(out),
                    no_envelopes: None,
                    other_values: 0,
                    too_long: Vec::new(),
                    unread: Vec::new(),
                    bytes_read,
                })?;
            }
            if !rest.is_empty() {
                let bad = format!("a block of {} holds more than its records", shown(&name));
                return Err(Failure::new(Exit::DataErr, bad));
            }
        }
    }

    /// How long the record is that `bytes` begin with.
    fn first(
        &self,
        bytes: &[u8],
        decoder: &mut AvroDecoder,
        tape: &mut Tape,
    ) -> Result<usize, String> {
        let limits = Limits {
            depth_max: DEPTH_MAX,
            value_bytes_max: BLOCK_BYTES_MAX as u32,
            // Elements may take no byte: a few bytes say that there are 2^62 of them.
            tape_entries_max: 1 << 24,
            ..Limits::default()
        };
        let avro = self.binding.avro().expect("a schema of Avro was bound");
        let first = decoder.first(bytes, &avro.program, &limits, tape);
        first.map_err(|refused| refused.to_string())
    }

    fn batch(&mut self) -> InBatch {
        batches::bound(&self.plan, &self.bindings, &mut self.seq)
    }
}

fn open(name: &Path) -> Result<Opened, Failure> {
    let source: Box<dyn Read + Send> = match name == Path::new("-") {
        true => Box::new(io::stdin()),
        false => {
            Box::new(File::open(name).map_err(|e| Failure::unreadable("the input", name, &e))?)
        }
    };
    ContainerReader::open(BufReader::new(source)).map_err(|bad| refused(name, &bad))
}

/// Why a file cannot be read.
pub fn refused(name: &Path, bad: &BadContainer) -> Failure {
    let exit = match bad {
        BadContainer::Io(_) => Exit::Io,
        _ => Exit::DataErr,
    };
    Failure::new(exit, format!("{} cannot be read", shown(name)))
        .why(bad)
        .help("under `value: avro` an object container file is read, which holds the schema of its records")
}

fn shown(name: &Path) -> String {
    match name == Path::new("-") {
        true => "standard input".to_owned(),
        false => format!("`{}`", name.display()),
    }
}
