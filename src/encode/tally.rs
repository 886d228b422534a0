//! Counts of fields, put off while records look alike.

use crate::record::counts::{Counts, OutputCounts};
use crate::transform::Fate;

/// What became of the fields of records that is not counted yet: where record
/// after record has the same fields with the same outcomes, one number stands
/// for all of them.
#[derive(Default)]
pub struct Tally {
    /// By output.
    outputs: Vec<Alike>,
}

/// The last records of one output.
#[derive(Default)]
struct Alike {
    /// What became of the fields of each.
    fields: Vec<Fate>,
    /// How many they are.
    records: u64,
}

impl Tally {
    /// Takes in the fields of a record at output number `output`, whose counts
    /// are `counts`.
    #[inline]
    pub fn count(&mut self, output: usize, fields: &[Fate], counts: &mut OutputCounts) {
        if output >= self.outputs.len() {
            self.outputs.resize_with(output + 1, Alike::default);
        }
        let alike = &mut self.outputs[output];
        if !Fate::all_equal(&alike.fields, fields) {
            alike.settle(counts);
            alike.fields.clear();
            alike.fields.extend_from_slice(fields);
        }
        alike.records += 1;
    }

    /// Counts everything that was put off; the counts are whole then.
    pub fn settle(&mut self, counts: &mut Counts) {
        for (alike, counts) in self.outputs.iter_mut().zip(&mut counts.outputs) {
            alike.settle(counts);
        }
    }
}

impl Alike {
    fn settle(&mut self, counts: &mut OutputCounts) {
        for fate in &self.fields {
            fate.count(self.records, &mut counts.fields);
        }
        self.records = 0;
    }
}
