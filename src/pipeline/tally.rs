//! Counts of fields, put off while records look alike.

use crate::record::counts::{Counts, OutputCounts};
use crate::transform::FieldOutcome;

/// What became of the fields of records that is not counted yet: where record
/// after record has the same fields with the same outcomes, one number stands
/// for all of them.
#[derive(Default)]
pub struct Tally {
    /// By output.
    outputs: Vec<Alike>,
}

/// Records of more fields than this are counted at once: their lists would stay
/// in memory, and long lists are seldom alike.
const FIELDS_MAX: usize = 4096;

/// The last records of one output.
#[derive(Default)]
struct Alike {
    /// What became of the fields of each.
    fields: Vec<FieldOutcome>,
    /// How many they are.
    records: u64,
}

impl Tally {
    /// Forgets what was put off and never settled.
    pub(crate) fn begin_batch(&mut self) {
        for alike in &mut self.outputs {
            alike.records = 0;
        }
    }

    /// Takes in the fields of a record at output number `output`, whose counts
    /// are `counts`: always the same number for the same output.
    #[inline]
    pub(crate) fn count(
        &mut self,
        output: usize,
        fields: &[FieldOutcome],
        counts: &mut OutputCounts,
    ) {
        if fields.len() > FIELDS_MAX {
            count(fields, 1, counts);
            return;
        }
        if output >= self.outputs.len() {
            self.outputs.resize_with(output + 1, Alike::default);
        }
        let alike = &mut self.outputs[output];
        if !FieldOutcome::all_equal(&alike.fields, fields) {
            alike.settle(counts);
            alike.fields.clear();
            alike.fields.extend_from_slice(fields);
        }
        alike.records += 1;
    }

    /// Counts everything that was put off; the counts are whole then.
    pub(crate) fn settle(&mut self, counts: &mut Counts) {
        for (alike, counts) in self.outputs.iter_mut().zip(&mut counts.outputs) {
            alike.settle(counts);
        }
    }
}

impl Alike {
    fn settle(&mut self, counts: &mut OutputCounts) {
        count(&self.fields, self.records, counts);
        self.records = 0;
    }
}

/// Counts the fields of so many records that are alike.
fn count(fields: &[FieldOutcome], records: u64, counts: &mut OutputCounts) {
    for fate in fields {
        fate.count(records, &mut counts.fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::testing::{Plans, field, raw, run};

    /// Written fields are counted as one by one, whatever the records before
    /// looked like, few fields or many.
    #[test]
    fn every_field_of_every_record_is_counted_once() {
        let mut plans = Plans::new();
        plans.output(&[field("a", "keep"), field("l[*]", "keep")]);
        let plan = plans.build();
        let list = |n: usize| vec!["1"; n].join(",");
        let record = |n: usize| format!(r#"{{"a":1,"l":[{}]}}"#, list(n));
        let lengths = [
            0,
            0,
            1,
            1,
            2,
            FIELDS_MAX - 1,
            FIELDS_MAX,
            FIELDS_MAX + 1,
            1,
            0,
            0,
        ];
        let records: Vec<_> = lengths.iter().map(|n| raw(record(*n))).collect();
        let out = run(&plan, &records);
        let counts = &out.counts.outputs[0];
        let written: Vec<u64> = counts.fields.iter().map(|f| f.written).collect();
        let elements: usize = lengths.iter().sum();
        assert_eq!(written[..2], [lengths.len() as u64, elements as u64]);
        assert!(out.counts.balances());
    }
}
