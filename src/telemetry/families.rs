//! The metrics as the prometheus crate holds them.

use super::metric::{Kind, Metric, Scope};
use super::reload::Reload;
use prometheus::{
    Counter, CounterVec, Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec,
    IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::sync::{Mutex, PoisonError};

/// 100 µs to about 50 s, three a decade: a batch takes microseconds, a broker's
/// answer milliseconds, a backlog minutes (the last bucket).
const BUCKETS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0, 300.0,
];

/// Persons of a class: from the smallest `k` up, about three a decade.
const PERSONS: &[f64] = &[
    2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 10_000.0,
];

/// The figures of a process: its own, and those of each release group.
pub struct Families {
    registry: Registry,
    process: List,
    /// The groups that have their figures; the one without a name is alone.
    groups: Mutex<Vec<Option<String>>>,
}

/// The figures of one release group. They carry the label `group` when the
/// group has a name.
pub struct GroupFamilies(List);

/// Why a group gets no figures.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// Two groups would count into one series.
    #[error("there are two release groups `{0}`: give each a name of its own")]
    Taken(String),
    /// A series without the label would stand beside series with it.
    #[error("a release group without a name must be the only one: give each a name")]
    Unnamed,
}

impl Families {
    /// The process' own families, and what is known of it from the start.
    pub fn new() -> Self {
        let registry = Registry::new();
        let process = List::register(&registry, Scope::Process, None);
        #[cfg(target_os = "linux")]
        registry
            .register(Box::new(
                prometheus::process_collector::ProcessCollector::for_self(),
            ))
            .expect("process figures have names of their own");
        let build = crate::build_info();
        process
            .gauge(Metric::BuildInfo, &[build.version, build.features()])
            .set(1);
        for outcome in Reload::ALL {
            process.counter(Metric::PolicyReloads, &[outcome.as_str()]);
        }
        Families {
            registry,
            process,
            groups: Mutex::default(),
        }
    }

    /// Counts an attempt to take another policy over.
    pub fn count_reload(&self, outcome: Reload) {
        let reloads = Metric::PolicyReloads;
        self.process.counter(reloads, &[outcome.as_str()]).inc();
    }

    /// The families of the one release group of a process, without the label.
    ///
    /// # Errors
    /// When there is any other group.
    pub fn only_group(&self) -> Result<GroupFamilies, GroupError> {
        self.register(None)
    }

    /// The families of one of several release groups: every series carries the
    /// label `group` with that name, which is of the settings, never an event's.
    ///
    /// # Errors
    /// When the name is empty or another group's, or there is a group without.
    pub fn group(&self, name: &str) -> Result<GroupFamilies, GroupError> {
        self.register(Some(name))
    }

    fn register(&self, group: Option<&str>) -> Result<GroupFamilies, GroupError> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.iter().any(|g| g.as_deref() == group)
            && let Some(name) = group
        {
            return Err(GroupError::Taken(name.to_owned()));
        }
        let alone = groups.is_empty();
        let beside_unnamed = groups.contains(&None);
        if group == Some("") || beside_unnamed || group.is_none() && !alone {
            return Err(GroupError::Unnamed);
        }
        groups.push(group.map(ToOwned::to_owned));
        let list = List::register(&self.registry, Scope::Group, group);
        Ok(GroupFamilies(list))
    }

    /// The process' counter with those label values, in the order of the list.
    pub(crate) fn counter(&self, metric: Metric, labels: &[&str]) -> IntCounter {
        self.process.counter(metric, labels)
    }

    /// The process' gauge with those label values.
    pub(crate) fn gauge(&self, metric: Metric, labels: &[&str]) -> IntGauge {
        self.process.gauge(metric, labels)
    }

    /// The page in the OpenMetrics format.
    pub(crate) fn openmetrics(&self) -> String {
        super::openmetrics::page(&self.registry.gather())
    }

    /// The page served at `/metrics`, Prometheus text format 0.0.4.
    pub(crate) fn page(&self) -> Vec<u8> {
        let mut page = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut page)
            .expect("writing into memory cannot fail");
        page
    }
}

