//! A sample through the pipeline, read as its policy reads records: lines of JSON, or
//! object container files of Avro and streams of Protobuf, whose records are shown as JSON,
//! or lines of text.

use super::bare;
use super::batches::Batches;
use super::input::Input;
use super::messages::Messages;
use super::ocf::Containers;
use super::workers::{self, Done, Reading};
use crate::cli::{Exit, Failure, clock};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::plan::{Format, Plan};
use veilstream::record::timestamp::Timestamp;

/// Sanitizes a sample and hands every batch to `look`, with values as JSON, in its order;
/// standard input when no file is named. `state`: what people decided elsewhere.
///
/// # Errors
/// What `look` returns; 66, 65 or 74: a file is missing, is not what the policy reads, or
/// cannot be read; 64 for envelopes under a policy that reads Avro or
/// Protobuf.
pub(crate) fn in_order(
    plan: &Arc<Plan>,
    (files, enveloped): (&[PathBuf], bool),
    state: Arc<Snapshot>,
    mut look: impl FnMut(&Done) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let reading = Arc::new(Reading::default());
    match &plan.source.format {
        Format::JsonSchemaById => Err(by_id()),
        Format::Json | Format::JsonSchema(_) => {
            let input = Input::open(files, enveloped)?;
            let source = Batches::new(input, Arc::clone(plan), enveloped)
                .of_a_sample()
                .knowing(state);
            workers::in_order(source, &reading, look)
        }
        Format::Bare(bare) => {
            bare::check(*bare, enveloped)?;
            let input = Input::open(files, enveloped)?.of_text();
            let source = Batches::new(input, Arc::clone(plan), enveloped)
                .of_a_sample()
                .knowing(state);
            workers::in_order(source, &reading, |done| look(&shown(done)))
        }
        _ if enveloped => Err(no_envelopes()),
        Format::Avro(_) | Format::AvroById | Format::AvroByFingerprint(_) => {
            let now = Timestamp::Create(clock::now().as_millisecond());
            let containers = Containers::open(files, plan, now)?.of_a_sample();
            containers.in_order(state, &reading, |done| look(&shown(done)))
        }
        Format::Protobuf(_) | Format::ProtobufById(_) => {
            let now = Timestamp::Create(clock::now().as_millisecond());
            let messages = Messages::open(files, plan, now)?.of_a_sample();
            messages.in_order(state, &reading, |done| look(&shown(done)))
        }
    }
}

/// The same as JSON, where its values are none.
pub(super) fn shown(done: &Done) -> Done {
    let shown = done.out.as_ref().and_then(|out| out.shown());
    let (out, unread) =
        shown.map_or_else(Default::default, |shown| (Some(shown.batch), shown.unread));
    Done {
        out,
        no_envelopes: done
            .no_envelopes
            .as_ref()
            .and_then(|out| out.shown())
            .map(|shown| shown.batch),
        unread,
        other_values: done.other_values,
        too_long: done.too_long.clone(),
        bytes_read: done.bytes_read,
    }
}

/// No registry is asked here.
pub(super) fn by_id() -> Failure {
    let failure = Failure::new(
        Exit::Usage,
        "the policy reads records that name their schemas by id, and none is asked for here",
    );
    failure.help(
        "name the schema of the records in a copy of the policy: `schema: { file: FILE.json }`",
    )
}

/// An envelope holds a value of JSON.
pub(super) fn no_envelopes() -> Failure {
    let failure = Failure::new(
        Exit::Usage,
        "`--envelope` under a policy that reads Avro or Protobuf",
    );
    failure.why("an envelope is a line of JSON, and holds a value of JSON")
}
