//! What a stream tells becomes figures.

use super::consent::ConsentFigures;
use super::counts::CountSeries;
use super::families::GroupFamilies;
use super::metric::Metric;
use super::records::RecordFigures;
use super::releases::Releases;
use super::risk::{self, RiskFigures};
use super::schemas::SchemaFigures;
use super::summary::Summary;
use crate::pipeline::observer::{
    Cause, ConsentFigure, CountFigures, CountsNow, HeldUp, Lag, TransactionEnd,
};
use crate::pipeline::observer::{Change, Committed, Kin, Observer, Released};
use crate::plan::{Plan, PlanId, Standing};
use crate::schema::registry::Figures;
use prometheus::{Counter, Histogram, IntCounter, IntGauge};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Watches one stream.
pub struct Watch {
    families: GroupFamilies,
    under: Mutex<Under>,
    batch_duration: Histogram,
    commit_duration: Histogram,
    transactions: Vec<IntCounter>,
    rebuilds: Vec<IntCounter>,
    rebalances: [IntCounter; 3],
    ready: IntGauge,
    partitions: IntGauge,
    members: [IntGauge; Kin::ALL.len()],
    held_up: [Counter; 2],
    under_way: IntGauge,
    fetched: IntGauge,
    /// Made by the first commit: there is none at 1970.
    last_commit: OnceLock<IntGauge>,
    /// Of the plan that the stream began under: with another state it is begun anew.
    consent: Option<ConsentFigures>,
    /// Of an output whose records wait.
    releases: Option<Releases>,
    /// Of an output that counts.
    counts: Option<CountSeries>,
    /// Of a stream whose records name their schemas.
    schemas: Option<SchemaFigures>,
}

/// What is in force, and what is counted under.
struct Under {
    /// Of the plan of the last batch committed; a transaction holds batches of
    /// one plan, so they are seldom made anew.
    records: RecordFigures,
    /// The newest plan of which anything was committed, and its series.
    policy: PlanId,
    series: [String; 3],
    standing: Standing,
    summary: Summary,
}

impl Watch {
    /// Figures of a stream under `plan`, all at 0, and what is in force; `delivery`:
    /// the word for what it promises.
    pub fn new(
        families: GroupFamilies,
        plan: &Plan,
        memory_bytes: u64,
        delivery: &'static str,
    ) -> Self {
        let f = &families;
        f.gauge(Metric::Delivery, &[delivery]).set(1);
        f.gauge(Metric::MemoryBudget, &[])
            .set(i64::try_from(memory_bytes).unwrap_or(i64::MAX));
        Watch {
            under: Mutex::new(Under::new(f, plan)),
            batch_duration: f.histogram(Metric::BatchDuration, &[]),
            commit_duration: f.histogram(Metric::CommitDuration, &[]),
            transactions: TransactionEnd::ALL
                .iter()
                .map(|o| f.counter(Metric::Transactions, &[o.as_str()]))
                .collect(),
            rebuilds: Cause::ALL
                .iter()
                .map(|c| f.counter(Metric::ProducerRebuilds, &[c.as_str()]))
                .collect(),
            rebalances: [Change::Assigned, Change::Revoked, Change::Lost]
                .map(|c| f.counter(Metric::Rebalances, &[c.as_str()])),
            ready: f.gauge(Metric::GroupReady, &[]),
            partitions: f.gauge(Metric::PartitionsAssigned, &[]),
            members: Kin::ALL.map(|kin| f.gauge(Metric::GroupMembers, &[kin.as_str()])),
            held_up: HeldUp::ALL.map(|how| f.seconds(Metric::HeldUp, &[how.as_str()])),
            under_way: f.gauge(Metric::Queue, &["under_way"]),
            fetched: f.gauge(Metric::Queue, &["fetched"]),
            last_commit: OnceLock::new(),
            consent: ConsentFigures::new(f, plan),
            releases: Releases::new(f, plan),
            counts: CountSeries::new(f, plan),
            schemas: SchemaFigures::new(f, plan),
            families,
        }
    }
}

impl Watch {
    /// Whether the records of the group flow, or could.
    pub fn ready(&self, is_ready: bool) {
        self.ready.set(i64::from(is_ready));
    }

