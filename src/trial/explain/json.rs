//! The same for programs. The keys are a contract: they stand in the command's help.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::facts::{Explained, FieldShown, NeverMatched, OutputShown, Unnamed};
use crate::record::Reason;

impl Explained {
    /// As one JSON value.
    pub fn to_json(&self) -> Value {
        json!({
            "policy": self.policy,
            "digest": self.digest,
            "received": self.received,
            "looked_at": self.looked_at,
            "quarantined": counted(&self.quarantined),
            "refused": self.refused.iter().map(|r| json!({
                "reason": r.reason.as_str(),
                "output": r.by[0],
                "field": r.by[1],
                "action": r.by[2],
                "records": r.records,
            })).collect::<Vec<_>>(),
            "outputs": self.outputs.iter().map(output).collect::<Vec<_>>(),
            "never_matched": self.never_matched.iter().map(never_matched).collect::<Vec<_>>(),
            "unnamed": self.unnamed.iter().map(unnamed).collect::<Vec<_>>(),
            "unnamed_more": self.unnamed_more,
            "values_beyond": self.overflow,
            "looks_enveloped": self.looks_enveloped,
        })
    }
}

fn output(output: &OutputShown) -> Value {
    json!({
        "topic": output.topic,
        "written": output.written,
        "waits": output.waits.map(|waits| waits.word()),
        "needs": output.needs,
        "left_out": output.left_out.each().map(|(why, n)| (why.as_str(), n)).collect::<BTreeMap<_, _>>(),
        "looked_at": output.looked_at,
        "withheld": counted(&output.withheld),
        "clearing_tombstones": output.cleared,
        "policy_header": output.policy_header,
        "fields": output.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(field: &FieldShown) -> Value {
    json!({
        "path": field.path,
        "from": field.from,
        "action": field.action,
        "written": field.counts.written,
        "missing": field.missing,
        "absent": field.counts.absent,
        "dropped_on_error": field.counts.dropped_on_error,
        "replaced_on_error": field.counts.replaced_on_error,
        "refused": field.counts.refused,
        "other": field.counts.other,
        "accepted_hashed": field.counts.accepted_hashed,
        "null": field.nulls,
        "distinct": field.distinct.map(|d| d.count),
        "distinct_is_exact": field.distinct.map(|d| d.is_exact),
        "examples": field.examples,
    })
}

fn never_matched(never: &NeverMatched) -> Value {
    json!({
        "output": never.topic,
        "path": never.path,
        "from": never.from,
        "there": never.there,
        "folded": never.folded,
        "instead": never.instead.as_ref().map(|i| &i.why),
        "nearest": never.nearest.as_ref().map(|n| n.path.to_string()),
        "differs_by": never.nearest.as_ref().map(|n| n.by.as_str()),
    })
}

fn unnamed(unnamed: &Unnamed) -> Value {
    let kinds = unnamed.kinds.iter();
    let kinds: Map<String, Value> = kinds.map(|(k, n)| ((*k).to_owned(), (*n).into())).collect();
    json!({
        "path": unnamed.path.to_string(),
        "records": unnamed.records,
        "kinds": kinds,
        "looks_like": unnamed.looks_like,
        "category": unnamed.category,
        "confidence": unnamed.category.map(|_| unnamed.confidence),
    })
}

fn counted(list: &[(Reason, u64)]) -> Value {
    let words = list.iter().map(|(r, n)| (r.to_string(), (*n).into()));
    Value::Object(words.collect())
}
