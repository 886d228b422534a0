//! The figures of outputs that count.

use super::families::GroupFamilies;
use super::metric::Metric;
use crate::pipeline::observer::{Committed, CountFigures, CountsNow};
use crate::plan::Plan;
use prometheus::{IntCounter, IntGauge};

/// Those of the one output of a group.
pub(super) struct CountSeries {
    topic: String,
    windows: [IntCounter; CountFigures::OUTCOMES.len()],
    rows: IntCounter,
    records: IntCounter,
    left_out: [IntCounter; CountFigures::WHY.len()],
    open: IntGauge,
    memory: IntGauge,
    overdue: IntGauge,
}

impl CountSeries {
    /// At 0; `None`: the plan counts nothing.
    pub(super) fn new(families: &GroupFamilies, plan: &Plan) -> Option<CountSeries> {
        let mut outputs = plan.outputs.iter();
        let output = outputs.find(|output| output.counting.is_some())?;
        let topic = &*output.topic;
        let by = |metric, word: &str| families.counter(metric, &[word, topic]);
        let gauge = |metric| families.gauge(metric, &[topic]);
        Some(CountSeries {
            topic: topic.to_owned(),
            windows: CountFigures::OUTCOMES.map(|word| by(Metric::CountWindows, word)),
            rows: families.counter(Metric::CountRows, &[topic]),
            records: families.counter(Metric::CountRecords, &[topic]),
            left_out: CountFigures::WHY.map(|word| by(Metric::CountLeftOut, word)),
            open: gauge(Metric::CountOpen),
            memory: gauge(Metric::CountMemory),
            overdue: gauge(Metric::CountOverdue),
        })
    }

    /// Records of a committed batch are counted.
    pub(super) fn commit(&self, batch: &Committed<'_>) {
        let outputs = batch.plan.outputs.iter().zip(&batch.counts.outputs);
        for (output, counts) in outputs {
            if *output.topic == *self.topic {
                self.records.inc_by(counts.counted);
            }
        }
    }

    /// What became of windows was committed.
    pub(super) fn add(&self, topic: &str, figures: &CountFigures) {
        if topic != self.topic {
            return;
        }
        let windows = self.windows.iter().zip(figures.windows);
        let left_out = self.left_out.iter().zip(figures.left_out);
        for (counter, n) in windows.chain(left_out) {
            counter.inc_by(n);
        }
        self.rows.inc_by(figures.rows);
    }

    /// So they stand.
    pub(super) fn look(&self, topic: &str, now: CountsNow) {
        if topic == self.topic {
            self.open.set(i64::try_from(now.open).unwrap_or(i64::MAX));
            self.memory
                .set(i64::try_from(now.bytes).unwrap_or(i64::MAX));
            self.overdue.set(now.overdue.as_secs().cast_signed());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Families;
    use super::*;
    use crate::release::testing::counting_plan;

    #[test]
    fn what_became_of_windows_and_records_is_told_of_its_own_output_alone() {
        let plan = counting_plan(
            "out",
            "1d",
            "2h",
            "15",
            "      by: { kind: keep }\n      count: records\n      \
             contribution: { cells: 2 }\n      epsilon: 0.5\n      keys: { list: [a] }\n",
        );
        let families = Families::new();
        let group = families.group("out").unwrap();
        let series = CountSeries::new(&group, &plan).unwrap();
        let figures = CountFigures {
            windows: [2, 1, 0, 0, 0, 0],
            rows: 6,
            left_out: [0, 0, 0, 0, 5, 0],
        };
        series.add("out", &figures);
        series.add("other", &figures);
        let mut counts = plan.counts();
        counts.outputs[0].counted = 40;
        series.commit(&Committed {
            plan: &plan,
            topic: "raw",
            counts: &counts,
            oldest_ms: None,
        });
        series.look(
            "out",
            CountsNow {
                open: 3,
                bytes: 900,
                overdue: Duration::from_secs(70),
            },
        );
        let page = String::from_utf8(families.page()).unwrap();
        for line in [
            "veil_counts_windows_total{group=\"out\",outcome=\"released\",topic=\"out\"} 2\n",
            "veil_counts_windows_total{group=\"out\",outcome=\"budget_spent\",topic=\"out\"} 1\n",
            "veil_counts_windows_total{group=\"out\",outcome=\"state_lost\",topic=\"out\"} 0\n",
            "veil_counts_rows_total{group=\"out\",topic=\"out\"} 6\n",
            "veil_counts_records_total{group=\"out\",topic=\"out\"} 40\n",
            "veil_counts_left_out_total{group=\"out\",reason=\"late\",topic=\"out\"} 5\n",
            "veil_counts_open_windows{group=\"out\",topic=\"out\"} 3\n",
            "veil_counts_memory_bytes{group=\"out\",topic=\"out\"} 900\n",
            "veil_counts_overdue_seconds{group=\"out\",topic=\"out\"} 70\n",
        ] {
            assert!(page.contains(line), "{line} in:\n{page}");
        }
    }
}
