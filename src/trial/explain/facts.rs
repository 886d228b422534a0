//! What is known in the end, as plain data.

use super::super::needs;
use super::gather::Evidence;
use super::instead::{Instead, instead};
use crate::detect::DETECTORS;
use crate::plan::{Field, Output};
use crate::policy::selector::selectors;
use crate::policy::{NamedField, covers};
use crate::record::Reason;
use crate::record::counts::FieldCounts;
use crate::record::path::{Selector, Step};
use crate::release::LeftOut;
use crate::sample::{Count, Found, Near};

/// Most paths without a name in the policy that are told one by one.
pub const UNNAMED_MAX: usize = 500;

/// Most selectors for which the nearest path is looked for.
const NEAREST_MAX: usize = 100;

/// What a sample came to.
pub struct Explained {
    /// `NAME@VERSION`.
    pub policy: String,
    /// Of the policy.
    pub digest: String,
    /// Records read.
    pub received: u64,
    /// Records that were looked into: what is not a count of the pipeline is known
    /// of these alone.
    pub looked_at: u64,
    /// Some were not looked into, for there are many. What is no record (too long a line, no
    /// envelope) is none of these.
    pub is_cut: bool,
    /// Quarantined records by reason.
    pub quarantined: Vec<(Reason, u64)>,
    /// The same by what refused them.
    pub refused: Vec<RefusedShown>,
    /// In the order of the policy.
    pub outputs: Vec<OutputShown>,
    /// Selectors to which nothing of any record came.
    pub never_matched: Vec<NeverMatched>,
    /// Paths that nothing of the policy speaks of, the most frequent first.
    pub unnamed: Vec<Unnamed>,
    /// How many more there are.
    pub unnamed_more: usize,
    /// Values at paths beyond what is kept apart.
    pub overflow: u64,
    /// Every record looks like an envelope that was read as the event.
    pub looks_enveloped: bool,
}

/// Quarantined records that one place refused.
pub struct RefusedShown {
    /// Why.
    pub reason: Reason,
    /// The output, field and action, where it was a field.
    pub by: [Option<String>; 3],
    /// How many.
    pub records: u64,
}

/// One output.
pub struct OutputShown {
    /// Its topic.
    pub topic: String,
    /// Records written; where they wait for a release or are counted, records that do.
    pub written: u64,
    /// Records that are in no count, by why.
    pub left_out: LeftOut,
    /// What becomes of them, where they do not leave as they come.
    pub waits: Option<Waits>,
    /// What it takes then for something to leave.
    pub needs: Option<String>,
    /// Of these, so many were looked into.
    pub looked_at: u64,
    /// Records withheld by reason.
    pub withheld: Vec<(Reason, u64)>,
    /// Tombstones in place of withheld records.
    pub cleared: u64,
    /// What the header of each record says of the policy, where it has that.
    pub policy_header: Option<String>,
    /// Its fields.
    pub fields: Vec<FieldShown>,
}

/// What becomes of the records of an output that do not leave as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// They wait for a release.
    Release,
    /// They are counted, and none leaves.
    Counts,
}

impl Waits {
    /// `None`: they leave as they come.
    pub(in crate::trial) fn of(output: &Output) -> Option<Waits> {
        match (&output.held, &output.counting) {
            (_, Some(_)) => Some(Waits::Counts),
            (Some(_), None) => Some(Waits::Release),
            (None, None) => None,
        }
    }

    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Waits::Release => "waits",
            Waits::Counts => "counted",
        }
    }
}

/// One field of an output.
pub struct FieldShown {
    /// The output path, `key` or `header.NAME`.
    pub path: String,
    /// The input path or place.
    pub from: String,
    /// The action's word.
    pub action: &'static str,
    /// Exact.
    pub counts: FieldCounts,
    /// Records of the output that hold nothing where it is made from; `None`: not known of a
    /// field that one record has several times, or only some have.
    pub missing: Option<u64>,
    /// Of the records that were looked into, where the path is one of the value.
    pub nulls: Option<u64>,
    /// Distinct values that left in the records that were looked into.
    pub distinct: Option<Count>,
    /// Records that were looked into and have it.
    pub records: u64,
    /// Values that left; codes and ciphertexts cut short.
    pub examples: Vec<String>,
}

