//! The figures of records and fields under one plan.

use super::families::GroupFamilies;
use super::metric::Metric;
use crate::pipeline::observer::Committed;
use crate::plan::{Plan, PlanId};
use crate::record::Note;
use crate::record::{Reason, SignalShape};
use prometheus::{Histogram, IntCounter};
use std::time::Duration;

/// Ready-made counters for every topic, reason and field of a plan, so that a
/// commit looks nothing up.
pub(crate) struct RecordFigures {
    plan: PlanId,
    sources: Vec<(String, SourceFigures)>,
    outputs: Vec<OutputFigures>,
    bad_signals: Vec<Option<IntCounter>>,
}

struct SourceFigures {
    received: IntCounter,
    split: IntCounter,
    split_empty: IntCounter,
    bytes: IntCounter,
    unnamed: IntCounter,
    quarantined: Vec<Option<IntCounter>>,
    latency: Histogram,
}

struct OutputFigures {
    sent: IntCounter,
    bytes: IntCounter,
    clearing_tombstones: IntCounter,
    withheld: Vec<Option<IntCounter>>,
    fields: Vec<FieldFigures>,
}

struct FieldFigures {
    written: IntCounter,
    absent: IntCounter,
    dropped_on_error: IntCounter,
    replaced_on_error: IntCounter,
    refused: IntCounter,
    matched: IntCounter,
    other: Option<IntCounter>,
    accepted_hashed: Option<IntCounter>,
}

impl RecordFigures {
    /// Every series the plan can touch, at 0: a rate then starts at the first
    /// record, and what never happens is seen not to happen.
    pub(crate) fn new(families: &GroupFamilies, plan: &Plan) -> Self {
        let by_reason = |metric, topic: &str, withheld| {
            Reason::ALL
                .iter()
                .map(|r| {
                    (r.is_withheld() == withheld)
                        .then(|| families.counter(metric, &[topic, r.as_str()]))
                })
                .collect()
        };
        let sources = plan
            .source
            .topics
            .iter()
            .map(|topic| {
                let figures = SourceFigures {
                    received: families.counter(Metric::RecordsReceived, &[topic]),
                    split: families.counter(Metric::RecordsSplit, &[topic]),
                    split_empty: families.counter(Metric::RecordsSplitEmpty, &[topic]),
                    bytes: families.counter(Metric::RecordBytes, &["in", topic]),
                    unnamed: families.counter(Metric::UnnamedMembers, &[topic]),
                    quarantined: by_reason(Metric::RecordsQuarantined, topic, false),
                    latency: families.histogram(Metric::EndToEndLatency, &[topic]),
                };
                (topic.to_string(), figures)
            })
            .collect();
        let outputs = plan
            .outputs
            .iter()
            .map(|output| {
                let topic = &*output.topic;
                OutputFigures {
                    sent: families.counter(Metric::RecordsSent, &[topic]),
                    bytes: families.counter(Metric::RecordBytes, &["out", topic]),
                    clearing_tombstones: families.counter(Metric::TombstonesClearing, &[topic]),
                    withheld: by_reason(Metric::RecordsWithheld, topic, true),
                    fields: output
                        .fields
                        .iter()
                        .map(|field| {
                            let of = |result| {
                                families.counter(Metric::Fields, &[field.action, topic, result])
                            };
                            let noted = |note, metric| {
                                let labels = [&*field.path, topic];
                                let can = field.notes.has(note);
                                can.then(|| families.counter(metric, &labels))
                            };
                            FieldFigures {
                                written: of("written"),
                                absent: of("absent"),
                                dropped_on_error: of("dropped_on_error"),
                                replaced_on_error: of("replaced_on_error"),
                                matched: families
                                    .counter(Metric::SelectorMatches, &[&field.path, topic]),
                                other: noted(Note::Other, Metric::Other),
                                accepted_hashed: noted(Note::AcceptedHash, Metric::AcceptedHashes),
                                refused: families.counter(
                                    Metric::FieldRefusals,
                                    &[field.action, &field.path, topic],
                                ),
                            }
                        })
                        .collect(),
                }
            })
            .collect();
        let read = |shape| plan.signals.iter().any(|s| s.shape() == shape);
        let bad_signals = SignalShape::ALL.into_iter().map(|shape| {
            let labels = [shape.as_str()];
            read(shape).then(|| families.counter(Metric::ConsentBadSignals, &labels))
        });
        RecordFigures {
            plan: plan.id,
            sources,
            outputs,
            bad_signals: bad_signals.collect(),
        }
    }

    /// Whose figures these are.
    pub(crate) fn plan(&self) -> PlanId {
        self.plan
    }

    /// Adds a batch of a committed transaction, which was counted under this very
    /// plan; `late`: from its first record to now.
    pub(crate) fn publish(&self, batch: &Committed<'_>, late: Option<Duration>) {
        debug_assert_eq!(
            self.plan, batch.plan.id,
            "places are names of one plan only"
        );
        let counts = batch.counts;
        if let Some((_, source)) = self.sources.iter().find(|(t, _)| t == batch.topic) {
            source.received.inc_by(counts.received);
            source.split.inc_by(counts.split);
            source.split_empty.inc_by(counts.split_empty);
            source.bytes.inc_by(counts.received_bytes);
            source.unnamed.inc_by(counts.unnamed);
            add(&source.quarantined, &counts.quarantined);
            if let Some(late) = late {
                source.latency.observe(late.as_secs_f64());
            }
        }
        add(&self.bad_signals, &counts.bad_signals);
        for (figures, output) in self.outputs.iter().zip(&counts.outputs) {
            figures.sent.inc_by(output.written);
            figures.bytes.inc_by(output.bytes);
            figures
                .clearing_tombstones
                .inc_by(output.clearing_tombstones);
            add(&figures.withheld, &output.withheld);
            for (figures, field) in figures.fields.iter().zip(&output.fields) {
                figures.written.inc_by(field.written);
                figures.absent.inc_by(field.absent);
                figures.dropped_on_error.inc_by(field.dropped_on_error);
                figures.replaced_on_error.inc_by(field.replaced_on_error);
                figures.refused.inc_by(field.refused);
                let noted = [
                    (&figures.other, field.other),
                    (&figures.accepted_hashed, field.accepted_hashed),
                ];
                for (figure, count) in noted {
                    if let Some(figure) = figure {
                        figure.inc_by(count);
                    }
                }
                let on_error = field.dropped_on_error + field.replaced_on_error;
                figures
                    .matched
                    .inc_by(field.written + on_error + field.refused);
            }
        }
    }
}

fn add(counters: &[Option<IntCounter>], counts: &[u64]) {
    for (counter, n) in counters.iter().zip(counts) {
        if let Some(counter) = counter {
            counter.inc_by(*n);
        }
    }
}
