//! What a stream tells becomes figures.

use super::families::Families;
use super::metric::Metric;
use super::records::RecordFigures;
use crate::pipeline::observer::{Cause, Outcome};
use crate::pipeline::observer::{Change, Committed, Observer};
use crate::plan::Plan;
use prometheus::{Histogram, IntCounter, IntGauge};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Watches one stream.
pub struct Watch {
    families: Arc<Families>,
    records: RecordFigures,
    batch_duration: Histogram,
    commit_duration: Histogram,
    latency: Vec<(String, Histogram)>,
    transactions: Vec<IntCounter>,
    rebuilds: Vec<IntCounter>,
    rebalances: [IntCounter; 3],
    partitions: IntGauge,
}

impl Watch {
    /// Figures of a stream under `plan`, all at 0, and what is in force.
    pub fn new(families: Arc<Families>, plan: &Plan, memory_bytes: u64) -> Self {
        let f = &families;
        let build = crate::build_info();
        f.gauge(Metric::BuildInfo, &[build.version, build.features()])
            .set(1);
        let (version, digest) = (plan.version.to_string(), plan.digest.to_string());
        f.gauge(Metric::PolicyInfo, &[&plan.name, &version, &digest])
            .set(1);
        f.gauge(Metric::MemoryBudget, &[])
            .set(i64::try_from(memory_bytes).unwrap_or(i64::MAX));
        Watch {
            records: RecordFigures::new(f, plan),
            batch_duration: f.histogram(Metric::BatchDuration, &[]),
            commit_duration: f.histogram(Metric::CommitDuration, &[]),
            latency: plan
                .source
                .topics
                .iter()
                .map(|t| (t.to_string(), f.histogram(Metric::EndToEndLatency, &[t])))
                .collect(),
            transactions: Outcome::ALL
                .iter()
                .map(|o| f.counter(Metric::Transactions, &[o.as_str()]))
                .collect(),
            rebuilds: Cause::ALL
                .iter()
                .map(|c| f.counter(Metric::ProducerRebuilds, &[c.as_str()]))
                .collect(),
            rebalances: [Change::Assigned, Change::Revoked, Change::Lost]
                .map(|c| f.counter(Metric::Rebalances, &[c.as_str()])),
            partitions: f.gauge(Metric::PartitionsAssigned, &[]),
            families,
        }
    }
}

impl Observer for Watch {
    fn on_batch(&self, _records: usize, took: Duration) {
        self.batch_duration.observe(took.as_secs_f64());
    }

    fn on_commit(&self, batch: &Committed<'_>) {
        self.records.publish(batch.topic, batch.counts);
        let latency = self.latency.iter().find(|(t, _)| t == batch.topic);
        if let (Some((_, histogram)), Some(oldest_ms)) = (latency, batch.oldest_ms) {
            let now_ms = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
            // A producer's clock may run ahead of ours.
            let late_ms = u64::try_from(now_ms.saturating_sub(oldest_ms)).unwrap_or(0);
            histogram.observe(Duration::from_millis(late_ms).as_secs_f64());
        }
    }

    fn on_transaction(&self, outcome: Outcome, _open: Duration) {
        if let Some(at) = Outcome::ALL.iter().position(|o| *o == outcome) {
            self.transactions[at].inc();
        }
    }

    fn on_commit_answered(&self, took: Duration) {
        self.commit_duration.observe(took.as_secs_f64());
    }

    fn on_rebuild(&self, cause: Cause) {
        if let Some(at) = Cause::ALL.iter().position(|c| *c == cause) {
            self.rebuilds[at].inc();
        }
    }

    fn on_rebalance(&self, change: Change, partitions: usize) {
        self.rebalances[change as usize].inc();
        self.partitions
            .set(i64::try_from(partitions).unwrap_or(i64::MAX));
    }

    fn on_lag(&self, topic: &str, partition: i32, records: i64) {
        self.families
            .gauge(Metric::ConsumerLag, &[topic, &partition.to_string()])
            .set(records);
    }

    fn on_lane_gone(&self, topic: &str, partition: i32) {
        self.families
            .remove_gauge(Metric::ConsumerLag, &[topic, &partition.to_string()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{PolicyFile, compile};
    use crate::record::Reason;

    fn plan() -> Plan {
        let file = PolicyFile {
            path: "demo.yaml".into(),
            text: crate::demo::POLICY.to_owned(),
        };
        compile(&file, &TestKeys, jiff::Timestamp::UNIX_EPOCH)
            .plan
            .expect("the demo's policy compiles")
    }

    fn page(families: &Families) -> String {
        String::from_utf8(families.page()).expect("the page is text")
    }

    #[test]
    fn every_series_of_the_plan_starts_at_0_and_grows_only_by_commits() {
        let plan = plan();
        let families = Arc::new(Families::new());
        let watch = Watch::new(Arc::clone(&families), &plan, 1 << 20);
        let before = page(&families);
        for m in Metric::ALL {
            let untouched = matches!(m, Metric::ConsumerLag | Metric::Ready | Metric::LogLines);
            assert!(untouched || before.contains(m.name()), "{}", m.name());
        }
        assert!(before.contains("veil_records_received_total{topic=\"shop.events.raw\"} 0\n"));

        watch.on_batch(10, Duration::from_millis(3));
        let mut counts = plan.counts();
        counts.received = 10;
        counts.quarantined[Reason::NotJson.index()] = 1;
        counts.outputs[0].written = 7;
        counts.outputs[0].withheld[Reason::NoConsent.index()] = 2;
        counts.outputs[0].fields[0].written = 7;
        assert!(
            page(&families).contains("veil_records_received_total{topic=\"shop.events.raw\"} 0\n")
        );
        watch.on_commit(&Committed {
            topic: "shop.events.raw",
            counts: &counts,
            oldest_ms: Some(0),
        });
        watch.on_transaction(Outcome::Committed, Duration::from_millis(20));
        watch.on_transaction(Outcome::Aborted, Duration::from_millis(20));
        watch.on_rebuild(Cause::Slow);
        watch.on_rebalance(Change::Assigned, 3);
        watch.on_lag("shop.events.raw", 2, 41);
        let after = page(&families);
        for line in [
            "veil_records_received_total{topic=\"shop.events.raw\"} 10\n",
            "veil_records_quarantined_total{reason=\"not_json\",topic=\"shop.events.raw\"} 1\n",
            "veil_records_sent_total{topic=\"shop.events.analytics\"} 7\n",
            "veil_records_withheld_total{reason=\"no_consent\",topic=\"shop.events.analytics\"} 2\n",
            "veil_fields_total{action=\"keep\",result=\"written\",topic=\"shop.events.analytics\"} 7\n",
            "veil_transactions_total{outcome=\"committed\"} 1\n",
            "veil_transactions_total{outcome=\"aborted\"} 1\n",
            "veil_producer_rebuilds_total{cause=\"slow\"} 1\n",
            "veil_rebalances_total{event=\"assigned\"} 1\n",
            "veil_partitions_assigned 3\n",
            "veil_consumer_lag_records{partition=\"2\",topic=\"shop.events.raw\"} 41\n",
            "veil_batch_duration_seconds_count 1\n",
            "veil_end_to_end_latency_seconds_count{topic=\"shop.events.raw\"} 1\n",
        ] {
            assert!(after.contains(line), "{line} in:\n{after}");
        }
        watch.on_lane_gone("shop.events.raw", 2);
        assert!(!page(&families).contains("veil_consumer_lag_records{"));
    }
}