/// A selector to which nothing came.
pub struct NeverMatched {
    /// The topic of its output.
    pub topic: String,
    /// The output path.
    pub path: String,
    /// The input path or place.
    pub from: String,
    /// The selectors of the value, where it has any.
    pub inputs: Vec<Selector>,
    /// Records that were looked into and have what it is made from: none of them
    /// left to this output.
    pub there: u64,
    /// Names that are data count as one there: which records have it is not known.
    pub folded: bool,
    /// What the sample has there instead, where it shows that.
    pub instead: Option<Instead>,
    /// The path that may have been meant.
    pub nearest: Option<Near>,
    /// It is made from a key or a header, and no record of the sample has any.
    pub needs_envelope: bool,
}

/// A path that nothing of the policy speaks of: it leaves nowhere. Holds no value.
pub struct Unnamed {
    /// The path.
    pub path: Selector,
    /// Records that have it, of those that were looked into.
    pub records: u64,
    /// Kinds of its values and how many there are of each.
    pub kinds: Vec<(&'static str, u64)>,
    /// What nearly all of its values look like: the title of a detector.
    pub looks_like: Option<&'static str>,
    /// What it seems to hold: a key of fideslang.
    pub category: Option<&'static str>,
    /// How sure that is, percent.
    pub confidence: u8,
}

impl Evidence {
    /// What is known now.
    pub fn explained(&self) -> Explained {
        let (unnamed, unnamed_more) = self.unnamed();
        Explained {
            policy: format!("{}@{}", self.plan.name, self.plan.version),
            digest: self.plan.digest.to_string(),
            received: self.counts.received,
            looked_at: self.looked_at,
            is_cut: self.passed_over > 0,
            quarantined: counted(&self.counts.quarantined),
            refused: self
                .refused
                .iter()
                .map(|(refused, records)| RefusedShown {
                    reason: refused.reason,
                    by: refused.by.clone(),
                    records: *records,
                })
                .collect(),
            outputs: (0..self.plan.outputs.len())
                .map(|n| self.output(n))
                .collect(),
            never_matched: self.never_matched(),
            unnamed,
            unnamed_more,
            overflow: self.input.overflow(),
            looks_enveloped: self.looks_enveloped(),
        }
    }

    /// No record has a key or headers beside its value, each looks as if those stood
    /// in it, and the policy names nothing there.
    pub fn looks_enveloped(&self) -> bool {
        !self.is_enveloped && !self.named.reaches_into("value") && self.input.looks_enveloped()
    }

    fn output(&self, n: usize) -> OutputShown {
        let (output, counts, seen) = (
            &self.plan.outputs[n],
            &self.counts.outputs[n],
            &self.outputs[n],
        );
        let fields = output.fields.iter().zip(&counts.fields);
        let records = counts.written;
        let look = self.looks.iter().find(|(look, _)| look.output == n);
        let left_out = look.map_or_else(LeftOut::default, |(_, left_out)| *left_out);
        OutputShown {
            topic: output.topic.to_string(),
            written: counts.written.saturating_sub(left_out.total()),
            left_out,
            waits: Waits::of(output),
            needs: needs::of_a_sample(output),
            looked_at: seen.values.records() + seen.values.tombstones(),
            withheld: counted(&counts.withheld),
            cleared: counts.clearing_tombstones,
            policy_header: output.stamp.as_deref().map(str::to_owned),
            fields: fields
                .map(|(field, counts)| {
                    let named = self.named(&output.topic, field);
                    let in_value = named.is_some_and(|f| f.selector.is_some());
                    let path = in_value.then(|| selectors(&field.path).ok()?.pop());
                    let path = path.flatten();
                    let found = path.and_then(|path| seen.values.find(&path));
                    FieldShown {
                        path: field.path.clone(),
                        from: field.from.clone(),
                        action: field.action,
                        counts: *counts,
                        missing: named
                            .filter(|f| self.is_once_a_record(f))
                            .map(|_| records.saturating_sub(counts.met())),
                        nulls: found.as_ref().map(|f| f.stats.nulls()),
                        distinct: found.as_ref().map(|f| f.stats.distinct()),
                        records: found.as_ref().map_or(0, |f| f.stats.records()),
                        examples: seen.examples.values(&field.path).to_vec(),
                    }
                })
                .collect(),
        }
    }

