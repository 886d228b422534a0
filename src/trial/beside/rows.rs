//! Before, after and why, for every field of one record in one output.

use super::super::needs;
use super::became::{Became, became, kind, read};
use super::found::cut_to;
use super::one_record::OneRecord;
use super::row::Row;
use super::walk::Walk;
use crate::pipeline::Destination;
use crate::policy::check::json::Json;
use crate::policy::diff::Said;
use crate::policy::{entry_of_type, named};
use crate::record::path::Step;

/// Most characters of a whole record.
const RECORD_CHARS_MAX: usize = 20_000;

/// One record and what left of it to one output.
pub struct Beside {
    /// The number of its line, from 1.
    pub line: u64,
    /// The topic of the output.
    pub topic: String,
    /// What became of it there.
    pub became: Became,
    /// What it takes for something of it to leave, where that is more than the record.
    pub needs: Option<String>,
    /// What is known of each of its places, in its own order; key and headers last.
    pub rows: Vec<Row>,
    /// How many places there are more, each with one row or several.
    pub more: usize,
    /// Fields of the output for which the record holds nothing.
    pub absent: Vec<String>,
    /// The value as it came, where it is no JSON that can be taken apart; a long one is
    /// cut, and ends in `…`.
    pub raw: Option<String>,
    /// The value that left, as it is written, cut likewise; `None` as long as none has.
    pub left: Option<String>,
}

impl Beside {
    /// The record beside what left of it to the output of that place; `said` is the policy
    /// of its plan, `record_type` the paths of the type.
    pub fn of(one: &OneRecord, said: &Said, record_type: &[String], output: usize) -> Beside {
        let (out, became) = (&one.out, became(one, output));
        let plan_output = &out.plan.outputs[output];
        let fetched = out.raw().fetched().next();
        let record = out.records().iter().find(|r| match r.destination {
            Destination::Output(n) | Destination::Held(n) => usize::from(n) == output,
            Destination::Quarantine(_) => false,
        });
        let value = fetched.and_then(|record| record.value());
        let tree = value.and_then(read);
        let written = record.and_then(|r| r.value).map(|v| out.bytes(v));
        let waits = matches!(became, Became::Waits(_));
        let is_shown = waits || became == Became::Written;
        let name = tree.as_ref().and_then(|tree| kind(tree, record_type));
        let mut walk = Walk {
            all: named(said),
            entry: entry_of_type(said, output, name.as_deref()),
            became,
            output: plan_output,
            counts: &out.counts.outputs[output].fields,
            written: written.filter(|_| is_shown).and_then(read),
            rows: Vec::new(),
            more: 0,
            shown: Vec::new(),
        };
        if waits {
            walk.stand_in();
        }
        let is_bare = out.plan.source.format.is_bare();
        match &tree {
            Some(tree @ Json::Object(members)) => {
                for (name, value) in members {
                    walk.place(&mut vec![Step::Name(name.clone())], value, tree);
                }
            }
            Some(tree @ Json::Text(_)) if is_bare => {
                walk.place(&mut vec![Step::Itself], tree, tree);
            }
            _ => {}
        }
        if waits {
            walk.missing();
        }
        walk.beside_the_value(out, record, tree.as_ref());
        let whole = |bytes: &[u8]| cut_to(&String::from_utf8_lossy(bytes), RECORD_CHARS_MAX);
        let apart = matches!(tree, Some(Json::Object(_))) || is_bare;
        Beside {
            line: fetched.map_or(0, |f| u64::try_from(f.offset()).unwrap_or(0)) + 1,
            topic: plan_output.topic.to_string(),
            became: walk.became,
            needs: needs::of_a_record(plan_output).filter(|_| waits),
            absent: walk.absent(),
            rows: walk.rows,
            more: walk.more,
            raw: value.filter(|_| !apart).map(whole),
            left: written.filter(|_| became == Became::Written).map(whole),
        }
    }
}
