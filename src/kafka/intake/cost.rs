//! What a raw batch costs in credit before it is known what it becomes: itself
//! and a copy for each output, bookkeeping included. Every record costs
//! something, also one without key, value and headers.

use crate::pipeline::{InBatch, OutBatch, OutRecord};
use crate::plan::Plan;
use crate::record::raw::{HeaderAt, RawRecord};

/// Credit that an open batch takes before it holds a record.
pub(crate) fn opening(plan: &Plan) -> u64 {
    size_of::<OutBatch>() as u64 + plan.counts_held()
}

/// Credit that records with so many headers and bytes take, all together.
pub(crate) fn contents(plan: &Plan, records: usize, headers: usize, bytes: usize) -> u64 {
    let shared = headers * size_of::<HeaderAt>() + bytes;
    let raw = records * size_of::<RawRecord>() + shared;
    let become_each = records * size_of::<OutRecord>() + shared;
    (raw + plan.outputs.len() * become_each) as u64
}

/// Credit that a raw batch took, from its opening on.
pub fn cost(batch: &InBatch) -> u64 {
    let raw = &batch.raw;
    opening(&batch.plan) + contents(&batch.plan, raw.len(), raw.headers_len(), raw.bytes_len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::sanitize;
    use crate::pipeline::testing::{Plans, Raw, batch, field, raw, worker};

    #[test]
    fn a_flood_of_empty_records_is_paid_for() {
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]);
        let plan = plans.build();
        let empty = batch(&plan, &vec![Raw::default(); 1_000]);
        let least = 1_000 * (size_of::<RawRecord>() + size_of::<OutRecord>()) as u64;
        assert!(cost(&empty) >= least, "{}", cost(&empty));
        // And what it became holds all it says.
        let out = sanitize(empty, &mut worker()).unwrap();
        let records = 1_000 * size_of::<RawRecord>() + size_of_val(out.records());
        assert!(out.held() >= records as u64, "{}", out.held());
    }

    #[test]
    fn headers_are_paid_for_and_the_parts_are_the_whole() {
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]);
        let plan = plans.build();
        let with_headers = Raw {
            headers: vec![("", None); 500],
            ..raw("{}")
        };
        let one = batch(&plan, std::slice::from_ref(&with_headers));
        assert!(cost(&one) >= 2 * 500 * size_of::<HeaderAt>() as u64);
        let record = contents(&plan, 1, 500, one.raw.bytes_len());
        let three = batch(&plan, &vec![with_headers; 3]);
        assert_eq!(cost(&three), opening(&plan) + 3 * record);
    }
}
