//! Batch after batch, what is to be known of them in the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::examples::Examples;
use crate::pipeline::{Destination, OutBatch, OutRecord};
use crate::plan::Plan;
use crate::policy::Named;
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::release::{LeftOut, Look, WhyLeftOut};
use crate::sample::Profile;

/// So many records are looked into one by one.
pub const FIRST: u64 = 10_000;

/// Of those behind them one in so many; which, is not a matter of order.
pub const ONE_OF: u64 = 64;

/// What a sample came to so far.
pub struct Evidence {
    pub(super) plan: Arc<Plan>,
    pub(super) named: Named,
    pub(super) counts: Counts,
    /// Quarantined records by who refused them.
    pub(super) refused: BTreeMap<Refused, u64>,
    /// What the records that were looked into hold.
    pub(super) input: Profile,
    /// Records that were looked into.
    pub(super) looked_at: u64,
    /// Those that were not, for they are many.
    pub(super) passed_over: u64,
    /// By output of the plan.
    pub(super) outputs: Vec<Seen>,
    /// Outputs whose records do not leave as they come, with what is left out of each.
    pub(super) looks: Vec<(Look, LeftOut)>,
    /// Some record has a key or a header.
    pub(super) is_enveloped: bool,
}

/// Why a record was quarantined, and what refused it: output, field, action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refused {
    pub(super) reason: Reason,
    pub(super) by: [Option<String>; 3],
}

/// What was seen of an output.
pub(super) struct Seen {
    pub(super) values: Profile,
    pub(super) examples: Examples,
}

impl Evidence {
    /// Nothing yet. `seed` keys the hashes of values: see [`Profile::new`]; `now_ms`: what
    /// time it is, milliseconds since 1970.
    pub fn new(plan: Arc<Plan>, named: Named, seed: u64, now_ms: i64) -> Evidence {
        let looks = (0..plan.outputs.len()).filter_map(|output| {
            let look = Look::new(&plan, output, now_ms)?;
            Some((look, LeftOut::default()))
        });
        let profile = || match plan.source.format.is_bare() {
            true => Profile::of_bare(seed),
            false => Profile::new(seed),
        };
        let seen = |output: &crate::plan::Output| Seen {
            values: profile(),
            examples: Examples::of(output, &named),
        };
        Evidence {
            outputs: plan.outputs.iter().map(seen).collect(),
            counts: plan.counts(),
            refused: BTreeMap::new(),
            input: profile(),
            looked_at: 0,
            passed_over: 0,
            looks: looks.collect(),
            is_enveloped: false,
            named,
            plan,
        }
    }

    /// Adds what became of a batch of the plan.
    pub fn add(&mut self, batch: &OutBatch) {
        let (splits, mut whole) = (self.plan.split.is_some(), 0_u64);
        for fetched in batch.raw().fetched() {
            if !is_looked_at(fetched.offset()) {
                self.passed_over += 1;
                continue;
            }
            self.is_enveloped |= fetched.key().is_some() || fetched.headers().next().is_some();
            // Of a record that is taken apart its elements are what a policy speaks of: it
            // has none, or cannot be.
            if splits && fetched.element().is_none() && fetched.value().is_some() {
                whole += 1;
                continue;
            }
            self.looked_at += 1;
            match fetched.value() {
                // What is wrong with it is counted by the profile.
                Some(value) => drop(self.input.add(value)),
                None => self.input.add_tombstone(),
            }
        }
        // Those without elements are no records at all.
        self.looked_at += whole.saturating_sub(batch.counts.split_empty);
        self.add_unread(batch);
        for (look, left_out) in &mut self.looks {
            for why in look.at(batch).into_iter().flatten() {
                left_out.add(why, 1);
            }
        }
        for record in batch.records() {
            let Destination::Output(n) = record.destination else {
                continue;
            };
            if is_looked_at(record.source_offset) {
                self.outputs[usize::from(n)].add(batch, record);
            }
        }
    }

    /// Adds a batch whose records are no events: they are counted.
    pub fn add_unread(&mut self, batch: &OutBatch) {
        self.counts.add(&batch.counts);
        for record in batch.records() {
            if let Destination::Quarantine(reason) = record.destination {
                *self
                    .refused
                    .entry(refused(batch, record, reason))
                    .or_default() += 1;
            }
        }
    }

    /// Adds records that were too long to be held.
    pub fn add_too_long(&mut self, records: u64) {
        if records == 0 {
            return;
        }
        self.counts.received += records;
        self.counts.quarantined[Reason::TooLarge.index()] += records;
        let key = Refused {
            reason: Reason::TooLarge,
            by: [None, None, None],
        };
        *self.refused.entry(key).or_default() += records;
    }

    /// Of a batch of one record, output by output: why it will be left out of what it waits
    /// for, or is counted in; `None`: nothing of its own says so.
    pub(in crate::trial) fn left_out(&mut self, one: &OutBatch) -> Vec<Option<WhyLeftOut>> {
        let mut all = vec![None; self.plan.outputs.len()];
        for (look, _) in &mut self.looks {
            all[look.output] = look.at(one).into_iter().flatten().next();
        }
        all
    }

    /// What happened, as counted.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Seen {
    fn add(&mut self, batch: &OutBatch, record: &OutRecord) {
        let value = record.value.map(|v| batch.bytes(v));
        match value {
            // What leaves can be read.
            Some(value) => drop(self.values.add(value)),
            None => self.values.add_tombstone(),
        }
        let key = record.key.map(|k| batch.bytes(k));
        self.examples.add(value, key, || batch.headers(record));
    }
}

fn refused(batch: &OutBatch, record: &OutRecord, reason: Reason) -> Refused {
    let header = |name: &str| {
        let mut headers = batch.headers(record);
        let (_, value) = headers.find(|(n, _)| *n == name.as_bytes())?;
        Some(String::from_utf8_lossy(value?).into_owned())
    };
    Refused {
        reason,
        by: ["veil-output", "veil-field", "veil-action"].map(header),
    }
}

/// True for the first records, and of the later ones for some that no period of
/// the sample can fall in step with.
fn is_looked_at(offset: i64) -> bool {
    let at = u64::try_from(offset).unwrap_or(0);
    // 2^64 divided by the golden ratio: Fibonacci hashing (Knuth, 6.4).
    at < FIRST || at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_later_records_one_in_64_is_looked_at_whatever_the_period() {
        assert_eq!(ONE_OF, 1 << (64 - 58));
        for period in [1, 2, 16, 64, 1_000] {
            let later = (0..64_000).map(|n| FIRST as i64 + n * period);
            let looked_at = later.filter(|at| is_looked_at(*at)).count();
            assert!((800..1_200).contains(&looked_at), "{period}: {looked_at}");
        }
        assert!((0..FIRST as i64).all(is_looked_at));
    }
}
