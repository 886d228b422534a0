//! A sanitized record is listed in its batch: from here on it leaves.

use super::Tally;
use super::batch::OutRecords;
use crate::record::counts::Counts;
use crate::record::raw::HeaderAt;
use crate::record::span::Span;
use crate::transform::stage::{Rendered, Sanitized};

/// A record that stands in its batch, to be counted. Made by [`list`] only.
#[must_use = "a record that is not counted is lost from the figures"]
pub(crate) struct Listed<'a> {
    sanitized: Sanitized<'a>,
}

/// Lists what each output gets of a record.
pub(crate) fn list<'a>(sanitized: Sanitized<'a>, records: &mut OutRecords) -> Listed<'a> {
    records.list(&sanitized);
    Listed { sanitized }
}

impl Listed<'_> {
    /// Counts the record at every output: written, or withheld and why; its
    /// fields in the tally. `headers`: those of the batch.
    pub(crate) fn count(self, headers: &[HeaderAt], tally: &mut Tally, counts: &mut Counts) {
        let sanitized = &self.sanitized;
        for rendered in sanitized.rendered() {
            let n = usize::from(rendered.output);
            let output = &mut counts.outputs[n];
            output.bytes += bytes(rendered, headers);
            tally.count(n, sanitized.fields(rendered), output);
        }
        let verdict = sanitized.verdict();
        for (n, output) in counts.outputs.iter_mut().enumerate() {
            match verdict.withheld(n) {
                None => output.written += 1,
                Some(reason) => {
                    output.withheld[reason.index()] += 1;
                    output.clearing_tombstones += u64::from(verdict.is_clearing(n));
                }
            }
        }
    }
}

/// Bytes of value, key and headers.
fn bytes(rendered: &Rendered, headers: &[HeaderAt]) -> u64 {
    let len = |span: Option<Span>| span.map_or(0, |s| u64::from(s.len));
    let (from, to) = rendered.headers;
    let headers = headers[from as usize..to as usize]
        .iter()
        .map(|h| u64::from(h.name.len) + len(h.value));
    len(rendered.key) + len(rendered.value) + headers.sum::<u64>()
}