    /// How alone people are in what leaves now.
    pub fn risk(&self, figures: &RiskFigures<'_>) {
        figures.put(&self.families);
    }

    /// Nothing is known any more of that output.
    pub fn forget_risk(&self, topic: &str) {
        risk::remove(&self.families, topic);
    }

    /// What was committed so far.
    pub fn summary(&self) -> Summary {
        let under = self.under.lock().unwrap_or_else(PoisonError::into_inner);
        under.summary.clone()
    }
}

impl Under {
    fn new(families: &GroupFamilies, plan: &Plan) -> Under {
        Under {
            records: RecordFigures::new(families, plan),
            policy: plan.id,
            series: in_force(families, plan),
            standing: plan.standing.clone(),
            summary: {
                let mut summary = Summary::default();
                summary.expect(plan.outputs.iter().map(|o| &*o.topic));
                summary
            },
        }
    }

    /// What comes now was counted under that plan.
    fn change(&mut self, families: &GroupFamilies, plan: &Plan) {
        if self.records.plan() == plan.id {
            return;
        }
        self.records = RecordFigures::new(families, plan);
        self.put_in_force(families, plan);
    }

    fn put_in_force(&mut self, families: &GroupFamilies, plan: &Plan) {
        // What was under way under an older plan puts no older policy in force.
        if self.policy < plan.id {
            let before = self.series.each_ref().map(String::as_str);
            families.remove_gauge(Metric::PolicyInfo, &before);
            each_gauge(&self.standing, |metric, labels, _| {
                families.remove_gauge(metric, labels);
            });
            self.standing = plan.standing.clone();
            self.policy = plan.id;
            self.series = in_force(families, plan);
        }
    }
}

/// Names the policy in force; the labels of its series.
fn in_force(families: &GroupFamilies, plan: &Plan) -> [String; 3] {
    let series = [
        plan.name.clone(),
        plan.version.to_string(),
        plan.digest.to_string(),
    ];
    let labels = series.each_ref().map(String::as_str);
    families.gauge(Metric::PolicyInfo, &labels).set(1);
    each_gauge(&plan.standing, |metric, labels, value| {
        families.gauge(metric, labels).set(value);
    });
    series
}

/// The gauges of what a plan rests on, with their labels.
fn each_gauge(standing: &Standing, mut each: impl FnMut(Metric, &[&str], i64)) {
    for key in &standing.keys {
        let labels = [key.key.as_str(), key.makes];
        each(Metric::KeyVersion, &labels, key.version.into());
        each(Metric::KeySince, &labels, key.since);
    }
    for one in &standing.allowances {
        let labels = [one.allow, &one.field, &one.topics];
        each(Metric::AllowanceEnd, &labels, one.ends);
    }
    for one in &standing.contracts {
        let labels = [one.recipient.as_str(), &one.topics];
        each(Metric::ContractEnd, &labels, one.ends);
    }
    for one in &standing.vendors {
        let labels = [one.recipient.as_str()];
        each(Metric::VendorScore, &labels, one.score.into());
    }
}

/// Zero on a clock that is set before 1970.
fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

impl Observer for Watch {
    fn on_plan(&self, plan: &Plan) {
        let mut under = self.under.lock().unwrap_or_else(PoisonError::into_inner);
        under.put_in_force(&self.families, plan);
    }

    fn on_batch(&self, _records: usize, took: Duration) {
        self.batch_duration.observe(took.as_secs_f64());
    }

