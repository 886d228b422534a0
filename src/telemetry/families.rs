//! The metrics as the prometheus crate holds them.

use super::metric::{Kind, Metric};
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};

/// 100 µs to about 50 s, three a decade: a batch takes microseconds, a broker's
/// answer milliseconds, a backlog minutes (the last bucket).
const BUCKETS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0, 300.0,
];

enum Family {
    Counter(IntCounterVec),
    Gauge(IntGaugeVec),
    Histogram(HistogramVec),
}

/// Every family of the list, registered.
pub struct Families {
    registry: Registry,
    list: Vec<Family>,
}

impl Families {
    /// All families, without any value yet.
    pub fn new() -> Self {
        let registry = Registry::new();
        let list = Metric::ALL
            .iter()
            .map(|m| {
                let labels: Vec<&str> = m.labels().iter().map(|l| l.name).collect();
                let family = match m.kind() {
                    Kind::Counter => IntCounterVec::new(Opts::new(m.name(), m.help()), &labels)
                        .map(Family::Counter),
                    Kind::Gauge => {
                        IntGaugeVec::new(Opts::new(m.name(), m.help()), &labels).map(Family::Gauge)
                    }
                    Kind::Histogram => HistogramVec::new(
                        HistogramOpts::new(m.name(), m.help()).buckets(BUCKETS.to_vec()),
                        &labels,
                    )
                    .map(Family::Histogram),
                }
                .expect("the list holds valid names");
                let collector: Box<dyn prometheus::core::Collector> = match &family {
                    Family::Counter(c) => Box::new(c.clone()),
                    Family::Gauge(g) => Box::new(g.clone()),
                    Family::Histogram(h) => Box::new(h.clone()),
                };
                registry
                    .register(collector)
                    .expect("the list holds each name once");
                family
            })
            .collect();
        #[cfg(target_os = "linux")]
        registry
            .register(Box::new(
                prometheus::process_collector::ProcessCollector::for_self(),
            ))
            .expect("process figures have names of their own");
        Families { registry, list }
    }

    /// The counter with those label values, in the order of the list.
    pub fn counter(&self, metric: Metric, labels: &[&str]) -> IntCounter {
        match &self.list[metric as usize] {
            Family::Counter(c) => c.with_label_values(labels),
            _ => unreachable!("{} is no counter", metric.name()),
        }
    }

    /// The gauge with those label values.
    pub fn gauge(&self, metric: Metric, labels: &[&str]) -> IntGauge {
        match &self.list[metric as usize] {
            Family::Gauge(g) => g.with_label_values(labels),
            _ => unreachable!("{} is no gauge", metric.name()),
        }
    }

    /// Takes a gauge off the page: the thing it measures is gone.
    pub fn remove_gauge(&self, metric: Metric, labels: &[&str]) {
        if let Family::Gauge(g) = &self.list[metric as usize] {
            // An error says that it was not there, which is what is wanted.
            let _ = g.remove_label_values(labels);
        }
    }

    /// The histogram with those label values.
    pub fn histogram(&self, metric: Metric, labels: &[&str]) -> Histogram {
        match &self.list[metric as usize] {
            Family::Histogram(h) => h.with_label_values(labels),
            _ => unreachable!("{} is no histogram", metric.name()),
        }
    }

    /// The page served at `/metrics`, Prometheus text format 0.0.4.
    pub fn page(&self) -> Vec<u8> {
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
