//! What `veil serve` did.

use super::families::Families;
use super::metric::Metric;

impl Families {
    /// Begins at 0 what will be counted: decisions in these categories of the policy, by
    /// people and by programs.
    pub fn serve_preferences<'c>(&self, categories: impl Iterator<Item = &'c str>) {
        self.counter(Metric::PreferencesFailed, &[]);
        self.counter(Metric::PreferencesRefused, &[]);
        self.counter(Metric::PreferencesLookUps, &[]);
        for category in categories {
            for (is, by) in [
                ("granted", "page"),
                ("granted", "api"),
                ("denied", "page"),
                ("denied", "api"),
            ] {
                self.counter(Metric::PreferencesDecisions, &[category, is, by]);
            }
        }
    }

    /// A decision was written: its category of the policy, `granted` or `denied`, and by
    /// which way it came.
    pub fn count_decision(&self, category: &str, is: &str, by: &str) {
        let labels = [category, is, by];
        self.counter(Metric::PreferencesDecisions, &labels).inc();
    }

    /// A decision or a link that could not be recorded, or is not known to be written.
    pub fn count_failed_preference(&self) {
        self.counter(Metric::PreferencesFailed, &[]).inc();
    }

    /// A program asked how somebody stands.
    pub fn count_look_up(&self) {
        self.counter(Metric::PreferencesLookUps, &[]).inc();
    }

    /// A request from somebody who asks too often.
    pub fn count_refused_preference(&self) {
        self.counter(Metric::PreferencesRefused, &[]).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_will_be_counted_begins_at_0() {
        let families = Families::new();
        families.serve_preferences(["Ads"].into_iter());
        families.count_decision("Ads", "denied", "page");
        families.count_refused_preference();
        let page = families.openmetrics();
        for line in [
            "veil_preferences_decisions_total{by=\"page\",category=\"Ads\",is=\"denied\"} 1",
            "veil_preferences_decisions_total{by=\"api\",category=\"Ads\",is=\"granted\"} 0",
            "veil_preferences_failed_total 0",
            "veil_preferences_refused_total 1",
            "veil_preferences_lookups_total 0",
        ] {
            let is_there = page.lines().any(|l| l.starts_with(line));
            assert!(is_there, "{line}: {page}");
        }
    }
}