    fn on_commit(&self, batch: &Committed<'_>) {
        let late = batch.oldest_ms.map(|oldest_ms| {
            let now_ms = i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX);
            // A producer's clock may run ahead of ours.
            Duration::from_millis(u64::try_from(now_ms.saturating_sub(oldest_ms)).unwrap_or(0))
        });
        let mut under = self.under.lock().unwrap_or_else(PoisonError::into_inner);
        under.change(&self.families, batch.plan);
        under.records.publish(batch, late);
        under.summary.add(batch);
        if let Some(counts) = &self.counts {
            counts.commit(batch);
        }
    }

    fn on_release(&self, release: &Released<'_>) {
        if let Some(releases) = &self.releases {
            releases.add(release);
        }
    }

    fn on_counted(&self, topic: &str, figures: &CountFigures) {
        if let Some(counts) = &self.counts {
            counts.add(topic, figures);
        }
        let mut under = self.under.lock().unwrap_or_else(PoisonError::into_inner);
        under.summary.add_rows(topic, figures.rows);
    }

    fn on_counting(&self, topic: &str, now: CountsNow) {
        if let Some(counts) = &self.counts {
            counts.look(topic, now);
        }
    }

    fn on_waiting(&self, topic: &str, records: usize, overdue: Duration) {
        if let Some(releases) = &self.releases {
            releases.wait(topic, records, overdue);
        }
    }

    fn on_transaction(&self, outcome: TransactionEnd, _open: Duration) {
        if let Some(at) = TransactionEnd::ALL.iter().position(|o| *o == outcome) {
            self.transactions[at].inc();
        }
        if outcome == TransactionEnd::Committed {
            let families = &self.families;
            let last = self
                .last_commit
                .get_or_init(|| families.gauge(Metric::LastCommit, &[]));
            last.set(since_1970().as_secs().cast_signed());
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

    fn on_lag(&self, topic: &str, partition: i32, lag: Lag) {
        let labels = [topic, &partition.to_string()];
        let records = self.families.gauge(Metric::ConsumerLag, &labels);
        records.set(lag.records);
        let time = self.families.gauge(Metric::ConsumerLagSeconds, &labels);
        time.set(lag.time.as_secs().cast_signed());
    }

    fn on_members(&self, members: [usize; Kin::ALL.len()]) {
        for (gauge, count) in self.members.iter().zip(members) {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    fn on_lane_gone(&self, topic: &str, partition: i32) {
        let labels = [topic, &partition.to_string()];
        for metric in [Metric::ConsumerLag, Metric::ConsumerLagSeconds] {
            self.families.remove_gauge(metric, &labels);
        }
    }

    fn on_room(&self, workers: usize, bytes: u64) {
        let workers = i64::try_from(workers).unwrap_or(i64::MAX);
        self.families.gauge(Metric::Workers, &[]).set(workers);
        let limit = self.families.gauge(Metric::QueueLimit, &[]);
        limit.set(bytes.cast_signed());
    }

    fn on_under_way(&self, bytes: u64) {
        self.under_way.set(bytes.cast_signed());
    }

    fn on_fetched(&self, bytes: u64) {
        self.fetched.set(bytes.cast_signed());
    }

    fn on_consent(&self, figure: ConsentFigure<'_>) {
        if let Some(consent) = &self.consent {
            consent.take(figure);
        }
    }

    fn on_schemas(&self, figures: &Figures) {
        if let Some(schemas) = &self.schemas {
            schemas.take(figures);
        }
    }

    fn on_held_up(&self, how: HeldUp, time: Duration) {
        self.held_up[how as usize].inc_by(time.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::super::families::Families;
    use super::*;
    use crate::keys::TestKeys;
    use crate::pipeline::testing::{Plans, field, raw, run};
    use crate::policy::{NoTables, PolicyFile, compile};
    use crate::record::Reason;

    fn plan() -> Plan {
        let file = PolicyFile {
            path: "demo.yaml".into(),
            text: crate::demo::POLICY.to_owned(),
        };
        compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
            .plan
            .expect("the demo's policy compiles")
    }

    fn watch(families: &Families, plan: &Plan) -> Watch {
        let group = families.only_group().expect("it is the only one");
        Watch::new(group, plan, 1 << 20, "exactly_once")
    }

    fn page(families: &Families) -> String {
        String::from_utf8(families.page()).expect("the page is text")
    }

    /// The demo's policy follows no decisions.
    fn is_of_consent(metric: Metric) -> bool {
        let name = metric.name();
        let is = |start| name.starts_with(start);
        (is("veil_consent_") && metric != Metric::ConsentBadSignals) || is("veil_state_")
    }

    #[test]
    fn every_series_of_the_plan_starts_at_0_and_grows_only_by_commits() {
        let plan = plan();
        let families = Families::new();
        let watch = watch(&families, &plan);
        watch.on_room(3, 1_000);
        let before = page(&families);
        assert!(!before.contains("veil_last_commit_timestamp_seconds "));
        for m in Metric::ALL {
            let untouched = matches!(
                m,
                // The demo's policy allows nothing, and has no list of values.
                Metric::AllowanceEnd
                    | Metric::ContractEnd
                    | Metric::VendorScore
                    | Metric::AcceptedHashes
                    | Metric::Other
                    | Metric::ConsumerLag
                    | Metric::ConsumerLagSeconds
                    | Metric::LastCommit
                    | Metric::Ready
                    | Metric::LogLines
                    // Where it is measured.
                    | Metric::RiskUnique
                    | Metric::RiskBelow
                    | Metric::RiskAverage
                    | Metric::RiskClasses
                    | Metric::RiskPersons
                    // Those of `veil serve`.
                    | Metric::PreferencesDecisions
                    | Metric::PreferencesFailed
                    | Metric::PreferencesRefused
                    | Metric::PreferencesLookUps
                    // Its records name no schemas.
                    | Metric::SchemaBindings
                    | Metric::SchemaFieldsMissing
                    | Metric::SchemaParkedLanes
                    | Metric::SchemaRefused
                    | Metric::RegistryRequests
            );
            // Those of outputs whose records wait: the demo's policy has none.
            let of = ["veil_release", "veil_reident_", "veil_counts_"];
            let is_of_releases = of.iter().any(|prefix| m.name().starts_with(prefix));
            let untouched = untouched || is_of_consent(*m) || is_of_releases;
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
            plan: &plan,
            topic: "shop.events.raw",
            counts: &counts,
            oldest_ms: Some(0),
        });
        watch.on_transaction(TransactionEnd::Committed, Duration::from_millis(20));
        watch.on_transaction(TransactionEnd::Aborted, Duration::from_millis(20));
        watch.on_rebuild(Cause::Slow);
        watch.on_rebalance(Change::Assigned, 3);
        let time = Duration::from_millis(2_900);
        watch.on_lag("shop.events.raw", 2, Lag { records: 41, time });
        watch.on_members([3, 1, 0, 2]);
        watch.on_under_way(600);
        watch.on_fetched(50);
        watch.on_held_up(HeldUp::Starved, Duration::from_millis(250));
        watch.on_held_up(HeldUp::Starved, Duration::from_millis(250));
        watch.on_held_up(HeldUp::Paused, Duration::from_secs(2));
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
            "veil_group_members{kind=\"own_digest\"} 3\n",
            "veil_group_members{kind=\"other_digest\"} 1\n",
            "veil_group_members{kind=\"other_policy\"} 0\n",
            "veil_group_members{kind=\"foreign\"} 2\n",
            "veil_consumer_lag_records{partition=\"2\",topic=\"shop.events.raw\"} 41\n",
            "veil_consumer_lag_seconds{partition=\"2\",topic=\"shop.events.raw\"} 2\n",
            "veil_workers 3\n",
            "veil_queue_limit_bytes 1000\n",
            "veil_queue_bytes{queue=\"under_way\"} 600\n",
            "veil_queue_bytes{queue=\"fetched\"} 50\n",
            "veil_backpressure_seconds_total{state=\"starved\"} 0.5\n",
            "veil_backpressure_seconds_total{state=\"paused\"} 2\n",
            "veil_last_commit_timestamp_seconds 1",
            "veil_batch_duration_seconds_count 1\n",
            "veil_end_to_end_latency_seconds_count{topic=\"shop.events.raw\"} 1\n",
        ] {
            assert!(after.contains(line), "{line} in:\n{after}");
        }
        watch.on_lane_gone("shop.events.raw", 2);
        assert!(!page(&families).contains("veil_consumer_lag_"));
    }

    /// The names of counts are those of the plan they were counted under, not of
    /// the plan the stream began with: places of one are not places of another.
    #[test]
    fn what_is_committed_is_published_under_the_names_of_its_own_plan() {
        let mut plans = Plans::new();
        plans.output(&[field("a", "keep"), field("b", "keep")]);
        plans.output(&[field("a", "keep")]);
        plans.plan.standing.keys.push(crate::plan::KeyStanding {
            key: "people".into(),
            makes: "codes",
            version: 1,
            since: 60,
        });
        let first = plans.build();
        let mut plans = Plans::new();
        let allowance = crate::plan::AllowanceStanding {
            allow: "row_ids",
            field: String::new(),
            topics: "out0,out1".into(),
            ends: 86_400,
        };
        plans.plan.standing.allowances.push(allowance);
        plans.plan.name = "later".into();
        plans.plan.source.topics = vec!["elsewhere".into(), "raw".into()];
        plans.output(&[field("c", "drop")]).topic = "out1".into();
        plans
            .output(&[field("a", "keep"), field("c", "keep")])
            .topic = "new".into();
        let later = plans.build();

        let families = Families::new();
        let watch = watch(&families, &first);
        let commit = |plan: &std::sync::Arc<Plan>, value| {
            let batch = run(plan, &[raw(value)]);
            watch.on_commit(&Committed {
                plan,
                topic: "raw",
                counts: &batch.counts,
                oldest_ms: Some(0),
            });
        };
        let holds = |lines: &[&str]| {
            let page = page(&families);
            for line in lines {
                assert!(page.contains(line), "{line} in:\n{page}");
            }
        };
        holds(&[
            "veil_key_version{key=\"people\",makes=\"codes\"} 1\n",
            "veil_key_since_timestamp_seconds{key=\"people\",makes=\"codes\"} 60\n",
            "veil_selector_matches_total{field=\"a\",topic=\"out0\"} 0\n",
        ]);
        commit(&later, r#"{"a":1,"b":2,"c":3}"#);
        let gone = !page(&families).contains("veil_key_version{");
        assert!(gone, "the later plan has no key");
        holds(&[
            "veil_allowance_end_timestamp_seconds{allow=\"row_ids\",field=\"\",topics=\"out0,out1\"} 86400\n",
            "veil_selector_matches_total{field=\"a\",topic=\"new\"} 1\n",
            "veil_selector_matches_total{field=\"b\",topic=\"out0\"} 0\n",
            "veil_records_received_total{topic=\"raw\"} 1\n",
            "veil_records_sent_total{topic=\"out0\"} 0\n",
            "veil_records_sent_total{topic=\"out1\"} 1\n",
            "veil_records_sent_total{topic=\"new\"} 1\n",
            "veil_fields_total{action=\"test\",result=\"written\",topic=\"out0\"} 0\n",
            "veil_fields_total{action=\"test\",result=\"written\",topic=\"out1\"} 0\n",
            "veil_fields_total{action=\"test\",result=\"absent\",topic=\"out1\"} 1\n",
            "veil_fields_total{action=\"test\",result=\"written\",topic=\"new\"} 2\n",
            "veil_policy_info{digest=\"",
            "name=\"later\"",
        ]);
        // What was under way under the first plan when the later one began.
        commit(&first, r#"{"a":1,"b":2,"c":3}"#);
        commit(&later, r#"{"a":1}"#);
        holds(&[
            "veil_records_received_total{topic=\"raw\"} 3\n",
            "veil_records_sent_total{topic=\"out0\"} 1\n",
            "veil_records_sent_total{topic=\"out1\"} 3\n",
            "veil_records_sent_total{topic=\"new\"} 2\n",
            "veil_fields_total{action=\"test\",result=\"written\",topic=\"out0\"} 2\n",
            "veil_fields_total{action=\"test\",result=\"written\",topic=\"out1\"} 1\n",
            "veil_fields_total{action=\"test\",result=\"written\",topic=\"new\"} 3\n",
        ]);
        let page = page(&families);
        let policies: Vec<&str> = page
            .lines()
            .filter(|l| l.starts_with("veil_policy_info{"))
            .collect();
        // The summary has all of it by topic, whatever plan it came under.
        let summary = watch.summary();
        let written: Vec<(&str, u64)> = summary
            .outputs
            .iter()
            .map(|(topic, o)| (topic.as_str(), o.written))
            .collect();
        assert_eq!(written, [("new", 2), ("out0", 1), ("out1", 3)]);
        assert_eq!(summary.received, 3);
        assert_eq!(policies.len(), 1, "one policy is in force: {policies:?}");
        assert!(policies[0].contains("name=\"later\""), "{policies:?}");
    }
}
