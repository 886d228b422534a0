//! The figures of releases: of outputs whose records wait.

use std::time::Duration;

use super::families::GroupFamilies;
use super::metric::Metric;
use crate::pipeline::observer::{ReleaseFigures, Released, ReleasedClasses};
use crate::plan::Plan;
use prometheus::{Gauge, Histogram, IntCounter, IntGauge};

/// Those of the one output of a group.
pub(super) struct Releases {
    topic: String,
    releases: IntCounter,
    suppressed: [IntCounter; ReleaseFigures::WHY.len()],
    waiting: IntGauge,
    overdue: IntGauge,
    records: IntGauge,
    subjects: IntGauge,
    classes: Option<Classes>,
    hold: Histogram,
    compose: Histogram,
}

/// Those of classes, of an output that has some.
struct Classes {
    count: IntGauge,
    k_min: IntGauge,
    size: Histogram,
    risk_average: Gauge,
    risk_max: Gauge,
    loss: IntGauge,
    penalty: IntGauge,
}

impl Classes {
    fn new(families: &GroupFamilies, topic: &str) -> Classes {
        let topic = [topic];
        let gauge = |metric| families.gauge(metric, &topic);
        Classes {
            count: gauge(Metric::ReleaseClasses),
            k_min: gauge(Metric::ReleaseKMin),
            size: families.histogram(Metric::ReleaseClassSize, &topic),
            risk_average: families.share(Metric::ReleaseRiskAverage, &topic),
            risk_max: families.share(Metric::ReleaseRiskMax, &topic),
            loss: gauge(Metric::ReleaseNcp),
            penalty: gauge(Metric::ReleaseGcp),
        }
    }

    /// Those of a release.
    fn add(&self, of: &ReleasedClasses) {
        let count = of.people.len();
        self.count.set(i64::try_from(count).unwrap_or(i64::MAX));
        for people in &of.people {
            self.size.observe(f64::from(*people));
        }
        if let Some(least) = of.people.first() {
            self.k_min.set(i64::from(*least));
            self.risk_max.set(1.0 / f64::from(*least));
            let all: f64 = of.people.iter().copied().map(f64::from).sum();
            self.risk_average.set(count as f64 / all);
        }
        // Shares: they are never above 1.
        let permille = |share: f64| (share * 1_000.0).round() as i64;
        self.loss.set(permille(of.loss));
        self.penalty.set(permille(of.penalty));
    }
}

impl Releases {
    /// At 0; `None`: no record of the plan waits for a release.
    pub(super) fn new(families: &GroupFamilies, plan: &Plan) -> Option<Releases> {
        let output = plan.outputs.iter().find(|output| output.held.is_some())?;
        let classes = output.held.as_ref().and_then(|held| held.classes.as_ref());
        let topic = [&*output.topic];
        let gauge = |metric| families.gauge(metric, &topic);
        let histogram = |metric| families.histogram(metric, &topic);
        let suppressed = |why| families.counter(Metric::ReleaseSuppressed, &[why, &output.topic]);
        Some(Releases {
            topic: output.topic.to_string(),
            releases: families.counter(Metric::Releases, &topic),
            suppressed: ReleaseFigures::WHY.map(suppressed),
            waiting: gauge(Metric::ReleaseWaiting),
            overdue: gauge(Metric::ReleaseOverdue),
            records: gauge(Metric::ReleaseRecords),
            subjects: gauge(Metric::ReleaseSubjects),
            classes: classes.map(|_| Classes::new(families, &output.topic)),
            hold: histogram(Metric::ReleaseHold),
            compose: histogram(Metric::ReleaseCompose),
        })
    }

    /// One was committed.
    pub(super) fn add(&self, released: &Released<'_>) {
        if released.topic != self.topic {
            return;
        }
        let figures = released.figures;
        for (counter, n) in self.suppressed.iter().zip(figures.left_out) {
            counter.inc_by(n);
        }
        if figures.records == 0 {
            return;
        }
        self.releases.inc();
        self.records.set(figures.records.cast_signed());
        self.subjects.set(figures.people.cast_signed());
        self.hold.observe(figures.waited.as_secs_f64());
        self.compose.observe(figures.composed_in.as_secs_f64());
        if let (Some(own), Some(classes)) = (&self.classes, &figures.classes) {
            own.add(classes);
        }
    }