impl Default for Families {
    fn default() -> Self {
        Self::new()
    }
}

impl GroupFamilies {
    /// The counter with those label values, in the order of the list.
    pub(crate) fn counter(&self, metric: Metric, labels: &[&str]) -> IntCounter {
        self.0.counter(metric, labels)
    }

    /// The counter of seconds with those label values.
    pub(crate) fn seconds(&self, metric: Metric, labels: &[&str]) -> Counter {
        match self.0.of(metric) {
            Some(Family::Seconds(s)) => s.with_label_values(labels),
            _ => unreachable!("{} counts no seconds of it", metric.name()),
        }
    }

    /// The gauge with those label values.
    pub(crate) fn gauge(&self, metric: Metric, labels: &[&str]) -> IntGauge {
        self.0.gauge(metric, labels)
    }

    /// The gauge of a share with those label values.
    pub(crate) fn share(&self, metric: Metric, labels: &[&str]) -> Gauge {
        match self.0.of(metric) {
            Some(Family::Share(g)) => g.with_label_values(labels),
            _ => unreachable!("{} is no share", metric.name()),
        }
    }

    /// Takes a gauge off the page: the thing it measures is gone.
    pub(crate) fn remove_gauge(&self, metric: Metric, labels: &[&str]) {
        // An error says that it was not there, which is what is wanted.
        let _ = match self.0.of(metric) {
            Some(Family::Gauge(g)) => g.remove_label_values(labels),
            Some(Family::Share(g)) => g.remove_label_values(labels),
            _ => Ok(()),
        };
    }

    /// The histogram with those label values.
    pub(crate) fn histogram(&self, metric: Metric, labels: &[&str]) -> Histogram {
        match self.0.of(metric) {
            Some(Family::Histogram(h)) => h.with_label_values(labels),
            _ => unreachable!("{} is no histogram of it", metric.name()),
        }
    }
}

enum Family {
    Counter(IntCounterVec),
    /// A counter whose unit is not whole.
    Seconds(CounterVec),
    Gauge(IntGaugeVec),
    /// A gauge that is not whole.
    Share(GaugeVec),
    Histogram(HistogramVec),
}

/// The families of one scope, by metric; `None`: of the other scope.
struct List(Vec<Option<Family>>);

impl List {
    /// Makes and registers them, without any value yet.
    fn register(registry: &Registry, scope: Scope, group: Option<&str>) -> List {
        let family = |m: &Metric| {
            (m.scope() == scope).then(|| {
                let family = Family::new(*m, group);
                registry
                    .register(family.collector())
                    .expect("the list holds each name once, and no two groups have one name");
                family
            })
        };
        List(Metric::ALL.iter().map(family).collect())
    }

    fn of(&self, metric: Metric) -> Option<&Family> {
        self.0[metric as usize].as_ref()
    }

    fn counter(&self, metric: Metric, labels: &[&str]) -> IntCounter {
        match self.of(metric) {
            Some(Family::Counter(c)) => c.with_label_values(labels),
            _ => unreachable!("{} is no counter of it", metric.name()),
        }
    }

    fn gauge(&self, metric: Metric, labels: &[&str]) -> IntGauge {
        match self.of(metric) {
            Some(Family::Gauge(g)) => g.with_label_values(labels),
            _ => unreachable!("{} is no gauge of it", metric.name()),
        }
    }
}

impl Family {
    fn new(metric: Metric, group: Option<&str>) -> Family {
        let labels: Vec<&str> = metric.labels().iter().map(|l| l.name).collect();
        let mut opts = Opts::new(metric.name(), metric.help());
        if let Some(group) = group {
            opts = opts.const_label("group", group);
        }
        match metric.kind() {
            Kind::Counter if metric.name().ends_with("_seconds_total") => {
                CounterVec::new(opts, &labels).map(Family::Seconds)
            }
            Kind::Counter => IntCounterVec::new(opts, &labels).map(Family::Counter),
            Kind::Gauge if metric.name().ends_with("_ratio") => {
                GaugeVec::new(opts, &labels).map(Family::Share)
            }
            Kind::Gauge => IntGaugeVec::new(opts, &labels).map(Family::Gauge),
            Kind::Histogram | Kind::Sizes => {
                let buckets = match metric.kind() {
                    Kind::Sizes => PERSONS,
                    _ => BUCKETS,
                };
                let opts = HistogramOpts::from(opts).buckets(buckets.to_vec());
                HistogramVec::new(opts, &labels).map(Family::Histogram)
            }
        }
        .expect("the list holds valid names")
    }

