//! What became of a test's record at each output, and what left there.

use super::leaving::tree;
use crate::decode::avro;
#[cfg(feature = "protobuf")]
use crate::decode::protobuf;
use crate::pipeline::{Destination, OutBatch, OutRecord};
use crate::plan::{Format, Plan};
use crate::policy::check::json::Json;
use crate::record::Reason;
use crate::schema::avro::node::Schema;
use crate::schema::binding::OfFormat;
use std::borrow::Cow;

/// What became of the record at one output.
pub(super) enum Fate<'o> {
    Written(Option<Cow<'o, [u8]>>),
    /// It was taken apart: what left of it there, in order.
    Apart(Vec<Option<&'o [u8]>>),
    Withheld(Reason),
    /// It waits for a release.
    Waits,
    /// Withheld, and a tombstone takes away what left of its key before.
    Cleared(Reason),
    Quarantined(Reason),
}

pub(super) fn fate<'o>(topic: &str, plan: &Plan, out: &'o OutBatch) -> Fate<'o> {
    if out.counts.split > 0 {
        let here = written(out).filter(|r| topic_of(r.destination, plan) == topic);
        return Fate::Apart(here.map(|r| r.value.map(|v| out.bytes(v))).collect());
    }
    if let Some(reason) = reason_of(&out.counts.quarantined) {
        return Fate::Quarantined(reason);
    }
    let place = plan
        .outputs
        .iter()
        .position(|o| &*o.topic == topic)
        .expect("a checked test names outputs of its policy");
    let counts = &out.counts.outputs[place];
    if let Some(reason) = reason_of(&counts.withheld) {
        return match counts.clearing_tombstones {
            0 => Fate::Withheld(reason),
            _ => Fate::Cleared(reason),
        };
    }
    if plan.outputs[place].waits() {
        return Fate::Waits;
    }
    let record = written(out)
        .find(|r| topic_of(r.destination, plan) == topic)
        .expect("what is neither quarantined nor withheld is written");
    let value = record.value.map(|v| out.bytes(v));
    Fate::Written(value.map(|value| as_json(out, record.destination, value)))
}

/// What left of a record that was taken apart.
pub(super) fn list(left: Vec<Option<&[u8]>>) -> Json {
    let each = left.into_iter();
    Json::List(each.map(|value| value.map_or(Json::Null, tree)).collect())
}

/// A value that left, as JSON: one that was written under a schema is read under it.
pub(super) fn as_json<'o>(
    out: &'o OutBatch,
    destination: Destination,
    value: &'o [u8],
) -> Cow<'o, [u8]> {
    let Destination::Output(output) = destination else {
        return Cow::Borrowed(value);
    };
    if let Format::Bare(bare) = out.plan.source.format {
        let shown = bare.shown(value).expect("what leaves is text");
        return Cow::Owned(shown.into_bytes());
    }
    let Some(binding) = out.binding() else {
        return Cow::Borrowed(value);
    };
    let output = usize::from(output);
    let json = match &binding.format {
        OfFormat::Avro(_) => {
            let schema = Schema::parse(&binding.schemas[output]);
            avro::json_of(&schema.expect("what was derived was read once"), value)
        }
        OfFormat::Json(_) => return Cow::Borrowed(value),
        #[cfg(feature = "protobuf")]
        OfFormat::Protobuf(of) => protobuf::json_of(&of.derived[output], value),
    };
    let json = json.expect("what leaves is a record of its schema");
    Cow::Owned(json.into_bytes())
}

pub(super) fn waits_at(topic: &str) -> String {
    format!(
        "`{topic}`: the record waits for a release; write `held: [{topic}]`, or `stream` and `released`"
    )
}

pub(super) fn kept_from(topic: &str, reason: Reason) -> String {
    format!("`{topic}`: withheld `{reason}`, expected a record")
}

pub(super) fn written(out: &OutBatch) -> impl Iterator<Item = &OutRecord> {
    out.records()
        .iter()
        .filter(|r| matches!(r.destination, Destination::Output(_)))
}

pub(super) fn topic_of(destination: Destination, plan: &Plan) -> &str {
    match destination {
        Destination::Output(at) | Destination::Held(at) => &plan.outputs[usize::from(at)].topic,
        Destination::Quarantine(_) => "",
    }
}

fn reason_of(counts: &[u64; Reason::COUNT]) -> Option<Reason> {
    reasons_of(counts).next()
}

pub(super) fn reasons_of(counts: &[u64; Reason::COUNT]) -> impl Iterator<Item = Reason> {
    Reason::ALL.into_iter().filter(|r| counts[r.index()] > 0)
}