    /// So many wait.
    pub(super) fn wait(&self, topic: &str, records: usize, overdue: Duration) {
        if topic == self.topic {
            self.waiting.set(i64::try_from(records).unwrap_or(i64::MAX));
            self.overdue.set(overdue.as_secs().cast_signed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Families;
    use super::*;
    use crate::anonymity::release::Demand;
    use crate::pipeline::testing::{Plans, field};
    use crate::plan::held::{self, Counted, Held, Layout, Short};

    #[test]
    fn what_is_left_out_counts_and_only_what_left_is_a_release() {
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]).held = Some(Box::new(Held {
            people: Counted {
                kind: 0,
                index: None,
            },
            records_min: 5,
            people_min: 5,
            records_max: 100,
            delay_max_ms: 60_000,
            short: Short::Suppress,
            once_per_ms: None,
            marks: None,
            classes: Some(held::Classes {
                demand: Demand::of_k(5),
                per_person_max: 1,
                aside_leaves: false,
                quasi: Vec::new(),
                labels: Vec::new(),
                sensitive: Vec::new(),
            }),
            layout: Layout::default(),
        }));
        let families = Families::new();
        let group = families.group("out0").unwrap();
        let releases = Releases::new(&group, &plans.build()).unwrap();
        let mut figures = ReleaseFigures {
            records: 0,
            people: 0,
            classes: None,
            waited: Duration::from_secs(60),
            composed_in: Duration::from_millis(3),
            left_out: [7, 1, 0, 0, 0],
            set: None,
        };
        let add = |figures: &ReleaseFigures| {
            let topic = "out0";
            releases.add(&Released { topic, figures });
        };
        add(&figures);
        figures.records = 40;
        figures.people = 30;
        figures.left_out = [0, 0, 2, 1, 0];
        figures.classes = Some(ReleasedClasses {
            people: vec![6, 6, 8, 12],
            loss: 0.2,
            penalty: 0.25,
            reached: vec![2.0],
        });
        add(&figures);
        releases.wait("out0", 3, Duration::from_secs(2));
        let page = String::from_utf8(families.page()).unwrap();
        for line in [
            "veil_releases_total{group=\"out0\",topic=\"out0\"} 1\n",
            "veil_release_suppressed_total{group=\"out0\",reason=\"short\",topic=\"out0\"} 7\n",
            "veil_release_suppressed_total{group=\"out0\",reason=\"over_cap\",topic=\"out0\"} 2\n",
            "veil_release_records{group=\"out0\",topic=\"out0\"} 40\n",
            "veil_release_ncp_permille{group=\"out0\",topic=\"out0\"} 200\n",
            "veil_release_k_min{group=\"out0\",topic=\"out0\"} 6\n",
            "veil_release_gcp_permille{group=\"out0\",topic=\"out0\"} 250\n",
            "veil_release_class_size_bucket{group=\"out0\",topic=\"out0\",le=\"5\"} 0\n",
            "veil_release_class_size_bucket{group=\"out0\",topic=\"out0\",le=\"10\"} 3\n",
            "veil_release_class_size_sum{group=\"out0\",topic=\"out0\"} 32\n",
            "veil_reident_risk_avg_ratio{group=\"out0\",topic=\"out0\"} 0.125\n",
            "veil_reident_risk_max_ratio{group=\"out0\",topic=\"out0\"} 0.16666666666666666\n",
            "veil_release_classes{group=\"out0\",topic=\"out0\"} 4\n",
            "veil_release_waiting_records{group=\"out0\",topic=\"out0\"} 3\n",
            "veil_release_overdue_seconds{group=\"out0\",topic=\"out0\"} 2\n",
            "veil_release_hold_seconds_count{group=\"out0\",topic=\"out0\"} 1\n",
        ] {
            assert!(page.contains(line), "{line} in:\n{page}");
        }
    }
}