    fn never_matched(&self) -> Vec<NeverMatched> {
        let mut all: Vec<NeverMatched> = Vec::new();
        for (output, counts) in self.plan.outputs.iter().zip(&self.counts.outputs) {
            let fields = output.fields.iter().zip(&counts.fields);
            for (field, _) in fields
                .clone()
                .filter(|(_, c)| **c == FieldCounts::default())
            {
                let named = self.named(&output.topic, field);
                // Another case of its `when` was made, or it was told of one.
                let same = |path: &str, from: &str| *field.path == *path && *field.from == *from;
                let made = |(f, c): (&Field, &FieldCounts)| {
                    same(&f.path, &f.from) && *c != FieldCounts::default()
                };
                let told = |n: &NeverMatched| *n.topic == *output.topic && same(&n.path, &n.from);
                if named.is_some_and(|f| f.is_case)
                    && (fields.clone().any(made) || all.iter().any(told))
                {
                    continue;
                }
                let inputs = named.map(|f| f.inputs.clone()).unwrap_or_default();
                let beside =
                    named.is_some_and(|f| f.places.iter().any(|p| !p.starts_with("value.")));
                let found: Vec<Option<Found<'_>>> =
                    inputs.iter().map(|path| self.input.find(path)).collect();
                let known = found.iter().flatten().filter(|f| !f.with_others);
                let there = known.map(|f| f.stats.records()).max();
                let folded = there.is_none() && found.iter().flatten().any(|f| f.with_others);
                let missing = inputs.iter().zip(&found).find(|(_, f)| f.is_none());
                let nearest = missing
                    .filter(|_| there.is_none() && all.len() < NEAREST_MAX)
                    .and_then(|(path, _)| self.input.nearest(path));
                let instead = instead(&inputs, &self.input);
                all.push(NeverMatched {
                    instead,
                    topic: output.topic.to_string(),
                    path: field.path.clone(),
                    from: field.from.clone(),
                    inputs,
                    there: there.unwrap_or(0),
                    folded,
                    nearest,
                    needs_envelope: beside && !self.is_enveloped,
                });
            }
        }
        all
    }

    /// What a counted field is in the policy; one that several types of record
    /// write stands there several times.
    pub(super) fn named(&self, topic: &str, field: &Field) -> Option<&NamedField> {
        let from = |f: &NamedField| f.counted_from().is_none_or(|from| from == field.from);
        self.named.fields.iter().find(|f| {
            f.topic == topic && f.path == field.path && f.action.name == field.action && from(f)
        })
    }

    /// True of a field that every record of its output has once, if it has it.
    fn is_once_a_record(&self, field: &NamedField) -> bool {
        let several = |step: &Step| !matches!(step, Step::Name(_) | Step::Itself);
        let mut paths = field.inputs.iter().chain(&field.selector);
        let is_alone = |f: &NamedField| f.of_type.is_none() && !f.is_case;
        let mut same = self.named.fields.iter();
        field.selector.is_some()
            && field.inside.is_none()
            && !paths.any(|path| path.steps.iter().any(several))
            && same.all(|f| f.topic != field.topic || f.path != field.path || is_alone(f))
    }

    fn unnamed(&self) -> (Vec<Unnamed>, usize) {
        let mut leaves = self.input.leaves();
        leaves.retain(|found| !self.named.names(&found.path));
        // A field that is named whole, or in part: an object that a sealed field
        // opens is no member that nobody thought of.
        leaves.retain(|found| {
            let inside = |f: &NamedField| f.inputs.iter().any(|i| covers(&found.path, i));
            !(found.stats.scalars() == 0 && self.named.fields.iter().any(inside))
        });
        leaves.sort_by_key(|found| std::cmp::Reverse(found.stats.records()));
        let more = leaves.len().saturating_sub(UNNAMED_MAX);
        leaves.truncate(UNNAMED_MAX);
        (leaves.iter().map(unnamed).collect(), more)
    }
}

fn unnamed(found: &Found<'_>) -> Unnamed {
    let (stats, judged) = (found.stats, found.judgement());
    let kinds = stats.kinds();
    let kinds = [
        ("text", kinds.texts),
        ("integer", kinds.integers),
        ("fraction", kinds.fractions),
        ("boolean", kinds.booleans),
        ("null", stats.nulls()),
        ("object", stats.objects()),
        ("array", stats.arrays()),
    ];
    Unnamed {
        path: found.path.clone(),
        records: stats.records(),
        kinds: kinds.into_iter().filter(|(_, n)| *n > 0).collect(),
        looks_like: judged.form.map(|at| DETECTORS[at].title),
        category: judged.category,
        confidence: judged.confidence,
    }
}

fn counted(counts: &[u64; Reason::COUNT]) -> Vec<(Reason, u64)> {
    let all = Reason::ALL.into_iter().map(|r| (r, counts[r.index()]));
    all.filter(|(_, n)| *n > 0).collect()
}
