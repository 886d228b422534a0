//! How the desk of a schema registry stands becomes figures: only where records name their
//! schemas.

use prometheus::{IntCounter, IntGauge};

use super::families::GroupFamilies;
use super::metric::Metric;
use crate::plan::Plan;
use crate::schema::registry::{CallKind, Figures, Outcome, Refusal};

/// The figures of one stream.
pub(super) struct SchemaFigures {
    bindings: IntGauge,
    /// By output.
    missing: Vec<IntGauge>,
    parked: IntGauge,
    refused: [IntCounter; Refusal::ALL.len()],
    requests: [[IntCounter; Outcome::LABELS.len()]; CallKind::ALL.len()],
}

impl SchemaFigures {
    /// Those of a plan, all at 0; `None` where records name no schemas.
    pub(super) fn new(families: &GroupFamilies, plan: &Plan) -> Option<SchemaFigures> {
        let f = families;
        let request = |call: CallKind| {
            Outcome::LABELS.map(|outcome| {
                let labels = [call.as_str(), outcome];
                f.counter(Metric::RegistryRequests, &labels)
            })
        };
        plan.source.format.is_by_id().then(|| SchemaFigures {
            bindings: f.gauge(Metric::SchemaBindings, &[]),
            missing: plan
                .outputs
                .iter()
                .map(|output| f.gauge(Metric::SchemaFieldsMissing, &[&output.topic]))
                .collect(),
            parked: f.gauge(Metric::SchemaParkedLanes, &[]),
            refused: Refusal::ALL.map(|r| f.counter(Metric::SchemaRefused, &[r.as_str()])),
            requests: CallKind::ALL.map(request),
        })
    }

    pub(super) fn take(&self, figures: &Figures) {
        let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.bindings.set(whole(figures.bound));
        // Nothing is bound yet: nothing is known to be missing.
        let missing = figures.missing.iter().copied().chain(std::iter::repeat(0));
        for (gauge, n) in self.missing.iter().zip(missing) {
            gauge.set(whole(n));
        }
        self.parked.set(whole(figures.waiting));
        // The desk counts from its start, and each of its figures only grows.
        let count = |counter: &IntCounter, all: u64| {
            counter.inc_by(all.saturating_sub(counter.get()));
        };
        for (counter, all) in self.refused.iter().zip(figures.refused) {
            count(counter, all);
        }
        for (counters, all) in self.requests.iter().zip(figures.calls) {
            for (counter, all) in counters.iter().zip(all) {
                count(counter, all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::families::Families;
    use super::*;
    use crate::pipeline::testing::Plans;
    use crate::plan::Format;

    #[test]
    fn figures_are_shown_as_they_stand_and_only_where_records_name_schemas() {
        let mut plans = Plans::new();
        plans.output(&[]);
        let mut plan = Arc::into_inner(plans.build()).expect("nobody else has it");
        let families = Families::new();
        let group = families.only_group().expect("it is the only one");
        assert!(SchemaFigures::new(&group, &plan).is_none());
        plan.source.format = Format::AvroById;
        let shown = SchemaFigures::new(&group, &plan).expect("now they do");
        let mut figures = Figures {
            bound: 3,
            missing: vec![2],
            waiting: 2,
            refused: [0, 4, 1],
            ..Figures::default()
        };
        figures.calls[CallKind::Register as usize][2] = 5;
        shown.take(&figures);
        figures.refused[1] = 6;
        shown.take(&figures);
        let page = String::from_utf8(families.page()).expect("the page is text");
        for line in [
            "veil_schema_bindings 3\n",
            "veil_schema_fields_missing{topic=\"out0\"} 2\n",
            "veil_schema_parked_lanes 2\n",
            "veil_schema_refused_total{reason=\"schema_unusable\"} 6\n",
            "veil_schema_refused_total{reason=\"schema_incompatible\"} 1\n",
            "veil_registry_requests_total{call=\"register\",outcome=\"conflict\"} 5\n",
        ] {
            assert!(page.contains(line), "{line} in:\n{page}");
        }
    }
}