    fn collector(&self) -> Box<dyn prometheus::core::Collector> {
        match self {
            Family::Counter(c) => Box::new(c.clone()),
            Family::Seconds(s) => Box::new(s.clone()),
            Family::Gauge(g) => Box::new(g.clone()),
            Family::Share(g) => Box::new(g.clone()),
            Family::Histogram(h) => Box::new(h.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(families: &Families) -> String {
        let page = String::from_utf8(families.page()).expect("the page is text");
        let from_the_start = ["veil_build_info", "veil_policy_reloads_total"];
        let of_process = |line: &str| from_the_start.iter().any(|name| line.contains(name));
        let ours = |line: &&str| line.contains("veil_") && !of_process(line);
        page.lines()
            .filter(ours)
            .map(|l| format!("{l}\n"))
            .collect()
    }

    #[test]
    fn the_only_group_has_no_label_of_its_own() {
        let families = Families::new();
        let group = families.only_group().expect("it is the only one");
        group.counter(Metric::Transactions, &["committed"]).inc();
        group.gauge(Metric::PartitionsAssigned, &[]).set(2);
        assert_eq!(
            page(&families),
            "# HELP veil_partitions_assigned Partitions this instance reads now.\n\
             # TYPE veil_partitions_assigned gauge\n\
             veil_partitions_assigned 2\n\
             # HELP veil_transactions_total Transactions by how they ended.\n\
             # TYPE veil_transactions_total counter\n\
             veil_transactions_total{outcome=\"committed\"} 1\n"
        );
    }

    #[test]
    fn several_groups_count_apart_under_their_names() {
        let families = Families::new();
        let mail = families.group("mail").expect("the first");
        let shop = families.group("shop").expect("another name");
        families.gauge(Metric::Ready, &[]).set(1);
        mail.counter(Metric::Transactions, &["committed"]).inc();
        shop.counter(Metric::Transactions, &["committed"]).inc_by(3);
        shop.histogram(Metric::CommitDuration, &[]).observe(1.0);
        shop.gauge(Metric::ConsumerLag, &["raw", "0"]).set(5);
        let text = page(&families);
        for line in [
            "veil_transactions_total{group=\"mail\",outcome=\"committed\"} 1\n",
            "veil_transactions_total{group=\"shop\",outcome=\"committed\"} 3\n",
            "veil_commit_duration_seconds_count{group=\"shop\"} 1\n",
            "veil_consumer_lag_records{group=\"shop\",partition=\"0\",topic=\"raw\"} 5\n",
            "veil_ready 1\n",
        ] {
            assert!(text.contains(line), "{line} in:\n{text}");
        }
        mail.remove_gauge(Metric::ConsumerLag, &["raw", "0"]);
        assert_eq!(page(&families), text, "it was the other group's");
    }

    #[test]
    fn groups_that_would_count_into_one_series_are_refused() {
        let families = Families::new();
        families.group("mail").expect("the first");
        let taken = GroupError::Taken("mail".to_owned());
        assert_eq!(families.group("mail").err(), Some(taken));
        assert_eq!(families.only_group().err(), Some(GroupError::Unnamed));
        assert_eq!(families.group("").err(), Some(GroupError::Unnamed));
        families.group("shop").expect("another name");

        let families = Families::new();
        families.only_group().expect("it is the only one");
        assert_eq!(families.only_group().err(), Some(GroupError::Unnamed));
        assert_eq!(families.group("mail").err(), Some(GroupError::Unnamed));
    }
}
