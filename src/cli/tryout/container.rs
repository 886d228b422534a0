//! An object container file of Avro as a sample: its first records as lines of JSON, and
//! lines as records of a schema again.

use super::super::apply::ocf;
use super::super::{Exit, Failure};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use veilstream::decode::shower::Shower;
use veilstream::pipeline::InBatch;
use veilstream::plan::Plan;
use veilstream::schema::avro::container::ContainerReader;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::avro::program::Program;
use veilstream::schema::json::Json;
use veilstream::schema::writer::Writer;
use veilstream::schema::{Bindings, Bound};

/// What such a file begins with (Apache Avro 1.12, "Object Container Files").
const MAGIC: &[u8] = b"Obj\x01";

/// The first records of a file.
pub struct Shown {
    /// A line each.
    pub text: Vec<u8>,
    /// There are more.
    pub has_more: bool,
}

/// True for a file that begins as one.
pub fn is_one(file: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == MAGIC
}

/// The first records of the file, at most so many, of so many bytes.
///
/// # Errors
/// 66, 65 or 74: it is not there, is damaged, or cannot be read.
pub fn lines(file: &Path, (records_max, bytes_max): (usize, usize)) -> Result<Shown, Failure> {
    let opened = File::open(file).map_err(|e| Failure::unreadable("the sample", file, &e))?;
    let mut reader =
        ContainerReader::open(BufReader::new(opened)).map_err(|bad| ocf::refused(file, &bad))?;
    let unusable = |why: &str| {
        let what = format!("the schema in `{}` cannot be used", file.display());
        Failure::new(Exit::DataErr, what).why(why.to_owned())
    };
    let schema = Schema::parse(reader.schema()).map_err(|bad| unusable(&bad.to_string()))?;
    let mut shower = Shower::<Program>::of(&schema).map_err(|reason| unusable(reason.as_str()))?;
    let (mut shown, mut block, mut records) = (Vec::new(), Vec::new(), 0);
    while let Some(count) = reader
        .block(&mut block)
        .map_err(|bad| ocf::refused(file, &bad))?
    {
        let mut rest = &block[..];
        for _ in 0..count {
            let first = shower.first_json(rest);
            let (json, len) = first.map_err(|reason| {
                let what = format!("a record of `{}` cannot be shown", file.display());
                Failure::new(Exit::DataErr, what).why(reason.as_str())
            })?;
            if records == records_max || shown.len() + json.len() > bytes_max {
                return Ok(Shown {
                    text: shown,
                    has_more: true,
                });
            }
            shown.extend_from_slice(json.as_bytes());
            shown.push(b'\n');
            records += 1;
            rest = &rest[len..];
        }
    }
    Ok(Shown {
        text: shown,
        has_more: false,
    })
}

/// The batch with each value written under the schema of the plan, where it is not JSON.
/// What cannot be is left as it is, and refused as everywhere.
pub fn written(batch: InBatch, plan: &Arc<Plan>) -> InBatch {
    if plan.source.format.is_json() {
        return batch;
    }
    let Some(Ok(writer)) = Writer::of(&plan.source.format) else {
        return batch;
    };
    let lane = batch.raw.fetched().next().map(|first| first.lane().clone());
    let (Some(lane), Ok(binding)) = (lane, writer.bind(plan)) else {
        return batch;
    };
    let mut made = InBatch::new(lane, Arc::clone(plan));
    made.seq = batch.seq;
    let bound = Bound::Ready(Arc::new(binding));
    made.bindings = Some(Arc::new(Bindings::of_file(bound)));
    for fetched in batch.raw.fetched() {
        let value = fetched.value().map(|bytes| {
            let text = std::str::from_utf8(bytes).ok();
            let json = text.and_then(|text| Json::read(text.trim(), bytes.len()).ok());
            let mut encoded = Vec::new();
            match json.map(|json| writer.encode(&json, &mut encoded)) {
                Some(Ok(())) => encoded,
                _ => bytes.to_vec(),
            }
        });
        made.raw.push(
            fetched.offset(),
            fetched.timestamp(),
            fetched.key(),
            value.as_deref(),
            fetched.headers(),
        );
    }
    made
}
