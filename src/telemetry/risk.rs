//! How alone people are in what leaves becomes figures.

use super::families::GroupFamilies;
use super::metric::Metric;

/// Of one output and one window.
#[derive(Clone, Copy, Debug)]
pub struct RiskFigures<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// How many classes.
    pub classes: f64,
    /// How many persons, once in each class.
    pub persons: f64,
    /// The share of these who are alone.
    pub unique: f64,
    /// The share of these in classes of fewer than 5, 10 and 20.
    pub below: [f64; 3],
    /// Classes / persons.
    pub average: f64,
}

/// As the label `k` has them.
const BELOW: [&str; 3] = ["5", "10", "20"];

impl RiskFigures<'_> {
    pub(super) fn put(&self, families: &GroupFamilies) {
        let topic = [self.topic];
        families.share(Metric::RiskUnique, &topic).set(self.unique);
        families
            .share(Metric::RiskAverage, &topic)
            .set(self.average);
        for (k, share) in BELOW.into_iter().zip(self.below) {
            families
                .share(Metric::RiskBelow, &[k, self.topic])
                .set(share);
        }
        let whole = |of: f64| of.round() as i64;
        let classes = families.gauge(Metric::RiskClasses, &topic);
        classes.set(whole(self.classes));
        let persons = families.gauge(Metric::RiskPersons, &topic);
        persons.set(whole(self.persons));
    }
}

/// Takes the figures of an output off the page.
pub(super) fn remove(families: &GroupFamilies, topic: &str) {
    for metric in [
        Metric::RiskUnique,
        Metric::RiskAverage,
        Metric::RiskClasses,
        Metric::RiskPersons,
    ] {
        families.remove_gauge(metric, &[topic]);
    }
    for k in BELOW {
        families.remove_gauge(Metric::RiskBelow, &[k, topic]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Families;

    #[test]
    fn figures_of_an_output_come_and_go_together() {
        let families = Families::new();
        let group = families.only_group().expect("it is the only one");
        let page = || String::from_utf8(families.page()).expect("it is text");
        let figures = |topic| RiskFigures {
            topic,
            classes: 3.4,
            persons: 4.0,
            unique: 0.5,
            below: [0.25, 1.0, 1.0],
            average: 0.75,
        };
        figures("a").put(&group);
        figures("b").put(&group);
        for line in [
            "veil_risk_unique_ratio{topic=\"a\"} 0.5\n",
            "veil_risk_below_ratio{k=\"5\",topic=\"a\"} 0.25\n",
            "veil_risk_average_ratio{topic=\"b\"} 0.75\n",
            "veil_risk_classes{topic=\"a\"} 3\n",
            "veil_risk_persons{topic=\"a\"} 4\n",
        ] {
            assert!(page().contains(line), "{line} in:\n{}", page());
        }
        remove(&group, "a");
        let left = page();
        assert!(!left.contains("topic=\"a\""), "{left}");
        assert_eq!(left.matches("topic=\"b\"").count(), 7);
    }
}
