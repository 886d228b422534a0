//! The metrics page, read as a scraper reads it.

/// Samples of one scrape.
pub struct Metrics {
    samples: Vec<(String, String, f64)>,
}

impl Metrics {
    /// Reads the text format.
    pub fn parse(page: &str) -> Metrics {
        let samples = page
            .lines()
            .filter(|l| !l.starts_with('#'))
            .filter_map(|l| {
                let (series, value) = l.rsplit_once(' ')?;
                let (name, labels) = series.split_once('{').unwrap_or((series, ""));
                Some((name.to_owned(), labels.to_owned(), value.parse().ok()?))
            })
            .collect();
        Metrics { samples }
    }

    /// How many series of that name there are.
    pub fn count(&self, name: &str) -> usize {
        self.samples.iter().filter(|(n, ..)| n == name).count()
    }

    /// The sum over all series of that name whose labels hold all of `labels`.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let wanted: Vec<String> = labels.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
        let sum: f64 = self
            .samples
            .iter()
            .filter(|(n, l, _)| n == name && wanted.iter().all(|w| l.contains(w)))
            .map(|(_, _, value)| value)
            .sum();
        assert!(sum >= 0.0 && sum.fract() == 0.0, "{name} counts");
        sum as u64
    }
}
