//! A record beside what left of it, field by field, with why.
//!
//! Each record of a sample goes through the pipeline as a batch of its own, so what
//! is counted is what became of this one. Which selector takes a path is what
//! `veil explain PATH` says of it. What a record holds is shown, so this is for
//! whoever has the sample.

mod around;
mod became;
mod found;
mod json;
mod one_record;
mod page;
mod row;
mod rows;
#[cfg(test)]
mod tests;
mod waits;
mod walk;

pub use became::{Became, Each};
pub use one_record::OneRecord;
pub use row::{ROWS_MAX, Row};
pub use rows::Beside;

use crate::pipeline::InBatch;

/// Each record of `batch` as a batch of its own, its offset kept.
pub fn apart(batch: &InBatch) -> impl Iterator<Item = InBatch> {
    batch.raw.fetched().map(|record| {
        let plan = std::sync::Arc::clone(&batch.plan);
        let mut one = InBatch::new(record.lane().clone(), plan);
        one.bindings.clone_from(&batch.bindings);
        one.raw.push_element(
            (record.offset(), record.element()),
            record.timestamp(),
            record.key(),
            record.value(),
            record.headers(),
        );
        one
    })
}
